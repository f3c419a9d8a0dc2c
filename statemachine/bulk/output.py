r"""Folded batches → rows, one a payload read: what `check --output` writes.

| column | type | what |
| --- | --- | --- |
| `file`, `line` | text, int64 | where the payload is; lines count from 1 |
| `path` | text | where in the line: `$`, `$[2]`, `$.batch[0]` |
| `mode` | text | the destination mode in which it was judged |
| `device_id` | text | the payload's own; null where it is none, or no text |
| `session_id` | int64 | the payload's own, epoch milliseconds; null where it is not an integer of 64 bits |
| `session_id_text` | text | what is there instead, as JSON, shortened; null where nothing is |
| `replay_id` | text | the payload's own; null where it is none, or no text |
| `judged` | bool | false: it could not be read, and the codes say why |
| `accepted` | bool | whether the state machine took it |
| `repeated` | bool | delivered before; judged then |
| `state` | text | the device's state after it; null where it is no device's, is unreadable or repeated |
| `replay_session_id` | int64 | the device's replay session after it, epoch milliseconds; null where there is none |
| `codes`, `messages` | lists of text | the findings, those that are selected |

SR114 is a finding about a whole log, and no row's. A lone surrogate in text stands as `\ud800`: UTF-8 has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from statemachine.bulk.columnar import ParquetFile, is_int64, named, texts
from statemachine.bulk.fold import Folded
from statemachine.bulk.logs import Judged
from statemachine.bulk.narrow import ABSENT, NO_DEVICE, OTHER, OWN_DEVICE, UNTAGGED
from statemachine.errors import shortened, shown
from statemachine.event import Unreadable
from statemachine.finding import LONGEST_ID, Finding
from statemachine.ids import NO_SESSION, UNSET
from statemachine.table import State

STATES: Final = [state.value for state in State]
NO_STATE: Final = -1
Selects = Callable[[str], bool]


def schema() -> Any:
    """The columns, as pyarrow has them."""
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    kinds = {
        "file": name,
        "line": pa.int64(),
        "path": name,
        "mode": name,
        "device_id": pa.string(),
        "session_id": pa.int64(),
        "session_id_text": pa.string(),
        "replay_id": pa.string(),
        "judged": pa.bool_(),
        "accepted": pa.bool_(),
        "repeated": pa.bool_(),
        "state": name,
        "replay_session_id": pa.int64(),
        "codes": pa.list_(pa.string()),
        "messages": pa.list_(pa.string()),
    }
    return pa.schema(list(kinds.items()))


class Rows:
    """The rows of a run, on their way to a file. `selects` says which codes are reported."""

    def __init__(self, path: str | None, selects: Selects) -> None:
        """Begin; without a path, in a temporary file. Raises UnwritableFileError."""
        self.file = ParquetFile(path, schema())
        self._schema = schema()
        self._selects = selects

    def batch(self, judged: Judged) -> None:
        """Add the payloads of a batch. Raises UnwritableFileError."""
        import pyarrow as pa
        import pyarrow.compute as pc

        batch, folded, places = judged.batch, judged.folded, judged.places
        read = folded.read
        others = dict(zip(np.flatnonzero(batch.session == OTHER).tolist(), batch.others, strict=True))
        at = np.array(list(others), np.int64)
        is_other = batch.session == OTHER
        zeros = np.zeros(read, np.int32)
        is_judged, accepted = np.ones(read, np.bool_), np.ones(read, np.bool_)
        is_judged[[n for n, other in others.items() if isinstance(other, Unreadable)]] = False
        accepted[folded.refused] = False
        accepted[[n for n, verdict in folded.verdicts if not verdict.accepted]] = False
        repeated = np.zeros(read, np.bool_)
        repeated[folded.repeated] = True
        states = states_of(judged)

        field = judged.fold.table.session_id_field
        raw = {n: getattr(other, field, UNSET) for n, other in others.items()}
        sessions = batch.session.copy()
        sessions[at] = [given if is_int64(given) else ABSENT for given in raw.values()]
        no_session = is_other.copy()
        no_session[at] = [not is_int64(given) for given in raw.values()]
        no_session |= ~is_other & (sessions == ABSENT)
        odd = {n: _json(given) for n, given in raw.items() if not is_int64(given) and given is not UNSET}

        devices = np.where(batch.device == NO_DEVICE, len(batch.devices), batch.device)
        unnamed = batch.device == NO_DEVICE
        unnamed[[n for n, other in others.items() if getattr(other, "device_id", None) == ""]] = False
        device_names = texts([*batch.devices, ""])
        owners = np.where(batch.replay <= OWN_DEVICE, devices, len(batch.devices) + batch.replay - OWN_DEVICE)
        plain_replays = pc.binary_join_element_wise(
            pa.concat_arrays([device_names, texts(batch.foreign)]).take(
                pa.array(owners, mask=is_other | (batch.replay == UNTAGGED))
            ),
            pc.cast(pa.array(sessions, mask=no_session), pa.string()),
            "/",
        )
        tags = {n: getattr(other, "replay_id", None) for n, other in others.items()}
        replays = {n: tag for n, tag in tags.items() if isinstance(tag, str)}

        codes, messages = self._findings(folded)
        paths = {"$": 0}
        path = zeros.copy()
        path[at] = [paths.setdefault(other.path, len(paths)) for other in others.values()]
        columns = {
            "file": named(places.file, places.files),
            "line": pa.array(places.line),
            "path": named(path, list(paths)),
            "mode": named(zeros, [judged.fold.table.mode]),
            "device_id": device_names.take(pa.array(devices, mask=unnamed)),
            "session_id": pa.array(sessions, mask=no_session),
            "session_id_text": _scattered(odd, read),
            "replay_id": pc.coalesce(plain_replays, _scattered(replays, read)) if replays else plain_replays,
            "judged": pa.array(is_judged),
            "accepted": pa.array(accepted),
            "repeated": pa.array(repeated),
            "state": named(states, STATES, states == NO_STATE),
            "replay_session_id": pa.array(folded.session, mask=(states == NO_STATE) | (folded.session == NO_SESSION)),
            "codes": codes,
            "messages": messages,
        }
        self.file.write(pa.RecordBatch.from_arrays(list(columns.values()), schema=self._schema))

    def takes(self, finding: Finding) -> bool:
        """Whether a row tells a finding."""
        return self._selects(finding.code)

    def publish(self) -> None:
        """Give the file its name. Raises UnwritableFileError."""
        self.file.publish()

    def discard(self) -> None:
        """Leave nothing behind but what is published."""
        self.file.discard()

    def _findings(self, folded: Folded) -> tuple[Any, Any]:
        import pyarrow as pa

        counts = np.zeros(folded.read + 1, np.int32)
        selected = []
        for position, verdict in folded.verdicts:
            chosen = [finding for finding in verdict.findings if self.takes(finding)]
            counts[position + 1] = len(chosen)
            selected += chosen
        offsets = pa.array(np.cumsum(counts, dtype=np.int32))
        return (
            pa.ListArray.from_arrays(offsets, texts([finding.code for finding in selected])),
            pa.ListArray.from_arrays(offsets, texts([finding.message for finding in selected])),
        )


def states_of(judged: Judged) -> Any:
    """For every event, the index in `STATES` of its device's state after it; `NO_STATE` where there is none."""
    fold, batch, folded = judged.fold, judged.batch, judged.folded
    codes, inverse = np.unique(folded.state, return_inverse=True)
    configurations = [fold.state_of(code) for code in codes.tolist()]
    found = [NO_STATE if one is None else STATES.index(str(one[0])) for one in configurations]
    states = np.array(found, np.int32)[inverse] if len(codes) else np.zeros(0, np.int32)
    states[batch.device == NO_DEVICE] = NO_STATE
    states[folded.repeated] = NO_STATE
    return states


def _json(given: object) -> str:
    """A session ID that is no integer of 64 bits, as it was in the payload, bounded."""
    if isinstance(given, str):
        return json.dumps(shortened(given, LONGEST_ID), ensure_ascii=False)
    return shown(given)


def _scattered(found: dict[int, str], size: int) -> Any:
    """A column of text with some values at their positions, null elsewhere."""
    import pyarrow as pa

    if not found:
        return pa.nulls(size, pa.string())
    at = np.full(size, len(found), np.int64)
    at[list(found)] = np.arange(len(found))
    return texts([*found.values(), None]).take(pa.array(at))

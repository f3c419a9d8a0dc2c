"""The rows of a run (`statemachine.bulk.output`), read batch by batch: who has findings, when, and which.

Memory grows with the devices that have findings, not with rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any, Final

import attrs
import numpy as np

from statemachine.bounds import LONGEST_SHOWN, MOST_FINDINGS, MOST_SUBJECTS
from statemachine.errors import shortened, visible
from statemachine.formats.html.page import Bucket, Timeline, Told
from statemachine.ids import SECONDS_BELOW
from statemachine.rules import RULES, Severity

BATCH: Final = 2**16
BARS: Final = 60
FEWEST: Final = 12
"""Bars of the timeline, at the least."""
NO_DEVICE: Final = "(no device ID)"
EMPTY: Final = "(empty device ID)"
WORST: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_NAMELESS: Final = ("\x1f0", "\x1f1")
"""How the keys of payloads end whose device ID is none, or empty."""
_SAMPLED: Final = 512
"""Session IDs of a batch from which the range of the timeline is read."""
_MERGED: Final = 64


@attrs.define
class Found:
    """What was found: `by_code` counts by device (its key) and code; `listed` are keys of devices, worst first."""

    by_code: dict[str, dict[str, int]] = attrs.field(factory=dict)
    """Of those that are listed only."""
    devices: dict[str, int] = attrs.field(factory=dict)
    """How many devices have each code."""
    subjects: int = 0
    """How many devices have findings."""
    listed: list[str] = attrs.field(factory=list)
    """The worst, then those without findings that come first."""
    totals: Counter[Severity] = attrs.field(factory=Counter)
    range: tuple[int, int] | None = None
    """Within which almost all session IDs are."""


def batches(rows: IO[bytes], *columns: str) -> Iterator[Any]:
    """The rows, some columns of them, as tables."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(rows) as file:
        for batch in file.iter_batches(BATCH, columns=list(columns)):
            yield pa.Table.from_batches([batch]).combine_chunks()


def keys_of(batch: Any) -> Any:
    """For each row, what tells its device: the mode, and the device ID, if any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    device = pc.coalesce(pc.binary_join_element_wise("1", batch["device_id"], ""), pa.scalar("0"))
    keys = pc.binary_join_element_wise(pc.cast(batch["mode"], pa.string()), device, "\x1f")
    return keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys


def mode_and_name(key: str) -> tuple[str, str]:
    """The mode and the device, for people, of a key."""
    mode, _, device = key.partition("\x1f")
    return mode, id_shown(device[1:]) or EMPTY if device[0] == "1" else NO_DEVICE


def is_device(key: str) -> bool:
    """Whether a key is a device's, and not that of all payloads without an ID."""
    return not key.endswith(_NAMELESS)


def id_shown(text: str) -> str:
    """An ID as a page repeats it."""
    return visible(shortened(text, LONGEST_SHOWN))


def found_in(rows: IO[bytes]) -> Found:
    """What all rows found."""
    import pyarrow as pa
    import pyarrow.compute as pc

    counted: list[Any] = []
    samples: list[Any] = []
    first: dict[str, None] = {}
    for batch in batches(rows, "mode", "device_id", "session_id", "codes"):
        sessions = _plausible(batch)
        samples.append(sessions[:: max(1, len(sessions) // _SAMPLED)])
        if len(first) < MOST_SUBJECTS:
            first |= dict.fromkeys(pc.unique(keys_of(batch)).to_pylist())
        batch = batch.filter(pc.greater(pc.list_value_length(batch["codes"]), 0)).combine_chunks()
        if not batch.num_rows:
            continue
        codes = batch["codes"].combine_chunks()
        one = pa.table({"key": keys_of(batch).take(pc.list_parent_indices(codes)), "code": pc.list_flatten(codes)})
        counted.append(one.group_by(["key", "code"], use_threads=False).aggregate([([], "count_all")]))
        if len(counted) > _MERGED:
            counted = [_merged(counted)]
    sample = np.concatenate(samples) if samples else np.zeros(0, np.int64)
    between = _range(sample) if len(sample) else None
    found, flagged = _ranked(_merged(counted)) if counted else (Found(), pa.array([], pa.string()))
    found.range = between
    devices = pa.array([*filter(is_device, first)], pa.string())
    sound = devices.filter(pc.invert(pc.is_in(devices, flagged)))
    found.listed += sound[: MOST_SUBJECTS - len(found.listed)].to_pylist()
    return found


def _range(sample: Any) -> tuple[int, int]:
    """From which to which session ID the timeline goes: without those that are far from almost all."""
    low, high = int(np.quantile(sample, 0.005)), int(np.quantile(sample, 0.995))
    return max(int(sample.min()), low - (high - low)), min(int(sample.max()), high + (high - low))


def _merged(counted: list[Any]) -> Any:
    import pyarrow as pa

    both = pa.concat_tables(counted).group_by(["key", "code"], use_threads=False)
    return both.aggregate([("count_all", "sum")]).rename_columns(["key", "code", "count_all"])


def _ranked(by_code: Any) -> tuple[Found, Any]:
    """The devices with findings, the worst of them listed, and the keys of all of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = Found()
    named = by_code.filter(pc.invert(pc.ends_with(by_code["key"], "\x1f0")))  # unreadable lines are no device's
    devices = named.group_by("code").aggregate([([], "count_all")])
    found.devices = dict(zip(devices["code"].to_pylist(), devices["count_all"].to_pylist(), strict=True))
    by_severity = by_code.select(["key"])
    for severity in WORST:
        n = pc.if_else(pc.is_in(by_code["code"], codes_of(severity)), by_code["count_all"], 0)
        found.totals[severity] = pc.sum(n).as_py()
        by_severity = by_severity.append_column(severity.value, n)
    by_key = by_severity.group_by("key", use_threads=False).aggregate([(one.value, "sum") for one in WORST])
    columns = [-by_key[f"{one.value}_sum"].to_numpy() for one in reversed(WORST)]  # the last decides first
    order = np.lexsort(columns)[:MOST_SUBJECTS]
    nameless = pc.or_(*(pc.ends_with(by_key["key"], ending) for ending in _NAMELESS))
    found.subjects = by_key.num_rows - pc.sum(nameless).as_py()
    found.listed = by_key["key"].take(pa.array(order)).to_pylist()
    own = by_code.filter(pc.is_in(by_code["key"], pa.array(found.listed, pa.string())))
    for key, code, n in zip(*(own[name].to_pylist() for name in ("key", "code", "count_all")), strict=True):
        found.by_code.setdefault(key, {})[code] = n
    return found, by_key["key"].combine_chunks()


def codes_of(severity: Severity) -> Any:
    """The codes of a severity, as a column."""
    import pyarrow as pa

    return pa.array([code for code, rule in RULES.items() if rule.severity is severity], pa.string())


def _plausible(batch: Any) -> Any:
    """The session IDs of a batch that are a time."""
    sessions = batch["session_id"].drop_null().to_numpy()
    return sessions[sessions >= SECONDS_BELOW]


@attrs.define
class Listing:
    """The findings that a page lists, and its timeline, filled batch by batch."""

    found: Found
    told: list[Told] = attrs.field(factory=list)
    _left: dict[Severity, int] = attrs.field(factory=dict)
    _bars: dict[str, Any] = attrs.field(factory=dict)
    _outside: int = 0

    def __attrs_post_init__(self) -> None:
        left = MOST_FINDINGS
        for severity in WORST:  # errors are listed first
            self._left[severity] = min(left, self.found.totals[severity])
            left -= self._left[severity]
        self._bars = {name: np.zeros(BARS, np.int64) for name in ("events", *(one.value for one in WORST))}

    @property
    def width(self) -> int:
        """Milliseconds of a bar, a whole number of seconds."""
        start, end = self.found.range or (0, 0)
        return max(1_000, -(-(end - start + 1) // BARS // 1_000) * 1_000 + 1_000)

    def batch(self, batch: Any) -> None:
        """Take a batch with all columns but the replay's."""
        import pyarrow.compute as pc

        sessions = pc.fill_null(batch["session_id"], 0).to_numpy()
        at = self._bars_of(sessions)
        self._bars["events"] += np.bincount(at[at >= 0], minlength=BARS)
        self._outside += int(np.count_nonzero(at < 0))
        codes = batch["codes"].combine_chunks()
        of = at[pc.list_parent_indices(codes).to_numpy()]
        for severity in WORST:
            own = pc.is_in(pc.list_flatten(codes), codes_of(severity)).to_numpy(zero_copy_only=False) & (of >= 0)
            self._bars[severity.value] += np.bincount(of[own], minlength=BARS)
        if any(left > 0 for left in self._left.values()):
            self._list(batch)

    def _list(self, batch: Any) -> None:
        import pyarrow.compute as pc

        has = np.flatnonzero(pc.greater(pc.list_value_length(batch["codes"]), 0).to_numpy())
        columns = ("mode", "device_id", "file", "line", "session_id", "session_id_text", "state", "codes", "messages")
        rows = batch.select(columns).take(has)
        for key, row in zip(keys_of(rows).to_pylist(), rows.to_pylist(), strict=True):
            for code, message in zip(row["codes"], row["messages"], strict=True):
                severity = RULES[code].severity
                if self._left[severity] <= 0:
                    continue
                self._left[severity] -= 1
                mode, name = mode_and_name(key)
                place = (visible(row["file"]), row["line"])
                self.told.append(Told(code, message, name, mode, *place, session_shown(row), row["state"]))

    def _bars_of(self, sessions: Any) -> Any:
        """The bar of each session ID; -1 for one that is none or far away."""
        if self.found.range is None:
            return np.full(len(sessions), -1)
        at = (sessions - self.found.range[0]) // self.width
        return np.where((sessions >= SECONDS_BELOW) & (at >= 0) & (at < BARS), at, -1)

    def timeline(self) -> Timeline | None:
        """The bars; None for a log whose session IDs are no times."""
        if self.found.range is None:
            return None
        start = self.found.range[0]
        columns = zip(*(one.tolist() for one in self._bars.values()), strict=True)
        buckets = tuple(Bucket(start + n * self.width, *counts) for n, counts in enumerate(columns))
        used = max((n for n, bucket in enumerate(buckets) if bucket.events), default=0)
        return Timeline(buckets[: max(used + 1, FEWEST)], self.width, self._outside)


def session_shown(row: dict[str, Any]) -> int | str | None:
    """The session ID of a row, for people."""
    if row["session_id"] is not None:
        return int(row["session_id"])
    text = row["session_id_text"]
    return None if text is None else id_shown(text)

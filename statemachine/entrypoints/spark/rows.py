"""Lines, or columns of a warehouse → narrow rows → `Raw`: what the fold needs of every event, in Arrow, exactly.

One row an event; what could not be read has one too. Text is kept as bytes, so that a lone surrogate survives. What
is not of the type that most have (a session ID `"5"`, `5.5`, `true` or `null`; a device ID that is no text) is in
`odd`, as JSON; what is in none of the columns is not there. Of an object or an array only that it is one is kept:
no verdict looks inside.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

import attrs
import msgspec
import numpy as np
import pyarrow as pa
from xxhash import xxh3_128_digest

from statemachine.bulk.blocks import BOM
from statemachine.bulk.columnar import is_int64
from statemachine.bulk.narrow import Narrowing, digest_of
from statemachine.bulk.payloads import Raw
from statemachine.event import MAX_LINE_BYTES, REPLAY_CAPTURED, Event, Unreadable
from statemachine.ids import NO_SESSION, UNSET, session_number
from statemachine.machines import table_of
from statemachine.table import Table

ID_COLUMNS: Final = ("device", "session", "replay", "message", "name")
"""What `columns` may name: the device ID, session ID, replay ID, message ID, and the event's name."""
_ABSENT: Final = msgspec.UNSET
_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("key", pa.binary()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("nth", pa.int32()),
        ("path", pa.string()),
        ("is_segment", pa.bool_()),
        ("device", pa.binary()),
        ("session", pa.int64()),
        ("replay", pa.binary()),
        ("message", pa.binary()),
        ("captured", pa.bool_()),
        ("shows", pa.bool_()),
        ("odd", pa.binary()),
    ]
)
DDL: Final = (
    "source string, key binary, file string, line long, nth int, path string, is_segment boolean, device binary, "
    "session long, replay binary, message binary, captured boolean, shows boolean, odd binary"
)
"""The same as Spark has them. `key` is what events of one device have in common; `nth` counts the events of a line;
`shows` says whether an event has a session ID."""


@attrs.frozen
class Job:
    """What every process needs to know. `passed` are the columns that are handed on as they are."""

    mode: str
    expect_replay_ids: bool
    passed: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    """Of those, the ones that a verdict has, and their names there."""
    columns: tuple[str, ...] = ()
    """Of `ID_COLUMNS`, those that are given; none when lines are."""
    is_segment: bool = True
    session_place: str = ""
    """In words, the column of session IDs; empty when lines are given."""

    @property
    def table(self) -> Table:
        """The mode's table."""
        return table_of(self.mode)


def narrowed(job: Job, batches: Iterable[Any]) -> Iterator[Any]:
    """Narrow record batches of lines, or of columns."""
    narrowing = Narrowing(job.table)
    for batch in batches:
        raw = _raw_of_columns(job, batch) if job.columns else _raw_of_lines(narrowing, batch.column("value"))
        yield _rows(job, raw, batch)


def _raw_of_lines(narrowing: Narrowing, values: Any) -> Raw:
    """Read lines, one a value. A value that is null is a blank line."""
    lines = [b"" if text is None else text.rstrip(b"\r\n") for text in values.to_pylist()]
    if any(b"\n" in line for line in lines):  # a document over several lines
        bounded = ((n, line.removeprefix(BOM)[: MAX_LINE_BYTES + 1]) for n, line in enumerate(lines))
        return narrowing.raw_lines(bounded, len(lines))
    return narrowing.raw(b"\n".join(lines) + b"\n")


def _raw_of_columns(job: Job, batch: Any) -> Raw:
    """Read events that are in columns already. What is null is not there."""
    raw = Raw(batch.num_rows, job.is_segment)
    none = [None] * batch.num_rows
    given = (_values(batch.column(name)) if name in job.columns else none for name in ID_COLUMNS)
    for n, (device, session, replay, message, name) in enumerate(zip(*given, strict=True)):
        text = message if isinstance(message, str) else None
        if isinstance(device, str):
            raw.add(n, (device, _or(session, _ABSENT), _or(replay, _ABSENT), text, name))
        else:
            device, session, replay = (_or(one, UNSET) for one in (device, session, replay))
            raw.event(n, Event(0, "$", job.is_segment, device, session, session, replay, name, text))
    return raw


def _values(column: Any) -> list[Any]:
    return [int(one) if isinstance(one, Decimal) else one for one in column.to_pylist()]


def _or(value: object, absent: object) -> object:
    return absent if value is None else value


def _rows(job: Job, raw: Raw, batch: Any) -> Any:
    """A raw block as narrow rows, each with what its line's row is to hand on."""
    count = len(raw.line)
    odd: dict[int, dict[str, object]] = defaultdict(dict)
    devices: list[str | None] = list(raw.device)
    sessions, replays = list(raw.session), list(raw.replay)
    paths, is_segment = ["$"] * count, [raw.is_segment] * count
    captured = [name == REPLAY_CAPTURED for name in raw.name]
    for n, event in raw.events.items():
        paths[n] = event.path
        if isinstance(event, Unreadable):
            devices[n] = None
            odd[n].update(code=event.code, reason=event.reason)
            continue
        is_segment[n], captured[n] = event.is_segment, event.name == REPLAY_CAPTURED
        sessions[n], replays[n] = getattr(event, job.table.session_id_field), event.replay_id
        if not isinstance(event.device_id, str):
            devices[n] = None
            if event.device_id is not UNSET:
                odd[n]["device_id"] = _outline(event.device_id)
    for name, values, is_typical in (("session_id", sessions, is_int64), ("replay_id", replays, _is_text)):
        for n, value in enumerate(values):
            if not is_typical(value):
                if value is not _ABSENT and value is not UNSET:
                    odd[n][name] = _outline(value)
                values[n] = None
    texts = [None if device is None else _bytes(device) for device in devices]
    messages = [_bytes(text) if text else None for text in raw.message]
    at = np.array(raw.line, np.int64)
    nth = np.arange(count) - np.searchsorted(at, at)
    taken = {name: batch.column(name).take(pa.array(at)) for name in ("source", "file", "line", *job.passed)}
    columns = {
        "key": _keys(devices, messages, at.tolist(), batch),
        "nth": nth,
        "path": paths,
        "is_segment": is_segment,
        "device": texts,
        "session": sessions,
        "replay": [None if replay is None else _bytes(replay) for replay in replays],
        "message": messages,
        "captured": captured,
        "shows": [_shows(session, odd.get(n)) for n, session in enumerate(sessions)],
        "odd": [json.dumps(odd[n]).encode() if n in odd else None for n in range(count)],
    }
    made = {one.name: pa.array(columns[one.name], one.type) for one in _SCHEMA if one.name in columns}
    return pa.RecordBatch.from_pydict({name: {**made, **taken}[name] for name in (*_SCHEMA.names, *job.passed)})


def _keys(devices: list[str | None], messages: list[bytes | None], lines: list[int], batch: Any) -> list[bytes]:
    """What events of one device have in common. Without one, nothing but a message ID binds them: they are spread."""
    spread: dict[int, bytes] = {}
    keys = []
    for device, message, line in zip(devices, messages, lines, strict=True):
        if not device and message is None and line not in spread:
            spread[line] = xxh3_128_digest(repr(batch.slice(line, 1).to_pylist()).encode("utf-8", "surrogatepass"))
        keys.append(digest_of(device) if device else xxh3_128_digest(message) if message else spread[line])
    return keys


def _outline(value: object) -> object:
    """A value as far as a verdict can depend on it."""
    return type(value)() if isinstance(value, (dict, list)) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _shows(session: int | None, odd: dict[str, object] | None) -> bool | None:
    """Whether an event has a session ID; None when it could not be read."""
    if odd is None or session is not None:
        return bool(session)
    return None if "code" in odd else session_number(odd.get("session_id")) != NO_SESSION


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _texts(column: Any) -> list[str | None]:
    return [None if text is None else text.decode("utf-8", "surrogatepass") for text in column.to_pylist()]


def raw_of(rows: Any, table: Table) -> Raw:
    """Narrow rows as a raw block again, of so many lines as there are events."""
    count = rows.num_rows
    shape = rows.column("is_segment").to_numpy(zero_copy_only=False)
    is_segment = bool(shape[0]) if count else True
    devices, sessions = _texts(rows.column("device")), rows.column("session").to_pylist()
    replays, messages = _texts(rows.column("replay")), _texts(rows.column("message"))
    names = [REPLAY_CAPTURED if one else None for one in rows.column("captured").to_pylist()]
    paths, odd = rows.column("path").to_pylist(), rows.column("odd").to_pylist()
    raw = Raw(
        count,
        is_segment,
        list(range(count)),
        [device or "" for device in devices],
        [_or(session, _ABSENT) for session in sessions],
        [_or(replay, _ABSENT) for replay in replays],
        list(messages),
        list(names),
    )
    for n in range(count):
        if odd[n] is None and paths[n] == "$" and devices[n] is not None and shape[n] == is_segment:
            continue
        given = json.loads(odd[n]) if odd[n] else {}
        if "code" in given:
            event: Event | Unreadable = Unreadable(0, paths[n], given["code"], given["reason"])
        else:
            device = given.get("device_id", UNSET) if devices[n] is None else devices[n]
            session = given.get("session_id", UNSET) if sessions[n] is None else sessions[n]
            replay = given.get("replay_id", UNSET) if replays[n] is None else replays[n]
            event = Event(0, paths[n], bool(shape[n]), device, session, session, replay, names[n], messages[n])
        raw.events[n] = event
        raw.session[n] = raw.replay[n] = _ABSENT
    return raw

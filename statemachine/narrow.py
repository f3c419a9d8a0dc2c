"""Raw lines → a `Batch`: what the fold needs of every event, as columns. Without state, a block at a time.

The definition of what a line holds is `events_of`; this reads typical lines the fast way, by typed decoding, and
leaves every other to it. Nothing is converted on the way: an ID of another type than expected is no typical one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import attrs
import msgspec
import numpy as np
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from statemachine.blocks import is_blank, lines_of
from statemachine.event import (
    MAX_LINE_BYTES,
    REPLAY_CAPTURED,
    REPLAY_ID_PROPERTY,
    SEGMENT_TYPES,
    Event,
    Unreadable,
    events_of,
)
from statemachine.ids import (
    SESSION_ID_MAX,
    UNSET,
    device_id_warnings,
    format_replay_id,
    parse_device_id,
    parse_replay_id,
)
from statemachine.table import Table
from statemachine.verdict import SECONDS_BELOW

OTHER, ABSENT = -1, -2
"""In place of a session ID: the event is no plain one, and among `Batch.others`; the field is not there."""
NO_DEVICE: Final = -1
NOBODY, UNTAGGED, OWN_DEVICE = -1, 0, 1
"""In place of a replay ID's device: it is not well-formed, or of another session, which makes the event no plain one;
there is none; it is the event's. From 2 on, it is one of `Batch.foreign`."""
NO_MESSAGE: Final = 0
DEVICES_REMEMBERED: Final = 65_536
_DEEP: Final = 700
"""Opening brackets of a line below which it cannot be nested too deeply for `events_of`."""
_MOST_DIGITS: Final = 4_300
"""Of an integer: Python refuses longer ones."""
_SHORT: Final = 2 * _DEEP
"""Bytes: a line of no more has neither so many brackets nor so many digits."""
_ALL_BUT_DIGITS: Final = bytes(sorted({*range(256)} - {*b"0123456789"}))
_ABSENT = msgspec.UNSET
_Absent = msgspec.UnsetType
_Text = str | None | _Absent


class _Identified(msgspec.Struct, gc=False):
    id: str | None = None


class _Context(msgspec.Struct, gc=False):
    device: _Identified | None = None


class _InSession(msgspec.Struct, gc=False):
    session_id: Any = _ABSENT


class _Integrations(msgspec.Struct, gc=False):
    actions: _InSession | None = msgspec.field(name="Actions Amplitude", default=None)
    amplitude: _InSession | None = msgspec.field(name="Amplitude", default=None)


class _Tagged(msgspec.Struct, gc=False):
    replay_id: _Text = msgspec.field(name=REPLAY_ID_PROPERTY, default=_ABSENT)


class _SegmentPayload(msgspec.Struct, gc=False):
    """A payload of Segment. With a key that makes a line something else, it does not decode."""

    type: Any = None
    anonymousId: str | _Absent = _ABSENT  # noqa: N815
    messageId: str | None = None  # noqa: N815
    event: Any = None
    integrations: _Integrations | None = None
    properties: _Tagged | None = None
    traits: _Tagged | None = None
    context: _Context | None = None
    event_type: _Absent = _ABSENT
    device_id: _Absent = _ABSENT
    batch: _Absent = _ABSENT
    events: _Absent = _ABSENT


class _AmplitudeEvent(msgspec.Struct, gc=False):
    """An event of Amplitude's export, likewise."""

    device_id: str
    event_type: Any = None
    session_id: Any = _ABSENT
    event_properties: _Tagged | None = None
    dollar_insert_id: str | None = msgspec.field(name="$insert_id", default=None)
    insert_id: str | None = None
    uuid: str | None = None
    call: _Absent = _ABSENT
    batch: _Absent = _ABSENT
    events: _Absent = _ABSENT


_SEGMENT, _AMPLITUDE = msgspec.json.Decoder(_SegmentPayload), msgspec.json.Decoder(_AmplitudeEvent)


@attrs.define
class Batch:
    """The events of a block of lines, in order, in columns.

    `lines` counts every line of the block, and `line` numbers each event's among them, from 0. `device` indexes
    `devices` and their `digests`; `session` is in epoch milliseconds; `replay` says whose device is in the replay
    ID, when its session is the event's own; `message` is a hash of device and message ID. An event that is no plain
    one is among `others`, in the same order.
    """

    lines: int
    is_segment: bool
    devices: list[str]
    digests: bytes
    foreign: list[str]
    line: Any
    device: Any
    session: Any
    replay: Any
    message: Any
    others: list[Event | Unreadable]


def digest_of(device: str) -> bytes:
    """What stands for a device ID where many are kept."""
    return xxh3_128_digest(device.encode("utf-8", "surrogatepass"))


class Narrowing:
    """Makes batches of one table's events. It remembers devices, to be fast, and nothing else."""

    def __init__(self, table: Table) -> None:
        self._is_actions = table.session_id_field == "actions_session_id"
        self._known: dict[str, tuple[bytes, bool]] = {}

    def block(self, data: bytes) -> Batch:
        """Narrow whole lines, each with its line feed."""
        decoded, is_segment = _decoded(data)
        if decoded is None:
            return self.lines(enumerate(lines_of(data)), data.count(b"\n"), is_segment)
        into = _Columns(self, is_segment)
        lines: list[bytes] = []

        def line_of(number: int) -> bytes:
            if not lines:
                lines.extend(data.split(b"\n"))
            return lines[number].rstrip(b"\r")

        into.take(enumerate(decoded), self._is_actions, line_of)
        return into.batch(len(decoded))

    def lines(self, lines: Iterable[tuple[int, bytes]], count: int, is_segment: bool = True) -> Batch:
        """Narrow numbered lines, one by one; `count` is how many there are, with blank ones."""
        into = _Columns(self, is_segment)
        decoder = _SEGMENT if is_segment else _AMPLITUDE
        text = b""

        def decoded() -> Iterator[tuple[int, Any]]:
            nonlocal text
            for number, line in lines:
                text = line
                if is_blank(text):
                    continue
                try:
                    yield number, decoder.decode(text) if _is_typical(text) else None
                except (msgspec.MsgspecError, RecursionError):
                    yield number, None

        into.take(decoded(), self._is_actions, lambda number: text)
        return into.batch(count)

    def events(self, events: Iterable[tuple[int, Event | Unreadable]], count: int) -> Batch:
        """Take events as they are, each with its line."""
        into = _Columns(self, True)
        for number, event in events:
            into.other(number, event)
        return into.batch(count)

    def known(self, device: str) -> tuple[bytes, bool]:
        """A device's digest, and whether nothing is wrong with it."""
        found = self._known.get(device)
        if found is None:
            if len(self._known) >= DEVICES_REMEMBERED:
                self._known.clear()
            is_plain = parse_device_id(device).flaw is None and not device_id_warnings(device)
            found = self._known[device] = (digest_of(device), is_plain)
        return found


class _Columns:
    """A batch in the making."""

    def __init__(self, narrowing: Narrowing, is_segment: bool) -> None:
        self._narrowing = narrowing
        self._is_segment = is_segment
        self._indices: dict[str, int] = {}
        self._plain: list[bool] = []
        self._digests: list[bytes] = []
        self._foreign: dict[str, int] = {}
        self._others: list[Event | Unreadable] = []
        self._rows: list[tuple[int, int, int, int, int]] = []

    def _index(self, device: str) -> int:
        found = self._indices.get(device)
        if found is None:
            found = self._indices[device] = len(self._digests)
            digest, is_plain = self._narrowing.known(device)
            self._digests.append(digest)
            self._plain.append(is_plain)
        return found

    def take(self, payloads: Iterable[tuple[int, Any]], is_actions: bool, line_of: Callable[[int], bytes]) -> None:
        """Add numbered payloads; of what is no plain event (None is none) whatever its line holds."""
        add, indices, is_segment = self._rows.append, self._indices, self._is_segment
        for number, payload in payloads:
            found = None
            if payload is not None:
                found = _segment(payload, is_actions) if is_segment else _amplitude(payload)
            if found is None:
                for event in events_of(0, line_of(number)):
                    self.other(number, event)
                continue
            device, session, tag, message, name = found
            index = indices.get(device)
            if index is None:
                index = self._index(device) if device else NO_DEVICE
            if session is _ABSENT:
                whose, code = UNTAGGED if tag is _ABSENT or tag is None else NOBODY, ABSENT
            elif type(session) is int and SECONDS_BELOW <= session <= SESSION_ID_MAX:
                whose, code = UNTAGGED if tag is _ABSENT or tag is None else self._whose(tag, device, session), session
            else:
                whose = NOBODY
            key = xxh3_64_intdigest(message.encode()) if message else NO_MESSAGE
            if whose != NOBODY and name != REPLAY_CAPTURED and index != NO_DEVICE and self._plain[index]:
                add((number, index, code, whose, key))
                continue
            raw, replay = (UNSET if given is _ABSENT else given for given in (session, tag))
            self._others.append(Event(0, "$", is_segment, device, raw, raw, replay, name, message))
            add((number, index, OTHER, UNTAGGED, key))

    def _whose(self, tag: str, device: str, session: int) -> int:
        """Whose device a replay ID has, if its session is the event's."""
        if tag == format_replay_id(device, session):
            return OWN_DEVICE
        replay = parse_replay_id(tag).value
        if replay is None or replay.session_id != session:
            return NOBODY
        return self._foreign.setdefault(replay.device_id, len(self._foreign) + OWN_DEVICE + 1)

    def other(self, number: int, event: Event | Unreadable) -> None:
        """Add an event as it is."""
        device: object = getattr(event, "device_id", None)
        message: object = getattr(event, "message_id", None)
        text = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else b""
        index = self._index(device) if isinstance(device, str) and device else NO_DEVICE
        key = xxh3_64_intdigest(text) if text else NO_MESSAGE
        self._others.append(event)
        self._rows.append((number, index, OTHER, UNTAGGED, key))

    def batch(self, lines: int) -> Batch:
        """Return the columns."""
        columns = list(zip(*self._rows, strict=True)) or [()] * 5
        number, device, session, replay, message = map(np.array, columns, _TYPES)
        digests = b"".join(self._digests)
        own = np.append(np.frombuffer(digests, np.uint64)[::2], np.uint64(0))  # the last is that of no device
        keys = np.where(message == NO_MESSAGE, message, message ^ own[device])
        devices, foreign = list(self._indices), list(self._foreign)
        return Batch(
            lines, self._is_segment, devices, digests, foreign, number, device, session, replay, keys, self._others
        )


_TYPES: Final = (np.int32, np.int32, np.int64, np.int32, np.uint64)


def _segment(p: Any, is_actions: bool) -> tuple[str, Any, Any, str | None, Any] | None:
    """The device, session, replay and message ID of a payload, and its name; None where `events_of` has to say."""
    context = p.context
    device = context.device.id if context is not None and context.device is not None else None
    if device is None:
        device = p.anonymousId
        if device is _ABSENT:
            return None
    elif p.anonymousId is _ABSENT and not (isinstance(p.type, str) and p.type in SEGMENT_TYPES):
        return None
    integrations = p.integrations
    session = _ABSENT
    if integrations is not None:
        found = integrations.actions if is_actions else integrations.amplitude
        if found is not None:
            session = found.session_id
    tag = p.properties.replay_id if p.properties is not None else _ABSENT
    if tag is _ABSENT and p.traits is not None:
        tag = p.traits.replay_id
    return device, session, tag, p.messageId, p.event


def _amplitude(p: Any) -> tuple[str, Any, Any, str | None, Any]:
    """The same of an event of Amplitude."""
    tag = p.event_properties.replay_id if p.event_properties is not None else _ABSENT
    return p.device_id, p.session_id, tag, p.dollar_insert_id or p.insert_id or p.uuid, p.event_type


def _decoded(data: bytes) -> tuple[list[Any] | None, bool]:
    """Every line's payload, if all are typical and of one shape, else None; and whether the shape is Segment's.

    A line that begins with a brace and ends with one holds one value, when there are as many values as lines: no
    value goes on from such a line to the next, as `}` and `{` have no comma between them.
    """
    first = data[: data.find(b"\n")]
    is_segment = b"anonymousId" in first or b"device_id" not in first
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if not (_are_framed(characters, ends) and _are_typical(data, ends)):
        return None, is_segment
    try:
        decoded = (_SEGMENT if is_segment else _AMPLITUDE).decode_lines(data)
    except (msgspec.MsgspecError, RecursionError):
        return None, is_segment
    return (decoded if len(decoded) == len(ends) else None), is_segment


def _are_framed(characters: Any, ends: Any) -> bool:
    """Whether every line begins with a brace and ends with one."""
    last = ends - (characters[ends - 1] == ord("\r")) - 1
    first = np.append(0, ends[:-1] + 1)
    return bool((characters[first] == ord("{")).all() and (characters[last] == ord("}")).all())


def _are_typical(data: bytes, ends: Any) -> bool:
    """Whether no line of a block is one that typed decoding reads and `events_of` does not."""
    lengths = np.diff(ends, prepend=-1)
    long = [data[ends[n] - lengths[n] + 1 : ends[n]] for n in np.flatnonzero(lengths > _SHORT)]
    return _is_utf8(data) and all(map(_is_shallow, long))


def _is_typical(line: bytes) -> bool:
    """Whether a line is none that typed decoding reads and `events_of` does not."""
    return _is_utf8(line) and (len(line) <= _SHORT or _is_shallow(line))


def _is_shallow(line: bytes) -> bool:
    """Whether a line is short enough, and within the nesting and the digits that `json` bears."""
    return (
        len(line) <= MAX_LINE_BYTES
        and line.count(b"[") + line.count(b"{") < _DEEP
        and (len(line) <= _MOST_DIGITS or len(line.translate(None, _ALL_BUT_DIGITS)) <= _MOST_DIGITS)
    )


def _is_utf8(data: bytes) -> bool:
    """Whether it is UTF-8: typed decoding does not look into what it skips."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

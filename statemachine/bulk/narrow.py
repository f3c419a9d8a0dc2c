"""Raw lines → a `Batch`: what the fold needs of every event, as columns. Without state, a block at a time.

The definition of what a line holds is `events_of`; this reads typical lines the fast way, by typed decoding, and
leaves every other to it. Nothing is converted on the way: an ID of another type than expected is no typical one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs
import msgspec
import numpy as np
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from statemachine.bulk.blocks import is_blank, lines_of
from statemachine.event import (
    MAX_LINE_BYTES,
    REPLAY_CAPTURED,
    Event,
    Unreadable,
    events_of,
)
from statemachine.fields import AMPLITUDE, REPLAY_ID_PROPERTY, SEGMENT, SEGMENT_TYPES
from statemachine.ids import (
    SECONDS_BELOW,
    SESSION_ID_MAX,
    UNSET,
    are_sound_device_ids,
    format_replay_ids,
    parse_replay_id,
)
from statemachine.table import Table

OTHER, ABSENT = -1, -2
"""In place of a session ID: the event is no plain one, and among `Batch.others`; the field is not there."""
NO_DEVICE: Final = -1
NOBODY, UNTAGGED, OWN_DEVICE = -1, 0, 1
"""In place of a replay ID's device: it is not well-formed, or of another session, which makes the event no plain one;
there is none; it is the event's. From 2 on, it is one of `Batch.foreign`."""
NO_MESSAGE: Final = 0
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


_UNIDENTIFIED = _Identified()


class _Context(msgspec.Struct, gc=False):
    sessionId: _Absent = _ABSENT  # noqa: N815 # RudderStack's
    device: _Identified | None = msgspec.field(default_factory=lambda: _UNIDENTIFIED)


_NO_CONTEXT = _Context()


class _InSession(msgspec.Struct, gc=False):
    session_id: Any = _ABSENT


_NO_SESSION = _InSession()


class _Integrations(msgspec.Struct, gc=False):
    actions: _InSession | None = msgspec.field(name="Actions Amplitude", default_factory=lambda: _NO_SESSION)
    amplitude: _InSession | None = msgspec.field(name="Amplitude", default_factory=lambda: _NO_SESSION)


_NO_INTEGRATIONS = _Integrations()


class _Tagged(msgspec.Struct, gc=False):
    replay_id: _Text = msgspec.field(name=REPLAY_ID_PROPERTY, default=_ABSENT)


_UNTAGGED = _Tagged()


class _SegmentPayload(msgspec.Struct, gc=False):
    """A payload of Segment. With a key that makes a line something else, it does not decode."""

    anonymousId: str | _Absent = _ABSENT  # noqa: N815
    messageId: str | None = None  # noqa: N815
    event: Any = None
    integrations: _Integrations | None = msgspec.field(default_factory=lambda: _NO_INTEGRATIONS)
    properties: _Tagged | None = msgspec.field(default_factory=lambda: _UNTAGGED)
    traits: _Tagged | None = msgspec.field(default_factory=lambda: _UNTAGGED)
    context: _Context | None = msgspec.field(default_factory=lambda: _NO_CONTEXT)
    event_type: _Absent = _ABSENT
    device_id: _Absent = _ABSENT
    session_id: _Absent = _ABSENT
    batch: _Absent = _ABSENT
    events: _Absent = _ABSENT


class _SegmentLine(_SegmentPayload, gc=False):
    """The same, where `anonymousId` may be missing."""

    type: Any = None


class _AmplitudeEvent(msgspec.Struct, gc=False):
    """An event of Amplitude's export, likewise."""

    device_id: str
    event_type: Any = None
    session_id: Any = _ABSENT
    event_properties: _Tagged | None = msgspec.field(default_factory=lambda: _UNTAGGED)
    dollar_insert_id: str | None = msgspec.field(name="$insert_id", default=None)
    insert_id: str | None = None
    uuid: str | None = None
    anonymous_id: _Absent = _ABSENT
    context_device_id: _Absent = _ABSENT
    call: _Absent = _ABSENT
    batch: _Absent = _ABSENT
    events: _Absent = _ABSENT


_SEGMENT, _AMPLITUDE = msgspec.json.Decoder(_SegmentPayload), msgspec.json.Decoder(_AmplitudeEvent)
_SEGMENT_LINE = msgspec.json.Decoder(_SegmentLine)


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

    def is_tagged(self) -> bool:
        """Whether an event carries a replay ID."""
        tags = (event.replay_id for event in self.others if isinstance(event, Event))
        return bool((self.replay != UNTAGGED).any()) or any(tag is not None and tag is not UNSET for tag in tags)


def digest_of(device: str) -> bytes:
    """What stands for a device ID where many are kept."""
    return xxh3_128_digest(device.encode("utf-8", "surrogatepass"))


@attrs.define
class Raw:
    """The IDs of a block's events as they are, in columns: `narrowed` turns them into a batch.

    A session or replay ID is `msgspec.UNSET` where the field is not there. `events` holds, by position, those that are
    no plain ones already.
    """

    lines: int
    is_segment: bool
    line: list[int] = attrs.field(factory=list)
    device: list[Any] = attrs.field(factory=list)
    session: list[Any] = attrs.field(factory=list)
    replay: list[Any] = attrs.field(factory=list)
    message: list[str | None] = attrs.field(factory=list)
    name: list[Any] = attrs.field(factory=list)
    events: dict[int, Event | Unreadable] = attrs.field(factory=dict)

    def add(self, line: int, ids: tuple[str, Any, Any, str | None, Any]) -> None:
        """Add an event."""
        self.line.append(line)
        for column, value in zip((self.device, self.session, self.replay, self.message, self.name), ids, strict=True):
            column.append(value)

    def event(self, line: int, event: Event | Unreadable) -> None:
        """Add an event that is no plain one."""
        device: object = getattr(event, "device_id", None)
        message: object = getattr(event, "message_id", None)
        self.events[len(self.line)] = event
        texts = [given if isinstance(given, str) else "" for given in (device, message)]
        self.add(line, (texts[0], _ABSENT, _ABSENT, texts[1], None))


class Narrowing:
    """Makes batches of one table's events. It keeps nothing."""

    def __init__(self, table: Table) -> None:
        self._is_actions = table.session_id_field == "actions_session_id"

    def block(self, data: bytes) -> Batch:
        """Narrow whole lines, each with its line feed."""
        return self.narrowed(self.raw(data))

    def lines(self, lines: Iterable[tuple[int, bytes]], count: int, is_segment: bool = True) -> Batch:
        """Narrow numbered lines, one by one; `count` is how many there are, with blank ones."""
        return self.narrowed(self.raw_lines(lines, count, is_segment))

    def raw(self, data: bytes) -> Raw:
        """Read whole lines, each with its line feed."""
        decoded, is_segment = _decoded(data)
        if decoded is None:
            return self.raw_lines(enumerate(lines_of(data)), data.count(b"\n"), is_segment)
        raw = Raw(len(decoded), is_segment)
        try:
            if is_segment:
                _fill_segment(raw, decoded, self._is_actions)
            else:
                _fill_amplitude(raw, decoded)
        except AttributeError:  # a `null` where an object would be
            return self.raw_lines(enumerate(lines_of(data)), len(decoded), is_segment)
        return raw

    def raw_lines(self, lines: Iterable[tuple[int, bytes]], count: int, is_segment: bool = True) -> Raw:
        """Read numbered lines, one by one, in the same way."""
        raw = Raw(count, is_segment)
        for number, line in lines:
            if is_blank(line):
                continue
            ids = self._ids_of(line, is_segment)
            if ids is not None:
                raw.add(number, ids)
                continue
            for event in events_of(0, line):
                raw.event(number, event)
        return raw

    def _ids_of(self, line: bytes, is_segment: bool) -> tuple[str, Any, Any, str | None, Any] | None:
        """The IDs and the name of a line's event; None where `events_of` has to say."""
        if not _is_typical(line):
            return None
        try:
            return (
                _segment(_SEGMENT_LINE.decode(line), self._is_actions)
                if is_segment
                else _amplitude(_AMPLITUDE.decode(line))
            )
        except (msgspec.MsgspecError, RecursionError, AttributeError):
            return None

    def narrowed(self, raw: Raw) -> Batch:
        """Tell the plain events from the others."""
        keys, first, device = _devices(raw.device)
        devices = [raw.device[n] for n in first.tolist()]
        session, sessions = _sessions(raw.session)
        replay, foreign = _replays(raw, session, sessions)
        plain = (replay != NOBODY) & (session != OTHER) & (device != NO_DEVICE)
        if devices and not are_sound_device_ids(devices):
            plain &= ~np.array([not are_sound_device_ids([name]) for name in devices])[device]
        if raw.events:
            plain[list(raw.events)] = False
        if REPLAY_CAPTURED in raw.name:
            plain[[n for n, name in enumerate(raw.name) if name == REPLAY_CAPTURED]] = False
        others = [raw.events.get(n) or _event(raw, n) for n in np.flatnonzero(~plain).tolist()]
        session[~plain], replay[~plain] = OTHER, UNTAGGED
        messages = message_keys(
            [text.encode("utf-8", "surrogatepass") if text else None for text in raw.message], keys[:, 0]
        )
        line, digests = np.array(raw.line, np.int32), keys[first].tobytes()
        return Batch(
            raw.lines, raw.is_segment, devices, digests, list(foreign), line, device, session, replay, messages, others
        )


def _devices(names: list[str]) -> tuple[Any, Any, Any]:
    """The digest of every event's device as two numbers; where each device comes first; and which one each event has.

    Nobody's is `NO_DEVICE`.
    """
    digests = b"".join([xxh3_128_digest(name.encode("utf-8", "surrogatepass")) for name in names])
    keys = np.frombuffer(digests, np.uint64).reshape(-1, 2)
    _, first, device = np.unique(keys[:, 0], return_index=True, return_inverse=True)
    if (keys[first][device] != keys).any():  # two devices have a half in common
        _, first, device = np.unique(keys, return_index=True, return_inverse=True, axis=0)
    device = device.reshape(-1).astype(np.int32)
    nobody = next((n for n, at in enumerate(first.tolist()) if not names[at]), None)
    if nobody is not None:
        first = np.delete(first, nobody)
        device = np.where(device == nobody, NO_DEVICE, device - (device > nobody))
    return keys, first, device


def _sessions(given: list[Any]) -> tuple[Any, list[int]]:
    """Session IDs as an array and as a list; `ABSENT` where there is none, `OTHER` for what is no plain one."""
    if {*map(type, given)} == {int}:
        try:
            found = np.array(given, np.int64)
        except OverflowError:
            pass
        else:
            if ((found >= SECONDS_BELOW) & (found <= SESSION_ID_MAX)).all():
                return found, given
    read = [
        one if type(one) is int and SECONDS_BELOW <= one <= SESSION_ID_MAX else ABSENT if one is _ABSENT else OTHER
        for one in given
    ]
    return np.array(read, np.int64), read


def plain_sessions(given: Any) -> Any:
    """Integers as the session IDs of a batch: `OTHER` in place of what is no plain one."""
    return np.where((given >= SECONDS_BELOW) & (given <= SESSION_ID_MAX), given, OTHER)


def _replays(raw: Raw, session: Any, sessions: list[int]) -> tuple[Any, list[str]]:
    """Whose device every replay ID has, and which devices those are that are no event's."""
    expected = format_replay_ids(raw.device, sessions)
    if (session > OTHER).all() and raw.replay == expected:
        return np.full(len(sessions), OWN_DEVICE, np.int32), []
    foreign: dict[str, int] = {}
    found = [
        UNTAGGED
        if tag is _ABSENT or tag is None
        else OWN_DEVICE
        if tag == own
        else foreign_device(tag, session, foreign)
        if session > OTHER
        else NOBODY
        for tag, own, session in zip(raw.replay, expected, sessions, strict=True)
    ]
    return np.array(found, np.int32), list(foreign)


def foreign_device(tag: str, session: int, foreign: dict[str, int]) -> int:
    """Which other device a replay ID has, if its session is the event's."""
    replay = parse_replay_id(tag).value
    if replay is None or replay.session_id != session:
        return NOBODY
    return foreign.setdefault(replay.device_id, len(foreign) + OWN_DEVICE + 1)


def _event(raw: Raw, n: int) -> Event:
    session, replay = (UNSET if given is _ABSENT else given for given in (raw.session[n], raw.replay[n]))
    return Event(0, "$", raw.is_segment, raw.device[n], session, session, replay, raw.name[n], raw.message[n])


def message_keys(messages: Iterable[bytes | None], devices: Any) -> Any:
    """A hash of every message ID and its device; `NO_MESSAGE` where there is none."""
    found = np.array([xxh3_64_intdigest(text) if text else NO_MESSAGE for text in messages], np.uint64)
    return np.where(found == NO_MESSAGE, found, found ^ devices)


def _fill_segment(raw: Raw, payloads: list[Any], is_actions: bool) -> None:
    """Put payloads of Segment into columns. Raises AttributeError where one has no object or no device."""
    raw.line = list(range(len(payloads)))
    raw.device = [p.anonymousId for p in payloads]
    if any(name is _ABSENT for name in raw.device):
        raise AttributeError("anonymousId")
    if is_actions:
        raw.session = [p.integrations.actions.session_id for p in payloads]
    else:
        raw.session = [p.integrations.amplitude.session_id for p in payloads]
    raw.replay = [p.properties.replay_id for p in payloads]
    raw.message = [p.messageId for p in payloads]
    raw.name = [p.event for p in payloads]
    devices = [p.context.device.id for p in payloads]
    raw.device = [name if found is None else found for name, found in zip(raw.device, devices, strict=True)]
    traits = [p.traits.replay_id for p in payloads]
    raw.replay = [found if tag is _ABSENT else tag for tag, found in zip(raw.replay, traits, strict=True)]


def _fill_amplitude(raw: Raw, events: list[Any]) -> None:
    """Put events of Amplitude into columns. Raises AttributeError where one has no object."""
    raw.line = list(range(len(events)))
    raw.device = [e.device_id for e in events]
    raw.session = [e.session_id for e in events]
    raw.replay = [e.event_properties.replay_id for e in events]
    raw.message = [e.dollar_insert_id or e.insert_id or e.uuid for e in events]
    raw.name = [e.event_type for e in events]


def _segment(p: Any, is_actions: bool) -> tuple[str, Any, Any, str | None, Any] | None:
    """The IDs and the name of one payload; None where `events_of` has to say. Raises AttributeError likewise."""
    device = p.context.device.id
    if device is None:
        device = p.anonymousId
        if device is _ABSENT:
            return None
    elif p.anonymousId is _ABSENT and not (isinstance(p.type, str) and p.type in SEGMENT_TYPES):
        return None
    session = p.integrations.actions.session_id if is_actions else p.integrations.amplitude.session_id
    tag = p.properties.replay_id
    return device, session, p.traits.replay_id if tag is _ABSENT else tag, p.messageId, p.event


def _amplitude(e: Any) -> tuple[str, Any, Any, str | None, Any]:
    """The same of one event of Amplitude."""
    identity = e.dollar_insert_id or e.insert_id or e.uuid
    return e.device_id, e.session_id, e.event_properties.replay_id, identity, e.event_type


class _TimedSegmentLine(_SegmentLine, gc=False):
    originalTimestamp: Any = None  # noqa: N815
    timestamp: Any = None


class _TimedAmplitudeEvent(_AmplitudeEvent, gc=False):
    client_event_time: Any = None
    event_time: Any = None
    time: Any = None
    timestamp: Any = None


_TIMED_SEGMENT, _TIMED_AMPLITUDE = msgspec.json.Decoder(_TimedSegmentLine), msgspec.json.Decoder(_TimedAmplitudeEvent)
_TIMES: Final = {True: SEGMENT.time, False: AMPLITUDE.time}


def timed_ids_of(
    line: bytes, table: Table, is_segment: bool
) -> tuple[tuple[str, Any, Any, str | None, Any], object] | None:
    """The IDs, the name and the raw time of a line's event; None where `events_of` has to say."""
    if not _is_typical(line):
        return None
    try:
        found = (_TIMED_SEGMENT if is_segment else _TIMED_AMPLITUDE).decode(line)
        is_actions = table.session_id_field == "actions_session_id"
        ids = _segment(found, is_actions) if is_segment else _amplitude(found)
    except (msgspec.MsgspecError, RecursionError, AttributeError):
        return None
    times = (getattr(found, key) for key, *_ in _TIMES[is_segment])
    return None if ids is None else (ids, next((time for time in times if time not in (None, "")), None))


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

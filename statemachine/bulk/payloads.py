"""Typical lines → their IDs, by typed decoding; every other line is left to `events_of`.

Nothing is converted on the way: an ID of another type than expected is no typical one.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import attrs
import msgspec
import numpy as np

from statemachine.event import MAX_LINE_BYTES, Event, Unreadable
from statemachine.fields import AMPLITUDE, REPLAY_ID_PROPERTY, SEGMENT, SEGMENT_TYPES
from statemachine.table import Table

_DEEP: Final = 700
"""Opening brackets of a line below which it cannot be nested too deeply for `events_of`."""
_MOST_DIGITS: Final = 4_300
"""Of an integer: Python refuses longer ones."""
_SHORT: Final = 2 * _DEEP
"""Bytes: a line of no more has neither so many brackets nor so many digits."""
_ALL_BUT_DIGITS: Final = bytes(sorted({*range(256)} - {*b"0123456789"}))
_ABSENT = msgspec.UNSET
_Absent = msgspec.UnsetType
Ids: TypeAlias = tuple[str, Any, Any, "str | None", Any]
"""Device, session and replay ID, message ID and name of an event."""
_Text = str | None | _Absent


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

    def add(self, line: int, ids: Ids) -> None:
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


def decoded(data: bytes) -> tuple[list[Any] | None, bool]:
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


def fill_segment(raw: Raw, payloads: list[Any], is_actions: bool) -> None:
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


def fill_amplitude(raw: Raw, events: list[Any]) -> None:
    """Put events of Amplitude into columns. Raises AttributeError where one has no object."""
    raw.line = list(range(len(events)))
    raw.device = [e.device_id for e in events]
    raw.session = [e.session_id for e in events]
    raw.replay = [e.event_properties.replay_id for e in events]
    raw.message = [e.dollar_insert_id or e.insert_id or e.uuid for e in events]
    raw.name = [e.event_type for e in events]


def _segment(p: Any, is_actions: bool) -> Ids | None:
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


def _amplitude(e: Any) -> Ids:
    """The same of one event of Amplitude."""
    identity = e.dollar_insert_id or e.insert_id or e.uuid
    return e.device_id, e.session_id, e.event_properties.replay_id, identity, e.event_type


def ids_of(line: bytes, is_segment: bool, is_actions: bool) -> Ids | None:
    """The IDs and the name of a line's event; None where `events_of` has to say."""
    if not _is_typical(line):
        return None
    try:
        return _segment(_SEGMENT_LINE.decode(line), is_actions) if is_segment else _amplitude(_AMPLITUDE.decode(line))
    except (msgspec.MsgspecError, RecursionError, AttributeError):
        return None


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


def timed_ids_of(line: bytes, table: Table, is_segment: bool) -> tuple[Ids, object] | None:
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

"""The alphabet: a call and the state it meets, read as one symbol of a table.

A symbol is a `Trigger` (what the page did) and a `Kind` (what its IDs are, seen from the current
state). Tables list symbols, never values; this is the only place that compares session IDs.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import attrs

from statemachine.ids import NO_SESSION, OUT_OF_SESSION, SESSION_ID_MAX, UNSET, parse_device_id, session_number


class Name(str, Enum):
    """A closed set of names, each of which is its own text."""

    __hash__ = str.__hash__  # Enum's own is a Python call, and every step hashes some
    __str__ = str.__str__  # Enum's own differs between versions of Python


class Trigger(Name):
    """What the page did. The words are those of a call trace."""

    LOAD = "load"
    """`init` was called with a device ID and a session ID."""
    EVENT = "event"
    """An event was seen: by the middleware, or by the shell's `track`."""
    SETTLE = "settle"
    """Actions: the deferred read of an event's session ID, after Segment filled it in."""
    BYPASS = "bypass"
    """Cloud-mode: an event was tracked through Segment, past the shell."""
    ADD_SESSION_REPLAY = "add_session_replay"
    """Cloud-mode: `add(sessionReplayPlugin())`."""
    ADD_SEGMENT = "add_segment"
    """Cloud-mode: `add(segmentPlugin())`."""
    REMOVE_AMPLITUDE = "remove_amplitude"
    """Cloud-mode: `remove("amplitude")`."""


class Kind(Name):
    """What a call's session ID is, seen from the current replay session."""

    NEWER = "newer"
    SAME = "same"
    OLDER = "older"
    PRESENT = "present"
    """At load, where there is no current session to compare with: a session ID."""
    ABSENT = "absent"
    """`null` or 0, and, but for Actions, no field at all."""
    NOT_POPULATED = "not_populated"
    """Actions: the field is not there (yet)."""
    OUT_OF_SESSION = "out_of_session"
    MALFORMED = "malformed"
    ANY = "any"
    """The trigger's session ID plays no part."""


class Device(Name):
    """What the device ID of a load is."""

    VALID = "valid device"
    MISSING = "no device"
    SLASH = "device with slash"
    CHARACTER = "device with foreign character"
    ANY = "any"
    """The trigger names no device."""


@attrs.frozen
class Symbol:
    """One input of a table: a trigger, the session's kind, and (for a load) the device's."""

    trigger: Trigger
    kind: Kind = Kind.ANY
    device: Device = Device.ANY

    def __str__(self) -> str:
        parts = [str(part) for part in (self.device, self.kind) if part != "any"]
        return f"{self.trigger}[{', '.join(parts)}]" if parts else str(self.trigger)


@attrs.frozen
class Call:
    """One thing that the page did, as a machine takes it: the IDs are still raw, of any type.

    `session_id` is `UNSET` when the field is not there. `device_id` matters to a load only.
    """

    trigger: Trigger
    session_id: object = UNSET
    device_id: object = UNSET


_DEVICE_OF_CODE: Final = {"SR101": Device.MISSING, "SR102": Device.SLASH, "SR103": Device.CHARACTER}

# Module globals, because looking a member up on its Enum costs more than comparing two IDs.
_NEWER, _SAME, _OLDER, _ABSENT = Kind.NEWER, Kind.SAME, Kind.OLDER, Kind.ABSENT
_NOT_POPULATED, _OUT_OF_SESSION, _MALFORMED = Kind.NOT_POPULATED, Kind.OUT_OF_SESSION, Kind.MALFORMED


def kind_of(raw: object, current: int) -> Kind:
    """Classify a raw session ID against the current replay session (epoch milliseconds, 0 none).

    A field that is not there is `NOT_POPULATED`; what that means is for the table to say. Never raises.
    """
    number = raw
    if type(number) is not int:
        if raw is UNSET:
            return _NOT_POPULATED
        number = session_number(raw)
        if number is None:
            return _MALFORMED
    if number == current:
        return _SAME if number else _ABSENT
    if number > current:
        return _NEWER if number <= SESSION_ID_MAX else _MALFORMED
    if number > NO_SESSION:
        return _OLDER
    if number == NO_SESSION:
        return _ABSENT
    return _OUT_OF_SESSION if number == OUT_OF_SESSION else _MALFORMED


def load_kind_of(raw: object) -> Kind:
    """Classify the session ID of a load: a field that is not there is no session (`… || 0`)."""
    kind = kind_of(raw, NO_SESSION)
    return {Kind.NEWER: Kind.PRESENT, Kind.NOT_POPULATED: Kind.ABSENT}.get(kind, kind)


def device_of(raw: object) -> Device:
    """Classify the device ID of a load. Never raises."""
    flaw = parse_device_id(raw).flaw
    return Device.VALID if flaw is None else _DEVICE_OF_CODE[flaw.code]

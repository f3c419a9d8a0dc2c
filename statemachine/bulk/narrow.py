"""Raw lines → a `Batch`: what the fold needs of every event, as columns. Without state, a block at a time.

The definition of what a line holds is `events_of`; typical lines are read the fast way, by `payloads`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs
import msgspec
import numpy as np
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from statemachine.bulk.blocks import is_blank, numbered
from statemachine.bulk.payloads import Raw, decoded, fill_amplitude, fill_segment, ids_of
from statemachine.event import (
    REPLAY_CAPTURED,
    Event,
    Unreadable,
    events_of,
)
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
_ABSENT: Final = msgspec.UNSET  # looking it up on its module costs more than the comparison


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
        payloads, is_segment = decoded(data)
        if payloads is None:
            return self.raw_lines(numbered(data), data.count(b"\n"), is_segment)
        raw = Raw(len(payloads), is_segment)
        try:
            if is_segment:
                fill_segment(raw, payloads, self._is_actions)
            else:
                fill_amplitude(raw, payloads)
        except AttributeError:  # a `null` where an object would be
            return self.raw_lines(numbered(data), len(payloads), is_segment)
        return raw

    def raw_lines(self, lines: Iterable[tuple[int, bytes]], count: int, is_segment: bool = True) -> Raw:
        """Read numbered lines, one by one, in the same way."""
        raw = Raw(count, is_segment)
        for number, line in lines:
            if is_blank(line):
                continue
            ids = ids_of(line, is_segment, self._is_actions)
            if ids is not None:
                raw.add(number, ids)
                continue
            for event in events_of(0, line):
                raw.event(number, event)
        return raw

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

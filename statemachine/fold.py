"""Batches × what is kept of every device → what is wrong × what is kept: the fold behind every way to check in bulk.

It decides nothing. What `judge` made of an event that was in order is remembered by what the event is, seen from
the device's state; the same again takes the same way, without a verdict. Everything else goes to `judge`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Final, TypeAlias

import attrs
import numpy as np

from statemachine.devices import READS, Devices
from statemachine.event import Event, Unreadable
from statemachine.ids import UNSET, format_replay_id
from statemachine.log import Recent
from statemachine.narrow import ABSENT, NO_DEVICE, NO_MESSAGE, OTHER, OWN_DEVICE, UNTAGGED, Batch
from statemachine.step import Replay
from statemachine.symbol import Kind, kind_of
from statemachine.table import Configuration, Table
from statemachine.verdict import Verdict, Visitor, judge, unreadable

UNKNOWN: Final = 0
"""The code of a device of which nothing is kept yet."""
NO_OWN, OWN_IS_SAME, OWN_DIFFERS = 0, 1, 2
UNLIKE: Final = -1
"""The replay ID has another device than it must have."""
_NOT_POPULATED = Kind.NOT_POPULATED
Place: TypeAlias = Callable[[int], tuple[str, int]]
"""The file and the line of the event at a position of a batch."""
_Memory: TypeAlias = dict[Kind, tuple[int, bool, bool]]


@attrs.define
class Folded:
    """What came of a batch: its verdicts that are not silent, each with its event's position, and counts of all."""

    read: int
    verdicts: list[tuple[int, Verdict]] = attrs.field(factory=list)
    unreadable: int = 0
    repeated: list[int] = attrs.field(factory=list)
    """The positions of what was delivered again."""
    refused: list[int] = attrs.field(factory=list)
    """The positions of what was not accepted, and is no finding."""
    sessions: int = 0
    """How many sessions began."""


class Fold:
    """The fold of one mode: over batches, in the order of the events."""

    def __init__(self, table: Table, devices: Devices, recent: Recent, *, expect_replay_ids: bool = False) -> None:
        """Carry on with what is kept of the devices."""
        self._table = table
        self._devices = devices
        self._recent = recent
        self._expects = expect_replay_ids
        self._session, self._state = f"session {table.mode}", f"state {table.mode}"
        devices.with_columns(**{self._session: np.int64, self._state: np.uint16})
        self.own_devices: dict[str, str] = {}
        """Cloud-mode: the shell's device ID, by the device ID of the events, where they differ."""
        every = product(table.configurations(), (False, True), (NO_OWN, OWN_IS_SAME, OWN_DIFFERS))
        self._states: list[tuple[Configuration, bool, int]] = [(table.begins, False, NO_OWN), *every]
        self._codes = {state: code for code, state in enumerate(self._states) if code != UNKNOWN}
        self._remembered: dict[tuple[bool, frozenset[str]], list[tuple[_Memory, _Memory]]] = {}

    def batch(self, batch: Batch, place: Place, quiet: frozenset[str] = frozenset()) -> Folded:
        """Take the events of a batch.

        Findings whose code is in `quiet` are left out. Never raises on bad input.
        """
        folded = Folded(len(batch.device))
        slots = self._devices.slots(batch.digests)
        columns = self._devices.columns
        reads = np.bincount(batch.device[batch.device != NO_DEVICE], minlength=len(slots))
        columns[READS][slots] += reads.astype(np.uint32)
        sessions, codes = columns[self._session][slots].tolist(), columns[self._state][slots].tolist()
        others = iter(batch.others)
        remembered = self._remembered.setdefault((batch.is_segment, quiet), [({}, {}) for _ in self._states])
        repeats = self._recent.repeats
        has_own = self._table.own_device_id and batch.is_segment
        messages = batch.message
        if self._recent.takes(messages[messages != NO_MESSAGE].tolist()):
            messages = np.zeros_like(messages)
        rows = zip(batch.device.tolist(), batch.session.tolist(), batch.replay.tolist(), messages.tolist(), strict=True)
        for position, (device, raw, whose, message) in enumerate(rows):
            other = next(others) if raw == OTHER else None
            if message != NO_MESSAGE and repeats(message):
                folded.repeated.append(position)
                continue
            if other is None:
                tagged = whose
                if whose > OWN_DEVICE or (has_own and whose):
                    tagged = self._tagged(batch, device, codes[device], whose, has_own)
                kind = kind_of(raw, sessions[device]) if raw != ABSENT else _NOT_POPULATED
                if tagged != UNLIKE:
                    known = remembered[codes[device]][tagged].get(kind)
                    if known is not None:
                        codes[device], sets_session, accepted = known
                        if sets_session:
                            sessions[device] = raw
                            folded.sessions += 1
                        if not accepted:
                            folded.refused.append(position)
                        continue
                event: Event | Unreadable = self.event(batch, position)
            else:
                event = other
            file, line = place(position)
            if isinstance(event, Unreadable):
                folded.unreadable += 1
                folded.verdicts.append((position, unreadable(attrs.evolve(event, line=line), file)))
                continue
            event = attrs.evolve(event, line=line)
            if device == NO_DEVICE:
                _, verdict = self._judge(None, event, file, quiet)
            else:
                code, session = codes[device], sessions[device]
                after, verdict = self._judge(self._visitor(batch.devices[device], code, session), event, file, quiet)
                if after is not None:
                    codes[device] = self._code(batch.devices[device], after)
                    sessions[device] = after.replay.session_id
                if other is None and tagged != UNLIKE and not verdict.findings:
                    # A session is set only to the event's own.
                    remembered[code][tagged][kind] = (codes[device], sessions[device] != session, verdict.accepted)
            folded.sessions += verdict.starts_session
            if verdict.findings:
                folded.verdicts.append((position, verdict))
            elif not verdict.accepted:
                folded.refused.append(position)
        columns[self._session][slots], columns[self._state][slots] = sessions, codes
        return folded

    def _judge(
        self, visitor: Visitor | None, event: Event, file: str, quiet: frozenset[str]
    ) -> tuple[Visitor | None, Verdict]:
        return judge(self._table, visitor, event, file=file, expect_replay_ids=self._expects, quiet=quiet)

    def _tagged(self, batch: Batch, device: int, code: int, whose: int, has_own: bool) -> int:
        """Whether a replay ID has the device that it must have: `OWN_DEVICE`, else `UNLIKE`."""
        if not has_own:
            return UNLIKE
        _, _, own = self._states[code]
        if whose == OWN_DEVICE:
            return OWN_DEVICE if own == OWN_IS_SAME else UNLIKE
        differing = self.own_devices.get(batch.devices[device]) if own == OWN_DIFFERS else None
        return OWN_DEVICE if batch.foreign[whose - OWN_DEVICE - 1] == differing else UNLIKE

    def _visitor(self, device: str, code: int, session: int) -> Visitor | None:
        """What is kept of a device, as `judge` takes it."""
        if code == UNKNOWN:
            return None
        configuration, carries, own = self._states[code]
        known = {NO_OWN: None, OWN_IS_SAME: device, OWN_DIFFERS: self.own_devices.get(device)}
        return Visitor(Replay(configuration, device, session), carries, known[own])

    def _code(self, device: str, visitor: Visitor) -> int:
        own = NO_OWN
        if visitor.replay_device_id is not None:
            own = OWN_IS_SAME if visitor.replay_device_id == device else OWN_DIFFERS
        if own == OWN_DIFFERS:
            self.own_devices[device] = visitor.replay_device_id or ""
        return self._codes[visitor.replay.configuration, visitor.carries_replay_id, own]

    def event(self, batch: Batch, position: int) -> Event:
        """A plain event of a batch again, as `events_of` read it."""
        raw, whose = int(batch.session[position]), int(batch.replay[position])
        name, session = batch.devices[batch.device[position]], UNSET if raw == ABSENT else raw
        tag: object = UNSET
        if whose != UNTAGGED:
            tag = format_replay_id(name if whose == OWN_DEVICE else batch.foreign[whose - OWN_DEVICE - 1], raw)
        return Event(0, "$", batch.is_segment, name, session, session, tag, None, None)

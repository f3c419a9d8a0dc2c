"""Batches × what is kept of every device → what is wrong × what is kept: the fold behind every way to check in bulk.

It decides nothing. What `judge` made of an event that was in order is remembered by what the event is, seen from
the device's state; the same again takes the same way, without a verdict. Everything else goes to `judge`.

The first events of all devices of a batch are taken together, then the second ones, and so on, as arrays; once few
devices have any left, what they have is taken one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from operator import itemgetter
from typing import Any, Final, TypeAlias

import attrs
import numpy as np

from statemachine.bulk.devices import READS, Devices
from statemachine.bulk.narrow import ABSENT, NO_DEVICE, NO_MESSAGE, OTHER, OWN_DEVICE, UNTAGGED, Batch, digest_of
from statemachine.bulk.own_devices import OwnDevices
from statemachine.event import Event, Unreadable
from statemachine.ids import NO_SESSION, UNSET, format_replay_id
from statemachine.log import Recent
from statemachine.replay import Replay
from statemachine.table import Configuration, Table
from statemachine.verdict import Verdict, Visitor, judge, unreadable

UNKNOWN: Final = 0
"""The code of a device of which nothing is kept yet."""
NO_OWN, OWN_IS_SAME, OWN_DIFFERS = 0, 1, 2
TOGETHER: Final = 24
"""Fewer events than these are quicker one by one than as arrays."""
_KEPT_DEVICE, _OTHER_DEVICE, _TAGS = 2, 3, 4
"""Whose device a replay ID has, beside `UNTAGGED` and `OWN_DEVICE`: the SDK's own, as kept; any other one."""
_NO_FIELD, _RELATIONS = 3, 4
"""How a session ID is to the current one: 0 below, 1 the same, 2 above; or there is none."""

Place: TypeAlias = Callable[[int], tuple[str, int]]
"""The file and the line of an event, by its position in its batch."""


@attrs.frozen(eq=False)
class Places:
    """Where the events of a batch are: for each, which of `files` (an index), and its line there."""

    files: list[str]
    file: Any
    line: Any

    @classmethod
    def of(cls, file: str, first_line: int, batch: Batch) -> Places:
        """Those of a batch whose lines are numbered on from `first_line`."""
        return cls([file], np.zeros(len(batch.line), np.int32), first_line + batch.line.astype(np.int64))

    def at(self, position: int) -> tuple[str, int]:
        """The file and the line of one event."""
        return self.files[self.file[position]], int(self.line[position])

    def counts(self) -> list[tuple[str, int]]:
        """How many events each file has."""
        return list(zip(self.files, np.bincount(self.file, minlength=len(self.files)).tolist(), strict=True))


@attrs.define
class Folded:
    """What came of a batch: its verdicts that are not silent, each with its event's position, and counts of all.

    `state` and `session` say, for every event, in which state its device is after it (a code; see `Fold.state_of`) and
    in which replay session (epoch milliseconds).
    """

    read: int
    state: Any
    session: Any
    verdicts: list[tuple[int, Verdict]] = attrs.field(factory=list)
    unreadable: int = 0
    repeated: list[int] = attrs.field(factory=list)
    """The positions of what was delivered again."""
    refused: list[int] = attrs.field(factory=list)
    """The positions of what was not accepted, and is no finding."""
    sessions: int = 0
    """How many sessions began."""


@attrs.define
class _Memory:
    """What `judge` made of silent events, by the state's code, the replay ID's device, and the session ID's relation.

    As arrays, and `known` the same for one at a time: the code after it, whether it sets the session, and whether it
    is accepted.
    """

    after: Any
    sets_session: Any
    is_accepted: Any
    is_known: Any
    known: dict[int, tuple[int, bool, bool]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, states: int) -> _Memory:
        size = states * _TAGS * _RELATIONS
        sets_session, is_accepted, is_known = np.zeros((3, size), np.bool_)
        return cls(np.zeros(size, np.uint16), sets_session, is_accepted, is_known)

    def learn(self, key: int, after: int, sets_session: bool, is_accepted: bool) -> None:
        self.known[key] = after, sets_session, is_accepted
        self.after[key], self.sets_session[key], self.is_accepted[key] = after, sets_session, is_accepted
        self.is_known[key] = True


class Fold:
    """The fold of one mode: over batches, in the order of the events."""

    def __init__(self, table: Table, devices: Devices, recent: Recent, *, expect_replay_ids: bool = False) -> None:
        """Carry on with what is kept of the devices."""
        self.table = table
        self._devices = devices
        self._recent = recent
        self._expects = expect_replay_ids
        kinds = {"state": np.uint16, "session": np.int64, **({"own": np.uint64} if table.own_device_id else {})}
        self._columns = [f"{name} {table.mode}" for name in kinds]
        devices.with_columns(**dict(zip(self._columns, kinds.values(), strict=True)))
        self.session_places: dict[str, str] = {}
        """By file, where its session IDs are, for messages; files of payloads are not in it."""
        self.own_devices = OwnDevices()
        """The SDK's own device ID, by the device ID of the events, where they differ."""
        every = product(table.configurations(), (False, True), (NO_OWN, OWN_IS_SAME, OWN_DIFFERS))
        self._states: list[tuple[Configuration, bool, int]] = [(table.begins, False, NO_OWN), *every]
        self._codes = {state: code for code, state in enumerate(self._states) if code != UNKNOWN}
        self._memories: dict[tuple[bool, frozenset[str]], _Memory] = {}

    def state_of(self, code: int) -> Configuration | None:
        """The configuration that a code of `Folded.state` stands for; None while nothing is known of the device."""
        return None if code == UNKNOWN else self._states[code][0]

    def batch(self, batch: Batch, place: Place, quiet: frozenset[str] = frozenset()) -> Folded:
        """Take the events of a batch. Findings whose code is in `quiet` are left out. Never raises on bad input."""
        slots = self._devices.slots(batch.digests)
        columns = self._devices.columns
        counts = np.bincount(batch.device + 1, minlength=len(slots) + 1)[1:]  # + 1: no device is -1
        columns[READS][slots] += counts.astype(np.uint32)
        key = (batch.is_segment, quiet)
        if key not in self._memories:
            self._memories[key] = _Memory.of(len(self._states))
        work = _Work(self, batch, place, quiet, self._memories[key], *(columns[name][slots] for name in self._columns))
        work.run(self._repeats(batch.message))
        for name, column in zip(self._columns, (work.codes, work.sessions, work.owns), strict=False):
            columns[name][slots] = column
        return work.folded

    def judge(
        self, visitor: Visitor | None, event: Event, file: str, quiet: frozenset[str]
    ) -> tuple[Visitor | None, Verdict]:
        """Judge an event, as for a single line."""
        place = self.session_places.get(file, "")
        expects = self._expects
        return judge(self.table, visitor, event, file=file, expect_replay_ids=expects, quiet=quiet, session_place=place)

    def visitor(self, device: str, code: int, session: int) -> Visitor | None:
        """What is kept of a device, as `judge` takes it."""
        if code == UNKNOWN:
            return None
        configuration, carries, own = self._states[code]
        known = self.own_devices.get(device) if own == OWN_DIFFERS else device if own == OWN_IS_SAME else None
        return Visitor(Replay(configuration, device, session), carries, known)

    def code(self, device: str, visitor: Visitor) -> int:
        """The same as a code; the SDK's own device ID is noted, where it differs."""
        own = NO_OWN
        if visitor.replay_device_id is not None:
            own = OWN_IS_SAME if visitor.replay_device_id == device else OWN_DIFFERS
        if own == OWN_DIFFERS and self.own_devices.get(device) != visitor.replay_device_id:
            self.own_devices[device] = visitor.replay_device_id or ""
        return self._codes[visitor.replay.configuration, visitor.carries_replay_id, own]

    def own_key(self, device: str, code: int) -> int:
        """What stands for the SDK's own device ID, where it differs from the events'; else 0."""
        own = self.own_devices.get(device) if self._states[code][2] == OWN_DIFFERS else None
        return 0 if own is None else key_of(own)

    def event(self, batch: Batch, position: int) -> Event:
        """A plain event of a batch again, as `events_of` read it."""
        raw, whose = int(batch.session[position]), int(batch.replay[position])
        name, session = batch.devices[batch.device[position]], UNSET if raw == ABSENT else raw
        tag: object = UNSET
        if whose != UNTAGGED:
            tag = format_replay_id(name if whose == OWN_DEVICE else batch.foreign[whose - OWN_DEVICE - 1], raw)
        return Event(0, "$", batch.is_segment, name, session, session, tag, None, None)

    def _repeats(self, messages: Any) -> list[int]:
        """The positions of what was delivered again."""
        positions = np.flatnonzero(messages != NO_MESSAGE)
        keys = messages[positions].tolist()
        if self._recent.takes(keys):
            return []
        return [n for n, key in zip(positions.tolist(), keys, strict=True) if self._recent.repeats(key)]


@attrs.define
class _Work:
    """A fold at one batch. `codes`, `sessions` and `owns` are what is kept of its devices, up to what was taken."""

    fold: Fold
    batch: Batch
    place: Place
    quiet: frozenset[str]
    memory: _Memory
    codes: Any
    sessions: Any
    owns: Any = attrs.field(default=None)
    folded: Folded = attrs.field(init=False)
    others: dict[int, Event | Unreadable] = attrs.field(init=False)
    tags: Any = attrs.field(init=False)
    foreign: Any = attrs.field(init=False)
    """For every event, what stands for the other device that its replay ID has; 0 where it has none."""

    def __attrs_post_init__(self) -> None:
        batch, read = self.batch, len(self.batch.device)
        if self.owns is None:
            self.owns = np.zeros(len(self.codes), np.uint64)
        self.folded = Folded(read, np.zeros(read, np.uint16), np.zeros(read, np.int64))
        self.others = dict(zip(np.flatnonzero(batch.session == OTHER).tolist(), batch.others, strict=True))
        self.tags = _tags(batch.replay)
        self.foreign = np.zeros(read, np.uint64)
        if batch.foreign:
            keys = np.array([0] * (OWN_DEVICE + 1) + [key_of(name) for name in batch.foreign], np.uint64)
            self.foreign = keys[np.maximum(batch.replay, 0)]

    def run(self, repeated: list[int]) -> None:
        """Take every event, but for those that were delivered again."""
        device = self.batch.device
        rows = np.delete(np.arange(len(device)), repeated) if repeated else np.arange(len(device))
        for position in rows[device[rows] == NO_DEVICE].tolist():
            self._judged(position, UNKNOWN, NO_SESSION, None)
        rows = rows[np.argsort(device[rows], kind="stable")]
        rows = rows[np.searchsorted(device[rows], 0) :]
        firsts = np.flatnonzero(np.diff(device[rows], prepend=NO_DEVICE))
        rank = np.arange(len(rows)) - np.repeat(firsts, np.diff(firsts, append=len(rows)))
        rows = rows[np.argsort(rank, kind="stable")]
        sizes = np.bincount(rank)  # they only fall
        begin = 0
        for size in sizes[sizes >= TOGETHER].tolist():
            self._together(rows[begin : begin + size])
            begin += size
        self._one_by_one(np.sort(rows[begin:]))
        self.folded.repeated = repeated
        self.folded.refused.sort()
        self.folded.verdicts.sort(key=itemgetter(0))

    def _together(self, rows: Any) -> None:
        """Take events of as many devices."""
        device, raw = self.batch.device[rows], self.batch.session[rows]
        keys = self._keys(rows, device, raw)
        known = self.memory.is_known[keys] & (raw != OTHER)
        if not known.all():
            self._one_by_one(rows[~known])
        keys, own, taken = keys[known], device[known], rows[known]
        sets = self.memory.sets_session[keys]
        self.codes[own] = self.memory.after[keys]
        self.sessions[own[sets]] = raw[known][sets]
        self.folded.sessions += int(np.count_nonzero(sets))
        self.folded.refused += taken[~self.memory.is_accepted[keys]].tolist()
        self.folded.state[rows], self.folded.session[rows] = self.codes[device], self.sessions[device]

    def _keys(self, rows: Any, device: Any, raw: Any) -> Any:
        tags = self.tags[rows]
        if self.batch.foreign:
            is_kept = (tags == _OTHER_DEVICE) & (self.foreign[rows] == self.owns[device])
            tags = np.where(is_kept, _KEPT_DEVICE, tags)
        return (self.codes[device].astype(np.int64) * _TAGS + tags) * _RELATIONS + _relations(
            raw, self.sessions[device]
        )

    def _one_by_one(self, rows: Any) -> None:
        """Take events of a few devices, in order."""
        columns = [column[rows].tolist() for column in (self.batch.device, self.batch.session, self.tags, self.foreign)]
        own = np.unique(self.batch.device[rows])
        arrays = (self.codes, self.sessions, self.owns)
        codes, sessions, owns = (dict(zip(own.tolist(), one[own].tolist(), strict=True)) for one in arrays)
        states, currents = [], []
        known = self.memory.known
        for position, device, raw, tag, foreign in zip(rows.tolist(), *columns, strict=True):
            session = sessions[device]
            if foreign and foreign == owns[device]:
                tag = _KEPT_DEVICE
            relation = _NO_FIELD if raw == ABSENT else (raw > session) - (raw < session) + 1
            key = (codes[device] * _TAGS + tag) * _RELATIONS + relation
            found = known.get(key) if raw != OTHER else None
            if found is None:
                codes[device], sessions[device], owns[device] = self._judged(position, codes[device], session, key)
            else:
                codes[device], sets_session, is_accepted = found
                if sets_session:
                    sessions[device] = raw
                    self.folded.sessions += 1
                if not is_accepted:
                    self.folded.refused.append(position)
            states.append(codes[device])
            currents.append(sessions[device])
        for array, kept in zip(arrays, (codes, sessions, owns), strict=True):
            array[own] = [*kept.values()]
        self.folded.state[rows], self.folded.session[rows] = states, currents

    def _judged(self, position: int, code: int, session: int, key: int | None) -> tuple[int, int, int]:
        """Have an event judged, and note what came of it. Returns what is kept of its device from now on."""
        file, line = self.place(position)
        event = self.others.get(position)
        is_plain = event is None
        if event is None:
            event = self.fold.event(self.batch, position)
        if isinstance(event, Unreadable):
            self.folded.unreadable += 1
            self.folded.verdicts.append((position, unreadable(attrs.evolve(event, line=line), file)))
            return code, session, 0
        name = None if self.batch.device[position] == NO_DEVICE else self.batch.devices[self.batch.device[position]]
        visitor = None if name is None else self.fold.visitor(name, code, session)
        after, verdict = self.fold.judge(visitor, attrs.evolve(event, line=line), file, self.quiet)
        self.folded.sessions += verdict.starts_session
        if verdict.findings:
            self.folded.verdicts.append((position, verdict))
        elif not verdict.accepted:
            self.folded.refused.append(position)
        if name is None or after is None:
            return code, session, 0  # of a device of which nothing is kept yet
        new = self.fold.code(name, after), after.replay.session_id
        if is_plain and not verdict.findings and key is not None and key // _RELATIONS % _TAGS != _OTHER_DEVICE:
            self.memory.learn(key, new[0], new[1] != session, verdict.accepted)  # a session is set to the event's own
        return (*new, self.fold.own_key(name, new[0]))


def _relations(raw: Any, current: Any) -> Any:
    """How session IDs are to the current ones."""
    return np.where(raw == ABSENT, _NO_FIELD, np.sign(raw - current) + 1)


def _tags(replay: Any) -> Any:
    """Whose device replay IDs have, without saying which other one."""
    return np.where(replay > OWN_DEVICE, _OTHER_DEVICE, replay)


def key_of(device: str) -> int:
    """What stands for a device ID in a column of numbers; never 0."""
    return int.from_bytes(digest_of(device)[:8], "little") or 1

"""Logs of any size → what is wrong in them: pieces of them, narrowed side by side, folded in order.

What is kept: a few numbers a device, and the window of recent messages. The law is `judge`'s, as for a single line.
"""

from __future__ import annotations

import pickle  # of what this process wrote itself
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import IO, Final, TypeAlias

import attrs
import numpy as np

from statemachine.bulk.blocks import BROKEN
from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold, Folded, Places
from statemachine.bulk.narrow import Batch, Narrowing
from statemachine.bulk.order import Choice, Sorter, put
from statemachine.bulk.payloads import Raw
from statemachine.bulk.work import NO_TIME, Work
from statemachine.bulk.workers import Workers
from statemachine.errors import UnreadableFileError, printable
from statemachine.finding import Finding
from statemachine.log import HELD_IN_MEMORY, Beginning, Recent
from statemachine.machines import CLASSIC_DEVICE, table_of

Works: TypeAlias = Callable[[], Iterable[Work]]
SORTED_EVENTS: Final = 2**13
"""Events of a batch that were sorted."""


@attrs.define
class Found:
    """What came of one log. `mode` and `why` are known once `Bulk.log` has begun."""

    file: str
    mode: str = ""
    why: str = "as asked"
    finding: Finding | None = None
    """SR114, where no event of the whole log carries a session ID."""
    outside: int = 0
    """Events that the filter left out."""
    timeless: int = 0
    """Events without a time that can be read, where times matter."""
    quiet: frozenset[str] = frozenset()
    events: int = 0
    session_place: str = ""
    """Where the session IDs are, if that is named."""
    _beginning: Beginning | None = None
    _asked: str | None = None

    def begun(self, beginning: Beginning, asked: str | None) -> None:
        """Note what a look at the log has shown."""
        self.mode = (beginning.table or (table_of(asked) if asked else CLASSIC_DEVICE)).mode
        self.quiet = frozenset({"SR111"}) if beginning.table is None else frozenset()
        self.session_place = beginning.place(table_of(self.mode))
        self._beginning, self._asked = beginning, asked

    def conclude(self) -> None:
        """Say why the log is of its mode, now that all its events are folded."""
        if self._beginning is not None:
            self.why, self.finding = self._beginning.conclusion(self.file, self._asked, self.events)


@attrs.frozen(eq=False)
class Judged:
    """A batch, what came of it, by which fold, and where its events are."""

    fold: Fold
    batch: Batch
    folded: Folded
    places: Places


class Bulk:
    """Folds over logs, one a mode; what is kept goes on from log to log, in the order given."""

    def __init__(self, workers: Workers, *, expect_replay_ids: bool = False, choice: Choice | None = None) -> None:
        self.devices = Devices()
        self.recent: dict[str, Recent] = {}
        self.folds: dict[str, Fold] = {}
        self.workers = workers
        self.choice = choice or Choice()
        self.latest = self.judged_up_to = NO_TIME
        """By time: that of the latest event judged, and what it was when this run began."""
        self.early = 0
        """Events judged by time that are earlier than those of the runs before."""
        self._expects = expect_replay_ids

    def log(self, found: Found, works: Works, again: Works | None, asked: str | None) -> Iterator[Judged]:
        """Fold a log: every batch, what came of it, and where its events are.

        `again` gives the log's pieces once more, or is None when they can be had only once; then those up to the first
        session ID are held in a temporary file. Raises what reading raises, when all that was read before it is
        folded; UnreadableFileError when the temporary file fails.
        """
        line = 1
        with _opened(found, works, again, asked) as opened:
            for batch in self._batches(found, opened.work):
                places = Places.of(found.file, line, batch)
                fold = self._fold(found.mode, found)
                folded = fold.batch(batch, places.at, found.quiet)
                found.events += folded.read - folded.unreadable
                yield Judged(fold, batch, folded, places)
                line += batch.lines
            found.conclude()
            opened.raise_problem()

    def _batches(self, found: Found, work: Iterable[Work]) -> Iterator[Batch]:
        if not self.choice:
            yield from self.workers.narrowed(found.mode, work)
            return
        narrowing = Narrowing(table_of(found.mode))
        for timed in self.workers.timed(found.mode, work):
            chosen = self.choice.of(timed)
            found.outside += chosen.outside
            found.timeless += chosen.timeless
            yield narrowing.narrowed(chosen.timed.raw)

    def sort(
        self, sorter: Sorter, number: int, found: Found, works: Works, again: Works | None, asked: str | None
    ) -> Iterator[int]:
        """Read a log, the one of this number, into a sorter: how many events of each piece. Raises as `log` does."""
        line = 1
        with _opened(found, works, again, asked) as opened:
            for timed in self.workers.timed(found.mode, opened.work):
                chosen = self.choice.of(timed)
                found.outside += chosen.outside
                found.timeless += chosen.timeless
                sorter.add(number, line, chosen.timed)
                line += timed.raw.lines
                yield len(chosen.timed.times)
            opened.raise_problem()

    def in_order(self, sorter: Sorter, logs: list[Found]) -> Iterator[Judged]:
        """Fold what was sorted."""
        narrowings: dict[str, Narrowing] = {}
        open_: dict[str, tuple[frozenset[str], Raw, list[int], list[int]]] = {}

        def folded(mode: str) -> Judged:
            quiet, raw, numbers, lines = open_.pop(mode)
            batch = narrowings.setdefault(mode, Narrowing(table_of(mode))).narrowed(raw)
            distinct, file = np.unique(np.array(numbers, np.int32), return_inverse=True)
            own = [logs[number] for number in distinct.tolist()]
            places = Places([one.file for one in own], file.astype(np.int32), np.array(lines, np.int64))
            fold = self._fold(mode, *own)
            result = fold.batch(batch, places.at, quiet)
            for one, (_, events) in zip(own, places.counts(), strict=True):
                one.events += events
            for position, verdict in result.verdicts:
                own[file[position]].events -= not verdict.judged
            return Judged(fold, batch, result, places)

        for row in sorter:
            time, log, line, is_segment = row[0], row[2], row[3], row[4]
            self.early += NO_TIME < time < self.judged_up_to
            self.latest = max(self.latest, time)
            mode, quiet = logs[log].mode, logs[log].quiet
            if mode in open_:
                was_quiet, raw, numbers, _ = open_[mode]
                if len(numbers) >= SORTED_EVENTS or (was_quiet, raw.is_segment) != (quiet, is_segment):
                    yield folded(mode)
            if mode not in open_:
                open_[mode] = (quiet, Raw(0, is_segment), [], [])
            _, raw, numbers, lines = open_[mode]
            put(raw, row)
            numbers.append(log)
            lines.append(line)
        for mode in [*open_]:
            yield folded(mode)
        for one in logs:
            one.conclude()

    def carry_on(self, mode: str, recent: Recent) -> Fold:
        """Go on in a mode from what an earlier run left, besides `devices` and the fold's own devices."""
        self.recent[mode] = recent
        return self._fold(mode)

    def _fold(self, mode: str, *logs: Found) -> Fold:
        """The fold of a mode, told about the logs whose events it takes next."""
        if mode not in self.folds:
            self.recent.setdefault(mode, Recent())
            self.folds[mode] = Fold(table_of(mode), self.devices, self.recent[mode], expect_replay_ids=self._expects)
        fold = self.folds[mode]
        fold.session_places.update({one.file: one.session_place for one in logs if one.session_place})
        return fold


@attrs.define
class _Opened:
    """A log whose mode is known: `work` is all of it, from the beginning."""

    work: Iterable[Work]
    _problem: BaseException | None

    def raise_problem(self) -> None:
        """Raise what ended the look at the log, if that was all that could be read of it."""
        if self._problem is not None:
            raise self._problem


@contextmanager
def _opened(found: Found, works: Works, again: Works | None, asked: str | None) -> Iterator[_Opened]:
    """Look at a log, up to its first session ID, and then have all of it."""
    with tempfile.SpooledTemporaryFile(HELD_IN_MEMORY) as held:
        rest = iter(works())
        beginning, problem = _looked_at(rest, found.file, None if again else held, asked)
        if again:
            if beginning.table is None and isinstance(problem, KeyboardInterrupt):
                raise problem
            problem = None  # reading comes upon it again
        found.begun(beginning, asked)
        yield _Opened(again() if again else chain(_held_works(held), rest), problem)


def _looked_at(
    works: Iterator[Work], file: str, held: IO[bytes] | None, asked: str | None
) -> tuple[Beginning, BaseException | None]:
    """Look for the first session ID, and hold what was read; also what stopped the reading."""
    beginning, first = Beginning(asked), 1
    try:
        for work in works:
            beginning.shape = work.shape()
            if held is not None:
                _hold(held, work, file)
            if work.may_show_mode():
                for item in work.events():
                    if beginning.shows(attrs.evolve(item, line=first + item.line)):
                        return beginning, None
            first += work.lines()
    except UnreadableFileError:
        raise
    except (*BROKEN, KeyboardInterrupt) as problem:
        return beginning, problem
    return beginning, None


def _hold(held: IO[bytes], work: Work, file: str) -> None:
    try:
        held.write(pickle.dumps(work, pickle.HIGHEST_PROTOCOL))  # in one piece, whenever an interrupt comes
        held.flush()
    except OSError as error:
        reason = f"its lines up to the first session ID do not fit into a temporary file: {error.strerror}"
        raise UnreadableFileError(f"{printable(file)}: {reason}") from error


def _held_works(held: IO[bytes]) -> Iterator[Work]:
    held.seek(0)
    while True:
        try:
            yield pickle.load(held)  # noqa: S301
        except EOFError:
            return

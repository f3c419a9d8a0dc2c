"""Logs of any size → what is wrong in them: blocks of lines, narrowed side by side, folded in order.

What is kept: a few numbers a device, and the window of recent messages. The law is `judge`'s, as for a single line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO, Final

import attrs

from statemachine.blocks import BROKEN, is_blank, lines_of
from statemachine.devices import Devices
from statemachine.errors import UnreadableFileError, printable
from statemachine.finding import Finding
from statemachine.fold import Fold, Folded, Place
from statemachine.log import HELD_IN_MEMORY, Beginning, Recent
from statemachine.machines import CLASSIC_DEVICE, table_of
from statemachine.narrow import Batch
from statemachine.workers import Work, Workers

_MAY_SHOW: Final = (b"session_id", b"\\u", b"sessionId")
"""A block without any of these has no session ID."""


@attrs.define
class Found:
    """What came of one log. `mode` and `why` are known once `Bulk.log` has begun."""

    file: str
    mode: str = ""
    why: str = "as asked"
    finding: Finding | None = None
    """SR114, where no event of the whole log carries a session ID."""


class Bulk:
    """Folds over logs, one a mode; what is kept goes on from log to log, in the order given."""

    def __init__(self, workers: Workers, *, expect_replay_ids: bool = False) -> None:
        self.devices = Devices()
        self.recent: dict[str, Recent] = {}
        self.folds: dict[str, Fold] = {}
        self.workers = workers
        self._expects = expect_replay_ids

    def log(
        self,
        found: Found,
        blocks: Callable[[], Iterable[bytes]],
        again: Callable[[], Iterable[Work]] | None,
        asked: str | None,
    ) -> Iterator[tuple[Batch, Folded, int]]:
        """Fold a log: every batch, what came of it, and the number of its first line.

        `again` gives the log's blocks once more, or is None when they can be had only once; then those up to the first
        session ID are held in a temporary file. Raises what reading raises, when all that was read before it is
        folded; UnreadableFileError when the temporary file fails.
        """
        rest = iter(blocks())
        with tempfile.SpooledTemporaryFile(HELD_IN_MEMORY) as held:
            beginning, problem = _looked_at(rest, found.file, None if again else held, asked)
            if beginning.table is None and isinstance(problem, KeyboardInterrupt) and again:
                raise problem
            found.mode = (beginning.table or (table_of(asked) if asked else CLASSIC_DEVICE)).mode
            work = again() if again else chain(_held_blocks(held), rest)
            quiet = frozenset({"SR111"}) if beginning.table is None else frozenset[str]()
            events, line = 0, 1
            for batch in self.workers.narrowed(found.mode, work):
                folded = self._fold(found.mode).batch(batch, placed(found.file, line, batch), quiet)
                events += folded.read - folded.unreadable
                yield batch, folded, line
                line += batch.lines
        found.why, found.finding = beginning.conclusion(found.file, asked, events)
        if problem is not None and not again:
            raise problem

    def carry_on(self, mode: str, recent: Recent, own_devices: dict[str, str]) -> Fold:
        """Go on in a mode from what an earlier run left, besides `devices`."""
        self.recent[mode] = recent
        self._fold(mode).own_devices.update(own_devices)
        return self.folds[mode]

    def _fold(self, mode: str) -> Fold:
        if mode not in self.folds:
            self.recent.setdefault(mode, Recent())
            self.folds[mode] = Fold(table_of(mode), self.devices, self.recent[mode], expect_replay_ids=self._expects)
        return self.folds[mode]


def placed(file: str, first_line: int, batch: Batch) -> Place:
    """Where the events of a batch are, whose lines are numbered on from `first_line`."""
    return lambda position: (file, first_line + int(batch.line[position]))


def _looked_at(
    blocks: Iterator[bytes], file: str, held: IO[bytes] | None, asked: str | None
) -> tuple[Beginning, BaseException | None]:
    """Look for the first session ID, and hold what was read; also what stopped the reading."""
    beginning, line = Beginning(asked), 1
    try:
        for block in blocks:
            if held is not None:
                _hold(held, block, file)
            if any(mark in block for mark in _MAY_SHOW):
                for number, text in enumerate(lines_of(block), line):
                    if not is_blank(text) and beginning.shows_mode(number, text):
                        return beginning, None
            line += block.count(b"\n")
    except UnreadableFileError:
        raise
    except (*BROKEN, KeyboardInterrupt) as problem:
        return beginning, problem
    return beginning, None


def _hold(held: IO[bytes], block: bytes, file: str) -> None:
    try:
        held.write(b"%d\n%b" % (len(block), block))
        held.flush()
    except OSError as error:
        reason = f"its lines up to the first session ID do not fit into a temporary file: {error.strerror}"
        raise UnreadableFileError(f"{printable(file)}: {reason}") from error


def _held_blocks(held: IO[bytes]) -> Iterator[bytes]:
    held.seek(0)
    while header := held.readline():
        yield held.read(int(header))

"""Which events are judged, and in which order: a filter on device and time, and a stable sort by time.

The sort is external: runs in a temporary file, merged. Memory grows with neither events nor files.
"""

from __future__ import annotations

import os
import pickle  # of what this process wrote itself
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from heapq import merge
from itertools import islice
from typing import IO, Any, TypeAlias

import attrs
import numpy as np

from statemachine.bounds import CHUNK_EVENTS, MOST_RUNS, RUN_EVENTS
from statemachine.bulk.payloads import Raw
from statemachine.bulk.work import NO_TIME, Item, Timed
from statemachine.errors import UnreadableFileError
from statemachine.event import Event, Unreadable

Ids: TypeAlias = tuple[Any, Any, Any, Any, Any]
Row: TypeAlias = tuple[int, int, int, int, bool, "Ids | Item"]
"""An event to be sorted: its time, its position as read, its log, its line, whether it is Segment's, its IDs."""


@attrs.frozen
class Chosen:
    """What the filter left, and how many events it left out; and how many have no time of their own."""

    timed: Timed
    outside: int
    timeless: int


@attrs.define
class Choice:
    """A filter. Times are microseconds since 1970: `since` is inside, `until` is not.

    An event without a time takes that of the event read before it; the first ones have none, and are inside. So is
    what is unreadable.
    """

    devices: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    by_time: bool = False
    """Whether times matter, if only for the order."""
    last: int = NO_TIME
    """The time of the event read last."""

    def __bool__(self) -> bool:
        return bool(self.devices or self.is_timed)

    @property
    def is_filter(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.devices or self.is_window)

    @property
    def is_timed(self) -> bool:
        """Whether an event's time matters."""
        return self.by_time or self.is_window

    @property
    def is_window(self) -> bool:
        """Whether times decide what is left out."""
        return self.since is not None or self.until is not None

    def of(self, timed: Timed) -> Chosen:
        """Filter a piece. The pieces must come in the order they are read."""
        raw, times = timed.raw, self._carried(timed.times)
        unreadable = {n for n, event in raw.events.items() if isinstance(event, Unreadable)}
        timeless = 0
        if self.is_timed:
            timeless = int(np.count_nonzero(timed.times == NO_TIME)) - len(unreadable)
        inside = np.ones(len(times), bool)
        if self.since is not None:
            inside &= (times >= self.since) | (times == NO_TIME)
        if self.until is not None:
            inside &= times < self.until
        if self.devices:
            inside &= np.fromiter((self._is_asked(raw, n) for n in range(len(times))), bool, len(times))
        inside[list(unreadable)] = True
        if inside.all():
            return Chosen(Timed(raw, times), 0, timeless)
        kept = np.flatnonzero(inside)
        return Chosen(Timed(_at(raw, kept.tolist()), times[kept]), len(times) - len(kept), timeless)

    def _is_asked(self, raw: Raw, position: int) -> bool:
        event = raw.events.get(position)
        device = raw.device[position] if event is None else getattr(event, "device_id", None)
        return isinstance(device, str) and device in self.devices

    def _carried(self, times: Any) -> Any:
        if not len(times):
            return times
        at = np.maximum.accumulate(np.where(times == NO_TIME, -1, np.arange(len(times))))
        carried = np.where(at < 0, self.last, times[at])
        self.last = int(carried[-1])
        return carried


def _at(raw: Raw, kept: list[int]) -> Raw:
    """The events at some positions. The lines are as many as they were."""
    chosen = Raw(raw.lines, raw.is_segment)
    for name in ("line", "device", "session", "replay", "message", "name"):
        column = getattr(raw, name)
        setattr(chosen, name, [column[n] for n in kept])
    chosen.events = {new: raw.events[old] for new, old in enumerate(kept) if old in raw.events}
    return chosen


class Sorter:
    """Events in, in the order they are read; out, in the order of their times, ties as they were read."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._runs: list[list[tuple[int, int]]] = []
        self._held: list[Row] = []
        self._read = 0

    def add(self, log: int, first_line: int, timed: Timed) -> None:
        """Take the events of a piece of a log. Raises UnreadableFileError when the temporary file fails."""
        raw = timed.raw
        ids = zip(raw.device, raw.session, raw.replay, raw.message, raw.name, strict=True)
        for n, (time, line, own) in enumerate(zip(timed.times.tolist(), raw.line, ids, strict=True)):
            self._held.append((time, self._read, log, first_line + line, raw.is_segment, raw.events.get(n) or own))
            self._read += 1
        if len(self._held) >= RUN_EVENTS:
            self._held.sort(key=_position)
            self._write(self._held)
            self._held = []
            if len(self._runs) >= MOST_RUNS:
                runs, self._runs = self._runs, []
                try:
                    self._write(merge(*map(self._rows, runs), key=_position))
                except UnreadableFileError:
                    self._runs = runs  # they are there still
                    raise

    def __iter__(self) -> Iterator[Row]:
        self._held.sort(key=_position)
        return merge(*map(self._rows, self._runs), self._held, key=_position)

    def close(self) -> None:
        """Give the temporary file back."""
        if self._file is not None:
            with suppress(OSError):  # what does not fit need not
                self._file.close()

    def _write(self, rows: Iterable[Row]) -> None:
        run, rest = [], iter(rows)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 # for as long as the sorter
            while chunk := list(islice(rest, CHUNK_EVENTS)):
                data = pickle.dumps(chunk, pickle.HIGHEST_PROTOCOL)
                at = self._file.seek(0, 2)
                self._file.write(data)
                run.append((at, len(data)))
            self._file.flush()
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableFileError(f"events to be sorted do not fit into a temporary file: {reason}") from error
        self._runs.append(run)

    def _rows(self, run: list[tuple[int, int]]) -> Iterator[Row]:
        file = self._file
        assert file is not None, "a run is in it"  # noqa: S101
        for at, length in run:
            if hasattr(os, "pread"):  # what did not fit is still to be written, and would be before a seek
                data = os.pread(file.fileno(), length, at)
            else:
                file.seek(at)
                data = file.read(length)
            yield from pickle.loads(data)  # noqa: S301


def _position(row: Row) -> tuple[int, int]:
    return row[0], row[1]


def put(raw: Raw, row: Row) -> None:
    """Put a sorted event into columns again."""
    what = row[5]
    if isinstance(what, (Event, Unreadable)):
        raw.event(0, what)
    else:
        raw.add(0, what)

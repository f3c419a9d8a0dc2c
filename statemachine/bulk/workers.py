"""Narrowing in several processes: blocks go out, batches come back, in the same order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Final, TypeVar

from statemachine.bounds import AHEAD
from statemachine.bulk.narrow import Batch, Narrowing
from statemachine.bulk.work import Timed, Work
from statemachine.machines import table_of

T = TypeVar("T")
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)

_narrowing: dict[str, Narrowing] = {}


def narrowed(mode: str, work: Work) -> Batch:
    """Narrow a piece of a log. Raises OSError when it cannot be read."""
    if mode not in _narrowing:
        _narrowing[mode] = Narrowing(table_of(mode))
    return work.narrowed(_narrowing[mode], table_of(mode))


def timed(mode: str, work: Work) -> Timed:
    """The events of a piece with their times. Raises OSError likewise."""
    return work.timed(table_of(mode))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers(AbstractContextManager["Workers"]):
    """So many processes; with one, the work is done here."""

    def __init__(self, count: int | None = None) -> None:
        """Use `count` processes, or as many as there are processors for this one."""
        self.count = count or processors()
        self._pool: ProcessPoolExecutor | None = None

    def narrowed(self, mode: str, works: Iterable[Work]) -> Iterator[Batch]:
        """Narrow pieces. Raises OSError, and whatever `works` raises once what came before is given."""
        return self._each(narrowed, mode, works)

    def timed(self, mode: str, works: Iterable[Work]) -> Iterator[Timed]:
        """The events of pieces with their times. Raises the same."""
        return self._each(timed, mode, works)

    def _each(self, made: Callable[[str, Work], T], mode: str, works: Iterable[Work]) -> Iterator[T]:
        if self.count == 1:
            yield from (made(mode, work) for work in works)
            return
        under_way: deque[Future[T]] = deque()
        problem: Exception | None = None
        rest = iter(works)
        while True:
            while problem is None and len(under_way) < AHEAD * self.count:
                try:
                    work = next(rest, None)
                except Exception as error:
                    problem = error
                    break
                if work is None:
                    break
                under_way.append(self._submitted(made, mode, work) if work.travels else _done(made(mode, work)))
            if not under_way:
                break
            try:
                result = under_way.popleft().result()
            except BrokenProcessPool:
                self._end()  # the next log gets new processes
                raise
            yield result
        if problem is not None:
            raise problem

    def _submitted(self, made: Callable[[str, Work], T], mode: str, work: Work) -> Future[T]:
        """Have another process do it. What begins then gets no signal before it knows what to do with one."""
        with _held_back():
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self.count, _context(), _begin)
            try:
                return self._pool.submit(made, mode, work)
            except BrokenProcessPool as error:
                broken: Future[T] = Future()
                broken.set_exception(error)
                return broken

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the processes."""
        self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _done(result: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(result)
    return future


@contextmanager
def _held_back() -> Iterator[None]:
    """Have the signals that end a command wait, for this thread and whatever begins in the meantime."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> BaseContext:
    """How processes begin: as copies of this one, at once, where there is no thread that it would lack."""
    methods = multiprocessing.get_all_start_methods()
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def _begin() -> None:
    """Leave interrupts to the parent, and end with it even when it is killed: the pool's pipes do not see to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)

"""Exit statuses of the commands, besides 0 and 1; and the signals that end a command, as exceptions."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

USAGE: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143
AGAIN_SECONDS: Final = 1.0
"""A signal that comes again so soon is the same one: `timeout` and terminals send it to a process and to its group."""
LATER_SECONDS: Final = 0.01
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM: what Ctrl-C is, from a program."""


def status_of(interrupt: KeyboardInterrupt) -> int:
    """The exit status of a command that a signal ended: 128 and the signal's number."""
    return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED


@contextmanager
def interruptible() -> Iterator[None]:
    """Have SIGINT and SIGTERM raised, once; whoever sends one again later ends the process at once.

    Those that are ignored, as `nohup` has it, stay so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first: list[float] = []

    def ended(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        if time.monotonic() - first[0] > AGAIN_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    def passed_over(unraisable: sys.UnraisableHookArgs) -> None:
        """Have a signal come again that came where nothing can be raised: in a destructor, in a callback of C."""
        error = unraisable.exc_value
        if not isinstance(error, KeyboardInterrupt):
            shown(unraisable)
            return
        first.clear()
        again = signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT
        later = threading.Timer(LATER_SECONDS, os.kill, (os.getpid(), again))
        later.daemon = True
        later.start()

    shown = sys.unraisablehook
    before = {number: signal.getsignal(number) for number in _ENDING}
    taken = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in taken:
            signal.signal(number, ended)
        sys.unraisablehook = passed_over
        yield
    finally:
        sys.unraisablehook = shown
        for number, handler in taken.items():
            signal.signal(number, handler)


def quiet_until_then() -> None:
    """Have an interrupt end the process at once and without a traceback, while it is loading and when it is done."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

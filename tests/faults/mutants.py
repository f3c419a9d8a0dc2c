"""Ways to do it wrong, which the checks beside this must notice; and two that only make a run suit a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import click

import statemachine.bulk.blocks
import statemachine.bulk.by_device
import statemachine.bulk.columnar
import statemachine.bulk.devices
import statemachine.bulk.order
import statemachine.bulk.own_devices
import statemachine.bulk.resume
import statemachine.bulk.snapshot
import statemachine.bulk.whole
import statemachine.bulk.workers
import statemachine.entrypoints.checking
import statemachine.entrypoints.cli
import statemachine.entrypoints.results
import statemachine.suites.program
import statemachine.verification.tlc

package: Any = statemachine
"""Whatever is in it, to be replaced."""
MOMENT = 0.003
LONGER = 0.15


def is_slow_to_write() -> None:
    """No mutant: the state is saved after every file, and a slow disk makes moments long enough to be hit."""
    package.bulk.resume.SAVE_SECONDS, package.bulk.resume.SAVE_SHARE = 0.0, 1e9
    for name in ("fsync", "replace", "link"):
        setattr(os, name, _slow(getattr(os, name)))


def _slow(function: Callable[..., Any]) -> Callable[..., Any]:
    def slow(*given: Any, **more: Any) -> Any:
        time.sleep(MOMENT)
        found = function(*given, **more)
        time.sleep(MOMENT)
        return found

    return slow


def spills_at_once() -> None:
    """No mutant: little is kept in memory, so that a small run has all temporary files."""
    package.bulk.order.RUN_EVENTS = 50
    package.bulk.own_devices.HELD_IN_MEMORY = 2
    package.bulk.columnar.GROUP_ROWS = 50


def spills_devices() -> None:
    """No mutant: the table of devices is in files as soon as it has grown."""
    package.bulk.devices.SPILL_BYTES = 2**17


def reads_little_at_once() -> None:
    """No mutant: a small log is read in many pieces, so that it can be changed in between."""
    package.bulk.blocks.BLOCK_BYTES = package.entrypoints.sources.BLOCK_BYTES = 2**13


def asks_for_no_signal() -> None:
    """Ctrl-C is what Python makes of it."""

    def plain(self: Any, ctx: Any) -> Any:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return click.Group.invoke(self, ctx)

    package.entrypoints.cli._Commands.invoke = plain


def writes_in_place() -> None:
    """What is written has its name from the beginning."""
    whole = package.bulk.whole.WholeFile
    begin = whole.__init__

    def in_place(self: Any, path: str) -> None:
        begin(self, path)
        self.is_stream = True
        self.file = open(path, "wb")  # noqa: SIM115
        time.sleep(LONGER)

    whole.__init__ = in_place


def saves_in_place() -> None:
    """A state is written over the one before."""

    def in_place(path: str, about: dict[str, Any], bulk: Any) -> None:
        with open(path, "wb") as file:
            package.bulk.snapshot._put_all(file, about, bulk)

    package.bulk.resume.written = in_place


def named_at_once() -> None:
    """What is written has another name until it is whole, and keeps it when it is killed."""
    package.bulk.whole._UNNAMED = 0


def notes_before_it_tells() -> None:
    """The state is saved while findings are still on their way out."""

    class Unflushed:
        stdout = type("Held", (), {"flush": lambda self: None})()

    package.entrypoints.results.sys = Unflushed


def publishes_after_it_notes() -> None:
    """The state says that files are finished whose rows are not there yet."""
    results = package.entrypoints.results.Results
    publish = results.publish

    def late(self: Any) -> None:
        if self.kept is not None:
            self.kept.save()
        time.sleep(LONGER)
        publish(self)

    results.publish = late


def leaves_its_processes() -> None:
    """What parses does not end with the run."""
    package.bulk.workers._end_with = lambda parent: None


def leaves_its_program() -> None:
    """A program that is judged does not see that nobody asks it any more."""
    launch = package.suites.program.Program._launch

    def held(self: Any) -> None:
        launch(self)
        subprocess.Popen(["sleep", "60"])  # noqa: S607

    package.suites.program.Program._launch = held


def leaves_java() -> None:
    """TLC is not tied to who runs it, and does more than it has to."""
    package.verification.tlc.tied = lambda command: ["sh", "-c", 'sleep 30; exec "$@"', "sh", *command]


def leaves_what_hangs() -> None:
    """A program that is judged is not tied to who judges it: it would have to look whether it is asked."""
    package.suites.program.tied = lambda command: command


def keeps_a_name() -> None:
    """The rows of the report have a name while they wait."""

    def named() -> Any:
        return tempfile.NamedTemporaryFile()

    package.bulk.columnar.tempfile.TemporaryFile = named


def passes_over_what_ended() -> None:
    """A process that is ended from outside is no reason to say anything."""
    read = package.entrypoints.checking._Run._read

    def silent(self: Any, source: Any, pieces: Any) -> Any:
        yield from read(self, source, pieces)
        self.problems.clear()

    package.entrypoints.checking._Run._read = silent


def passes_over_changes() -> None:
    """A file is taken for the same, whatever happens to it."""
    package.entrypoints.checking.Stamp.of = classmethod(lambda cls, path: None)


def swallows_everything() -> None:
    """Nothing that goes wrong with the output is said."""

    def swallowed(self: Any, ctx: Any) -> Any:
        try:
            return click.Group.invoke(self, ctx)
        except BaseException:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)

    package.entrypoints.cli._Commands.invoke = swallowed


MUTANTS: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        is_slow_to_write,
        spills_at_once,
        spills_devices,
        reads_little_at_once,
        asks_for_no_signal,
        writes_in_place,
        saves_in_place,
        named_at_once,
        notes_before_it_tells,
        publishes_after_it_notes,
        leaves_its_processes,
        leaves_its_program,
        leaves_java,
        leaves_what_hangs,
        keeps_a_name,
        passes_over_what_ended,
        passes_over_changes,
        swallows_everything,
    )
}

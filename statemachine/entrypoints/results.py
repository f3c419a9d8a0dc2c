"""What `check` leaves behind besides its report: rows, a summary by device, and a state to carry on from."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import attrs
import click

from statemachine.bulk.by_device import ByDevice
from statemachine.bulk.columnar import checked_paths
from statemachine.bulk.devices import Devices
from statemachine.bulk.logs import Bulk, Judged
from statemachine.bulk.output import Rows, Selects
from statemachine.bulk.resume import Identity, Resumed, locked
from statemachine.errors import UnreadableFileError, printable
from statemachine.report import Summary

if TYPE_CHECKING:
    from statemachine.formats.html import Html


@attrs.define
class Results(AbstractContextManager["Results"]):
    """Where the results of a run go, if anywhere. Leaving it discards what is not published."""

    rows: Rows | None = None
    by_device: ByDevice | None = None
    kept: Resumed | None = None
    begun: dict[str, Identity] = attrs.field(factory=dict)
    """With a state, the files that are not finished yet, as they were when they were begun."""
    report: Html | None = None
    """The report, where it needs the rows of the run; whoever made it leaves it."""
    unwritten: list[str] = attrs.field(factory=list)
    """The outputs that were asked for, and are not there."""

    def to(self, output: str | None, by_device: str | None, files: list[str], selects: Selects, known: Devices) -> None:
        """Begin the outputs of a run over some files; none when it has nothing to judge.

        Raises UnwritableFileError, and UnusableStateError for one that has the results of an earlier run.
        """
        asked = [path for path in (output, by_device) if path is not None]
        if not asked:
            return
        checked_paths(asked, files)
        if not files:
            self.unwritten = [printable(path) for path in asked]
            return
        if self.kept is not None:
            for path in asked:
                self.kept.takes_output(path)
        if output is not None:
            self.rows = Rows(output, selects)
        if by_device is not None:
            self.by_device = ByDevice(by_device, selects, known)

    def batch(self, judged: Judged) -> None:
        """Take what came of a batch. Raises UnwritableFileError."""
        for one in (self.rows, self.by_device, self.report):
            if one is not None:
                one.batch(judged)

    def begin(self, path: str) -> None:
        """Note that a file is about to be read. Raises UnreadableFileError."""
        if self.kept is not None:
            self.begun[path] = Identity.of(path)

    def finish(self, path: str, logs: list[str], summary: Summary, problem: str | None) -> None:
        """Note that a file, which holds some logs, was judged whole. With a state, one that was not ends the run.

        Raises UnreadableFileError for it, and UnusableStateError when the state cannot be saved.
        """
        if self.kept is None:
            return
        if problem is not None:
            again = f"; findings of the last {self.kept.unsaved} files are told again" if self.kept.unsaved else ""
            reason = f"with --state the run ends here: it is not finished, and the next run begins with it{again}"
            raise UnreadableFileError(f"cannot read {problem}; {reason}")
        tallies = [summary.files[log] for log in logs if log in summary.files]
        self.kept.finish(path, self.begun.pop(path), tallies)
        if self.kept.is_due and not self.begun:
            sys.stdout.flush()  # what is finished is not reported again
            self.kept.save()

    def publish(self) -> None:
        """Give the outputs their names, then save the state. Raises UnwritableFileError and UnusableStateError."""
        for one in (self.rows, self.by_device):
            if one is not None:
                one.publish()
        if self.kept is not None:
            sys.stdout.flush()
            self.kept.save()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Discard what is not published."""
        for one in (self.rows, self.by_device):
            if one is not None:
                one.discard()
                self.unwritten += [] if one.file.is_published else [printable(os.fspath(one.file.path))]


def resumed(folder: str, bulk: Bulk, options: dict[str, Any], stack: Any) -> Resumed:
    """Have a check go on from a folder, which no other run may use until `stack` is left. Raises UnusableStateError."""
    stack.enter_context(locked(folder))
    kept = Resumed(folder, bulk, options)
    kept.load()
    return kept


def to_judge(files: list[str], kept: Resumed, summary: Summary) -> list[str]:
    """The files that are left to judge. Raises UnusableStateError and UnreadableFileError."""
    new = kept.new(files)
    summary.finished_before = kept.given_again
    if kept.late is not None:
        told = f"{printable(kept.late)} comes before files that are finished, and is judged after them"
        click.echo(f"statemachine: {told}", err=True)
    return new

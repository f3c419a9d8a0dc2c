"""What `check` leaves behind besides its report: rows, a summary by device, and a state to carry on from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import attrs
import click

from statemachine.errors import UnreadableFileError, printable

if TYPE_CHECKING:
    from statemachine.bulk import Bulk, Found
    from statemachine.by_device import ByDevice
    from statemachine.devices import Devices
    from statemachine.entrypoints.sources import Source
    from statemachine.fold import Fold, Folded
    from statemachine.narrow import Batch
    from statemachine.output import Rows, Selects
    from statemachine.report import Summary
    from statemachine.resume import Resumed


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `check` the options of this module."""
    for option in (
        click.option("--state", metavar="DIR", help="Carry on from the runs before: only new files are judged."),
        click.option("--devices", metavar="FILE.parquet", help="Write one row a device."),
        click.option("--output", metavar="FILE.parquet", help="Write one row a payload, with its findings."),
    ):
        command = option(command)
    return command


@contextmanager
def resumed(folder: str, bulk: Bulk, mode: str | None, expect_replay_ids: bool) -> Iterator[Resumed]:
    """Have a check go on from a folder, which no other run may use meanwhile. Raises UnusableStateError."""
    from statemachine.resume import Resumed, locked

    with locked(folder):
        kept = Resumed(folder, bulk, {"mode": mode, "expect_replay_ids": expect_replay_ids})
        kept.load()
        yield kept


def to_judge(files: list[str], kept: Resumed | None, summary: Summary) -> list[str]:
    """The files that are left to judge. Raises UnusableStateError and UnreadableFileError."""
    if kept is None:
        return files
    new = kept.new(files)
    summary.finished_before = kept.given_again
    if kept.late is not None:
        told = f"{printable(kept.late)} comes before files that are finished, and is judged after them"
        click.echo(f"statemachine: {told}", err=True)
    return new


@attrs.define
class Results(AbstractContextManager["Results"]):
    """Where the results of a run go, if anywhere. Leaving it discards what is not published."""

    rows: Rows | None = None
    by_device: ByDevice | None = None
    kept: Resumed | None = None
    unwritten: list[str] = attrs.field(factory=list)
    """The outputs that were asked for, and are not there."""

    @classmethod
    def to(
        cls,
        output: str | None,
        devices: str | None,
        files: list[str],
        selects: Selects,
        known: Devices,
        kept: Resumed | None,
    ) -> Results:
        """Begin the outputs of a run over some files; none when it has nothing to judge.

        Raises UnwritableFileError, and UnusableStateError for one that has the results of an earlier run.
        """
        made = cls(kept=kept)
        asked = [path for path in (output, devices) if path is not None]
        if not asked:
            return made
        from statemachine.columnar import checked_paths

        checked_paths(asked, files)
        if not files:
            made.unwritten = [printable(path) for path in asked]
            return made
        if kept is not None:
            for path in asked:
                kept.takes_output(path)
        try:
            if output is not None:
                from statemachine.output import Rows

                made.rows = Rows(output, selects)
            if devices is not None:
                from statemachine.by_device import ByDevice

                made.by_device = ByDevice(devices, selects, known)
        except BaseException:
            made._discard()
            raise
        return made

    def batch(self, batch: Batch, folded: Folded, fold: Fold, found: Found, first_line: int) -> None:
        """Take what came of a batch. Raises UnwritableFileError."""
        if self.rows is not None:
            self.rows.batch(batch, folded, fold, found.file, found.mode, first_line)
        if self.by_device is not None:
            self.by_device.batch(batch, folded, fold)

    @contextmanager
    def whole(self, source: Source, summary: Summary) -> Iterator[None]:
        """Judge a file within this. With a state, one that cannot be read whole ends the run.

        Raises UnreadableFileError for it, and UnusableStateError when the state cannot be saved.
        """
        if self.kept is None:
            yield
            return
        from statemachine.resume import Identity

        identity = Identity.of(source.path)
        yield
        if source.problem is not None:
            reason = f"cannot read {source.problem}; with --state the run ends here, and this file is not finished"
            raise UnreadableFileError(reason)
        self.kept.finish(source.path, identity, summary.files[source.path])
        if self.kept.is_due:
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
        self._discard()

    def _discard(self) -> None:
        for one in (self.rows, self.by_device):
            if one is not None:
                one.discard()
                self.unwritten += [] if one.file.is_published else [printable(os.fspath(one.file.path))]

"""One run of `check`: files → logs → what came of them → a report, and whatever else was asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import click

from statemachine.bulk.blocks import BROKEN, size_of
from statemachine.bulk.logs import Bulk, Found, Judged
from statemachine.bulk.order import Choice, Sorter
from statemachine.bulk.workers import Workers, processors
from statemachine.entrypoints.accepted import Accepted
from statemachine.entrypoints.common import misuse
from statemachine.entrypoints.exits import USAGE, status_of
from statemachine.entrypoints.progress import progress
from statemachine.entrypoints.results import Results, resumed, to_judge
from statemachine.entrypoints.sources import STANDARD_INPUT, Logs, Source, Stamp, expanded, logs_in, sources_of
from statemachine.entrypoints.terminal import columns, styled
from statemachine.errors import UnreadableFileError, UnusableStateError, UnwritableFileError, printable
from statemachine.fields import Columns
from statemachine.finding import Finding
from statemachine.formats import UTF_8, WITHOUT_SUMMARY, writer_of
from statemachine.report import Summary, Writer, told
from statemachine.rules import Severity

if TYPE_CHECKING:
    from statemachine.formats.html import Html

T = TypeVar("T")

LARGE_BYTES: Final = 2**26
"""Of all files together: from there on, starting processes pays."""
ENDS_A_RUN: Final = (UnreadableFileError, UnusableStateError, UnwritableFileError)


@attrs.frozen
class Options:
    """What `check` was asked for. Times are microseconds since 1970."""

    paths: tuple[str, ...]
    mode: str | None
    form: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    expect_replay_ids: bool
    workers: int | None
    columns: Columns
    order: str
    devices: tuple[str, ...]
    since: int | None
    until: int | None
    output: str | None
    by_device: str | None
    state: str | None
    baseline: str | None
    write_baseline: str | None
    fail_on: str
    quiet: bool

    def selects(self, code: str) -> bool:
        """Whether findings of a code are reported."""
        return code.startswith(self.select or ("SR",)) and not code.startswith(self.ignore or ("-",))

    @property
    def choice(self) -> Choice:
        """Which events are judged."""
        return Choice(frozenset(self.devices), self.since, self.until, self.order == "time")

    @property
    def of_a_state(self) -> dict[str, Any]:
        """What must be the same in every run that carries on from one state."""
        return {
            "mode": self.mode,
            "expect_replay_ids": self.expect_replay_ids,
            "columns": [list(named) for named in self.columns.named],
            "order": self.order,
            "devices": sorted(self.devices),
            "since": self.since,
            "until": self.until,
        }


@attrs.define
class _Run:
    """A run under way. `problems` are the inputs that could not be read whole."""

    options: Options
    writer: Writer
    bulk: Bulk
    results: Results
    summary: Summary = attrs.field(factory=Summary)
    notes: list[str] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)
    later: list[Found] = attrs.field(factory=list)
    """The logs that are judged when all are read."""
    accepted: Accepted = attrs.field(factory=Accepted)

    def files(self, paths: list[str]) -> None:
        """Judge files. Raises what ends a run."""
        pending: list[tuple[str, list[str], str | None]] = []
        with progress([] if self.options.quiet else paths) as advance, self.bulk.workers, closing(Sorter()) as sorter:
            for path in paths:
                self.results.begin(path)
                before = len(self.problems)
                logs = self._file(path, advance, sorter)
                problem = self.problems.pop() if self.options.state and len(self.problems) > before else None
                pending.append((path, logs, problem))
                if self.options.order == "read" or problem is not None:
                    self.results.finish(*pending.pop()[:2], self.summary, problem)
            self._judge(self.bulk.in_order(sorter, self.later))
            for found in self.later:
                self._named(found)
        for path, logs, problem in pending:
            self.results.finish(path, logs, self.summary, problem)
        self.results.publish()

    def _file(self, path: str, advance: Callable[[int], object], sorter: Sorter) -> list[str]:
        """Read a file, and judge its logs unless all are to be sorted first. Returns their names."""
        logs = []
        stamp, problems = Stamp.of(path) if path != STANDARD_INPUT else None, len(self.problems)
        try:
            with sources_of(path, advance, self.options.columns, self.notes.append) as sources:
                for source in sources:
                    logs.append(source.path)
                    self._log(source, sorter)
        except UnwritableFileError:
            raise
        except UnreadableFileError as error:  # an archive
            self.problems.append(str(error))
        now = Stamp.of(path)
        if stamp is not None and stamp != now and len(self.problems) == problems:
            if not stamp.has_grown(now):
                self.problems.append(f"{printable(path)}: was changed while it was read; its findings may be wrong")
            elif self.options.state is None:  # with one, a file that has grown is not finished
                self.notes.append(f"{printable(path)} has grown while it was read; what came last may not be judged")
        return logs

    def _log(self, source: Source, sorter: Sorter) -> None:
        found, again = Found(source.path), source.again if source.is_file else None
        given = (found, source.works, again, self.options.mode)
        if self.options.order == "time":
            self.later.append(found)
            for _ in self._read(source, self.bulk.sort(sorter, len(self.later) - 1, *given)):
                pass
            return
        try:
            self._judge(self._read(source, self.bulk.log(*given)))
        finally:
            self._named(found)

    def _read(self, source: Source, pieces: Iterator[T]) -> Iterator[T]:
        """Give what is read, up to where the source breaks off. What goes wrong with the output passes by."""
        try:
            yield from pieces
        except UnwritableFileError:
            raise
        except UnreadableFileError as error:
            told, path = str(error), printable(source.path)
            source.problem = told if told.startswith(path) else f"{path}: {told}"
        except BrokenProcessPool:
            source.problem = f"{printable(source.path)}: a process that parsed it was ended from outside"
        except MemoryError:
            source.problem = f"{printable(source.path)}: there is not enough memory to read on"
        except BROKEN as error:
            source.broken(error)
        if source.problem:
            self.problems.append(source.problem)

    def _judge(self, pieces: Iterator[Judged]) -> None:
        for judged in pieces:
            self.summary.folded(judged.folded, judged.places)
            self.summary.is_tagged = self.summary.is_tagged or judged.batch.is_tagged()
            for _, verdict in judged.folded.verdicts:
                self._report(verdict.findings, verdict.device_id)
            self.results.batch(judged)

    def _report(self, findings: tuple[Finding, ...], device_id: str | None = None) -> None:
        for finding in findings:
            if self.options.selects(finding.code) and self.accepted.is_new(finding, self.summary):
                self.summary.finding(finding, device_id)
                self.writer.finding(finding)

    def _named(self, found: Found) -> None:
        """Note what is to be said of a log as a whole."""
        if found.finding is not None:
            self._report((found.finding,))
        if not found.mode:  # it could not be opened
            return
        self.summary.left_out(found.file, found.outside, found.timeless)
        self.summary.named(found.file, found.mode, found.why)


def run(options: Options) -> int:
    """Do what was asked for; return the exit status."""
    with misuse():
        logs = logs_in(expanded(options.paths))
        writer, report = _writer(options)
    with report or nullcontext():
        return _judged(options, logs, writer, Results(report=report))


def _judged(options: Options, logs: Logs, writer: Writer, results: Results) -> int:
    workers = Workers(options.workers or _processes_for(logs.paths))
    bulk = Bulk(workers, expect_replay_ids=options.expect_replay_ids, choice=options.choice)
    going = _Run(options, writer, bulk, results, notes=_left_out(logs))
    summary = going.summary
    summary.is_tagged = options.expect_replay_ids
    summary.is_filtered, summary.is_timed = options.choice.is_filter, options.choice.is_timed
    interrupted = 0
    endings: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(results)
        files = logs.paths
        try:
            going.accepted = Accepted.of(options.baseline, options.write_baseline, files)
            summary.known = None if options.baseline is None else 0
            if options.state is not None:
                results.kept = resumed(options.state, bulk, options.of_a_state, stack)
                files = to_judge(files, results.kept, summary)
            results.to(options.output, options.by_device, files, options.selects, bulk.devices)
        except ENDS_A_RUN as error:
            click.echo(f"statemachine: {error}", err=True)
            return USAGE
        try:
            going.files(files)
        except KeyboardInterrupt as interrupt:
            interrupted = status_of(interrupt)
        except ENDS_A_RUN as error:
            endings.append(str(error))
    summary.counted(bulk.devices)
    notes = going.notes
    try:
        is_whole = not (going.problems or endings or interrupted)
        notes += going.accepted.conclude(summary, options.selects, is_whole=is_whole)
    except UnwritableFileError as error:
        endings.append(str(error))
    if bulk.early:
        notes.append(f"events judged after later ones of an earlier run: {bulk.early}")
    summary.notes = notes
    summary.problems = [*(f"cannot read {problem}" for problem in going.problems), *endings]
    summary.problems += ["interrupted; the counts are those up to here"] if interrupted else []
    worst = summary.worst()
    failed = worst is not None and worst.rank >= Severity(options.fail_on).rank and options.write_baseline is None
    if summary.total.read and not summary.total.judged and not failed:
        summary.problems.append("nothing of what was read could be judged")
    summary.status = interrupted or (USAGE if summary.problems else int(failed))
    try:
        going.writer.close(summary)
    except UnwritableFileError as error:
        summary.problems += [] if str(error) in summary.problems else [str(error)]  # its rows did not fit before
        summary.status = USAGE
    if not summary.total.read and not going.problems:
        new = "new " if summary.finished_before is not None else ""
        click.echo(f"statemachine: there was nothing {new}to judge", err=True)
    notes = [] if options.quiet else notes
    notes += [told(summary)] if options.form in WITHOUT_SUMMARY else []
    for one in (*notes, *summary.problems, *(f"{name} was not written" for name in results.unwritten)):
        click.echo(f"statemachine: {one}", err=True)
    return summary.status


def _writer(options: Options) -> tuple[Writer, Html | None]:
    """What writes the report; also as what needs the rows of the run, if it does. Raises MissingExtraError."""
    if options.form == "html":
        from statemachine.formats.html import Html  # large, and only this report needs it

        report = Html(_write, carried=options.state is not None)
        return report, report
    if options.form in UTF_8 and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    more: dict[str, Any] = {}
    if options.form == "text":
        more = {"styled": styled, "width": columns(), "quiet": options.quiet}
    elif options.form == "junit":
        more = {"selects": options.selects, "fail_on": Severity(options.fail_on)}
    return writer_of(options.form, _write, **more), None


def _write(text: str) -> None:
    sys.stdout.write(text)  # looked up at each call: a progress bar redirects it


def _processes_for(files: list[str]) -> int:
    """As many processes as there are processors where it pays, else this one alone."""
    return processors() if sum(map(size_of, files)) >= LARGE_BYTES else 1


def _left_out(found: Logs) -> list[str]:
    if not found.left_out:
        return []
    endings = ", ".join(sorted(printable(ending) or "no ending" for ending in found.endings)[:5])
    return [f"files of directories left out, which are no logs: {found.left_out} ({endings})"]

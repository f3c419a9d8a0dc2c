"""`check`: judge the events of logs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final, TypeVar

import attrs
import click

from statemachine.blocks import BROKEN, size_of
from statemachine.bulk import Bulk, Found
from statemachine.entrypoints.common import INTERRUPTED, MODE, USAGE, fail_on_option, misuse, styled
from statemachine.entrypoints.progress import progress
from statemachine.entrypoints.sources import Logs, Source, expanded, logs_in, sources_of
from statemachine.errors import UnknownNameError, UnreadableFileError, printable, shown
from statemachine.fields import Columns
from statemachine.finding import Finding
from statemachine.order import Choice, Sorter
from statemachine.report import GitHub, Json, JsonLines, Summary, Text, Write, Writer
from statemachine.rules import RULES, Severity
from statemachine.times import epoch_us
from statemachine.workers import Workers, processors

T = TypeVar("T")

LARGE_BYTES: Final = 2**26
"""Of all files together: from there on, starting processes pays."""


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    prefixes = tuple(prefix.strip().upper() for value in values for prefix in value.split(",") if prefix.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise click.BadParameter(f"no code begins with {shown(prefix)}; see `statemachine rules`")
    return prefixes


def _columns(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Columns:
    try:
        return Columns.of(values)
    except UnknownNameError as error:
        raise click.BadParameter(str(error)) from None


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    time = None if value is None else epoch_us(value)
    if value is not None and time is None:
        raise click.BadParameter(f"{shown(value)} is no time; expected ISO 8601, or milliseconds since 1970")
    return time


def _write(text: str) -> None:
    sys.stdout.write(text)  # looked up at each call: a progress bar redirects it


def _writer(form: str) -> Writer:
    if form == "text":
        on_terminal = sys.stdout.isatty()
        return Text(_write, styled, shutil.get_terminal_size().columns if on_terminal else 160)
    writers: dict[str, Callable[[Write], Writer]] = {"json": Json, "jsonl": JsonLines, "github": GitHub}
    return writers[form](_write)


@attrs.define
class _Check:
    """One run of `check`: what it selects, and where its findings go."""

    writer: Writer
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    summary: Summary = attrs.field(factory=Summary)
    problems: list[str] = attrs.field(factory=list)

    def report(self, findings: tuple[Finding, ...], device_id: str | None = None) -> None:
        for finding in findings:
            if finding.code.startswith(self.select or ("SR",)) and not finding.code.startswith(self.ignore or ("-",)):
                self.summary.finding(finding, device_id)
                self.writer.finding(finding)

    def log(self, bulk: Bulk, source: Source, mode: str | None) -> None:
        """Judge a log as it is read."""
        found = Found(source.path)
        again = source.again if source.is_file else None
        try:
            for _, folded, _ in self._read(source, bulk.log(found, source.works, again, mode)):
                self.summary.folded(folded, source.path)
                for _, verdict in folded.verdicts:
                    self.report(verdict.findings, verdict.device_id)
        finally:
            self.named(found)

    def read(self, bulk: Bulk, source: Source, mode: str | None, sorter: Sorter, logs: list[Found]) -> None:
        """Read a log that is judged later, when all are read."""
        logs.append(Found(source.path))
        again = source.again if source.is_file else None
        for _ in self._read(source, bulk.sort(sorter, len(logs) - 1, logs[-1], source.works, again, mode)):
            pass

    def in_order(self, bulk: Bulk, sorter: Sorter, logs: list[Found]) -> None:
        """Judge what was read, by time."""
        try:
            for _, folded, places in bulk.in_order(sorter, logs):
                self.summary.ordered(folded, [logs[log].file for log, _ in places])
                for _, verdict in folded.verdicts:
                    self.report(verdict.findings, verdict.device_id)
        finally:
            for found in logs:
                self.named(found)

    def named(self, found: Found) -> None:
        """Note what is to be said of a log as a whole."""
        if found.finding is not None:
            self.report((found.finding,))
        self.summary.left_out(found.file, found.outside, found.timeless)
        self.summary.named(found.file, found.mode, found.why)

    def _read(self, source: Source, pieces: Iterator[T]) -> Iterator[T]:
        """Give what is read, up to where the source breaks off. What goes wrong with the output passes by."""
        try:
            yield from pieces
        except UnreadableFileError as error:
            source.problem = str(error)
        except BROKEN as error:
            source.broken(error)
        if source.problem:
            self.problems.append(source.problem)


def _processes_for(files: list[str]) -> int:
    """As many processes as there are processors where it pays, else this one alone."""
    return processors() if sum(map(size_of, files)) >= LARGE_BYTES else 1


def _left_out(found: Logs) -> list[str]:
    if not found.left_out:
        return []
    endings = ", ".join(sorted(printable(ending) or "no ending" for ending in found.endings)[:5])
    return [f"files of directories left out, which are no logs by their names: {found.left_out} ({endings})"]


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--mode", type=MODE, help="The destination mode. Without it, detected from each file's payloads.")
@click.option("--format", "form", type=click.Choice(["text", "json", "jsonl", "github"]), default="text")
@click.option("--select", multiple=True, callback=_codes, help="Only these codes or prefixes, comma-separated.")
@click.option("--ignore", multiple=True, callback=_codes, help="Not these codes or prefixes.")
@click.option("--expect-replay-ids", is_flag=True, help="Every event in a session must carry a replay ID.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that parse. [default: one a processor]")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    metavar="FIELD=PATH",
    help="Where device, session, replay, message, name or time is: a key, a.path.of.keys, a column.",
)
@click.option(
    "--order",
    type=click.Choice(["read", "time"]),
    default="read",
    show_default=True,
    help="Judge as read, or by the events' time across all files.",
)
@click.option("--device", "chosen", multiple=True, metavar="ID", help="Only events of this device.")
@click.option("--since", callback=_time, metavar="T", help="Only from this time on: ISO 8601, or epoch milliseconds.")
@click.option("--until", callback=_time, metavar="T", help="Only before this time.")
@fail_on_option
def check(
    paths: tuple[str, ...],
    mode: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    expect_replay_ids: bool,
    workers: int | None,
    columns: Columns,
    order: str,
    chosen: tuple[str, ...],
    since: int | None,
    until: int | None,
    fail_on: str,
) -> None:
    """Judge the events of logs: payloads of Segment, RudderStack or Amplitude, or rows of a warehouse.

    PATHS are NDJSON, CSV (both plain, gzip or zstd), Parquet, HAR, Amplitude's export (zip), or directories of them;
    - is standard input. Events are judged device by device, across all files of one mode.
    """
    with misuse():
        found = logs_in(expanded(paths))
    files = found.paths
    run = _Check(_writer(form), select, ignore)
    interrupted = False
    choice = Choice(frozenset(chosen), since, until, order == "time")
    run.summary.is_filtered, run.summary.is_timed = choice.is_filter, choice.is_timed
    bulk = Bulk(Workers(workers or _processes_for(files)), expect_replay_ids=expect_replay_ids, choice=choice)
    notes: list[str] = _left_out(found)
    try:
        with progress(files) as advance, bulk.workers, closing(Sorter()) as sorter:
            logs: list[Found] = []
            for path in files:
                try:
                    with sources_of(path, advance, columns, notes.append) as sources:
                        for source in sources:
                            if order == "time":
                                run.read(bulk, source, mode, sorter, logs)
                            else:
                                run.log(bulk, source, mode)
                except UnreadableFileError as error:  # an archive
                    run.problems.append(str(error))
            run.in_order(bulk, sorter, logs)
    except KeyboardInterrupt:
        interrupted = True
    run.summary.counted(bulk.devices)
    run.writer.close(run.summary)
    if not run.summary.total.read:
        click.echo("statemachine: there was nothing to judge", err=True)
    for note in notes:
        click.echo(f"statemachine: {note}", err=True)
    for problem in run.problems:
        click.echo(f"statemachine: cannot read {problem}", err=True)
    if interrupted:
        click.echo("statemachine: interrupted; the counts are those up to here", err=True)
        sys.exit(INTERRUPTED)
    worst = run.summary.worst()
    failed = worst is not None and worst.rank >= Severity(fail_on).rank
    sys.exit(USAGE if run.problems else int(failed))

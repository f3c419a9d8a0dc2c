"""`check`: judge the events of logs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import attrs
import click

from statemachine.blocks import BROKEN, size_of
from statemachine.bulk import Bulk, Found
from statemachine.entrypoints.common import INTERRUPTED, MODE, USAGE, fail_on_option, misuse, styled
from statemachine.entrypoints.progress import progress
from statemachine.entrypoints.results import Results, options, resumed, to_judge
from statemachine.entrypoints.sources import Source, expanded
from statemachine.errors import UnreadableFileError, UnusableStateError, UnwritableFileError, shown
from statemachine.finding import Finding
from statemachine.report import GitHub, Json, JsonLines, Summary, Text, Write, Writer
from statemachine.rules import RULES, Severity
from statemachine.workers import Workers, processors

LARGE_BYTES: Final = 2**26
"""Of all files together: from there on, starting processes pays."""


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    prefixes = tuple(prefix.strip().upper() for value in values for prefix in value.split(",") if prefix.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise click.BadParameter(f"no code begins with {shown(prefix)}; see `statemachine rules`")
    return prefixes


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
    results: Results = attrs.field(factory=Results)

    def selects(self, code: str) -> bool:
        return code.startswith(self.select or ("SR",)) and not code.startswith(self.ignore or ("-",))

    def report(self, findings: tuple[Finding, ...], device_id: str | None = None) -> None:
        for finding in findings:
            if self.selects(finding.code):
                self.summary.finding(finding, device_id)
                self.writer.finding(finding)

    def log(self, bulk: Bulk, source: Source, mode: str | None) -> None:
        found = Found(source.path)
        again = source.again if source.is_file else None
        try:
            for batch, folded, line in bulk.log(found, source.blocks, again, mode):
                self.summary.folded(folded, source.path)
                for _, verdict in folded.verdicts:
                    self.report(verdict.findings, verdict.device_id)
                self.results.batch(batch, folded, bulk.folds[found.mode], found, line)
        except UnreadableFileError as error:
            source.problem = str(error)
        except BROKEN as error:
            source.broken(error)
        finally:
            if found.finding is not None:
                self.report((found.finding,))
            self.summary.named(source.path, found.mode, found.why)


def _processes_for(files: list[str]) -> int:
    """As many processes as there are processors where it pays, else this one alone."""
    return processors() if sum(map(size_of, files)) >= LARGE_BYTES else 1


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--mode", type=MODE, help="The destination mode. Without it, detected from each file's payloads.")
@click.option("--format", "form", type=click.Choice(["text", "json", "jsonl", "github"]), default="text")
@click.option("--select", multiple=True, callback=_codes, help="Only these codes or prefixes, comma-separated.")
@click.option("--ignore", multiple=True, callback=_codes, help="Not these codes or prefixes.")
@click.option("--expect-replay-ids", is_flag=True, help="Every event in a session must carry a replay ID.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that parse. [default: one a processor]")
@options
@fail_on_option
def check(
    paths: tuple[str, ...],
    mode: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    expect_replay_ids: bool,
    workers: int | None,
    output: str | None,
    devices: str | None,
    state: str | None,
    fail_on: str,
) -> None:
    """Judge the events of logs: NDJSON of Segment or Amplitude payloads, plain, gzip or zstd; - is standard input.

    Events are judged in the order they are read, device by device, across all files of one mode.
    """
    with misuse():
        files = expanded(paths)
    run = _Check(_writer(form), select, ignore)
    bulk = Bulk(Workers(workers or _processes_for(files)), expect_replay_ids=expect_replay_ids)
    problems: list[str] = []
    interrupted = False
    with ExitStack() as stack:
        try:
            kept = stack.enter_context(resumed(state, bulk, mode, expect_replay_ids)) if state is not None else None
            files = to_judge(files, kept, run.summary)
            run.results = stack.enter_context(Results.to(output, devices, files, run.selects, bulk.devices, kept))
        except (UnreadableFileError, UnusableStateError, UnwritableFileError) as error:
            click.echo(f"statemachine: {error}", err=True)
            sys.exit(USAGE)
        try:
            with progress(files) as advance, bulk.workers:
                for path in files:
                    source = Source(path, advance)
                    with run.results.whole(source, run.summary):
                        run.log(bulk, source, mode)
                    problems += [f"cannot read {source.problem}"] if source.problem else []
            run.results.publish()
        except KeyboardInterrupt:
            interrupted = True
        except (UnreadableFileError, UnusableStateError, UnwritableFileError) as error:
            problems.append(str(error))
    run.summary.counted(bulk.devices)
    run.writer.close(run.summary)
    if not run.summary.total.read:
        click.echo(f"statemachine: there was nothing {'new ' if kept else ''}to judge", err=True)
    if interrupted:
        problems.append("interrupted; the counts are those up to here")
    for problem in (*problems, *(f"{name} was not written" for name in run.results.unwritten)):
        click.echo(f"statemachine: {problem}", err=True)
    if interrupted:
        sys.exit(INTERRUPTED)
    worst = run.summary.worst()
    failed = worst is not None and worst.rank >= Severity(fail_on).rank
    sys.exit(USAGE if problems else int(failed))

"""`check`: judge the events of logs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

import attrs
import click

from statemachine.entrypoints.common import INTERRUPTED, MODE, USAGE, fail_on_option, misuse, styled
from statemachine.entrypoints.progress import progress
from statemachine.entrypoints.sources import Source, expanded
from statemachine.errors import UnreadableFileError, shown
from statemachine.finding import Finding
from statemachine.log import Judge, Log
from statemachine.report import GitHub, Json, JsonLines, Summary, Text, Write, Writer
from statemachine.rules import RULES, Severity


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

    def report(self, findings: tuple[Finding, ...], device_id: str | None = None) -> None:
        for finding in findings:
            if finding.code.startswith(self.select or ("SR",)) and not finding.code.startswith(self.ignore or ("-",)):
                self.summary.finding(finding, device_id)
                self.writer.finding(finding)

    def log(self, source: Source, mode: str | None, judges: dict[str, Judge], expect_replay_ids: bool) -> None:
        log = Log(source.path, mode)
        try:
            for verdict in log.verdicts(source.lines(), judges, expect_replay_ids=expect_replay_ids):
                self.summary.verdict(verdict, source.path)
                self.report(verdict.findings, verdict.device_id)
        except UnreadableFileError as error:
            source.problem = str(error)
        if log.finding is not None:
            self.report((log.finding,))
        self.summary.named(source.path, log.mode or "", log.why)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--mode", type=MODE, help="The destination mode. Without it, detected from each file's payloads.")
@click.option("--format", "form", type=click.Choice(["text", "json", "jsonl", "github"]), default="text")
@click.option("--select", multiple=True, callback=_codes, help="Only these codes or prefixes, comma-separated.")
@click.option("--ignore", multiple=True, callback=_codes, help="Not these codes or prefixes.")
@click.option("--expect-replay-ids", is_flag=True, help="Every event in a session must carry a replay ID.")
@fail_on_option
def check(
    paths: tuple[str, ...],
    mode: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    expect_replay_ids: bool,
    fail_on: str,
) -> None:
    """Judge the events of logs: NDJSON of Segment or Amplitude payloads, plain or gzip; - is standard input.

    Events are judged in the order they are read, device by device, across all files of one mode.
    """
    with misuse():
        files = expanded(paths)
    run = _Check(_writer(form), select, ignore)
    judges: dict[str, Judge] = {}
    problems: list[str] = []
    interrupted = False
    try:
        with progress(files) as advance:
            for path in files:
                source = Source(path, advance)
                run.log(source, mode, judges, expect_replay_ids)
                problems += [source.problem] if source.problem else []
    except KeyboardInterrupt:
        interrupted = True
    run.writer.close(run.summary)
    if not run.summary.total.read:
        click.echo("statemachine: there was nothing to judge", err=True)
    for problem in problems:
        click.echo(f"statemachine: cannot read {problem}", err=True)
    if interrupted:
        click.echo("statemachine: interrupted; the counts are those up to here", err=True)
        sys.exit(INTERRUPTED)
    worst = run.summary.worst()
    failed = worst is not None and worst.rank >= Severity(fail_on).rank
    sys.exit(USAGE if problems else int(failed))

"""The command line: check, run, rules, explain, modes, diagram, verify, conform, snippet.

Exit status: 0 nothing at or above `--fail-on`; 1 findings; 2 usage, or an input that is unreadable;
130 interrupted.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs
import click

from statemachine import __version__
from statemachine.entrypoints.conform import conform, snippet
from statemachine.entrypoints.progress import progress
from statemachine.entrypoints.sources import Source, expanded
from statemachine.entrypoints.verify import verify
from statemachine.errors import StatemachineError, UnreadableFileError, printable, shown
from statemachine.event import Unreadable, call_of
from statemachine.finding import Finding
from statemachine.log import Judge, Log
from statemachine.machines import TABLES, table_of
from statemachine.report import GitHub, Json, JsonLines, Summary, Text, Write, Writer
from statemachine.rules import PAGE, RULES, Example, Severity
from statemachine.symbol import Call
from statemachine.table import Table
from statemachine.trace import TraceStep, described, judge_trace

USAGE: Final = 2
INTERRUPTED: Final = 130
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

FORMATS: Final = ["mermaid", "dot", "svg", "png"]

_mode = click.Choice(list(TABLES))
_fail_on = click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Exit 1 on a finding of this severity or above.",
)


class _Commands(click.Group):
    """The commands; an interrupt and an output that cannot be written are one line, wherever they come."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            click.echo("statemachine: interrupted", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:  # whoever read the output has seen enough
            raise
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or exiting tries to write once more
            click.echo(f"statemachine: cannot write the output: {error.strerror}", err=True)
            sys.exit(USAGE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="statemachine")
def main() -> None:
    """Check Amplitude Session Replay integrated through Segment."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have the characters


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    prefixes = tuple(prefix.strip().upper() for value in values for prefix in value.split(",") if prefix.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise click.BadParameter(f"no code begins with {shown(prefix)}; see `statemachine rules`")
    return prefixes


def _styled(text: str, severity: Severity) -> str:
    return click.style(text, fg=_COLOURS[severity], bold=True) if sys.stdout.isatty() else text


def _write(text: str) -> None:
    sys.stdout.write(text)  # looked up at each call: a progress bar redirects it


def _writer(form: str) -> Writer:
    if form == "text":
        on_terminal = sys.stdout.isatty()
        return Text(_write, _styled, shutil.get_terminal_size().columns if on_terminal else 160)
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


@main.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--mode", type=_mode, help="The destination mode. Without it, detected from each file's payloads.")
@click.option("--format", "form", type=click.Choice(["text", "json", "jsonl", "github"]), default="text")
@click.option("--select", multiple=True, callback=_codes, help="Only these codes or prefixes, comma-separated.")
@click.option("--ignore", multiple=True, callback=_codes, help="Not these codes or prefixes.")
@click.option("--expect-replay-ids", is_flag=True, help="Every event in a session must carry a replay ID.")
@_fail_on
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
    with _misuse():
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


@main.command()
@click.argument("mode", type=_mode)
@click.argument("trace")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text")
@_fail_on
def run(mode: str, trace: str, form: str, fail_on: str) -> None:
    """Run a call trace (one JSON object a line; - is standard input) through the machine of MODE."""
    with _misuse():
        path, *others = expanded([trace])
    if others:
        raise click.UsageError(f"{printable(trace)} names {len(others) + 1} files; a trace is one page's, give one")
    source = Source(path)
    print_step: Callable[[TraceStep], None] = _print_step_json if form == "jsonl" else _print_step_text
    codes: set[str] = set()
    steps = 0
    for step in judge_trace(table_of(mode), source.lines()):
        print_step(step)
        codes.update(step.findings)
        steps += 1
    if form == "text":
        found = ", ".join(sorted(codes)) or "none"
        click.echo(f"{steps} steps; findings: {found}")
    if source.problem:
        click.echo(f"statemachine: cannot read {source.problem}", err=True)
        sys.exit(USAGE)
    sys.exit(int(any(RULES[code].severity.rank >= Severity(fail_on).rank for code in codes)))


def _print_step_json(step: TraceStep) -> None:
    record: dict[str, Any] = attrs.asdict(step, recurse=False)
    del record["line"], record["reason"]
    # What Python calls NaN and Infinity is no JSON: it is given back as text.
    click.echo(json.dumps(json.loads(json.dumps(record), parse_constant=str)))


def _print_step_text(step: TraceStep) -> None:
    decision = ("accepted" if step.accepted else "rejected") + (", delivered" if step.delivered else "")
    replay = step.replay_id or "no replay ID"
    findings = [_styled(f"{code} {RULES[code].name}", RULES[code].severity) for code in step.findings]
    reason = f" ({printable(step.reason)})" if step.reason else ""
    told = f": {', '.join(findings)}{reason}" if findings else ""
    click.echo(f"{step.step:>4}  {described(step.call):<60}  {step.state:<14}  {replay}  {decision}{told}")


@main.command()
def rules() -> None:
    """List every finding: code, severity, name, and what it means."""
    for rule in RULES.values():
        click.echo(f"{rule.code}  {rule.severity.value:<7}  {rule.name:<32}  {rule.means}")


@main.command()
@click.argument("code")
def explain(code: str) -> None:
    """Explain a finding: what, why it matters, a failing and a passing example, fix and source."""
    rule = RULES.get(code.upper()) or next((r for r in RULES.values() if r.name == code), None)
    if rule is None:
        raise click.BadParameter(f"no code {shown(code)}; see `statemachine rules`")
    click.echo(f"{rule.code} {rule.name} ({rule.severity.value})\n\n{rule.means}\n")
    click.echo(f"Why it matters: {rule.matters}\n\nFix: {rule.fix}\n\nSource: {rule.source}")
    click.echo(f"(the page: {PAGE}; reality.md: in the project's folder specs)\n")
    _print_example("Fails", rule.failing)
    _print_example("Passes", rule.passing)


def _print_example(title: str, example: Example) -> None:
    click.echo(f"{title} ({example.command}):\n")
    for line in example.lines:
        click.echo(f"    {line}")
    click.echo()


@main.command()
def modes() -> None:
    """List the destination modes: how each starts, where its session ID is, how large its table is."""
    for table in TABLES.values():
        rows = sum(len(region.rows) for region in table.regions)
        click.echo(f"{table.mode}: {table.title}")
        click.echo(f"    load: {table.load}")
        click.echo(f"    session ID: {table.session_id_at}")
        click.echo(f"    table: {rows} rows, {len(table.moves)} configurations, {len(table.symbols)} symbols")
        click.echo(f"    source: {table.source}")


@main.command()
@click.argument("mode", type=_mode)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Without it, what FILE ends with, or mermaid.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here instead of standard output.")
@click.option("--trace", help="Mark the way that this call trace takes.")
def diagram(mode: str, form: str | None, output: str | None, trace: str | None) -> None:
    """Draw the machine of MODE from its table."""
    from statemachine.interpreters.diagram import drawn

    suffix = "" if output is None else os.path.splitext(output)[1].removeprefix(".")
    form = form or (suffix if suffix in FORMATS else "mermaid")
    if form == "png" and output is None and sys.stdout.isatty():
        raise click.UsageError("a PNG is not for a terminal; give -o FILE")
    with _misuse():
        picture = drawn(table_of(mode), form, () if trace is None else _calls(table_of(mode), trace))
    if output is None:
        sys.stdout.buffer.write(picture)
        return
    try:
        with open(output, "wb") as file:
            file.write(picture)
    except OSError as error:
        raise click.UsageError(f"{printable(output)}: {error.strerror}") from None


def _calls(table: Table, trace: str) -> list[Call]:
    """The calls of a trace. Raises UnreadableFileError, naming the line that is none."""
    source = Source(trace)
    calls = []
    for number, text in source.lines():
        _, call = call_of(number, text, table.triggers)
        if isinstance(call, Unreadable):
            raise UnreadableFileError(f"{printable(trace)}:{number}: {call.reason}")
        calls.append(call)
    if source.problem:
        raise UnreadableFileError(source.problem)
    return calls


for command in (verify, conform, snippet):
    main.add_command(command)


@contextmanager
def _misuse() -> Iterator[None]:
    try:
        yield
    except StatemachineError as error:
        raise click.UsageError(str(error)) from None

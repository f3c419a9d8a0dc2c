"""`run` and `diagram`: a call trace through a machine, and the machine as a picture."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs
import click

from statemachine.bulk.whole import write_whole
from statemachine.entrypoints.common import MODE, FilePath, fail_on_option, misuse
from statemachine.entrypoints.exits import USAGE
from statemachine.entrypoints.sources import Source, expanded
from statemachine.entrypoints.terminal import color_option, columns, echo, styled
from statemachine.errors import UnreadableFileError, printable
from statemachine.event import Unreadable, call_of
from statemachine.formats.text import marked
from statemachine.machines import table_of
from statemachine.rules import RULES, Severity
from statemachine.symbol import Call
from statemachine.table import Table
from statemachine.trace import TraceStep, described, judge_trace

FORMATS: Final = ["mermaid", "dot", "plantuml", "svg", "png", "scxml", "xstate"]
"""Those of `statemachine.interpreters.diagram`, which is imported only when it draws."""

WIDE: Final = 160
"""Columns of a terminal from which on a step is a line, as it is where there is no terminal."""
INDENT: Final = 6


@click.command()
@click.argument("mode", type=MODE)
@click.argument("trace")
@click.option("--format", "form", type=click.Choice(["text", "jsonl", "html"]), default="text")
@fail_on_option
@color_option
def run(mode: str, trace: str, form: str, fail_on: str) -> None:
    """Run a call trace (one JSON object a line; - is standard input) through the machine of MODE."""
    with misuse():
        path, *others = expanded([trace])
    if others:
        raise click.UsageError(f"{printable(trace)} names {len(others) + 1} files; a trace is one page's, give one")
    source = Source(path)
    if form == "html":
        sys.exit(_page(table_of(mode), source, fail_on))
    print_step: Callable[[TraceStep], None] = _print_step_json if form == "jsonl" else _print_step_text
    codes: set[str] = set()
    steps = 0
    for step in judge_trace(table_of(mode), source.lines()):
        print_step(step)
        codes.update(step.findings)
        steps += 1
    if form == "text":
        found = ", ".join(sorted(codes)) or "none"
        echo(f"{steps} steps; findings: {found}", INDENT)
    if source.problem:
        click.echo(f"statemachine: cannot read {source.problem}", err=True)
        sys.exit(USAGE)
    sys.exit(int(_fails(codes, fail_on)))


def _fails(codes: Iterable[str], fail_on: str) -> bool:
    return any(RULES[code].severity.rank >= Severity(fail_on).rank for code in codes)


def _page(table: Table, source: Source, fail_on: str) -> int:
    """Print a trace as a page; return the exit status."""
    from statemachine.formats.html import needed

    with misuse():
        needed()
    from statemachine.formats.html.rendered import rendered
    from statemachine.formats.html.trace import page_of_trace

    lines = list(source.lines())
    page = page_of_trace(table, printable(source.path), lines, source.problem)
    sys.stdout.write(rendered(page))
    if source.problem:
        click.echo(f"statemachine: cannot read {source.problem}", err=True)
        return USAGE
    return int(_fails([count.code for count in page.counts], fail_on))


def _print_step_json(step: TraceStep) -> None:
    record: dict[str, Any] = attrs.asdict(step, recurse=False)
    del record["line"], record["reason"]
    # What Python calls NaN and Infinity is no JSON: it is given back as text.
    click.echo(json.dumps(json.loads(json.dumps(record), parse_constant=str)))


def _print_step_text(step: TraceStep) -> None:
    decision = ("accepted" if step.accepted else "rejected") + (", delivered" if step.delivered else "")
    replay = step.replay_id or "no replay ID"
    rules = [RULES[code] for code in step.findings]
    colours = {marked(rule.code, rule.name): styled(f"{rule.code} {rule.name}", rule.severity) for rule in rules}
    reason = f" ({printable(step.reason)})" if step.reason else ""
    told = f": {', '.join(colours)}{reason}" if rules else ""
    head, rest = f"{step.step:>4}  {described(step.call)}", f"{step.state:<14}  {replay}  {decision}{told}"
    if (columns() or WIDE) < WIDE:  # a step is a few lines
        echo(head, INDENT)
        echo(" " * INDENT + rest, INDENT, colours)
    else:
        echo(f"{head:<66}  {rest}", INDENT, colours)


@click.command()
@click.argument("mode", type=MODE)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Without it, what FILE ends with, or mermaid.")
@click.option("-o", "--output", metavar="FILE", type=FilePath(dir_okay=False), help="Write here, not to the output.")
@click.option("--path", "trace", metavar="TRACE", help="Mark the way that this call trace takes (- is standard input).")
def diagram(mode: str, form: str | None, output: str | None, trace: str | None) -> None:
    """Draw the machine of MODE from its table, or write it as a state chart (scxml, xstate) that other tools run."""
    from statemachine.interpreters.diagram import SUFFIXES, drawn

    suffix = "" if output is None else os.path.splitext(output)[1].removeprefix(".").lower()
    if form is None and suffix and suffix not in SUFFIXES:
        known = ", ".join(f".{name}" for name in SUFFIXES)
        told = f"{printable(output or '')}: no format ends in .{printable(suffix)}"
        raise click.UsageError(f"{told}; expected {known}, or --format")
    form = form or SUFFIXES.get(suffix, "mermaid")
    if form == "png" and output is None and sys.stdout.isatty():
        raise click.UsageError("a PNG is not for a terminal; give -o FILE")
    with misuse():
        picture = drawn(table_of(mode), form, () if trace is None else _calls(table_of(mode), trace))
    if output is None:
        sys.stdout.buffer.write(picture)
        return
    try:
        write_whole(output, picture)
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

"""`verify`: prove the tables against the specifications, or check a recorded trace against one."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from statemachine.entrypoints.common import misuse
from statemachine.entrypoints.exits import status_of
from statemachine.entrypoints.progress import counting
from statemachine.entrypoints.sources import Source, expanded
from statemachine.entrypoints.terminal import columns, echo
from statemachine.errors import StatemachineError, printable
from statemachine.event import as_call_trace
from statemachine.formats.text import HANG, table_text
from statemachine.interpreters.diagram.mermaid import mermaid
from statemachine.machines import TABLES, table_of
from statemachine.symbol import Call

if TYPE_CHECKING:
    from statemachine.verification.result import Result
    from statemachine.verification.suite import Job

INSTALL = "pip install 'session-replay-statemachine[verify]'"


@click.command()
@click.argument("mode", type=click.Choice(list(TABLES)), required=False)
@click.option("--trace", help="Check this recorded trace (- is standard input) against the specification of MODE.")
@click.option("--format", "form", type=click.Choice(["text", "html"]), default="text")
@click.pass_context
def verify(context: click.Context, mode: str | None, trace: str | None, form: str) -> None:
    """Prove the machine of MODE, or of every mode: model checking, induction, conformance, and their red twins.

    Exit status: 0 everything holds; 1 something does not; 2 usage, or nothing to prove it with.
    """
    from statemachine.verification import suite  # what the other commands need not wait for

    if form == "html":
        from statemachine.formats.html import needed

        with misuse():
            needed()
    problems: list[str] = []
    try:
        if trace is None:
            work = suite.jobs([mode] if mode else [*TABLES])
        else:
            work, problems = _trace_work(mode, trace)
    except StatemachineError as error:
        raise click.UsageError(str(error)) from None
    if not work and not problems:
        raise click.UsageError(f"nothing is installed to prove it with: {INSTALL}")
    found: list[Result] = []
    interrupted = 0
    try:
        with counting("verifying", len(work)) as done:
            for result in suite.results(work, done):
                found.append(result)
    except KeyboardInterrupt as interrupt:
        interrupted = status_of(interrupt)
    except StatemachineError as error:
        problems.append(str(error))
    absent = suite.missing()
    told = [printable(problem) for problem in problems]
    told += [f"left out, not installed: {', '.join(absent)}; {INSTALL}"] if absent else []
    told += ["interrupted; the results are those up to here"] if interrupted else []
    if form == "html":
        from statemachine.entrypoints.pages import proof_page

        sys.stdout.write(proof_page(found, told))
    else:
        _report(found)
    for one in told:
        click.echo(f"statemachine: {one}", err=True)
    if interrupted:
        context.exit(interrupted)
    context.exit(2 if problems else int(not all(result.holds for result in found)))


def _trace_work(mode: str | None, trace: str) -> tuple[list[Job], list[str]]:
    from statemachine.verification.suite import trace_jobs

    if mode is None:
        raise click.UsageError("--trace needs a MODE: the specification to check it against")
    path, *others = expanded([trace])
    if others:
        raise click.UsageError(f"{printable(trace)} names {len(others) + 1} files; give one")
    source = Source(path)
    work, problems = trace_jobs(table_of(mode), source.lines())
    problems += [f"cannot read {source.problem}"] if source.problem else []
    if not work and not problems:
        problems = [f"{path} has no call of {mode}"]
    return work, problems


def _report(found: list[Result]) -> None:
    """Print the table of what was checked, and how each failure comes about."""
    header = ("property", "method", "tool", "bounds", "states", "result", "time")
    for mode in dict.fromkeys(result.mode for result in found):
        rows = [
            (r.property, str(r.method), r.tool, r.bounds, r.states, "holds" if r.holds else "FAILS", _time(r))
            for r in found
            if r.mode == mode
        ]
        sys.stdout.write(table_text(header, rows, columns(), title=mode))
    told: set[tuple[str, tuple[Call, ...]]] = set()
    for result in found:
        if not result.holds:
            _failure(result, (result.mode, result.counterexample) in told)
            told.add((result.mode, result.counterexample))
    failing = sum(not result.holds for result in found)
    click.echo(f"\n{len(found)} checked = {len(found) - failing} hold + {failing} fail")


def _time(result: Result) -> str:
    """What the check took; nothing for one that came with the one before."""
    return f"{result.seconds:.1f} s" if result.seconds else ""


def _failure(result: Result, told: bool) -> None:
    """How a failure comes about: in words, as a call trace, and as a way through the diagram; once, if calls repeat."""
    click.echo()
    echo(f"FAILS {result.mode}: {printable(result.property)}", HANG)
    if result.detail:
        echo(f"    {printable(result.detail)}", HANG)
    if told or not result.counterexample:
        click.echo("    the calls are those above" if result.counterexample else "")
        return
    click.echo(f"\nThe calls, as a trace for `statemachine run {result.mode} -`:\n")
    for step in as_call_trace(result.counterexample):
        click.echo(json.dumps(step))
    click.echo(f"\nThe way through the machine (`statemachine diagram {result.mode} --path FILE` draws it):\n")
    click.echo(mermaid(table_of(result.mode), result.counterexample))

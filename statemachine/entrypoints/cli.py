"""The command line: check, run, rules, explain, modes, diagram, verify, conform, snippet.

Exit status: 0 nothing at or above `--fail-on`; 1 findings; 2 usage, or an input that is unreadable;
130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import click

from statemachine import __version__
from statemachine.entrypoints.check import check
from statemachine.entrypoints.common import INTERRUPTED, USAGE
from statemachine.entrypoints.conform import conform, snippet
from statemachine.entrypoints.run import diagram, run
from statemachine.entrypoints.verify import verify
from statemachine.errors import shown
from statemachine.machines import TABLES
from statemachine.rules import PAGE, RULES, Example


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


for command in (check, run, diagram, verify, conform, snippet):
    main.add_command(command)

"""`rules`, `explain` and `modes`: what there is to find, and where."""

from __future__ import annotations

import click

from statemachine.entrypoints.completion import completed_codes
from statemachine.entrypoints.terminal import echo
from statemachine.errors import shown
from statemachine.machines import TABLES
from statemachine.rules import PAGE, RULES, Example


@click.command()
def rules() -> None:
    """List every finding: code, severity, name, and what it means."""
    for rule in RULES.values():
        echo(f"{rule.code}  {rule.severity.value:<7}  {rule.name:<32}  {rule.means}", 51)


@click.command()
@click.argument("code", shell_complete=completed_codes)
def explain(code: str) -> None:
    """Explain a finding: what, why it matters, a failing and a passing example, fix and source."""
    rule = RULES.get(code.upper()) or next((r for r in RULES.values() if r.name == code), None)
    if rule is None:
        raise click.BadParameter(f"no code {shown(code)}; see `statemachine rules`")
    click.echo(f"{rule.code} {rule.name} ({rule.severity.value})\n")
    for text in (rule.means, f"Why it matters: {rule.matters}", f"Fix: {rule.fix}"):
        echo(f"{text}\n")
    echo(f"Source: {rule.source}")
    echo(f"(the page: {PAGE}; reality.md: in the project's folder specs)\n")
    _print_example("Fails", rule.failing)
    _print_example("Passes", rule.passing)


def _print_example(title: str, example: Example) -> None:
    click.echo(f"{title} ({example.command}):\n")
    for line in example.lines:
        click.echo(f"    {line}")
    click.echo()


@click.command()
def modes() -> None:
    """List the destination modes: how each starts, where its session ID is, how large its table is."""
    for table in TABLES.values():
        rows = sum(len(region.rows) for region in table.regions)
        click.echo(f"{table.mode}: {table.title}")
        echo(f"    load: {table.load}", 8)
        echo(f"    session ID: {table.session_id_at}", 8)
        echo(f"    table: {rows} rows, {len(table.moves)} configurations, {len(table.symbols)} symbols", 8)
        echo(f"    source: {table.source}", 8)

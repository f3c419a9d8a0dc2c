"""`rules`, `explain` and `modes`: what there is to find, and where."""

from __future__ import annotations

import json
from typing import Final

import click

from statemachine.entrypoints.completion import completed_codes
from statemachine.entrypoints.terminal import columns, echo
from statemachine.errors import shown
from statemachine.machines import TABLES
from statemachine.rules import MEASUREMENTS, PAGE, RULES, Example

_MARGIN: Final = 4


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
    if "the page" in rule.source:
        click.echo(f"The page:\n{PAGE}")  # never broken: it is to be followed
    if "the measurements" in rule.source:
        echo(f'The measurements: "{MEASUREMENTS}", in the documentation of this project')
    click.echo()
    _print_example("Fails", rule.failing)
    _print_example("Passes", rule.passing)


def _print_example(title: str, example: Example) -> None:
    """Print an example as it is to be given, a line each; on a terminal, what is too long for it on several lines."""
    width = columns()
    shown = [line if width is None else laid_out(line, width - _MARGIN) for line in example.lines]
    is_changed = shown != list(example.lines)
    click.echo(f"{title} ({example.command}):\n")
    for text in shown:
        click.echo("\n".join(" " * _MARGIN + line for line in text.splitlines()))
    if is_changed:
        echo(f"{' ' * _MARGIN}(In the input, each of these is on one line.)", _MARGIN)
    click.echo()


def laid_out(line: str, width: int) -> str:
    """JSON in lines of `width` columns, as far as its parts can be parted; other text as it is."""
    try:
        return _laid_out(json.loads(line), width, 0, 0)
    except ValueError:
        return line


def _laid_out(value: object, width: int, depth: int, taken: int) -> str:
    """A value that begins behind `taken` columns, whose parts stand `depth` levels in."""
    flat = json.dumps(value)
    if not isinstance(value, dict) or not value or taken + len(flat) < width:
        return flat
    margin = "  " * (depth + 1)
    parts = []
    for key, one in value.items():
        name = f"{margin}{json.dumps(key)}: "
        parts.append(name + _laid_out(one, width, depth + 1, len(name)))
    return "{\n" + ",\n".join(parts) + "\n" + "  " * depth + "}"


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

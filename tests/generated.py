"""The generated parts of the README: `python -m tests.generated` writes them again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from statemachine import RULES, TABLES, Table, drawn

README = Path(__file__).parent.parent / "README.md"


def diagrams(tables: Iterable[Table]) -> str:
    """Every mode's Mermaid diagram, under its title."""
    parts = [f"### {table.title}: `{table.mode}`\n\n```mermaid\n{drawn(table).decode()}```\n" for table in tables]
    return "\n".join(parts)


def findings() -> str:
    """Every code with its severity, name and meaning."""
    rows = [f"| {r.code} | {r.name} | {r.severity.value} | {r.means} |" for r in RULES.values()]
    return "\n".join(["| code | name | severity | what it means |", "| --- | --- | --- | --- |", *rows]) + "\n"


def updated(text: str, tables: Iterable[Table] = tuple(TABLES.values())) -> str:
    """The README with its generated parts as they should be."""
    for name, part in (("diagrams", diagrams(tables)), ("findings", findings())):
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of generated: {name} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"the README has no part {name!r}")
        text = f"{head}{begin}\n{part}\n{end}{tail}"
    return text


if __name__ == "__main__":
    README.write_text(updated(README.read_text()))

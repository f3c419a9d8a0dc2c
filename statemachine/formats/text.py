"""Findings as a linter prints them, and tables, for people."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.report import Summary, Write, told
from statemachine.rules import RULES, Severity

WORST_DEVICES: Final = 10


@attrs.define
class Text:
    """A linter's output for people: findings with their fix, then tables `width` characters wide."""

    write: Write
    styled: Callable[[str, Severity], str] = lambda text, severity: text
    width: int = 160
    _fixes_told: set[str] = attrs.field(factory=set)

    def finding(self, finding: Finding) -> None:
        """Write `file:line: CODE name: message`, and, the first time, the fix."""
        rule = finding.rule
        place = printable(finding.file) + (f":{finding.line}" if finding.line is not None else "")
        code = self.styled(f"{finding.code} {rule.name}", rule.severity)
        fix = "" if finding.code in self._fixes_told else f"    fix: {rule.fix}\n"
        self._fixes_told.add(finding.code)
        self.write(f"{place}: {code}: {printable(finding.message)}\n{fix}")

    def close(self, summary: Summary) -> None:
        """Write the tables per code, device and file, and the equation."""
        codes = [(code, RULES[code].name, RULES[code].severity.value, n) for code, n in sorted(summary.codes.items())]
        self._table(("code", "name", "severity", "findings"), codes)
        bad = sorted(summary.noted.values(), key=lambda device: -device.findings)
        self._table(("device", "events", "findings"), [(d.name, d.events, d.findings) for d in bad[:WORST_DEVICES]])
        if len(bad) > WORST_DEVICES:
            self.write(f"… and {len(bad) - WORST_DEVICES} more devices with findings\n")
        files = [(f, t.mode, t.read, t.judged, t.unreadable, t.findings) for f, t in summary.files.items()]
        self._table(("file", "mode", "read", "judged", "unreadable", "findings"), files)
        for file, tally in summary.files.items():
            self.write(f"{printable(file)}: mode {tally.mode}, {printable(tally.why)}\n")
        if summary.finished_before:
            n = summary.finished_before
            self.write(f"{n} {'file was' if n == 1 else 'files were'} finished before, and not judged again\n")
        counts = {"device": summary.devices, "session": summary.sessions, "finding": summary.total.findings}
        counted = ", ".join(f"{n} {name}" if n == 1 else f"{n} {name}s" for name, n in counts.items())
        self.write(f"\n{told(summary)}; {counted}\n")
        if summary.codes:
            self.write("What a code means, and how to fix it: statemachine explain CODE\n")

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
        self.write(table_text(header, rows, self.width))


def table_text(header: tuple[str, ...], rows: Sequence[tuple[object, ...]], width: int = 160, title: str = "") -> str:
    """A table for people, `width` characters wide, after an empty line; nothing for no rows."""
    from rich.console import Console  # slow to import, and only text for people needs it
    from rich.table import Table
    from rich.text import Text as Cell

    if not rows:
        return ""
    table = Table(box=None, pad_edge=False, title=title or None, title_justify="left", title_style="")
    for name, value in zip(header, rows[0], strict=True):
        table.add_column(name, justify="right" if isinstance(value, int) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Cell(printable(str(value))) for value in row))
    console = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n" + "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

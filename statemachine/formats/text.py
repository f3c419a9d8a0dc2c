"""Findings as a linter prints them, and tables, for people."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.report import Summary, Write, told
from statemachine.rules import RULES, Severity

WORST_DEVICES: Final = 10
HANG: Final = 4
"""Columns by which what a line goes on with is further in."""
UNBROKEN: Final = "\N{NO-BREAK SPACE}"
"""Never in what is `printable`."""
UNTAGGED: Final = "nothing says which replay they belong to; --expect-replay-ids makes that a finding"
TABLE_COLUMNS: Final = 160
"""Of a table that goes to no terminal."""


@attrs.define
class Text:
    """A linter's output for people: findings with their fix, then tables.

    On a terminal, `width` columns wide, all of it is wrapped; elsewhere a finding is one line. If `quiet`, there are
    the findings and the equation, and nothing else.
    """

    write: Write
    styled: Callable[[str, Severity], str] = lambda text, severity: text
    width: int | None = None
    quiet: bool = False
    _fixes_told: set[str] = attrs.field(factory=set)

    def finding(self, finding: Finding) -> None:
        """Write `file:line: CODE name: message`, and, the first time, the fix."""
        rule = finding.rule
        place = printable(finding.file) + (f":{finding.line}" if finding.line is not None else "")
        code = marked(finding.code, rule.name)
        colours = {code: self.styled(f"{finding.code} {rule.name}", rule.severity)}
        self.write(wrapped(f"{place}: {code}: {printable(finding.message)}", self.width, HANG, colours) + "\n")
        if finding.code not in self._fixes_told and not self.quiet:
            self._fixes_told.add(finding.code)
            self.write(wrapped(f"    fix: {rule.fix}", self.width, HANG) + "\n")

    def close(self, summary: Summary) -> None:
        """Write the tables per code, device and file, and the equation."""
        if self.quiet:
            self.write(wrapped(told(summary), self.width) + "\n")
            return
        codes = [(code, RULES[code].name, RULES[code].severity.value, n) for code, n in sorted(summary.codes.items())]
        self._table(("code", "name", "severity", "findings"), codes)
        bad = sorted(summary.noted.values(), key=lambda device: -device.findings)
        self._table(("device", "events", "findings"), [(d.name, d.events, d.findings) for d in bad[:WORST_DEVICES]])
        if len(bad) > WORST_DEVICES:
            self.write(f"… and {len(bad) - WORST_DEVICES} more devices with findings\n")
        files = [(f, t.mode, t.read, t.judged, t.unreadable, t.findings) for f, t in summary.files.items()]
        self._table(("file", "mode", "read", "judged", "unreadable", "findings"), files)
        for file, tally in summary.files.items():
            self._line(f"{printable(file)}: mode {tally.mode}, {printable(tally.why)}")
        if summary.finished_before:
            n = summary.finished_before
            self._line(f"{n} {'file was' if n == 1 else 'files were'} finished before, and not judged again")
        if summary.sessions and not summary.is_tagged and "SR123" not in summary.codes:
            self._line(f"no event carries a replay ID: {UNTAGGED}")
        counts = {"device": summary.devices, "session": summary.sessions, "finding": summary.total.findings}
        counted = ", ".join(f"{n} {name}" if n == 1 else f"{n} {name}s" for name, n in counts.items())
        self.write("\n")
        self._line(f"{told(summary)}; {counted}")
        if summary.codes:
            self._line("What a code means, and how to fix it: statemachine explain CODE")

    def _line(self, text: str) -> None:
        self.write(wrapped(text, self.width, HANG) + "\n")

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
        self.write(table_text(header, rows, self.width))


def marked(code: str, name: str) -> str:
    """A code and its name as one word, which `wrapped` does not break, and can give colours."""
    return f"{code}{UNBROKEN}{name}"


def wrapped(text: str, width: int | None, hang: int = 0, colours: Mapping[str, str] | None = None) -> str:
    """A line as lines of `width` columns, the second and later ones `hang` columns in; as it is without a width.

    `colours` has what stands for each `marked` word in the end.
    """
    if width is not None and len(text) > width:
        margin = " " * (hang if hang < width // 2 else HANG)
        lines = textwrap.wrap(text, width, subsequent_indent=margin, break_on_hyphens=False)
        text = "\n".join(lines) + ("\n" if text.endswith("\n") else "")
    for word, coloured in (colours or {}).items():
        text = text.replace(word, coloured)
    return text.replace(UNBROKEN, " ")


def table_text(
    header: tuple[str, ...], rows: Sequence[tuple[object, ...]], width: int | None = None, title: str = ""
) -> str:
    """A table for people, as wide as a terminal if it goes to one, after an empty line; nothing for no rows."""
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
    console = Console(file=io.StringIO(), width=width or TABLE_COLUMNS, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    # Once more, by line: a cell that is folded may go on with what CI takes for a command.
    return "\n" + "".join(f"{printable(line.rstrip())}\n" for line in captured.get().splitlines())

"""Findings as Markdown, to paste into a ticket: a headline, the equation, a table by code, the first findings of each.

All that comes from data stands in code spans: there a renderer looks for no HTML, no link, no `@user` and no `#1`,
which escapes do not keep it from. It is never longer than `MARKDOWN_CHARACTERS`, and says what it leaves out.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from statemachine.bounds import LONGEST_MARKDOWN, MARKDOWN_CHARACTERS
from statemachine.errors import printable, shortened
from statemachine.finding import Finding
from statemachine.report import Summary, Write, told
from statemachine.rules import RULES

SHOWN: Final = 5
"""Findings of each code."""
FILES: Final = 20
_TAIL: Final = 300
"""Characters that are kept for saying what is left out."""


@attrs.define
class Markdown:
    """Holds the first findings of each code, and writes all at the end."""

    write: Write
    _first: dict[str, list[str]] = attrs.field(factory=dict)

    def finding(self, finding: Finding) -> None:
        """Hold one of the first findings of its code."""
        first = self._first.setdefault(finding.code, [])
        if len(first) < SHOWN:
            line = "" if finding.line is None else f":{finding.line}"
            first.append(f"- {code(finding.file, line)} {code(finding.message)}\n")

    def close(self, summary: Summary) -> None:
        """Write the report."""
        n = summary.total.findings
        pieces = [f"### Session Replay: {_number(n, 'finding') if n else 'no findings'}\n\n", f"{told(summary)}\n"]
        pieces += [f"- not judged whole: {code(problem)}\n" for problem in summary.problems]
        codes = sorted(summary.codes, key=lambda code: (-RULES[code].severity.rank, code))
        if codes:
            pieces.append("\n| code | name | severity | findings | fix |\n| --- | --- | --- | ---: | --- |\n")
        for one in codes:
            rule = RULES[one]
            fix = escaped(rule.fix)
            pieces.append(f"| {one} | {rule.name} | {rule.severity.value} | {summary.codes[one]} | {fix} |\n")
        for one in codes:
            pieces += self._section(one, summary.codes[one])
        files = [*summary.files.items()]
        pieces.append("\n#### Files\n\n")
        for file, tally in files[:FILES]:
            pieces.append(f"- {code(file)}: mode {tally.mode or 'unknown'}; {_number(tally.findings, 'finding')}\n")
        if len(files) > FILES:
            pieces.append(f"\nand {len(files) - FILES} more files.\n")
        self._bounded(pieces)

    def _section(self, one: str, count: int) -> list[str]:
        first = self._first[one]
        pieces = [f"\n#### {one} {RULES[one].name}\n\n{escaped(RULES[one].matters)}\n\n", *first]
        return [*pieces, f"\nand {count - len(first)} more.\n"] if count > len(first) else pieces

    def _bounded(self, pieces: list[str]) -> None:
        """Write pieces up to where the limit is, each whole."""
        room = MARKDOWN_CHARACTERS - _TAIL
        for n, piece in enumerate(pieces):
            room -= len(piece)
            if room < 0:
                self.write(f"\n*{len(pieces) - n} more lines of this report are left out: it would be too long.*\n")
                return
            self.write(piece)


def code(text: str, more: str = "") -> str:
    """Data as a code span, with what stands behind it: on one line, bounded, and nothing but text to a renderer."""
    shown = shortened(printable(text), LONGEST_MARKDOWN) + more
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # A renderer takes a space off both ends, but not off spaces alone.
    is_padded = shown.startswith(("`", " ")) or shown.endswith(("`", " "))
    return f"{ticks} {shown} {ticks}" if is_padded and shown.strip() else f"{ticks}{shown}{ticks}"


def escaped(text: str) -> str:
    """Words of ours, whose punctuation is to stay what it is."""
    return re.sub(r"([\\`*_{}\[\]<>#&|~$])", r"\\\1", text)


def _number(n: int, name: str) -> str:
    return f"{n} {name}" if n == 1 else f"{n} {name}s"

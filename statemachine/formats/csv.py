"""Findings as CSV (RFC 4180, UTF-8): a header, then a row a finding. The summary has no place in it.

A spreadsheet runs a cell that begins like a formula. So text that begins with one of `= + - @`, or with an apostrophe,
stands behind an apostrophe; numbers stay numbers. To read a file back, take the first apostrophe off a cell:
`cell.removeprefix("'")`. Control characters, direction marks, blanks and lone surrogates stand escaped, as in text;
letters that are written from right to left do not, as a cell is shown by itself. Where a list is separated by
semicolons, a spreadsheet divides cells at those of the text: one before a formula stands escaped, too.
"""

from __future__ import annotations

import csv
import re
from typing import Any, Final

import attrs

from statemachine.errors import visible
from statemachine.finding import Finding
from statemachine.report import Summary, Write, as_dict

FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
"""What a cell may begin with that a spreadsheet takes for more than text, also in full width; tab, carriage return
and line feed are escaped before. The apostrophe is there so that one can be taken off whatever the text was."""
_DIVIDING: Final = re.compile(rf""";(?=[ "]*[{re.escape("".join(FORMULA[:-1]))}])""")
"""A semicolon before a formula."""
HEADER: Final = [*as_dict(Finding("SR101", ""))]


@attrs.define
class Csv:
    """One row a finding, with the fields of the JSON formats in their order."""

    write: Write
    _is_begun: bool = False

    def finding(self, finding: Finding) -> None:
        """Write one row."""
        self._begin()
        csv.writer(self).writerow(map(_cell, as_dict(finding).values()))

    def close(self, summary: Summary) -> None:
        """Write the header, if there was no finding."""
        self._begin()

    def _begin(self) -> None:
        if not self._is_begun:
            csv.writer(self).writerow(HEADER)
        self._is_begun = True


def _cell(value: Any) -> Any:
    """A value as a spreadsheet may have it."""
    if not isinstance(value, str):
        return value
    text = _DIVIDING.sub(r"\\x3b", visible(value))
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text

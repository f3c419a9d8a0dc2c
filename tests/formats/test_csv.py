"""CSV: every cell reads back, and none is a formula."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from statemachine.errors import visible
from statemachine.finding import Finding
from statemachine.report import as_dict
from tests.formats.findings import findings, written
from tests.test_cli import FIELDS, REGRESSED, invoke

FORMULAS = tuple("=+-@\t\r\n＝＋－＠")


def rows(text: str) -> list[list[str]]:
    """The rows, as a reader of RFC 4180 has them."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def formulas(text: str) -> list[str]:
    """The cells that a spreadsheet might run, also one that divides at semicolons; a number is none."""
    divided = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    cells = [cell for row in rows(text) for cell in row]
    cells += [cell for row in (*divided, *(line.split(";") for line in text.splitlines())) for cell in row[1:]]
    return [cell for cell in cells if cell.lstrip(" ").startswith(FORMULAS) and not cell.lstrip("-").isdigit()]


@given(st.lists(findings, max_size=3))
@example([Finding("SR101", "=1+1", "@x", 1, "'=1", -1, "-1", None)])
@example([Finding("SR101", "a;=1+1;b", "log", 1, 'a; "=1"', "a;-1", ";＝1", None)])
@settings(max_examples=200)
def test_every_cell_reads_back_and_none_is_a_formula(given: list[Finding]) -> None:
    """A row a finding, in UTF-8; without its first apostrophe, a cell is what it was, with controls escaped."""
    text = written("csv", given)
    text.encode("utf-8")
    header, *found = rows(text)
    assert header == FIELDS
    for finding, row in zip(given, found, strict=True):
        for value, cell in zip(as_dict(finding).values(), row, strict=True):
            expected = "" if value is None else value if isinstance(value, str) else str(value)
            assert cell.removeprefix("'").replace("\\x3b", ";") == visible(expected).replace("\\x3b", ";")
            assert not isinstance(value, int) or int(cell) == value
    assert formulas(text) == []


def test_a_cell_that_is_left_as_it_is_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: cells as they come, and a formula is found."""
    monkeypatch.setattr("statemachine.formats.csv._cell", lambda value: value)
    for text in ("=1+1", "\tx", "＠x", " =1"):
        assert formulas(written("csv", [Finding("SR101", text, "log")])) == [text]
    assert "=1" in formulas(written("csv", [Finding("SR101", "a;=1;b", "log")]))


def test_lines_end_and_cells_are_quoted_as_rfc_4180_has_it() -> None:
    """CR LF; a quote is doubled."""
    text = written("csv", [Finding("SR101", 'a "b", c')])
    assert text.endswith("\r\n")
    assert '"a ""b"", c"' in text


def test_the_summary_goes_to_standard_error() -> None:
    """The file has rows only, and a header also where nothing was found."""
    result = invoke("check", "-", "--format", "csv", given=REGRESSED)
    assert len(rows(result.stdout)) == 2
    assert result.stderr == "statemachine: 2 read = 2 judged + 0 unreadable\n"
    assert rows(invoke("check", "-", "--format", "csv", given="").stdout) == [FIELDS]


def test_it_is_utf_8_whatever_a_terminal_takes(tmp_path: Path) -> None:
    """Also where standard output is said to be ASCII."""
    path = tmp_path / "☃.ndjson"
    path.write_text(REGRESSED)
    command = [sys.executable, "-m", "statemachine", "check", str(path), "--format", "csv"]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii"}, timeout=60)  # noqa: S603
    assert rows(done.stdout.decode("utf-8"))[1][3] == str(path)

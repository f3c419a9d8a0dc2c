"""CSV: a header, then a row an event; every value is text, and an empty cell is a field that is not there.

A row's line is the one that it begins on: a quoted cell may go over several.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from statemachine.bounds import MOST_COLUMNS, ROWS
from statemachine.bulk.blocks import BROKEN, Read, framed, lines_of
from statemachine.bulk.rows import Layout, Rows, layout_of
from statemachine.bulk.work import Work
from statemachine.errors import UnreadableFileError
from statemachine.event import MAX_LINE_BYTES
from statemachine.fields import Columns

_PIECE_BYTES = 2**20


def works(read: Read, columns: Columns) -> Iterator[Work]:
    """Pieces of a table. Raises what `read` raises, and UnreadableFileError for columns that hold no event."""
    if csv.field_size_limit() < MAX_LINE_BYTES:
        csv.field_size_limit(MAX_LINE_BYTES)
    text = _Text(read)
    reader = csv.reader(text, strict=True)
    layout: Layout | None = None
    names: tuple[str, ...] = ()
    rows: list[tuple[int, list[str] | str]] = []
    first = size = 0
    problem: Exception | None = None
    while True:
        begins = text.begin_row()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            lines = f"lines {begins + 1} to {text.lines}" if text.lines > begins + 1 else f"line {begins + 1}"
            found: list[str] | str = f"{lines}: no row of a table: {error}"
        except BROKEN as error:
            problem = error
            break
        else:
            if cells is None:
                break
            found = cells
        if not found:
            continue
        if layout is None:
            if isinstance(found, str):
                raise UnreadableFileError(found)
            if len(found) > MOST_COLUMNS:
                raise UnreadableFileError(f"{len(found)} columns; a table has at most {MOST_COLUMNS}")
            names = tuple(name.strip() for name in found)
            layout = layout_of(names, columns)
            continue
        rows.append((begins - first, _sound(found, len(names))))
        size += text.bytes
        text.bytes = 0
        if len(rows) >= ROWS or size >= _PIECE_BYTES:
            yield Rows(layout, names, rows, text.lines - first)
            rows, first, size = [], text.lines, 0
    if layout is not None:
        yield Rows(layout, names, rows, text.lines - first)
    if problem is not None:
        raise problem


def _sound(found: list[str] | str, width: int) -> list[str] | str:
    """A row, or why it is none."""
    if isinstance(found, str):
        return found
    if len(found) != width:
        return f"{len(found)} cells; the header has {width}"
    if any("\udc80" <= character <= "\udcff" for cell in found if not cell.isascii() for character in cell):
        return "not UTF-8"
    return found


class _Text:
    """The lines of a stream as `csv` takes them; `lines` and `bytes` count what it took.

    A row that takes more than a line may is an error: one quote that is left open would have the whole file held, and
    cells without quotes cost far more than their bytes.
    """

    def __init__(self, read: Read) -> None:
        self.lines = self.bytes = self._row = 0
        self._lines = (line for block in framed(read) for line in lines_of(block))

    def begin_row(self) -> int:
        """Note that a row begins; return how many lines came before."""
        self._row = 0
        return self.lines

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.lines += 1
        self.bytes += len(line)
        self._row += len(line)
        if self._row > MAX_LINE_BYTES:
            raise csv.Error(f"longer than {MAX_LINE_BYTES} bytes")
        if b'"' not in line and line.count(b",") >= MOST_COLUMNS:
            raise csv.Error(f"{line.count(b',') + 1} columns; a table has at most {MOST_COLUMNS}")
        return line.decode("utf-8", "surrogateescape") + "\n"

"""CSV: a header, then a row an event; every value is text, and an empty cell is a field that is not there.

A row's line is the one that it begins on: a quoted cell may go over several.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import attrs

from statemachine.bounds import ROWS
from statemachine.bulk.blocks import BROKEN, Read, framed, lines_of
from statemachine.bulk.rows import Layout, Rows, layout_of
from statemachine.bulk.work import Work
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
        begins = text.lines
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
            names = tuple(name.strip() for name in found) if isinstance(found, list) else ()
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


@attrs.define
class _Text:
    """The lines of a stream as `csv` takes them; `lines` and `bytes` count what it took."""

    read: Read
    lines: int = 0
    bytes: int = 0

    def __iter__(self) -> Iterator[str]:
        for block in framed(self.read):
            for line in lines_of(block):
                self.lines += 1
                self.bytes += len(line)
                yield line.decode("utf-8", "surrogateescape") + "\n"

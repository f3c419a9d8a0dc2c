"""Rows of named columns → events: where each field is in them, and a piece of a table as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from statemachine.bulk.work import Item, Work
from statemachine.errors import UnreadableFileError, printable, shortened
from statemachine.event import Unreadable, event_in, events_in, parsed
from statemachine.fields import FIELDS, PAYLOAD, PLACES, SEGMENT, Columns, Path, Shape, mapped, shape_of


@attrs.frozen
class Layout:
    """Where the fields are in the rows of one file: `shape` has the places that its columns have.

    `needed` are the columns that have to be read, `texts` those that hold objects, perhaps as JSON text.
    """

    shape: Shape
    columns: Columns
    needed: tuple[Path, ...]
    texts: frozenset[str]

    @property
    def told(self) -> Shape | None:
        """Where the fields are, for messages; None where whole payloads are in a column."""
        return None if self.columns.places(PAYLOAD) else self.shape

    def events(self, line: int, row: dict[str, Any]) -> Iterator[Item]:
        """The events of a row: of its values by column, without those that are null."""
        if self.columns.places(PAYLOAD):
            yield from events_in(line, row, self.columns)
            return
        for name in self.texts:
            value = row.get(name)
            if isinstance(value, str) and value.lstrip()[:1] == "{":
                row[name] = value = parsed(line, value.encode("utf-8", "surrogatepass"))
                if isinstance(value, Unreadable):
                    yield attrs.evolve(value, path=f"$.{printable(shortened(name))}")
                    return
        yield event_in(self.shape, line, "$", row)


def layout_of(names: Sequence[str], columns: Columns) -> Layout:
    """The layout of a file with these columns. Raises UnreadableFileError where no event can be in its rows."""
    counted = Counter(names)
    for field in (*FIELDS, PAYLOAD):
        places = columns.places(field)
        if places and not any(_in_columns(place, counted) for place in places):
            raise UnreadableFileError(f"no column {printable(places[0][0])}, which is named for {field}")
    if columns.places(PAYLOAD):
        found = dict.fromkeys(_in_columns(place, counted) for place in columns.places(PAYLOAD))
        needed = tuple(place for place in found if place)
        _refuse_twice(needed, counted)
        return Layout(SEGMENT, columns, needed, frozenset())
    heads = {name: None for text in names for name in (text, text.lower(), text.split(".")[0])}
    shape = mapped(shape_of(heads) or (SEGMENT if "integrations" in heads else None), columns)
    if shape is None:
        told = ", ".join(printable(shortened(name, 40)) for name in names[:5]) or "none"
        raise UnreadableFileError(f"no known columns: {told}; --column FIELD=COLUMN names them")
    shape = shape.at({field: _resolved(getattr(shape, field), counted) for field in PLACES})
    needed = tuple(dict.fromkeys(shape.paths()))
    _refuse_twice(needed, counted)
    return Layout(shape, columns, needed, frozenset(path[0] for path in needed if len(path) > 1))


def _resolved(paths: tuple[Path, ...], names: Counter[str]) -> tuple[Path, ...]:
    found = (_in_columns(path, names) for path in paths)
    return tuple(dict.fromkeys(path for path in found if path))


def _in_columns(path: Path, names: Counter[str]) -> Path | None:
    """A path below the column that has most of it in its name, `a.b` before `a`; capitals, as some write, too."""
    for length in range(len(path), 0, -1):
        name = ".".join(path[:length])
        for written in (name, name.upper()):
            if written in names:
                return (written, *path[length:])
    return None


def _refuse_twice(needed: tuple[Path, ...], names: Counter[str]) -> None:
    for name, *_ in needed:
        if names[name] > 1:
            raise UnreadableFileError(f"the column {printable(shortened(name))} is there {names[name]} times")


@attrs.frozen
class Rows(Work):
    """Rows of text. An empty cell is a field that is not there; a row that is none says why."""

    layout: Layout
    names: tuple[str, ...]
    rows: list[tuple[int, list[str] | str]]
    count: int

    def events(self) -> Iterator[Item]:
        """Every event of the rows."""
        for line, cells in self.rows:
            if isinstance(cells, str):
                yield Unreadable(line, "$", "SR901", cells)
                continue
            row = {name: cell for name, cell in zip(self.names, cells, strict=True) if cell}
            yield from self.layout.events(line, row)

    def shape(self) -> Shape | None:
        """Where the fields are."""
        return self.layout.told

    def lines(self) -> int:
        """How many lines of the file they take."""
        return self.count

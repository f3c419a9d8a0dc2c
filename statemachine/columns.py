"""Arrow → `Raw`: the needed columns of a record batch, with their types as they are.

An integer stays an integer, a string text, a double a float, a boolean a boolean; a null is a field that is not there.
A decimal without fraction is an integer too: that is how some warehouses write one. What is no JSON (a date where an
ID would be) becomes text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from statemachine.errors import printable, shortened
from statemachine.event import Unreadable
from statemachine.narrow import Raw
from statemachine.rows import Layout
from statemachine.table import Table
from statemachine.times import Micros
from statemachine.work import Item, Work, raw_of

if TYPE_CHECKING:
    import pyarrow as pa


def raw_of_columns(batch: pa.RecordBatch, layout: Layout, table: Table) -> Raw:
    """The IDs of the events of a record batch, its rows counted from 0. Never raises on bad input."""
    return raw_of(list(events_of_columns(batch, layout)), batch.num_rows, table)


def events_of_columns(batch: pa.RecordBatch, layout: Layout) -> Iterator[Item]:
    """Every event of a record batch, likewise."""
    times = {path[0] for path in layout.shape.time if len(path) == 1}
    columns = {
        name: _values(batch.column(name), is_time=name in times)
        for name in dict.fromkeys(path[0] for path in layout.needed)
        if name in batch.schema.names
    }
    for line in range(batch.num_rows):
        row = {name: value for name, values in columns.items() if (value := values[line]) is not None}
        flaw = next((value for value in row.values() if isinstance(value, Unreadable)), None)
        if flaw is not None:
            yield attrs.evolve(flaw, line=line)
            continue
        yield from layout.events(line, row)


def _values(column: Any, *, is_time: bool) -> list[Any]:
    """The values of a column, as JSON would have them; of a cell that cannot be read, why not."""
    try:
        return _converted(column, is_time=is_time)
    except _FLAWS:
        return [_one(column.slice(n, 1), is_time=is_time) for n in range(len(column))]


_FLAWS = (ValueError, OverflowError, NotImplementedError)
"""What Arrow raises, too: text that is not UTF-8, times that Python does not have."""


def _one(column: Any, *, is_time: bool) -> Any:
    try:
        return _converted(column, is_time=is_time)[0]
    except UnicodeDecodeError as error:
        return _no_text(error)
    except _FLAWS:
        return Unreadable(0, "$", "SR901", f"a cell of type {printable(shortened(str(column.type)))} cannot be read")


def _converted(column: Any, *, is_time: bool) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _converted(column.storage, is_time=is_time)
    if pa.types.is_dictionary(kind):
        return _converted(column.dictionary_decode(), is_time=is_time)
    if pa.types.is_timestamp(kind) and is_time:
        micros = pc.cast(column, pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
        return [None if value is None else Micros(value) for value in micros.to_pylist()]
    if pa.types.is_temporal(kind):
        whole = column.cast(pa.int64()) if pa.types.is_duration(kind) else column
        return whole.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    values: list[Any] = column.to_pylist()
    if pa.types.is_primitive(kind) and not pa.types.is_decimal(kind):
        return values
    return [_plain(value, kind) for value in values]


def _text_of(value: bytes) -> object:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        return _no_text(error)


def _no_text(error: UnicodeDecodeError) -> Unreadable:
    return Unreadable(0, "$", "SR901", f"not UTF-8: byte {error.object[error.start]:#04x} at offset {error.start}")


def _plain(value: Any, kind: Any) -> Any:
    """A value as JSON would have it; null inside of an object is a field that is not there, too."""
    import pyarrow as pa

    if value is None or isinstance(value, (str, int, float, Unreadable)):
        return value
    if isinstance(value, bytes):
        return _text_of(value)
    if pa.types.is_decimal(kind):
        return int(value) if kind.scale <= 0 else str(value)
    if pa.types.is_struct(kind):
        inner = {kind.field(n).name: kind.field(n).type for n in range(kind.num_fields)}
        plain = ((key, _plain(item, inner[key])) for key, item in value.items())
        return {key: item for key, item in plain if item is not None}
    if pa.types.is_map(kind):
        return {key: _plain(item, kind.item_type) for key, item in value if item is not None}
    if isinstance(value, (list, dict)):
        return value
    return str(value)


@attrs.frozen(eq=False)
class ArrowRows(Work):
    """A record batch of a table, its rows counted from 0."""

    batch: pa.RecordBatch
    layout: Layout

    def events(self) -> Iterator[Item]:
        """Every event of the rows."""
        return events_of_columns(self.batch, self.layout)

    def lines(self) -> int:
        """How many rows there are."""
        return int(self.batch.num_rows)

    def raw(self, table: Table) -> Raw:
        """The IDs of the events, as they are."""
        return raw_of_columns(self.batch, self.layout, table)

    def __reduce__(self) -> tuple[Any, tuple[bytes, Layout]]:
        import pyarrow as pa

        sink = pa.BufferOutputStream()  # pickled, a slice would take along all that it was cut from
        with pa.ipc.new_stream(sink, self.batch.schema) as stream:
            stream.write_batch(self.batch)
        return _restored, (sink.getvalue().to_pybytes(), self.layout)


def _restored(data: bytes, layout: Layout) -> ArrowRows:
    import pyarrow as pa

    with pa.ipc.open_stream(data) as stream:
        return ArrowRows(stream.read_next_batch(), layout)

"""Arrow → `Raw`: the needed columns of a record batch, with their types as they are.

An integer stays an integer, a string text, a double a float, a boolean a boolean; a null is a field that is not there.
A decimal without fraction is an integer too: that is how some warehouses write one. What is no JSON (a date where an
ID would be) becomes text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

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
    """The values of a column, as JSON would have them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _values(column.storage, is_time=is_time)
    if pa.types.is_dictionary(kind):
        return _values(column.dictionary_decode(), is_time=is_time)
    if pa.types.is_timestamp(kind) and is_time:
        micros = pc.cast(column, pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
        return [None if value is None else Micros(value) for value in micros.to_pylist()]
    if pa.types.is_temporal(kind):
        if pa.types.is_duration(kind):
            column = column.cast(pa.int64())
        return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:
        values = [_text_of(value) for value in column.view(_bytes_of(kind)).to_pylist()] if _is_text(kind) else None
    if values is None:
        return [_NO_TEXT] * len(column)
    if pa.types.is_primitive(kind) and not pa.types.is_decimal(kind):
        return values  # type: ignore[no-any-return]
    return [_plain(value, kind) for value in values]


_NO_TEXT = Unreadable(0, "$", "SR901", "a cell is not UTF-8")


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _bytes_of(kind: Any) -> Any:
    import pyarrow as pa

    return pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()


def _text_of(value: bytes | None) -> object:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return _NO_TEXT


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

"""Arrow → `Raw`: the needed columns of a record batch, with their types as they are.

An integer stays an integer, a string text, a double a float, a boolean a boolean; a null is a field that is not there.
A decimal without fraction is an integer too: that is how some warehouses write one. What is no JSON (a date where an
ID would be) becomes text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np
from msgspec import UNSET as ABSENT
from xxhash import xxh3_128_digest

from statemachine.bulk.narrow import ABSENT as ABSENT_SESSION
from statemachine.bulk.narrow import (
    NOBODY,
    OTHER,
    OWN_DEVICE,
    UNTAGGED,
    Batch,
    Narrowing,
    foreign_device,
    message_keys,
    plain_sessions,
)
from statemachine.bulk.payloads import Raw
from statemachine.bulk.rows import Layout
from statemachine.bulk.times import Micros
from statemachine.bulk.work import Item, Work, raw_of
from statemachine.errors import printable, shortened
from statemachine.event import REPLAY_CAPTURED, Unreadable
from statemachine.fields import PAYLOAD, Path, Shape
from statemachine.ids import DELIMITER, NO_SESSION, are_sound_device_ids
from statemachine.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def batch_of_columns(batch: pa.RecordBatch, layout: Layout, table: Table) -> Batch | None:
    """The events of a record batch, narrowed at once; None for columns of other types than text and integers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    shape, count = layout.shape, batch.num_rows
    if layout.columns.places(PAYLOAD):
        return None
    try:
        texts = [_leaves(batch, paths, True) for paths in (shape.device, shape.replay, shape.message, shape.name)]
        numbers = [_leaves(batch, paths, False) for paths in (shape.actions, shape.amplitude, shape.bare)]
        if None in texts or None in numbers:
            return None
        device, replay, message, name = (_coalesced(leaves, pa.string(), count) for leaves in texts)
        if not all(pa.types.is_integer(leaf.type) for leaves in numbers for leaf in leaves or ()) or device.null_count:
            return None
        actions, amplitude, bare = (_coalesced(leaves, pa.int64(), count) for leaves in numbers)
        encoded = device.dictionary_encode()
        names, messages = encoded.dictionary.to_pylist(), message.cast(pa.binary()).to_pylist()
    except (pa.ArrowException, *_FLAWS):  # an integer of more than 63 bits, text that is not UTF-8
        return None
    if "" in names or len(shape.message) > 1:
        return None
    own = actions if table.session_id_field == "actions_session_id" else amplitude
    session = pc.if_else(pc.and_(pc.is_null(actions), pc.is_null(amplitude)), bare, own)
    expected = pc.binary_join_element_wise(device, pc.cast(session, pa.string()), DELIMITER)
    is_own = pc.fill_null(pc.equal(replay, expected), False).to_numpy(zero_copy_only=False)
    sessions = plain_sessions(pc.fill_null(session, NO_SESSION).to_numpy())
    sessions[pc.is_null(session).to_numpy(zero_copy_only=False)] = ABSENT_SESSION
    whose = np.where(is_own, OWN_DEVICE, UNTAGGED).astype(np.int32)
    rest = np.flatnonzero(~is_own & pc.is_valid(replay).to_numpy(zero_copy_only=False))
    foreign: dict[str, int] = {}
    tags = zip(replay.take(pa.array(rest)).to_pylist(), sessions[rest].tolist(), strict=True)
    whose[rest] = [foreign_device(tag, number, foreign) if number > OTHER else NOBODY for tag, number in tags]
    own_device = encoded.indices.to_numpy().astype(np.int32)
    plain = (whose != NOBODY) & (sessions != OTHER)
    plain &= ~pc.fill_null(pc.equal(name, REPLAY_CAPTURED), False).to_numpy(zero_copy_only=False)
    if names and not are_sound_device_ids(names):
        plain &= np.array([are_sound_device_ids([one]) for one in names])[own_device]
    odd = np.flatnonzero(~plain)
    others = list(events_of_columns(batch.take(pa.array(odd)), layout)) if len(odd) else []
    sessions[odd], whose[odd] = OTHER, UNTAGGED
    digests = b"".join(map(xxh3_128_digest, encoded.dictionary.cast(pa.binary()).to_pylist()))
    return Batch(
        count,
        shape.is_segment,
        names,
        digests,
        list(foreign),
        np.arange(count, dtype=np.int32),
        own_device,
        sessions,
        whose,
        message_keys(messages, np.frombuffer(digests, np.uint64)[::2][own_device]),
        others,
    )


def _coalesced(leaves: list[Any] | None, kind: Any, count: int) -> Any:
    """The first value of each row that is there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [leaf.cast(kind) for leaf in leaves or ()]
    return pc.coalesce(*columns) if columns else pa.nulls(count, kind)


def raw_of_columns(batch: pa.RecordBatch, layout: Layout, table: Table) -> Raw:
    """The IDs of the events of a record batch, its rows counted from 0. Never raises on bad input."""
    try:
        at_once = _at_once(batch, layout, table)
    except _FLAWS:  # a cell that cannot be read
        at_once = None
    return raw_of(list(events_of_columns(batch, layout)), batch.num_rows, table) if at_once is None else at_once


def _at_once(batch: pa.RecordBatch, layout: Layout, table: Table) -> Raw | None:
    """The same column by column; None for columns of other types than text and numbers, and where devices lack."""
    shape, count = layout.shape, batch.num_rows
    if layout.columns.places(PAYLOAD):
        return None
    device, replay, message = (_leaves(batch, paths, True) for paths in (shape.device, shape.replay, shape.message))
    actions, amplitude, bare, name = (
        _leaves(batch, paths, False) for paths in (shape.actions, shape.amplitude, shape.bare, shape.name)
    )
    if None in (device, replay, message, actions, amplitude, bare, name):
        return None
    own, other = (actions, amplitude) if table.session_id_field == "actions_session_id" else (amplitude, actions)
    own, other, bare = (_first(leaves, count) for leaves in (own, other, bare))
    raw = Raw(count, shape.is_segment, [*range(count)])
    raw.device = _first(device, count)
    lacking = [n for n, found in enumerate(raw.device) if found is None]
    if len(lacking) > count // 16:
        return None
    raw.session = [
        ABSENT if found is None else found
        for found in (
            one if one is not None or another is not None else shared
            for one, another, shared in zip(own, other, bare, strict=True)
        )
    ]
    raw.replay = [ABSENT if found is None else found for found in _first(replay, count)]
    raw.message = [found or None for found in _first(message, count, is_full=True)]
    raw.name = _first(name, count)
    for n in lacking:
        (event,) = events_of_columns(batch.slice(n, 1), layout)
        raw.events[n] = attrs.evolve(event, line=n)
        raw.device[n], raw.session[n], raw.replay[n], raw.name[n] = "", ABSENT, ABSENT, None
    return raw


def _leaves(batch: pa.RecordBatch, paths: tuple[Path, ...], is_text: bool) -> list[Any] | None:
    """The columns at some paths, those that are there; None if one is of a type that needs a look at each value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for name, *keys in paths:
        if name not in batch.schema.names:  # of an object that has no such key nothing was read
            continue
        column = batch.column(name)
        for key in keys:
            if not pa.types.is_struct(column.type):
                return None
            at = column.type.get_field_index(key)
            if at < 0:
                break
            column = pc.struct_field(column, at)
        else:
            kind = column.type
            is_plain = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
            if not (is_plain or (not is_text and _is_number(kind))):
                return None
            found.append(column)
    return found


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind))


def _first(leaves: list[Any] | None, count: int, *, is_full: bool = False) -> list[Any]:
    """The first value of each row that is there; if `is_full`, that is not empty either."""
    columns = [leaf.to_pylist() for leaf in leaves or ()]
    if len(columns) <= 1:
        return columns[0] if columns else [None] * count
    return [
        next((value for value in row if (value if is_full else value is not None)), None)
        for row in zip(*columns, strict=True)
    ]


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

    travels: ClassVar[bool] = False  # what is columns already is narrowed as fast as it is copied
    batch: pa.RecordBatch
    layout: Layout

    def events(self) -> Iterator[Item]:
        """Every event of the rows."""
        return events_of_columns(self.batch, self.layout)

    def shape(self) -> Shape | None:
        """Where the fields are."""
        return self.layout.told

    def lines(self) -> int:
        """How many rows there are."""
        return int(self.batch.num_rows)

    def narrowed(self, narrowing: Narrowing, table: Table) -> Batch:
        """The events as a batch: at once, if the columns are of typical types."""
        found = batch_of_columns(self.batch, self.layout, table)
        return super().narrowed(narrowing, table) if found is None else found

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

"""Parquet: a row an event, batch by batch, of the needed columns only. Needs pyarrow (the extra `parquet`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import attrs

from statemachine.bounds import BATCH_BYTES, BATCH_ROWS, LARGEST_COLUMN, LONGEST_FOOTER, MOST_PACKED
from statemachine.bulk.columnar import RESULTS
from statemachine.bulk.readers.pages import Pages
from statemachine.bulk.rows import layout_of
from statemachine.bulk.work import Work
from statemachine.errors import UnreadableFileError, printable, shortened
from statemachine.fields import Columns

MAGIC: Final = b"PAR1"
_BUFFER_BYTES: Final = 2**20


def is_results(path: str) -> bool:
    """Whether a file is one that `check` wrote; False for one that cannot be read."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return False
    try:
        _refuse_long_footer(path)
        return RESULTS in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        return False


def works(path: str, columns: Columns) -> Iterator[Work]:
    """Record batches of a file. Raises OSError, and UnreadableFileError when no event can be in it."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        reason = "to read Parquet: pip install 'session-replay-statemachine[parquet]'"
        raise UnreadableFileError(reason) from None
    from statemachine.bulk.columns import ArrowRows

    try:
        _refuse_long_footer(path)
        with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            if RESULTS in (file.schema_arrow.metadata or {}):
                raise UnreadableFileError("holds the results of a check, and is no log")
            layout = layout_of(file.schema_arrow.names, columns)
            nested = {field.name for field in file.schema_arrow if pa.types.is_struct(field.type)}
            needed = [".".join(path) if path[0] in nested else path[0] for path in layout.needed]
            texts = _texts(file)
            with (
                open(path, "rb") as raw,
                pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False, read_dictionary=texts) as words,
            ):
                for groups, rows in _Groups(file, words, Pages(raw, file.metadata.created_by or ""), needed):
                    for batch in file.iter_batches(rows, row_groups=groups, columns=needed, use_threads=True):
                        yield ArrowRows(batch, layout)
    except UnreadableFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise
        raise OSError((str(error).splitlines() or ["it cannot be read"])[0]) from None


def _refuse_long_footer(path: str) -> None:
    """Raise UnreadableFileError before a footer is parsed that takes fifty times as much memory."""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - 8))
        length = int.from_bytes(file.read(8)[:4], "little")
    if length > LONGEST_FOOTER and length < os.path.getsize(path):
        raise UnreadableFileError(f"its footer has {length} bytes; at most {LONGEST_FOOTER} are read")


def _texts(file: Any) -> list[str]:
    columns = map(file.schema.column, range(len(file.schema)))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


@attrs.frozen
class _Groups:
    """The row groups of a file, and what of them is read: `words` has the texts of dictionaries as they are stored.

    What the footer tells is believed, and no page may say that it takes more.
    """

    file: Any
    words: Any
    pages: Pages
    needed: list[str]

    def __iter__(self) -> Iterator[tuple[list[int], int]]:
        """Row groups that are read together, and how many rows at once. Raises OSError for a bomb."""
        together: list[int] = []
        rows = 0
        for number in range(self.file.num_row_groups):
            try:
                now = self._rows(number)
            except BaseException:
                if together:
                    yield together, rows
                raise
            if together and now != rows:
                yield together, rows
                together = []
            together.append(number)
            rows = now
        if together:
            yield together, rows

    def _rows(self, number: int) -> int:
        group = self.file.metadata.row_group(number)
        names = [self.file.schema.column(n).path for n in range(group.num_columns)]  # a group's own may be others
        columns = {name: group.column(n) for n, name in enumerate(names) if _is_below(name, self.needed)}
        for name, column in columns.items():
            unpacked = column.total_uncompressed_size
            if unpacked > max(LARGEST_COLUMN, MOST_PACKED * column.total_compressed_size):
                named = printable(shortened(name))
                raise OSError(f"row group {number} unpacks to {unpacked} bytes of {named}, and is taken for a bomb")
            self.pages.refuse_lies(column)
        size: int = sum(column.total_uncompressed_size for column in columns.values())
        if size * group.num_rows <= BATCH_BYTES:  # whatever a row repeats
            return BATCH_ROWS
        repeated = [name for name, column in columns.items() if column.has_dictionary_page]
        each: int = size // max(1, group.num_rows) + self._longest_words(number, repeated)
        return max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, each)))

    def _longest_words(self, number: int, columns: list[str]) -> int:
        """Bytes of a row of the longest words: a dictionary has a word once, and the rows that repeat it are small."""
        import pyarrow.compute as pc

        if not columns:
            return 0
        first = next(self.words.iter_batches(1, row_groups=[number], columns=columns, use_threads=False), None)
        words = [] if first is None else [*map(_words, first.columns)]
        return sum(int(pc.max(pc.binary_length(one)).as_py() or 0) for found in words for one in found)


def _is_below(column: str, needed: list[str]) -> bool:
    return any(column == name or column.startswith(f"{name}.") for name in needed)


def _words(column: Any) -> list[Any]:
    """The dictionaries of text in a column and below it."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return [column.dictionary]
    if pa.types.is_struct(kind):
        return [one for child in column.flatten() for one in _words(child)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        return _words(column.values)
    return []

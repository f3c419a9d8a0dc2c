"""The headers of Parquet's pages: what each says that it unpacks to, before pyarrow believes it.

pyarrow gives out the footer, not these. They are structs of Thrift in its compact protocol, as parquet-format has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import attrs

from statemachine.bounds import LARGEST_COLUMN, MOST_PAGES

_LENGTHS: Final = 2**10, 2**24
"""Bytes of a header that are read at first, and at the most: pyarrow takes no more either."""
_DEEPEST: Final = 64
_SMALL_INTEGERS: Final = frozenset({4, 5})
_BYTES: Final = {3: 1, 7: 8}
_TRUE, _FALSE, _LONG_INTEGER, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 6, 8, 9, 10, 11, 12

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_DETAILS: Final = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}
"""By the kind of page: the field with what only such a page has."""


@attrs.frozen
class Page:
    """What a page says of itself: its kind, its bytes, and how many values or words it has."""

    kind: int
    unpacked: int
    packed: int
    values: int

    @classmethod
    def of(cls, fields: dict[int, Any]) -> Page:
        """The page of a header. Raises ValueError for one that lacks something."""
        kind, unpacked, packed = (fields.get(number) for number in (1, 2, 3))
        details = fields.get(_DETAILS.get(kind, 0), {1: 0}) if type(kind) is int else None
        values = details.get(1) if isinstance(details, dict) else None
        if type(kind) is not int or type(unpacked) is not int or type(packed) is not int or type(values) is not int:
            raise ValueError("no page")
        if min(unpacked, packed, values) < 0:
            raise ValueError("less than nothing")
        return cls(kind, unpacked, packed, values)


@attrs.define
class _Struct:
    """A struct of Thrift, read field by field. Raises IndexError where the bytes end, ValueError for no struct."""

    data: bytes
    at: int = 0

    def fields(self, depth: int = _DEEPEST) -> dict[int, Any]:
        """The integers, truth values and structs among its fields, by their number."""
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            if number in found:
                raise ValueError("twice")  # readers differ in which one they take
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth == 0:
            raise ValueError("too deep")
        if kind == _LONG_INTEGER:
            return self._integer()
        if kind in _SMALL_INTEGERS:
            small = self._integer()
            if not -(2**31) <= small < 2**31:
                raise ValueError("too large")  # readers cut it off
            return small
        if kind == _STRUCT:
            return self.fields(depth - 1)
        if kind == _BINARY:
            self._pass(self._unsigned())
        elif kind in (_LIST, _SET):
            head = self._byte()
            for _ in range(self._unsigned() if head >> 4 == 15 else head >> 4):
                self._element(head & 15, depth)
        elif kind == _MAP:
            count = self._unsigned()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._element(kinds >> 4, depth)
                self._element(kinds & 15, depth)
        else:
            self._pass(_BYTES[kind])
        return None

    def _element(self, kind: int, depth: int) -> None:
        if kind in (_TRUE, _FALSE):
            self._pass(1)
        else:
            self._value(kind, depth - 1)

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _pass(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise IndexError

    def _unsigned(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 63:
                raise ValueError("no integer")

    def _integer(self) -> int:
        found = self._unsigned()
        return found >> 1 ^ -(found & 1)


def _pages(file: BinaryIO, start: int, end: int) -> Iterator[tuple[Page, int]]:
    """Every page of a column, and the bytes of its header. Raises OSError where there is none."""
    at = start
    while at < end:
        for length in _LENGTHS:
            file.seek(at)
            struct = _Struct(file.read(min(length, end - at)))
            try:
                page = Page.of(struct.fields())
                break
            except IndexError:
                continue
            except (ValueError, KeyError):
                raise OSError("the header of a page cannot be read") from None
        else:
            raise OSError("the header of a page has no end")
        yield page, struct.at
        at += struct.at + page.packed


def _span(column: Any) -> tuple[int, int]:
    """Where in the file a column of a row group begins and ends: with its dictionary, if it has one."""
    starts = [column.data_page_offset, column.dictionary_page_offset if column.has_dictionary_page else 0]
    start: int = min(at for at in starts if at)
    return start, start + column.total_compressed_size


def refuse_lies(file: BinaryIO, column: Any) -> None:
    """Raise OSError for a column of a row group with a page that says more of itself than the footer does.

    pyarrow asks for the memory that a page says it takes, and for that of the words that a dictionary says it has.
    `column` is the footer's (`ColumnChunkMetaData`).
    """
    values = 0
    most_packed, most_unpacked = (
        max(LARGEST_COLUMN, size) for size in (column.total_compressed_size, column.total_uncompressed_size)
    )
    for number, (page, _) in enumerate(_pages(file, *_span(column)), 1):
        if number > MOST_PAGES:
            raise OSError(f"a column of a row group has over {MOST_PAGES} pages, and is taken for a bomb")
        if page.unpacked > most_unpacked or page.packed > most_packed:
            told = f"has {page.packed} bytes, and {page.unpacked} unpacked"
            raise OSError(f"a page says that it {told}, more than its column: taken for a bomb")
        if page.kind == _DICTIONARY and page.values > page.unpacked:
            raise OSError("a dictionary says that it has more words than bytes, and is taken for a bomb")
        values += page.values if page.kind != _DICTIONARY else 0
        if values >= column.num_values:
            return  # pyarrow reads no further

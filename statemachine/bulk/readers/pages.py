"""The headers of Parquet's pages: what each says that it unpacks to, before pyarrow believes it.

pyarrow gives out the footer, not these. They are structs of Thrift in its compact protocol, as parquet-format has it.
No package for Thrift is used: what is not defined (a field twice, a number that is cut off) each of them reads in its
own way. Here it is refused, as pyarrow may read it in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import attrs

from statemachine.bounds import LARGEST_COLUMN, MOST_PACKED, SMALLEST_PAGE, WORD_BYTES

_LENGTHS: Final = tuple(2**power for power in range(10, 25, 2))
"""Bytes of a header that are read, one after the other, until it is whole. pyarrow takes no longer ones either."""
_DEEPEST: Final = 64
_FIELD_NUMBERS: Final = range(1, 2**15)
"""Thrift has 16 bits for them."""

# Types of Thrift's compact protocol.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_WIDTHS: Final = {_BYTE: 1, _DOUBLE: 8}

# Fields of a page's header, and what kinds of pages there are.
_KIND, _UNPACKED, _PACKED, _DATA_DETAILS, _DICTIONARY_DETAILS, _DATA_V2_DETAILS = 1, 2, 3, 5, 7, 8
_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_DETAILS: Final = {_DATA: _DATA_DETAILS, _DICTIONARY: _DICTIONARY_DETAILS, _DATA_V2: _DATA_V2_DETAILS}
_VALUES: Final = 1
"""The field with the number of values, in the details of every kind."""
_NEEDED: Final = frozenset({_KIND, _UNPACKED, _PACKED, *_DETAILS.values()})

_SMALLEST_WORD: Final = {"BYTE_ARRAY": 4, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
"""Bytes of a word of a dictionary, by the column's physical type."""
_MISSING: Final = 100
"""Bytes that early writers left out of a column's size (PARQUET-816): pyarrow reads on where it may be one of them."""


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
        kind, unpacked, packed = (fields.get(number) for number in (_KIND, _UNPACKED, _PACKED))
        if type(kind) is not int or type(unpacked) is not int or type(packed) is not int:
            raise ValueError("no page")
        details = fields.get(_DETAILS[kind]) if kind in _DETAILS else {_VALUES: 0}
        values = details.get(_VALUES) if isinstance(details, dict) else None
        if type(values) is not int or min(unpacked, packed, values) < 0:
            raise ValueError("no page")
        return cls(kind, unpacked, packed, values)


@attrs.define
class _Struct:
    """A struct of Thrift, read field by field. Raises IndexError where the bytes end, ValueError for no struct."""

    data: bytes
    at: int = 0

    def fields(self, needed: frozenset[int] = _NEEDED, depth: int = _DEEPEST) -> dict[int, Any]:
        """The needed integers, truth values and structs among its fields, by their number."""
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            if number not in _FIELD_NUMBERS or number in found:
                raise ValueError("no field, or twice")  # readers differ in what they take it for
            kind = head & 15
            value = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
            if number in needed:
                found[number] = value
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth == 0:
            raise ValueError("too deep")
        if kind == _I64:
            return self._integer()
        if kind in (_I16, _I32):
            small = self._integer()
            if not -(2**31) <= small < 2**31:
                raise ValueError("too large")  # readers cut it off
            return small
        if kind == _STRUCT:
            return self.fields(frozenset({_VALUES}), depth - 1)
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
            self._pass(_WIDTHS[kind])
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


@attrs.define
class Pages:
    """The pages of a file. `writer` is what the footer says that wrote it."""

    file: BinaryIO
    writer: str
    count: int = 0
    """Of those that were looked at."""

    def of(self, column: Any) -> Iterator[tuple[Page, int]]:
        """Every page of a column of a row group, and the bytes of its header. Raises OSError where there is none."""
        at, dictionary = column.data_page_offset, column.dictionary_page_offset
        if column.has_dictionary_page and 0 < dictionary < at:
            at = dictionary
        if at <= 0:
            raise OSError("a column does not say where it begins")
        end = at + column.total_compressed_size
        last = end + (_MISSING if self.writer.startswith("parquet-mr") else 0)
        while at < last:
            try:
                page, length = self._page(at, last)
            except OSError:
                if at < end:
                    raise
                return
            yield page, length
            at += length + page.packed

    def _page(self, at: int, end: int) -> tuple[Page, int]:
        for length in _LENGTHS:
            self.file.seek(at)
            struct = _Struct(self.file.read(min(length, end - at)))
            try:
                return Page.of(struct.fields()), struct.at
            except IndexError:
                continue
            except (ValueError, KeyError):
                raise OSError("the header of a page cannot be read") from None
        raise OSError("the header of a page has no end")

    def refuse_lies(self, column: Any) -> None:
        """Raise OSError for a column of a row group with a page that says that it takes more than its column.

        A page may say `LARGEST_COLUMN` bytes in any case. pyarrow asks for the memory that a page says it takes, and
        for that of the words that a dictionary says it has. `column` is the footer's (`ColumnChunkMetaData`).
        """
        values = 0
        most_packed = max(LARGEST_COLUMN, column.total_compressed_size)
        most_unpacked = max(LARGEST_COLUMN, column.total_uncompressed_size)
        for page, _ in self.of(column):
            self.count += 1
            if self.count * SMALLEST_PAGE > self.file.seek(0, 2):
                raise OSError("it names pages more than once, and is taken for a bomb")
            if page.unpacked > most_unpacked or page.packed > most_packed:
                told = f"has {page.packed} bytes, and {page.unpacked} unpacked"
                raise OSError(f"a page says that it {told}, more than its column: taken for a bomb")
            if page.kind == _DICTIONARY and page.values * _SMALLEST_WORD.get(column.physical_type, 1) > page.unpacked:
                raise OSError("a dictionary says that it has more words than bytes, and is taken for a bomb")
            if page.kind == _DICTIONARY and page.values * WORD_BYTES > max(LARGEST_COLUMN, MOST_PACKED * page.packed):
                raise OSError(f"a dictionary has {page.values} words in {page.packed} bytes, and is taken for a bomb")
            values += page.values if page.kind in (_DATA, _DATA_V2) else 0
            if values >= column.num_values:
                return  # pyarrow reads no further

"""The headers of Parquet's pages: read as pyarrow writes them, and not believed beyond what the footer says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from statemachine.bounds import LARGEST_COLUMN
from statemachine.bulk.readers import pages
from statemachine.bulk.readers.pages import Pages
from statemachine.bulk.readers.parquet import works
from statemachine.fields import Columns
from tests.bulk.page_headers import header, signed
from tests.fuzz.bombs import BOMBS

ROWS = 3_000
TABLE = pa.table(
    {
        "texts": [f"visitor-{n % 700}" for n in range(ROWS)],
        "long": ["x" * 5_000 if n % 100 == 0 else None for n in range(ROWS)],
        "numbers": pa.array([n if n % 3 else None for n in range(ROWS)], pa.int64()),
        "truths": [n % 2 == 0 for n in range(ROWS)],
        "nested": [{"a": {"b": [n, n + 1] if n % 5 else []}} for n in range(ROWS)],
        "nothing": pa.nulls(ROWS, pa.string()),
        "words": pa.array([{"a": f"visitor-{n % 7}"} for n in range(ROWS)]),
    }
)
KINDS: list[dict[str, Any]] = [
    {"data_page_version": version, "compression": codec, "use_dictionary": words, "write_page_checksum": words}
    for version in ("1.0", "2.0")
    for codec in ("none", "snappy", "zstd", "gzip")
    for words in (True, False)
]


def written(**options: Any) -> tuple[bytes, list[Any]]:
    """A file of many small pages, and its columns in every row group, from the footer."""
    buffer = io.BytesIO()
    pq.write_table(TABLE, buffer, data_page_size=1_000, row_group_size=1_000, write_batch_size=100, **options)
    footer = pq.ParquetFile(buffer).metadata
    groups = map(footer.row_group, range(footer.num_row_groups))
    return buffer.getvalue(), [group.column(n) for group in groups for n in range(group.num_columns)]


@pytest.mark.parametrize("options", KINDS, ids=lambda options: "-".join(map(str, options.values())))
def test_headers_add_up_to_what_the_footer_says(options: dict[str, Any]) -> None:
    """Whatever kind of page: with their own lengths, to the byte; and no sound column is refused."""
    data, columns = written(**options)
    read = 0
    for column in columns:
        found = [*Pages(io.BytesIO(data), "").of(column)]
        headers = sum(length for _, length in found)
        assert headers + sum(page.packed for page, _ in found) == column.total_compressed_size
        assert headers + sum(page.unpacked for page, _ in found) == column.total_uncompressed_size
        assert sum(page.values for page, _ in found if page.kind != pages._DICTIONARY) == column.num_values
        read += len(found)
        Pages(io.BytesIO(data), "parquet-mr version 1.8.1").refuse_lies(column)
    assert read > 2 * len(columns)


class Column:
    """What the footer says of a column."""

    has_dictionary_page = True
    physical_type = "BYTE_ARRAY"
    num_values = 10

    def __init__(self, size: int, start: int = 4, dictionary: int | None = None) -> None:
        """A column of so many bytes."""
        self.total_compressed_size = self.total_uncompressed_size = size
        self.data_page_offset, self.dictionary_page_offset = start, dictionary or 0


def refusal(chunk: bytes, column: Column | None = None, writer: str = "") -> str:
    """Why a column of these bytes is refused, if it is."""
    try:
        Pages(io.BytesIO(b"PAR1" + chunk), writer).refuse_lies(column or Column(len(chunk)))
    except OSError as error:
        return str(error)
    return ""


REFUSED = {
    "more than its column": (
        header(LARGEST_COLUMN + 1, 5) + b"12345",
        "5 bytes, and 67108865 unpacked, more than its column",
    ),
    "more bytes than its column": (header(5, LARGEST_COLUMN + 1) + b"12345", "67108865 bytes, and 5 unpacked"),
    "the second page": (header(5, 5) + b"12345" + header(2**31 - 1, 5) + b"12345", "and 2147483647 unpacked"),
    "a size that others cut off": (header(2**40 + 5, 5) + b"12345", "cannot be read"),
    "more words than bytes": (header(5, 5, words=2) + b"12345", "more words than bytes"),
    "many short words": (
        header(LARGEST_COLUMN, 5, words=LARGEST_COLUMN // 48 + 1) + b"12345",
        "1398102 words in 5 bytes",
    ),
    "a negative size": (header(5, -1) + b"12345", "cannot be read"),
    "less than no values": (header(5, 5, values=-1) + b"12345", "cannot be read"),
    "two sizes": (
        b"\x15\x00\x15" + signed(5) + b"\x05\x04" + signed(LARGEST_COLUMN) + b"\x15\x0a\x2c\x15\x02\x00\x00",
        "cannot be",
    ),
    "a size that is a struct": (b"\x15\x00\x1c\x00\x15\x0a\x2c\x15\x02\x00\x00", "cannot be read"),
    "a size that is a text": (b"\x15\x00\x18\x01a\x15\x0a\x2c\x15\x02\x00\x00", "cannot be read"),
    "details that are a number": (b"\x15\x00\x15\x0a\x15\x0a\x25\x02\x00", "cannot be read"),
    "a number of values that is a text": (b"\x15\x00\x15\x0a\x15\x0a\x2c\x18\x00\x00\x00", "cannot be read"),
    "no size": (b"\x00\x00", "cannot be read"),
    "no type of Thrift": (b"\x1f", "cannot be read"),
    "a struct in structs": (b"\x1c" * 100, "cannot be read"),
    "lists in lists": (b"\x19" * 100, "cannot be read"),
    "an integer without end": (b"\x15" + b"\xff" * 100, "cannot be read"),
    "a header without end": (b"\x15", "has no end"),
    "a text that is longer than the rest": (b"\x18\xff\x7f", "has no end"),
    "a list of nothing, without end": (b"\x19\xf1" + b"\xff" * 8 + b"\x01", "has no end"),
    "a field whose number others cut off": (
        header(5, 5)[:-1] + b"\x05" + signed(2**16 + 2) + signed(2**31 - 1) + b"\x00",
        "cannot be read",
    ),
    "fields without end": (b"\xf1" * 2_200, "cannot be read"),
    "values of what has none": (
        b"\x15\x02\x15\x0a\x15\x0a\x0c\x00\x15\x40\x00\x00" + b"12345" + header(2**31 - 1, 5),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_that_lies_is_refused(name: str) -> None:
    """With what is wrong with it."""
    chunk, told = REFUSED[name]
    assert told in refusal(chunk)


SOUND = {
    "small, whatever the footer says": header(LARGEST_COLUMN, 5) + b"12345",
    "as many words as bytes": header(8, 5, words=2) + b"12345",
    "fewer short words": header(LARGEST_COLUMN, 5, words=LARGEST_COLUMN // 48) + b"12345",
    "many words that are not packed": header(LARGEST_COLUMN, 2**19, words=2**21) + b"x" * 2**19,
    "an index, which nobody reads": b"\x15\x02\x15\x0a\x15\x0a\x00" + b"12345",
    "what follows all values is nobody's": header(5, 5, values=10) + b"12345" + b"\x1f\x1f",
    "with fields that nobody knows yet": b"".join(
        [
            *(b"\x15\x00", b"\x15\x0a", b"\x15\x0a", b"\x2c\x15\x02\x00"),
            *(b"\x49\x23\x01\x01", b"\x1b\x01\x58\x02\x01a", b"\x17" + b"\0" * 8, b"\x19\x21\x01\x01\x1b\x00\x11\x12"),
            *(b"\x13\x01", b"\x16" + signed(2**40), b"\x00", b"12345"),
        ]
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_page_is_not(name: str) -> None:
    """The bounds themselves are no lie, and a later version of the format is none."""
    assert refusal(SOUND[name]) == ""


def test_a_column_begins_where_others_see_it_begin() -> None:
    """At its dictionary only if that stands before its data; nowhere before the file's own beginning."""
    sound, lie = header(5, 5, values=10) + b"12345", header(2**31 - 1, 5) + b"12345"
    at = 4 + len(sound)
    assert refusal(sound + lie, Column(len(sound))) == ""
    assert "unpacked" in refusal(sound + lie, Column(len(lie), at))
    assert "unpacked" in refusal(sound + lie, Column(len(lie), at, at + 1))
    assert refusal(sound + lie, Column(len(sound), at, 4)) == ""
    assert "where it begins" in refusal(sound, Column(len(sound), 0, 4))


def test_what_early_writers_left_out_of_the_size_is_looked_at() -> None:
    """Where pyarrow may read on behind a column's end; what is no page there is nobody's."""
    first, lie = header(5, 5) + b"12345", header(2**31 - 1, 5)
    assert refusal(first + lie, Column(len(first))) == ""
    assert "unpacked" in refusal(first + lie, Column(len(first)), "parquet-mr version 1.2.8")
    assert refusal(first + b"\x1f" * 50, Column(len(first)), "parquet-mr version 1.2.8") == ""


def test_pages_that_are_named_again_and_again_come_to_an_end() -> None:
    """A file cannot have more pages than fit into it."""
    chunk = header(0, 0, values=0) * 100
    found = Pages(io.BytesIO(b"PAR1" + chunk), "")
    found.refuse_lies(Column(len(chunk)))
    with pytest.raises(OSError, match="more than once"):
        found.refuse_lies(Column(len(chunk)))


def test_a_long_header_is_not_kept() -> None:
    """A million truth values, each field by field: what is not needed is passed over."""
    long = b"\x15\x00\x15\x0a\x15\x0a\x2c\x15\x14\x00" + b"\x81\x11" + b"\x11" * 20_000 + b"\x00" + b"12345"
    assert refusal(long) == ""
    assert pages._Struct(long).fields() == {1: 0, 2: 5, 3: 5, 5: {1: 10}}


def test_a_group_s_own_names_do_not_hide_a_column(tmp_path: Path) -> None:
    """The schema's names are those that count, for pyarrow as well: the lie is refused under a name that is none."""
    name, write, _ = BOMBS["a page that lies"]
    path = tmp_path / name
    write(path)
    lies = path.read_bytes()
    at = lies.rindex(b"anonymous_id")
    path.write_bytes(lies[:at] + b"x" * 12 + lies[at + 12 :])
    assert pq.read_metadata(path).row_group(0).column(0).path_in_schema == "x" * 12
    with pytest.raises(OSError, match="more than its column"):
        [*works(str(path), Columns())]


def test_what_others_write_is_not_refused(tmp_path: Path) -> None:
    """DuckDB's pages add up as well."""
    for codec in ("uncompressed", "snappy", "gzip", "zstd"):
        path = tmp_path / f"{codec}.parquet"
        texts = "'visitor-' || (i % 700) AS device, repeat('x', i % 90) AS text"
        rows = f"SELECT {texts}, 1790000000000 + i // 10 AS session FROM range(50000) t(i)"  # noqa: S608
        duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 10000)")
        footer = pq.ParquetFile(path).metadata
        with path.open("rb") as file:
            found = Pages(file, footer.created_by)
            for group in map(footer.row_group, range(footer.num_row_groups)):
                for column in map(group.column, range(group.num_columns)):
                    found.refuse_lies(column)
        assert found.count >= 3 * footer.num_row_groups

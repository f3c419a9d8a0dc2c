"""Inputs that are far larger than they look, or that a reader without a bound would hold whole: how each is written."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.bulk.page_headers import header
from tests.fuzz.held import GOOD, PAIR
from tests.test_log import S1

MB: Final = 2**20
UNPACKED: Final = 300 * MB
"""Bytes of what is packed: more would take longer, and show no more."""
TABLE: Final = b"anonymous_id,session_id\n"
AFTER: Final = b"visitor-1,1790000000000\n"


def _in_pieces(size: int, piece: bytes = b"\0" * MB) -> Iterator[bytes]:
    for _ in range(size // len(piece)):
        yield piece


def _gzip(path: Path, piece: bytes = b" " * MB) -> None:
    with gzip.open(path, "wb", 1) as file:
        file.write(GOOD + b"\n")
        for one in _in_pieces(UNPACKED, piece):
            file.write(one)
        file.write(b"\n" + GOOD)


def _zstd(path: Path) -> None:
    import backports.zstd as zstd

    with zstd.open(path, "wb") as file:
        for one in _in_pieces(UNPACKED, b"x" * MB):
            file.write(one)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("1.json", "w") as member:
            for one in _in_pieces(UNPACKED, b"x" * MB):
                member.write(one)
        archive.writestr("2.json", PAIR)


def _nested_zip(path: Path) -> None:
    inner = PAIR
    for depth in range(20):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{depth}.zip", inner)
            archive.writestr(f"{depth}.json", PAIR)
        inner = buffer.getvalue()
    path.write_bytes(inner)


def _nested_gzip(path: Path) -> None:
    packed = gzip.compress(b" " * UNPACKED, 1)
    for _ in range(3):
        packed = gzip.compress(packed)
    path.write_bytes(packed)


def _of(*pieces: bytes, times: int = 1, middle: bytes = b"") -> Callable[[Path], None]:
    """A file of the first piece, the middle so many times, and the other pieces."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(pieces[0])
            many = max(1, MB // max(1, len(middle)))
            for _ in range(times // many):
                file.write(middle * many)
            file.write(middle * (times % many))
            for piece in pieces[1:]:
                file.write(piece)

    return write


def _parquet(columns: Callable[[], dict[str, Any]], **options: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(columns()), path, compression="zstd", write_statistics=False, **options)

    return write


def _lying(path: Path) -> None:
    """A page that says that it has a gigabyte and a half, and has none of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"anonymous_id": ["visitor-1" * 10], "session_id": [S1]})
    pq.write_table(table, path, compression="snappy", use_dictionary=False, write_statistics=False)
    column = pq.read_metadata(path).row_group(0).column(0)
    start, size = column.data_page_offset, column.total_compressed_size
    data = path.read_bytes()
    page = bytes.fromhex("15001512 15ead3eaf90a 2c15021500150615060000")  # with what pyarrow needs of a page of data
    path.write_bytes(data[:start] + page.ljust(size, b"\0") + data[start + size :])


def _many_words(path: Path) -> None:
    """A dictionary of sixteen million words without a letter, in the place of one word of 64 KB."""
    import backports.zstd as zstd
    import pyarrow.parquet as pq

    unpacked = 64 * MB
    word = random.Random(0).randbytes(32_768).hex()
    _parquet(lambda: {"anonymous_id": [word], "session_id": [S1]})(path)
    column = pq.read_metadata(path).row_group(0).column(0)
    start, end = column.dictionary_page_offset, column.data_page_offset
    packed = end - start - len(header(unpacked, end - start, words=unpacked // 4))
    body = zstd.compress(b"\0" * unpacked)
    rest = packed - len(body) - 8
    skipped = b"\x50\x2a\x4d\x18" + rest.to_bytes(4, "little") + b"\0" * rest  # a frame that readers pass over
    data = path.read_bytes()
    page = header(unpacked, packed, words=unpacked // 4) + body + skipped
    assert len(page) == end - start
    path.write_bytes(data[:start] + page + data[end:])


def _repeated() -> dict[str, Any]:
    """A thousand rows of one device ID of 1 MB, which a dictionary has once: 1 GB as they are read."""
    import numpy as np
    import pyarrow as pa

    rows = 1_024
    return {
        "anonymous_id": pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * MB]),
        "session_id": [S1] * rows,
    }


def _cells(count: int, size: int) -> Callable[[], dict[str, Any]]:
    return lambda: {"anonymous_id": ["x" * size] * count, "session_id": [S1] * count}


_HAR: Final = b'{"log":{"entries":[{"request":{"method":"POST","url":"https://api.segment.io/v1/t","postData":{"text":"'
_FOOTER: Final = 2**25

BOMBS: Final[dict[str, tuple[str, Callable[[Path], None], int]]] = {
    "a gzip of spaces": ("log.gz", _gzip, 1),
    "a gzip of zeros": ("log.json.gz", lambda path: _gzip(path, b"\0" * MB), 1),
    "a gzip of line feeds": ("log.gz", lambda path: _gzip(path, b"\n" * MB), 0),
    "a gzip in a gzip": ("log.gz", _nested_gzip, 2),
    "a zstd of one line": ("log.zst", _zstd, 1),
    "a zip of one line": ("log.zip", _zip, 1),
    "zips in zips": ("log.zip", _nested_zip, 1),
    "a line of 200 MB": ("log.json", _of(GOOD + b'\n"', b'"\n' + GOOD, times=200 * MB, middle=b"x"), 1),
    "arrays in arrays": ("log.json", _of(GOOD + b"\n", b"\n" + GOOD, times=10 * MB, middle=b"["), 1),
    "a HAR of a long value": ("log.har", _of(_HAR, b'"}}}]}}', times=200 * MB, middle=b"x"), 2),
    "a HAR of arrays in arrays": ("log.har", _of(b'{"log":', times=10 * MB, middle=b"["), 2),
    "a HAR of many fields": ("log.har", _of(b'{"log":{', b'"x":1}}', times=30 * MB // 8, middle=b'"abc":1,'), 2),
    "a header of many columns": ("log.csv", _of(b"", b"x\n", times=20_000_000, middle=b"a,"), 2),
    "a row of many cells": ("log.csv", _of(TABLE, b"\n" + AFTER, times=8_000_000, middle=b"a,"), 1),
    "a row of many quoted cells": ("log.csv", _of(TABLE, b"x\n" + AFTER, times=5_000_000, middle=b'"",'), 1),
    "a quote that is not closed": ("log.csv", _of(TABLE, times=4_000_000, middle=b'x","y\n'), 1),
    "a cell of Parquet": ("log.parquet", _parquet(_cells(1, UNPACKED), use_dictionary=False), 2),
    "a word of a dictionary": ("log.parquet", _parquet(_cells(1, UNPACKED)), 2),
    "long cells of Parquet": ("log.parquet", _parquet(_cells(300, MB), use_dictionary=False), 2),
    "a word that rows repeat": ("log.parquet", _parquet(_repeated), 0),
    "a page that lies": ("log.parquet", _lying, 2),
    "many words of a dictionary": ("log.parquet", _many_words, 2),
    "a footer of 32 MB": (
        "log.parquet",
        _of(b"PAR1", _FOOTER.to_bytes(4, "little") + b"PAR1", times=_FOOTER, middle=b"\0"),
        2,
    ),
}
"""Each: the file's name, how it is written, and the status of a check of it."""

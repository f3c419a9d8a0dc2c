"""Headers of Parquet's pages, as anyone may write them."""

from __future__ import annotations


def signed(number: int) -> bytes:
    """An integer, as Thrift's compact protocol writes it."""
    number = number << 1 if number >= 0 else (-number << 1) - 1
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def header(unpacked: int, packed: int, *, values: int = 1, words: int | None = None) -> bytes:
    """The header of a page of data, or of a dictionary of so many words."""
    kind = 0 if words is None else 2
    field = b"\x2c" if words is None else b"\x4c"
    return b"".join(
        [
            *(b"\x15" + signed(kind), b"\x15" + signed(unpacked), b"\x15" + signed(packed)),
            *(field, b"\x15" + signed(values if words is None else words), b"\x15\x00\x00\x00"),
        ]
    )

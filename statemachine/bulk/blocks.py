"""Bytes → blocks of whole lines: plain, gzip or zstd, in bounded memory; plain files also as ranges, read apart."""

from __future__ import annotations

import gzip
import io
import json
import os
import select
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

import attrs

from statemachine.bounds import BLOCK_BYTES as BLOCK_BYTES
from statemachine.errors import UnreadableFileError
from statemachine.event import MAX_LINE_BYTES

BOM: Final = b"\xef\xbb\xbf"
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BROKEN: Final = (OSError, EOFError, zlib.error)
"""What reading raises. A zstd stream's own error comes as OSError from `decompressed`."""
MOMENT: Final = 0.01
"""Seconds that a pipe is waited for before what has come is judged."""
_PIECE_BYTES: Final = 2**17
_PROBE_BYTES: Final = 2**13
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_OPENINGS: Final = (b"{", b"[", b"[{")

Read = Callable[[], bytes]


@attrs.frozen
class Range:
    """Whole lines of a plain file, from one byte to another."""

    path: str
    start: int
    end: int

    def read(self) -> bytes:
        """Return them, each with its line feed, lines that are too long cut short. Raises OSError."""
        with open(self.path, "rb", 0) as file:
            file.seek(self.start)
            if self.end - self.start <= MAX_LINE_BYTES:
                found = file.read(self.end - self.start)
                return found if found.endswith(b"\n") else found + b"\n"
            left = self.end - self.start

            def read() -> bytes:
                nonlocal left
                piece = file.read(min(left, BLOCK_BYTES))
                left -= len(piece)
                return piece

            return b"".join(framed(read))


def ranges(path: str, size: int) -> Iterator[Range]:
    """Divide a file of so many bytes into ranges of about a block each. Raises OSError."""
    with open(path, "rb", 0) as file:
        start = 0
        while start < size:
            file.seek(min(start + BLOCK_BYTES, size))
            while (piece := file.read(_PROBE_BYTES)) and b"\n" not in piece:
                pass
            end = file.tell() - len(piece) + piece.find(b"\n") + 1 if piece else size
            yield Range(path, start, min(end, size))
            start = end


def decompressed(raw: io.BufferedReader[Any]) -> Any:
    """What is in a stream: of gzip or zstd, by its first bytes, or as it is."""
    head = raw.peek(4)[:4]  # a pipe may give one byte first; no JSON begins with that of either
    if head and (head.startswith(GZIP) or GZIP.startswith(head)):
        return gzip.open(raw, "rb")
    if head and (head.startswith(ZSTD) or ZSTD.startswith(head)):
        return _zstd(raw)
    return raw


def _zstd(raw: IO[bytes]) -> Any:
    try:
        import backports.zstd as zstd  # the standard library has it from Python 3.14 on
    except ImportError:
        reason = "to read zstd: pip install 'session-replay-statemachine[zstd]'"
        raise UnreadableFileError(reason) from None

    stream = zstd.ZstdFile(raw)

    class Decompressed(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any, /) -> int:
            try:
                found = stream.read1(len(buffer))
            except zstd.ZstdError as error:
                raise OSError(str(error)) from None
            buffer[: len(found)] = found
            return len(found)

    return io.BufferedReader(Decompressed(), _PIECE_BYTES)


def pieces(stream: Any, *, is_live: bool) -> Read:
    """How to read a stream: about a block at once, or, of one that someone writes to, what there is.

    What was read before an error is returned before it is raised.
    """
    problem: Exception | None = None
    has_ended = False

    def read() -> bytes:
        nonlocal problem, has_ended
        if problem is not None:
            raise problem
        found = bytearray()
        try:
            while not has_ended and len(found) < BLOCK_BYTES:
                piece = stream.read1(_PIECE_BYTES if is_live else BLOCK_BYTES)
                has_ended = not piece
                found += piece
                if is_live and not has_ended and not _has_more(stream):
                    break
        except BROKEN as error:
            if not found:
                raise
            problem = error
        return bytes(found)

    return read


def _has_more(stream: Any) -> bool:
    """Whether a pipe has more to give, or will within a moment: whoever fills it may be waiting for room in it."""
    if not isinstance(stream, io.BufferedReader):
        return False
    try:
        poll = select.poll()  # select.select knows no file above the 1,024th
        poll.register(stream, select.POLLIN)
        return bool(poll.poll(MOMENT * 1000))
    except (OSError, ValueError):  # no pipe of this system's
        return False


def framed(read: Read) -> Iterator[bytes]:
    """Put what is read together to blocks of whole lines, each with its line feed.

    Of a line over `MAX_LINE_BYTES` the beginning is kept, so much that it is over them still.
    """
    rest = bytearray()
    while piece := read():
        cut = piece.rfind(b"\n") + 1
        if not cut:
            rest += piece[: max(0, MAX_LINE_BYTES + 2 - len(rest))]
            continue
        rest += piece[:cut]
        yield bytes(rest)
        rest = bytearray(piece[cut:])
    if rest:
        yield bytes(rest + b"\n")


def blocks(read: Read) -> Iterator[bytes]:
    """Blocks of lines; a JSON document that is spread over several lines is put on one."""
    rest = framed(read)
    for block in rest:
        if is_blank_block(block):
            yield block
            continue
        if not opens_document(block):
            yield block
            break
        held = bytearray(block)
        while len(held) <= MAX_LINE_BYTES and (more := next(rest, None)):
            held += more
        yield _on_one_line(bytes(held)) if len(held) <= MAX_LINE_BYTES and _is_json(held) else bytes(held)
        break
    yield from rest


def is_blank_block(block: bytes) -> bool:
    """Whether there is nothing in a block, and no line that is too long."""
    return len(block) <= MAX_LINE_BYTES and (block.isspace() or not block)


def opens_document(block: bytes) -> bool:
    """Whether the first line that is not blank has nothing but opening brackets."""
    begins = block.removeprefix(BOM).lstrip()
    line, _, _ = begins.partition(b"\n")
    return line.strip() in _OPENINGS


def _on_one_line(document: bytes) -> bytes:
    before = len(document) - len(document.lstrip())
    return document[:before] + document[before:].replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


def _is_json(text: bytearray) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def lines_of(block: bytes) -> Iterator[bytes]:
    """The lines of a block, blank ones included, without their endings and byte order marks."""
    for line in io.BytesIO(block):
        yield line.removeprefix(BOM).rstrip(b"\r\n")


def numbered(block: bytes, first: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines of a block that are not blank, and which ones they are. A block of blank ones alone costs nothing."""
    if is_blank_block(block):
        return
    for number, line in enumerate(lines_of(block), first):
        if not is_blank(line):
            yield number, line


def is_blank(line: bytes) -> bool:
    """Whether there is nothing on a line. Of one that is too long only the beginning is known."""
    return not line.strip() and len(line) <= MAX_LINE_BYTES


def refuse_binary(head: bytes, *, is_table: bool = False) -> None:
    """Raise UnreadableFileError for a stream that begins as no text does: a picture, a database, a tar, UTF-16.

    A NUL byte alone is no sign of it: a table may have one in a cell, and a crash leaves some in a log.
    """
    if head.startswith(_UTF16):
        raise UnreadableFileError("is UTF-16; expected UTF-8")
    if is_table or b"\0" not in head:
        return
    begins = {line.lstrip(b"\0 \t")[:1] for line in lines_of(head)}
    if head.strip(b"\0 \t\r\n") and begins.isdisjoint({b"{", b"["}):
        raise UnreadableFileError(f"is no text: a NUL byte at offset {head.index(0)}")


def is_plain(path: str) -> bool:
    """Whether a file is one of lines, neither compressed nor one document. Raises OSError."""
    with open(path, "rb") as file:
        first = next(framed(lambda: file.read(_PIECE_BYTES)), b"")
    return not first.startswith((GZIP, ZSTD)) and not is_blank_block(first) and not opens_document(first)


def size_of(path: str) -> int:
    """Bytes of a regular file; 0 of anything else."""
    return os.path.getsize(path) if os.path.isfile(path) else 0

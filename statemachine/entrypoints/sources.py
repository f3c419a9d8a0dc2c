"""Files, globs and standard input → numbered lines, plain or gzip, in bounded memory."""

from __future__ import annotations

import glob
import gzip
import io
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol, cast

import attrs

from statemachine.errors import UnreadableFileError, printable
from statemachine.event import MAX_LINE_BYTES

STANDARD_INPUT: Final = "-"
_GZIP_MAGIC: Final = b"\x1f\x8b"
LINES_PER_ADVANCE: Final = 1024
BUFFER_BYTES: Final = 2**18
_BOM: Final = b"\xef\xbb\xbf"

Line = tuple[int, bytes]


class Lines(Protocol):
    """What is needed of a stream of bytes."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or its first `size` bytes."""


def expanded(paths: Iterable[str]) -> list[str]:
    """Return the files that paths and globs name, in order. Raises UnreadableFileError for none."""
    files: list[str] = []
    for path in paths:
        if path == STANDARD_INPUT or os.path.lexists(path):
            files.append(path)
            continue
        found = _globbed(path) if glob.has_magic(path) else []
        if not found:
            raise UnreadableFileError(f"{printable(path)}: no such file")
        files += found
    return list(dict.fromkeys(files))


def _globbed(pattern: str) -> list[str]:
    """The files that a pattern names. As in a shell, hidden ones must be named; `**` follows no symbolic link."""
    anchor = Path(pattern).anchor
    named = {part for part in Path(pattern).parts if part.startswith(".")}
    try:
        found = [path for path in Path(anchor).glob(pattern[len(anchor) :].lstrip(os.sep)) if not path.is_dir()]
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"{printable(pattern)}: {printable(str(error))}") from None
    return sorted(str(p) for p in found if not any(part.startswith(".") for part in {*p.parts} - named))


@attrs.define
class Source:
    """One input. After `lines`, `problem` says why it ended early, if it did."""

    path: str
    advance: Callable[[int], object] = lambda count: None
    problem: str | None = None

    def lines(self) -> Iterator[Line]:
        """Yield every line that is not blank, with its number from 1, without its line ending.

        Of a line over `MAX_LINE_BYTES` only the beginning is yielded, one byte too long. A JSON
        document spread over several lines is yielded as one line. A byte order mark before a line
        is passed over: logs that begin with one are joined to others.
        """
        with ExitStack() as stack:
            try:
                raw = self._opened(stack)
                position = 0
                for number, line in _with_document(self._numbered(_decompressed(raw))):
                    if number % LINES_PER_ADVANCE == 0 and raw.seekable():
                        self.advance(raw.tell() - position)
                        position = raw.tell()
                    if not _is_blank(line):
                        yield number, line
            except (OSError, EOFError, zlib.error) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self.problem = f"{printable(self.path)}: {printable(reason)}"

    def _opened(self, stack: ExitStack) -> io.BufferedReader[io.RawIOBase]:
        if self.path == STANDARD_INPUT:
            if sys.stdin is None:
                raise UnreadableFileError("standard input is closed")
            # Unbuffered where there is that: a buffer around a buffer waits until it is full.
            standard = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
            wrapped = io.BufferedReader(cast(io.RawIOBase, standard), BUFFER_BYTES)
            stack.callback(wrapped.detach)  # or closing it would close standard input
            return wrapped
        opened: io.BufferedReader[io.RawIOBase] = io.BufferedReader(io.FileIO(self.path), BUFFER_BYTES)
        return stack.enter_context(opened)

    def _numbered(self, stream: Lines) -> Iterator[Line]:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 2):
            number += 1
            rest = line
            while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_LINE_BYTES + 2)
            yield number, line.removeprefix(_BOM).rstrip(b"\r\n")[: MAX_LINE_BYTES + 1]


def _decompressed(raw: io.BufferedReader[io.RawIOBase]) -> Lines:
    head = raw.peek(2)[:2]  # a pipe may give one byte first; no JSON begins with that of gzip
    if head and _GZIP_MAGIC.startswith(head):
        return gzip.open(raw, "rb")
    return raw


def _with_document(lines: Iterator[Line]) -> Iterator[Line]:
    """Join the lines of an indented JSON document, which opens with nothing but brackets."""
    first = 0
    held = bytearray()
    for number, line in lines:
        if not first and not _is_blank(line):
            first = number
            if line.strip() not in (b"{", b"[", b"[{"):
                yield number, line
                break
        if first:
            held += line + b"\n"
            if len(held) > MAX_LINE_BYTES:
                break
    if held.count(b"\n", 0, -1) and len(held) <= MAX_LINE_BYTES and _is_json(held):
        yield first, bytes(held)
    else:
        yield from enumerate((line.rstrip(b"\n") for line in io.BytesIO(held)), first)
    yield from lines


def _is_blank(line: bytes) -> bool:
    return not line.strip() and len(line) <= MAX_LINE_BYTES  # of a longer one only the beginning is known


def _is_json(text: bytearray) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

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
        found = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []
        if not found:
            raise UnreadableFileError(f"{printable(path)}: no such file")
        files += found
    return list(dict.fromkeys(files))


@attrs.define
class Source:
    """One input. After `lines`, `problem` says why it ended early, if it did."""

    path: str
    advance: Callable[[int], object] = lambda count: None
    problem: str | None = None

    def lines(self) -> Iterator[Line]:
        """Yield every line that is not blank, with its number from 1, without its line ending.

        Of a line over `MAX_LINE_BYTES` only the beginning is yielded, one byte too long. A JSON
        document spread over several lines is yielded as one line.
        """
        with ExitStack() as stack:
            try:
                raw = self._opened(stack)
                position = 0
                for number, line in _with_document(self._numbered(_decompressed(raw))):
                    if number % LINES_PER_ADVANCE == 0 and raw.seekable():
                        self.advance(raw.tell() - position)
                        position = raw.tell()
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
            line = line.removeprefix(_BOM) if number == 1 else line
            line = line.rstrip(b"\r\n")[: MAX_LINE_BYTES + 1]
            if len(line) > MAX_LINE_BYTES or (line and not line.isspace()):
                yield number, line


def _decompressed(raw: io.BufferedReader[io.RawIOBase]) -> Lines:
    if raw.peek(2)[:2] == _GZIP_MAGIC:
        return gzip.open(raw, "rb")
    return raw


def _with_document(lines: Iterator[Line]) -> Iterator[Line]:
    """Join the lines of an indented JSON document, which opens with nothing but brackets."""
    held: list[Line] = []
    size = 0
    for number, line in lines:
        held.append((number, line))
        size += len(line)
        if held[0][1].strip() not in (b"{", b"[", b"[{") or size > MAX_LINE_BYTES:
            break
    else:
        whole = b"\n".join(line for _, line in held)
        if len(held) > 1 and _is_json(whole):
            held = [(held[0][0], whole)]
    yield from held
    yield from lines


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

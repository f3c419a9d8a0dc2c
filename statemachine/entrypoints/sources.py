"""Files, globs and standard input → numbered lines, plain or gzip, in bounded memory."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final, cast

import attrs

from statemachine.blocks import (
    BLOCK_BYTES,
    BROKEN,
    Range,
    blocks,
    decompressed,
    is_blank,
    is_plain,
    lines_of,
    pieces,
    ranges,
)
from statemachine.errors import UnreadableFileError, printable
from statemachine.event import MAX_LINE_BYTES

STANDARD_INPUT: Final = "-"
BUFFER_BYTES: Final = 2**18

Line = tuple[int, bytes]
Advance = Callable[[int], object]


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
    """One input. `problem` says why it ended early, if it did."""

    path: str
    advance: Advance = lambda count: None
    problem: str | None = None

    def lines(self) -> Iterator[Line]:
        """Yield every line that is not blank, with its number from 1, without its line ending.

        Of a line over `MAX_LINE_BYTES` only the beginning is yielded, one byte too long. A JSON
        document spread over several lines is yielded as one line. A byte order mark before a line
        is passed over: logs that begin with one are joined to others.
        """
        first = 1
        with closing(self.blocks(self.advance)) as found:
            try:
                for block in found:
                    for number, line in enumerate(lines_of(block), first):
                        if not is_blank(line):
                            yield number, line[: MAX_LINE_BYTES + 1]
                    first += block.count(b"\n")
            except BROKEN as error:
                self.broken(error)

    def broken(self, error: BaseException) -> None:
        """Note why the input ended early."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.problem = f"{printable(self.path)}: {printable(reason)}"

    def blocks(self, advance: Advance = lambda count: None) -> Generator[bytes, None, None]:
        """Yield blocks of whole lines. Raises what `BROKEN` names, and UnreadableFileError."""
        with ExitStack() as stack:
            raw = self._opened(stack)
            position = 0
            for block in blocks(pieces(decompressed(raw), is_live=not self.is_file)):
                if raw.seekable():
                    advance(raw.tell() - position)
                    position = raw.tell()
                yield block

    def again(self) -> Iterator[bytes | Range]:
        """Yield the blocks of a regular file once more; of a large plain one, where they are. Raises the same."""
        if os.path.getsize(self.path) > BLOCK_BYTES and is_plain(self.path):
            for found in ranges(self.path, os.path.getsize(self.path)):
                yield found
                self.advance(found.end - found.start)
        else:
            yield from self.blocks(self.advance)

    @property
    def is_file(self) -> bool:
        """Whether it can be read twice, and nobody has to be waited for."""
        return self.path != STANDARD_INPUT and os.path.isfile(self.path)

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

"""Files, directories, archives, globs and standard input → logs, each in pieces, in bounded memory."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NoReturn, cast

import attrs

from statemachine.bulk.blocks import (
    BLOCK_BYTES,
    BROKEN,
    blocks,
    decompressed,
    is_plain,
    numbered,
    pieces,
    ranges,
    refuse_binary,
)
from statemachine.bulk.work import Lines, Work
from statemachine.errors import UnreadableFileError, printable
from statemachine.event import AS_THEY_ARE, MAX_LINE_BYTES
from statemachine.fields import Columns

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
        found = list(Path(anchor).glob(pattern[len(anchor) :].lstrip(os.sep)))
        # `**` names what is in the directories as well.
        found = [path for path in found if not path.is_dir() or not ("**" in pattern or path.is_symlink())]
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"{printable(pattern)}: {printable(str(error))}") from None
    for folder in _searched(Path(pattern)):  # the library passes over those that it cannot list
        _listed(folder)
    names = sorted(str(p) for p in found if not any(part.startswith(".") for part in {*p.parts} - named))
    for name in names:
        if not (_is_regular(name) or os.path.isdir(name)):
            raise UnreadableFileError(f"{printable(name)}: is no regular file; give it by its own name to read it")
    return names


def _searched(pattern: Path) -> Iterator[str]:
    """The directories in which a pattern looks for names."""
    parts = pattern.parts
    first = next(n for n, part in enumerate(parts) if glob.has_magic(part))
    for n in range(first, len(parts)):
        if parts[n] == "**":
            for folder in glob.iglob(os.path.join(*parts[:n], "") or "."):
                for below, folders, _ in os.walk(folder, onerror=_raised):
                    folders[:] = [name for name in folders if not name.startswith(".")]
                    yield below
            return
        yield from (folder for folder in glob.iglob(os.path.join(*parts[:n], "") or ".") if os.path.isdir(folder))


def _listed(folder: str) -> None:
    try:
        os.scandir(os.path.normpath(folder)).close()
    except OSError as error:
        _raised(error)


def _raised(error: OSError) -> NoReturn:
    raise UnreadableFileError(f"{printable(str(error.filename))}: {error.strerror}") from None


def _is_regular(path: str) -> bool:
    """Whether a path is no pipe, socket or device, which might be waited for; reading what is gone says why."""
    return not os.path.exists(path) or os.path.isfile(path)


@attrs.frozen
class Logs:
    """The logs that some files and directories hold; how many files of directories are none, and their endings."""

    paths: list[str]
    left_out: int = 0
    endings: frozenset[str] = frozenset()


def logs_in(paths: Iterable[str]) -> Logs:
    """Files as they are, and every log below a directory, in the order of their names.

    Hidden files are passed over, symbolic links not followed. Raises UnreadableFileError for a directory without one.
    """
    from statemachine.bulk.readers import KNOWN
    from statemachine.bulk.readers.parquet import is_results

    found: dict[str, None] = {}
    others: list[str] = []
    for path in paths:
        if path == STANDARD_INPUT or not os.path.isdir(path):
            found[path] = None
            continue
        below = [*_below(path)]
        logs = sorted(f for f in below if KNOWN.search(f) and not os.path.islink(f) and _is_regular(f))
        logs = [file for file in logs if not (file.lower().endswith(".parquet") and is_results(file))]
        if not logs:
            raise UnreadableFileError(f"{printable(path)}: a directory without a log")
        found.update(dict.fromkeys(logs))
        others += [*{*below} - {*logs}]
    endings = frozenset(os.path.splitext(other)[1] for other in others)
    return Logs([*found], len(others), endings)


def _below(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory, onerror=_raised):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(folder, name) for name in files if not name.startswith("."))
        yield from (path for name in folders if os.path.islink(path := os.path.join(folder, name)))


@attrs.frozen
class Stamp:
    """What shows that a regular file was changed: which it is, its size, its time of modification (ns)."""

    which: tuple[int, int]
    size: int
    modified: int

    @classmethod
    def of(cls, path: str) -> Stamp | None:
        """Look at a file; None where there is no regular one."""
        try:
            found = os.stat(path)
        except OSError:
            return None
        return cls((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns) if S_ISREG(found.st_mode) else None

    def has_grown(self, now: Stamp | None) -> bool:
        """Whether there is more of the file now. That what was there is as it was cannot be seen."""
        return now is not None and now.which == self.which and now.size > self.size


@attrs.define
class Source:
    """One input. `problem` says why it ended early, if it did.

    `member` opens one that is in an archive, of so many bytes.
    """

    path: str
    advance: Advance = lambda count: None
    problem: str | None = None
    columns: Columns = AS_THEY_ARE
    member: Callable[[], io.BufferedReader[Any]] | None = None
    size: int = 0
    _is_lines: bool = True

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
                    for number, line in numbered(block, first):
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
            stream = decompressed(raw)
            refuse_binary(_head(stream))
            for block in blocks(pieces(stream, is_live=not self.is_file)):
                if raw.seekable():
                    advance(raw.tell() - position)
                    position = raw.tell()
                yield block

    def works(self, advance: Advance = lambda count: None) -> Iterator[Work]:
        """Yield the pieces of the log, whatever its form. Raises the same."""
        from statemachine.bulk.readers import archive, form_of, lines, parquet, separated

        with ExitStack() as stack:
            raw = self._opened(stack)
            if (
                self.member is None
                and self.is_file
                and (self.path.lower().endswith(".parquet") or raw.peek(4)[:4] == parquet.MAGIC)
            ):
                self._is_lines = False
                for work in parquet.works(self.path, self.columns):
                    yield work
                advance(os.path.getsize(self.path))
                return
            if raw.peek(4)[:4] in (parquet.MAGIC, *archive.MAGIC):
                raise UnreadableFileError("Parquet and zip are read from regular files only")
            stream = decompressed(raw)
            head = _head(stream)
            form = form_of(self.path, head)
            refuse_binary(head, is_table=form is separated.works)
            self._is_lines = form is lines.works
            position = 0
            for work in form(pieces(stream, is_live=not self.is_file), self.columns):
                if raw.seekable():
                    advance(raw.tell() - position)
                    position = raw.tell()
                yield work
            advance(self.size)

    def again(self) -> Iterator[Work]:
        """Yield the pieces of a regular file once more; of a large plain one, where they are. Raises the same."""
        is_plain_file = self.member is None and self._is_lines and os.path.getsize(self.path) > BLOCK_BYTES
        if is_plain_file and is_plain(self.path):
            for found in ranges(self.path, os.path.getsize(self.path)):
                yield Lines(found, self.columns)
                self.advance(found.end - found.start)
        else:
            yield from self.works(self.advance)

    @property
    def is_file(self) -> bool:
        """Whether it can be read twice, and nobody has to be waited for."""
        return self.member is not None or (self.path != STANDARD_INPUT and os.path.isfile(self.path))

    def _opened(self, stack: ExitStack) -> io.BufferedReader[Any]:
        if self.member is not None:
            return stack.enter_context(self.member())
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


def _head(stream: Any) -> bytes:
    """The first bytes of a stream that can be had at once. Raises what `BROKEN` names: reading would not again."""
    from statemachine.bulk.readers import HEAD_BYTES

    return bytes(stream.peek(HEAD_BYTES)[:HEAD_BYTES])


@contextmanager
def sources_of(
    path: str, advance: Advance, columns: Columns, note: Callable[[str], object]
) -> Iterator[Iterator[Source]]:
    """The logs of a file: itself, or an archive's members. `note` takes a word about members that are none.

    Raises UnreadableFileError for an archive that is none.
    """
    from statemachine.bulk.readers import archive

    if not _is_archive(path, archive.MAGIC):
        yield iter([Source(path, advance, columns=columns)])
        return
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(archive.opened(path))
        except OSError as error:
            raise UnreadableFileError(f"{printable(path)}: {printable(error.strerror or str(error))}") from None
        if opened.left_out:
            named = ", ".join(printable(name) for name in opened.left_out[:3])
            more = ", …" if len(opened.left_out) > 3 else ""
            note(f"{printable(path)}: members left out, which are no logs: {len(opened.left_out)} ({named}{more})")
        yield (
            Source(
                f"{path}/{name}",
                advance,
                columns=columns,
                member=lambda name=name: opened.opened(name),  # type: ignore[misc]
                size=opened.size(name),
            )
            for name in opened.names
        )


def _is_archive(path: str, magic: tuple[bytes, ...]) -> bool:
    if path == STANDARD_INPUT or not os.path.isfile(path):
        return False
    if path.lower().endswith(".zip"):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(4) in magic
    except OSError:
        return False  # reading says why

"""Zip: every member is a log of its own, in the natural order of their names. Nothing is unpacked to disk.

Amplitude's export is one, of gzipped lines; the hours in its names have no leading zero.
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import attrs

from statemachine.bulk.readers import KNOWN

MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_NOT_IN_ARCHIVES: Final = re.compile(r"\.(?:parquet|zip)$", re.IGNORECASE)
_FLAWS: Final = (zipfile.BadZipFile, RuntimeError, zlib.error, lzma.LZMAError, EOFError, ValueError)
"""What a bad archive raises; RuntimeError for one that is encrypted or packed in an unknown way."""


@attrs.frozen
class Archive:
    """An open archive: the names of its logs, and of the members that are none."""

    names: list[str]
    left_out: list[str]
    _zip: zipfile.ZipFile
    _members: dict[str, zipfile.ZipInfo]

    def opened(self, name: str) -> io.BufferedReader[Any]:
        """A member's bytes. Raises OSError, and so does reading them."""
        try:
            return io.BufferedReader(_Member(self._zip.open(self._members[name])), 2**18)
        except _FLAWS as error:
            raise OSError(str(error)) from None

    def size(self, name: str) -> int:
        """Bytes that a member takes."""
        return self._members[name].compress_size


@contextmanager
def opened(path: str) -> Iterator[Archive]:
    """Open an archive. Raises OSError. Of members of one name, each is read, under its name and a number."""
    try:
        archive = zipfile.ZipFile(path)
    except _FLAWS as error:
        raise OSError(str(error)) from None
    with archive:
        members: dict[str, zipfile.ZipInfo] = {}
        left_out = []
        for info in archive.infolist():
            if info.filename.endswith("/"):  # `is_dir` has no answer for a name that is empty
                continue
            if _NOT_IN_ARCHIVES.search(info.filename) or not KNOWN.search(info.filename):
                left_out.append(info.filename)
                continue
            name, again = info.filename, 2
            while name in members:
                name, again = f"{info.filename} ({again})", again + 1
            members[name] = info
        yield Archive(sorted(members, key=natural), left_out, archive, members)


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key by which names are sorted with the numbers in them as numbers."""
    parts = re.split(r"([0-9]+)", name)
    return [(0, int(part), part) if part.isdecimal() and len(part) < 4_000 else (1, 0, part) for part in parts]


class _Member(io.RawIOBase):
    """The bytes of a member; whatever is wrong with them is an OSError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._stream.read(len(buffer))
        except _FLAWS as error:
            raise OSError(str(error)) from None
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()

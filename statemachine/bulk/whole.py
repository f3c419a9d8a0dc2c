"""A file that is there whole, or not at all, whatever ends the process that writes it."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from typing import IO, Final

_UNNAMED: Final = getattr(os, "O_TMPFILE", 0) if os.path.isdir("/proc/self/fd") else 0


class WholeFile:
    """`file` is written to, and has its name from `publish` on; what stood there before stands until then.

    On Linux it has no name until then, so that nothing is left of it when the process is killed. Where the system or
    the file system has no such files, it has a random one beside the target, which a kill leaves. A link stays a
    link; a pipe or a device is written to as it is.
    """

    def __init__(self, path: str) -> None:
        """Begin. Raises OSError."""
        self.path = os.path.realpath(path)
        self.is_published = False
        self._named: str | None = None
        self.is_stream = os.path.exists(self.path) and not os.path.isfile(self.path)
        self.file: IO[bytes] = self._opened()

    def publish(self) -> None:
        """Give what was written its name, in place of what stood there. Raises OSError."""
        self.file.flush()
        if self.is_stream:
            self.file.close()
            self.is_published = True
            return
        with suppress(FileNotFoundError):
            os.chmod(self.file.fileno(), stat.S_IMODE(os.stat(self.path).st_mode) & 0o777)
        os.fsync(self.file.fileno())
        try:
            if self._named is None:
                self._link(self.path)
        except FileExistsError:
            self._link(named := self._beside())
            self._named = named
        if self._named is not None:
            os.replace(self._named, self.path)
        self.is_published = True
        self.file.close()
        synced(os.path.dirname(self.path))

    def discard(self) -> None:
        """Leave nothing behind, unless it is published."""
        with suppress(OSError):
            self.file.close()
        if self._named is not None and not self.is_published:
            with suppress(OSError):
                os.unlink(self._named)

    def _opened(self) -> IO[bytes]:
        if self.is_stream:
            return open(self.path, "wb")
        if _UNNAMED:
            with suppress(OSError):  # the file system has none, or opening one with a name says why not
                return open(os.open(os.path.dirname(self.path), _UNNAMED | os.O_RDWR, 0o666), "wb")
        self._named = named = self._beside()
        return open(named, "xb")

    def _link(self, name: str) -> None:
        number = self.file.fileno()
        os.link(f"/proc/self/fd/{number}", name, src_dir_fd=number)  # with it, Python follows the link to the file

    def _beside(self) -> str:
        return os.path.join(os.path.dirname(self.path), f".{secrets.token_hex(8)}.partial")


def write_whole(path: str, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    whole = WholeFile(path)
    try:
        whole.file.write(content)
        whole.publish()
    finally:
        whole.discard()


def synced(folder: str) -> None:
    """Have the names in a folder on disk, where a folder can be opened. Raises OSError."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

"""Folders for TLC, which needs names for what it writes: they go with the process, or with the next one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

PREFIX: Final = "statemachine-tlc-"


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder of this process alone. Those that processes left which were killed are removed first."""
    if sys.platform == "win32":  # it has no such locks; what is left stays
        with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
            yield folder
        return
    with ExitStack() as stack:
        folder = _held(stack)
        _remove_left_over(os.path.dirname(folder))
        yield folder


def _held(stack: ExitStack) -> str:
    """A new folder, locked until `stack` is left."""
    import fcntl

    while True:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True))
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another process took it for one that was left
            continue
        stack.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(folder):
            return folder


def _remove_left_over(where: str) -> None:
    """Remove this user's folders that no process holds."""
    import fcntl

    for entry in [*os.scandir(where)]:
        if not entry.name.startswith(PREFIX):
            continue
        with suppress(OSError):  # it is held, another user's, or gone
            if entry.stat(follow_symlinks=False).st_uid != os.getuid():
                continue
            number = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(entry.path)
            finally:
                os.close(number)

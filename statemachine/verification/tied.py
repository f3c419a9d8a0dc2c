"""A command that ends with the thread that started it, even when its process is killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

_SCRIPT: Final = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: it outlasts what follows
if os.getppid() == int(sys.argv[1]):
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and what is ignored stays so
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        sys.exit(f"cannot start {sys.argv[2]}: {error.strerror}")
"""


def tied(command: Sequence[str]) -> list[str]:
    """The command that runs `command`, and ends with the thread that starts it, not before.

    Linux has that; elsewhere it is `command` itself. What the command itself starts is not tied.
    """
    before = [sys.executable, "-IS", "-c", _SCRIPT, str(os.getpid())] if sys.platform == "linux" else []
    return [*before, *command]

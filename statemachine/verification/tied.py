"""A command that ends with the process that started it, even when that is killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

_SCRIPT: Final = """\
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: it outlasts what follows
if os.getppid() == int(sys.argv[1]):
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        sys.exit(f"cannot start {sys.argv[2]}: {error.strerror}")
"""


def tied(command: Sequence[str]) -> list[str]:
    """The command that runs `command` and ends with this process. Linux has that; elsewhere it is `command` itself."""
    before = [sys.executable, "-IS", "-c", _SCRIPT, str(os.getpid())] if sys.platform == "linux" else []
    return [*before, *command]

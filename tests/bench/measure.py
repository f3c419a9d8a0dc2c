"""A command → how long it took, and the most memory that it and its children held at once. Linux only: it reads /proc.

Wall time is from start to end of the process; CPU time is the kernel's, of the process and the children it waited for.
Memory is sampled every few milliseconds over the whole tree, as the sum of what is resident (pages that processes share
count once for each: an upper bound) and as the sum of proportional shares (shared pages count once). Of a process
without children, the kernel's own high-water mark is taken, which misses nothing.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import attrs

ROOT: Final = Path(__file__).parents[2]
"""Where commands run."""
EVERY_SECONDS: Final = 0.02
SHARES_EVERY: Final = 10
"""Samples: to sum up shares, the kernel walks through every page."""


@attrs.frozen
class Run:
    """What one run of a command took: seconds, and bytes. `output` is what it printed."""

    wall: float
    cpu: float
    resident: int
    shares: int
    output: str
    status: int


def run(command: Sequence[str], *, stdin: IO[bytes] | None = None) -> Run:
    """Run a command to its end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=stdin, stdout=output, cwd=ROOT)  # noqa: S603
        resident = shares = samples = 0
        while True:
            pid, code, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                wall = time.perf_counter() - began
                break
            tree = processes(process.pid)
            held = sum(_kilobytes(f"/proc/{one}/status", "VmRSS:") for one in tree)
            resident = max(resident, held, _kilobytes(f"/proc/{process.pid}/status", "VmHWM:"))
            if len(tree) > 1 and samples % SHARES_EVERY == 0:
                shares = max(shares, sum(_kilobytes(f"/proc/{one}/smaps_rollup", "Pss:") for one in tree))
            samples += 1
            time.sleep(EVERY_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(code)
        output.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        bytes_held = resident * 1024, (shares or resident) * 1024
        return Run(wall, cpu, *bytes_held, output.read(), process.returncode)


def processes(root: int) -> list[int]:
    """A process and its descendants, as far as they live."""
    found = [root]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                found += map(int, Path(f"/proc/{one}/task/{task}/children").read_text().split())
        except OSError:  # it has ended
            continue
    return found


def _kilobytes(path: str, field: str) -> int:
    try:
        with open(path) as file:
            return next((int(line.split()[1]) for line in file if line.startswith(field)), 0)
    except OSError:
        return 0

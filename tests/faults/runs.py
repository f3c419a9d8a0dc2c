"""Runs of the command line that something is done to: who begins them, ends them, and looks for what they leave."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import attrs

ROOT = Path(__file__).parents[2]
MARKER = "TEST_FAULTS_RUN"
"""In the environment of what a run starts: its process ID."""
LONGEST = 120.0
"""Seconds after which a run hangs, on the slowest of machines."""


class NoDiskError(Exception):
    """There can be no disk that is small, to be filled."""


class Fault(AssertionError):
    """What a run did that it must not do."""


@attrs.define
class Run:
    """A run that has ended, and how. `others` are its processes that were there when it did."""

    status: int
    output: bytes
    errors: str
    seconds: float

    @property
    def was_killed(self) -> bool:
        """Whether the signal came while it ran."""
        return self.status == -signal.SIGKILL


@attrs.define
class Under:
    """A run that is under way."""

    process: int
    began: float
    stdout: Path
    stderr: Path
    marker: bytes
    answers: Any
    patience: float

    def signal(self, number: int) -> None:
        """Send it a signal, if it is there still: nobody but the server takes its status, so the ID is its own."""
        with suppress(ProcessLookupError):
            os.kill(self.process, number)

    def others(self) -> list[int]:
        """The other processes of its session, and those that have its environment in a session of their own."""
        return [number for number in processes_of(self.process, self.marker) if number != self.process]

    def ended(self) -> Run:
        """Wait for its end. Raises Fault when it hangs, or when one of its processes goes on."""
        import select

        ready, _, _ = select.select([self.answers], [], [], LONGEST)
        if not ready:
            for number in (self.process, *self.others()):
                os.kill(number, signal.SIGKILL)
            raise Fault(f"hangs: {self.stderr.read_text()}")
        status = int(self.answers.readline())
        seconds = time.monotonic() - self.began
        self._alone()
        return Run(status, self.stdout.read_bytes(), _said(self.stderr.read_text(errors="replace")), seconds)

    def _alone(self) -> None:
        """Wait a little for processes that are left over to end. Raises Fault if they do not, and ends them."""
        until = time.monotonic() + self.patience
        while others := self.others():
            if time.monotonic() > until:
                for number in others:
                    os.kill(number, signal.SIGKILL)
                raise Fault(f"{len(others)} of its processes go on")
            time.sleep(0.01)


def _said(errors: str) -> str:
    """What a run said, without what a library says of this machine's fonts."""
    return "".join(line for line in errors.splitlines(keepends=True) if not line.startswith("Fontconfig warning"))


def processes_of(leader: int, marker: bytes) -> list[int]:
    """The processes of a session, or with a marker in their environment, but those that are dead."""
    found = []
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            state, _, _, session = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:4]
            if state not in "ZX" and (int(session) == leader or marker in Path(f"/proc/{entry}/environ").read_bytes()):
                found.append(int(entry))
    return found


def environment() -> dict[str, str]:
    """That of this process, in which an output is buffered, as it is for everyone."""
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}, "PYTHONPATH": str(ROOT)}


class Runner(AbstractContextManager["Runner"]):
    """Begins runs in a folder. `home` has what they say, and their temporary files in `temporary`."""

    def __init__(self, home: Path, disk: int | None = None, temporary: str = "temporary") -> None:
        """Start the process that they are copies of; `disk` gives it one of so many bytes, which only its runs see.

        `temporary` is the folder for temporary files in `home`.

        Raises NoDiskError where this system, or this user, may not.
        """
        self.home = home
        self.disk = home / "disk"
        self.disk.mkdir()
        self.patience = 20.0
        """Seconds that the processes of a killed run may take to end."""
        self.temporary = home / temporary
        self.temporary.mkdir(exist_ok=True)
        self._server = subprocess.Popen(  # noqa: S603
            [*self._with_disk(disk), sys.executable, "-m", "tests.faults.server"],
            cwd=ROOT,
            env={**environment(), "TMPDIR": str(self.temporary)},  # SQLite reads it when it is loaded
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._server.stdout
        assert self._server.stdout.readline() == b"ready\n"

    def _with_disk(self, size: int | None) -> list[str]:
        """What a command begins with that has a small disk at `disk`: it goes with the last of its processes."""
        if size is None:
            return []
        mounts = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(self.disk))}"
        words = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]
        try:
            subprocess.run([*words, "sh", "-c", mounts], check=True, capture_output=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDiskError(str(error)) from None
        return [*words, "sh", "-c", f'{mounts} && exec "$@"', "sh"]

    def seen(self, path: Path) -> Path:
        """A path as its runs see it."""
        return Path(f"/proc/{self._server.pid}/root{path}")

    def begin(
        self,
        folder: Path,
        *arguments: object,
        mutants: Sequence[str] = (),
        stdin: str = os.devnull,
        stdout: str | None = None,
        limit: int | None = None,
        bound: bool = False,
    ) -> Under:
        """Begin a run in a folder; `limit` is of the size of files, `bound` has permissions bind root, too."""
        out, errors = self.home / "stdout", self.home / "stderr"
        request = {
            "arguments": [str(argument) for argument in arguments],
            "folder": str(folder),
            "temporary": str(self.temporary),
            "stdin": stdin,
            "stdout": stdout or str(out),
            "stderr": str(errors),
            "mutants": list(mutants),
            "limit": limit,
            "bound": bound,
        }
        out.write_bytes(b"")
        errors.write_bytes(b"")
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        process = int(self._server.stdout.readline())
        marker = f"{MARKER}={process}".encode()
        return Under(process, time.monotonic(), out, errors, marker, self._server.stdout, self.patience)

    def run(self, folder: Path, *arguments: object, **more: Any) -> Run:
        """Begin a run, and wait for its end."""
        return self.begin(folder, *arguments, **more).ended()

    def hit(self, after: float, number: int, folder: Path, *arguments: object, **more: Any) -> Run:
        """Begin a run, send it a signal after so many seconds, and wait for its end."""
        run = self.begin(folder, *arguments, **more)
        time.sleep(max(0.0, run.began + after - time.monotonic()))
        run.signal(number)
        return run.ended()

    def __exit__(self, *_: object) -> None:
        """End the process that they are copies of."""
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

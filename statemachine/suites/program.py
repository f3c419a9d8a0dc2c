"""Any program as an adapter: the harness protocol, one JSON object a line, on its standard input and output.

    → {"type": "hello", "version": 1, "mode": "actions"}     ← {"type": "hello", "version": 1, …}
    → {"type": "reset", "is_set_up": true}                   ← {"type": "ready"}
    → {"type": "call", "call": {"call": "event", …}}         ← {"type": "observed", "session_id": 0, …}
    → {"type": "bye"}                                        the program ends

`call` is a step of a call trace; what is observed is that of `Observed`. `protocol.schema.json` is the
protocol's JSON Schema. A page begins at each reset. A program that makes cloud-mode's set-up calls one
by one says so in its hello, `"sets_up": true`; another is only given pages that are set up.
"""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from importlib.resources import files
from typing import IO, Any, Final, NoReturn

import attrs

from statemachine.errors import StatemachineError, printable, shown
from statemachine.suites.adapter import Observed

VERSION: Final = 1
LONGEST_LINE: Final = 2**20
"""Bytes of a reply; a longer one is garbage."""
TIMEOUT_SECONDS: Final = 5.0


class HarnessError(StatemachineError):
    """A program did not keep the protocol: it ended, said nothing in time, or said something else."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the protocol's messages."""
    found: dict[str, Any] = json.loads(files("statemachine.suites").joinpath("protocol.schema.json").read_text("utf-8"))
    return found


class Program:
    """An adapter for a program. It is started once, and again after it failed; `stop` ends it."""

    def __init__(self, command: Sequence[str], timeout: float = TIMEOUT_SECONDS) -> None:
        """Take the command and its arguments, and the seconds that a reply may take. Starts nothing yet."""
        self.command = list(command)
        self.timeout = timeout
        self.sets_up = False
        """Whether it makes cloud-mode's set-up calls one by one: what it says in its hello."""
        self.shows: frozenset[str] = frozenset()
        """The fields of `Observed` that it has shown so far."""
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: IO[bytes] | None = None

    def start(self, mode: str, is_set_up: bool) -> None:
        """Begin a page. Raises HarnessError."""
        if self._process is None:
            self._launch()
            hello = self._ask({"type": "hello", "version": VERSION, "mode": mode}, "hello")
            if hello.get("version") != VERSION:
                self._fail(f"speaks version {shown(hello.get('version'))} of the protocol; expected {VERSION}")
            self.sets_up = hello.get("sets_up") is True
        self._ask({"type": "reset", "is_set_up": is_set_up}, "ready")

    def call(self, call: dict[str, Any]) -> Observed:
        """Do one step. Raises HarnessError; ValueError for what is no observation."""
        reply = self._ask({"type": "call", "call": call}, "observed")
        self.shows |= {field.name for field in attrs.fields(Observed)} & reply.keys()
        return Observed.of(reply)

    def close(self) -> None:
        """End the page; the program goes on to the next."""

    def stop(self) -> None:
        """End the program, politely first."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101  # it was opened as a pipe
        try:
            process.stdin.write(b'{"type": "bye"}\n')
            process.stdin.close()
            process.wait(self.timeout)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()

    def _launch(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the program
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=self._errors)  # noqa: S603
        except OSError as error:
            raise HarnessError(f"cannot start {shown(self.command[0])}: {error.strerror}") from None
        self._lines = queue.SimpleQueue()
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()

    def _ask(self, message: dict[str, Any], expected: str) -> dict[str, Any]:
        """Send a message, and return the reply, which must be of the expected type."""
        process = self._process
        if process is None or process.stdin is None:
            raise HarnessError("the program was stopped")
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
            line = self._lines.get(timeout=self.timeout)
        except queue.Empty:
            self._fail(f"gave no reply to {message['type']} within {self.timeout:g} s")
        except OSError:
            line = b""
        if not line:
            self._fail(f"ended instead of replying to {message['type']}")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            self._fail(f"replied to {message['type']} with {shown(line[:200].decode('utf-8', 'replace'))}: not JSON")
        if not isinstance(reply, dict) or reply.get("type") != expected:
            seen = shown(reply.get("type")) if isinstance(reply, dict) else shown(reply)
            self._fail(f"replied to {message['type']} with {seen}; expected an object of type {expected}")
        return reply

    def _fail(self, reason: str) -> NoReturn:
        """Kill the program, and raise HarnessError with the reason and the end of its standard error."""
        process, self._process = self._process, None
        status = None
        if process is not None:
            try:
                status = process.wait(0.2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        told = f"the program {reason}" + (f" (exit status {status})" if status is not None else "")
        if self._errors is not None:
            self._errors.seek(0)
            last = self._errors.read()[-500:].decode("utf-8", "replace").strip().splitlines()[-3:]
            told += "".join(f"\n    {printable(line)}" for line in last)
        raise HarnessError(told)


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Pass on every line, and an empty one at the end."""
    while line := stream.readline(LONGEST_LINE):
        lines.put(line)
    lines.put(b"")

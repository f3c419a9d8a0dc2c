"""Any program as an adapter: the harness protocol, one JSON object a line, on its standard input and output.

    → {"type": "hello", "version": 1, "mode": "actions"}     ← {"type": "hello", "version": 1, …}
    → {"type": "reset", "is_set_up": true}                   ← {"type": "ready"}
    → {"type": "call", "call": {"call": "event", …}}         ← {"type": "observed", "session_id": 0, …}
    → {"type": "bye"}                                        the program ends

`call` is a step of a call trace; what is observed is that of `Observed`. `protocol.schema.json` is the
protocol's JSON Schema. A page begins at each reset. A program that makes cloud-mode's set-up calls one
by one says so in its hello, `"sets_up": true`; another is only given pages that are set up.

A program gives one reply to a request, and the same to the same calls of a page. One that does not has a
`fault`: no verdict on it would mean anything.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import IO, Any, Final, NoReturn

from statemachine.bounds import (
    LAST_WORDS,
    LONGEST_LINE,
    LONGEST_TOLD,
    MOST_REMEMBERED,
    TIMEOUT_SECONDS,
)
from statemachine.errors import StatemachineError, printable, shortened, shown
from statemachine.suites.adapter import JUDGED, Observed
from statemachine.verification.tied import tied

VERSION: Final = 1


class HarnessError(StatemachineError):
    """A program did not keep the protocol: it ended, said nothing in time, or said something else or more."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the protocol's messages."""
    found: dict[str, Any] = json.loads(files("statemachine.suites").joinpath("protocol.schema.json").read_text("utf-8"))
    return found


class Program:
    """An adapter for a program. It is started once, and again after it failed; `stop` ends it."""

    def __init__(self, command: Sequence[str], timeout: float = TIMEOUT_SECONDS) -> None:
        """Take the command and its arguments, and the seconds that a reply may take. Starts nothing yet."""
        self.command: list[str] = list(command)
        self.timeout = timeout
        self.sets_up: bool = False
        """Whether it makes cloud-mode's set-up calls one by one: what it says in its hello."""
        self.shows: frozenset[str] = frozenset()
        """The fields of `Observed` that it has shown so far."""
        self.fault: HarnessError | None = None
        """Why it cannot be judged at all, once that is known: from then on, every page and every call raises it."""
        self._page: tuple[str, ...] = ()
        self._remembered: dict[tuple[str, ...], str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: IO[bytes] | None = None
        self._reader: threading.Thread | None = None

    def start(self, mode: str, is_set_up: bool) -> None:
        """Begin a page. Raises HarnessError."""
        if self.fault is not None:
            raise self.fault
        if self._process is None:
            self._launch()
            hello = self._ask({"type": "hello", "version": VERSION, "mode": mode}, "hello")
            if hello.get("version") != VERSION:
                self._fail(f"speaks version {shown(hello.get('version'))} of the protocol; expected {VERSION}")
            self.sets_up = hello.get("sets_up") is True
        self._page = (mode, str(is_set_up))
        self._ask({"type": "reset", "is_set_up": is_set_up}, "ready")

    def call(self, call: dict[str, Any]) -> Observed:
        """Do one step. Raises HarnessError; ValueError for what is no observation."""
        reply = self._ask({"type": "call", "call": call}, "observed")
        shown_now = {name: reply[name] for name in JUDGED if name in reply}
        self.shows |= shown_now.keys()
        self._compare(json.dumps(call), json.dumps(shown_now))
        return Observed.of(reply)

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Whatever is raised within: if the program has a fault, that is raised instead."""
        try:
            yield
        except Exception:
            if self.fault is not None:
                raise self.fault from None
            raise

    def _compare(self, call: str, seen: str) -> None:
        """Remember what was observed after the calls of this page, and fail if it was something else before."""
        self._page = (*self._page, call)
        if len(self._remembered) < MOST_REMEMBERED:
            self._remembered.setdefault(self._page, seen)
        before = self._remembered.get(self._page, seen)
        if before != seen:
            observed = (f"{when}: {shortened(what, LONGEST_TOLD)}" for when, what in (("first", before), ("now", seen)))
            calls = (shortened(step, LONGEST_TOLD) for step in self._page[2:])
            reason = "is not deterministic: the same calls on a new page gave different observations"
            self._blame("\n    ".join([reason, *observed, "after these calls:", *calls]))

    def close(self) -> None:
        """End the page; the program goes on to the next."""

    def stop(self) -> None:
        """End the program, politely first."""
        if self._process is not None and self._process.stdin is not None:
            try:
                self._process.stdin.write(b'{"type": "bye"}\n')
                self._process.stdin.close()
                self._process.wait(self.timeout)
            except (OSError, subprocess.TimeoutExpired):
                pass
            self._end()

    def _end(self) -> tuple[int | None, list[str]]:
        """End the program for good: its exit status, if it ended by itself, and its last words."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None or self._errors is None:
            return None, []
        try:
            status = process.wait(0.2)
        except subprocess.TimeoutExpired:
            status = None
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it started may hold its streams open
            process.wait()
        with suppress(OSError):
            process.stdin.close()
        if self._reader is not None:
            self._reader.join(self.timeout)  # it ends with the stream that it reads
        process.stdout.close()
        self._errors.seek(0)
        last = self._errors.read()[-LAST_WORDS:].decode("utf-8", "replace").strip().splitlines()[-3:]
        self._errors.close()
        return status, last

    def _launch(self) -> None:
        if shutil.which(self.command[0]) is None:
            why = "it may not be executed" if os.path.exists(self.command[0]) else "there is no such program"
            raise HarnessError(f"cannot start {shown(self.command[0])}: {why}")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the program
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(  # noqa: S603  # the user's own command
                tied(self.command), stdin=pipe, stdout=pipe, stderr=self._errors, start_new_session=True
            )
        except OSError as error:
            self._errors.close()
            raise HarnessError(f"cannot start {shown(self.command[0])}: {error.strerror}") from None
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()

    def _ask(self, message: dict[str, Any], expected: str) -> dict[str, Any]:
        """Send a message, and return the reply, which must be of the expected type."""
        process = self._process
        if process is None or process.stdin is None:
            raise self.fault or HarnessError("the program was stopped")
        waiting = None
        if expected != "hello":  # what it writes at once is its reply to that
            with suppress(queue.Empty):
                waiting = self._lines.get_nowait()
        if waiting == b"":
            self._fail(f"ended instead of replying to {message['type']}")
        if waiting:
            unasked = shown(waiting[:LONGEST_TOLD].decode("utf-8", "replace").strip())
            self._blame(f"does not keep the protocol: it wrote {unasked} unasked; expected one reply to each request")
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
            self._blame(f"replied to {message['type']} with {shown(line[:200].decode('utf-8', 'replace'))}: not JSON")
        if not isinstance(reply, dict) or reply.get("type") != expected:
            seen = shown(reply.get("type")) if isinstance(reply, dict) else shown(reply)
            self._blame(f"replied to {message['type']} with {seen}; expected an object of type {expected}")
        return reply

    def _blame(self, reason: str) -> NoReturn:
        """Kill the program for good: raise HarnessError, now and whenever it is to be started again."""
        try:
            self._fail(reason)
        except HarnessError as error:
            self.fault = error
            raise

    def _fail(self, reason: str) -> NoReturn:
        """Kill the program, and raise HarnessError with the reason and the end of its standard error."""
        status, last = self._end()
        told = f"the program {reason}" + (f" (exit status {status})" if status is not None else "")
        raise HarnessError("\n    ".join([told, *map(printable, last)]))


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Pass on every line, and an empty one at the end."""
    while line := stream.readline(LONGEST_LINE):
        lines.put(line)
    lines.put(b"")

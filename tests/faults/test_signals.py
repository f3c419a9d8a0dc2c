"""Ctrl-C, SIGTERM and a closed pipe, for every command: one line, the exit status for it, nothing by halves."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from statemachine.entrypoints import exits
from tests.faults.kills import Conform, logs_in
from tests.faults.runs import ROOT, Run, Runner
from tests.faults.test_kills import SEED

CAPTURE = ROOT / "tests" / "data" / "segment-actions-published.ndjson"
TRACE = ROOT / "specs" / "diagrams" / "actions.ndjson"
FORMS = ("text", "json", "jsonl", "github", "sarif", "junit", "markdown", "csv", "html")
COMMANDS: dict[str, list[object]] = {
    **{f"check {form}": ["check", CAPTURE, "--format", form] for form in FORMS},
    **{f"run {form}": ["run", "actions", TRACE, "--format", form] for form in ("text", "jsonl", "html")},
    **{f"diagram {form}": ["diagram", "actions", "--format", form] for form in ("mermaid", "svg", "png", "scxml")},
    "rules": ["rules"],
    "explain": ["explain", "SR201"],
    "modes": ["modes"],
    "snippet": ["snippet", "actions"],
    "completion": ["completion", "bash"],
    "conform": [*Conform.words],
    "verify": ["verify", "classic-device", "--trace", TRACE],
    "help": ["check", "--help"],
}
"""Every command, and every format of those that have several."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an integration in it."""
    Conform.write_integration(tmp_path)
    return tmp_path


def is_quiet(run: Run) -> bool:
    """Whether all that a run said are lines of its own."""
    return all(line.startswith("statemachine: ") for line in run.errors.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_output_is_one_line(name: str, folder: Path, runner: Runner) -> None:
    """Every command, and every format: status 2, and the reason."""
    run = runner.run(folder, *COMMANDS[name], stdout="/dev/full")
    assert (run.status, run.errors) == (2, "statemachine: cannot write the output: No space left on device\n")


def test_an_error_that_is_swallowed_is_noticed(folder: Path, runner: Runner) -> None:
    """The red twin: a command that passes over a full output has another status."""
    assert runner.run(folder, *COMMANDS["rules"], stdout="/dev/full", mutants=["swallows_everything"]).status == 0


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "verify"])
def test_a_closed_pipe_is_silent(name: str, folder: Path, runner: Runner) -> None:
    """`| head`: who reads has seen enough, and nothing more is said; nothing of it goes on."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    more = [str(folder / log) for log in logs_in(folder)] if name.startswith("check") and name != "check html" else []
    run = runner.begin(folder, *COMMANDS[name], *more, stdout=str(pipe))
    reader = os.open(pipe, os.O_RDONLY)
    os.read(reader, 1)
    os.close(reader)
    ended = run.ended()
    assert ended.status in (0, 1)
    assert ended.errors.replace("statemachine: 1", "") in ("",) or "read =" in ended.errors


ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143}
LONG: dict[str, list[object]] = {
    "check": ["check", "--format", "jsonl"],
    "check --workers": ["check", "--workers", "2"],
    "check --output": ["check", "--output", "rows.parquet", "--by-device", "devices.parquet", "--state", "state"],
    "check html": ["check", "--format", "html", "--order", "time"],
    "run": ["run", "actions", "trace.ndjson"],
    "conform": [*Conform.words],
    "verify": ["verify", "actions", "--trace", TRACE],
}


def ended_at_random(name: str, folder: Path, runner: Runner, times: int, *mutants: str) -> list[Run]:
    """A command, ended at some moments, by either signal; with whatever is wrong with what it left."""
    words, wrong = LONG[name], []
    logs = logs_in(folder) if words[0] == "check" else []
    (folder / "trace.ndjson").write_text('{"call": "load", "device_id": "v", "session_id": 5}\n' * 4_000)
    whole = runner.run(folder, *words, *logs)
    chance = random.Random(f"{SEED} {name}")
    for path in folder.glob("*.parquet"):
        path.write_bytes(b"of the run before")
    left = sorted(path.name for path in folder.iterdir())
    held = {
        *runner.temporary.iterdir()
    }  # a kill of another test may have come between a file's making and its unnaming
    for _ in range(times):
        number = chance.choice([*ENDINGS])
        run = runner.hit(chance.random() * whole.seconds, number, folder, *words, *logs, mutants=mutants)
        if run.status in (whole.status, 0) and is_quiet(run):  # it had ended; with a state, there is nothing new then
            continue
        is_told = "interrupted" in run.errors and is_quiet(run) and run.errors.count("interrupted") == 1
        is_at_once = run.status == -number and is_quiet(run)  # it had not begun to work, or had ended it
        names = sorted(path.name for path in folder.iterdir())
        if not is_at_once and (run.status != ENDINGS[number] or not is_told):
            wrong.append(run)
        elif names != left or {*runner.temporary.iterdir()} - held:
            wrong.append(
                Run(run.status, run.output, f"left {names} {[*{*runner.temporary.iterdir()} - held]}", run.seconds)
            )
    return wrong


@pytest.mark.parametrize("name", LONG)
def test_an_end_at_any_moment_is_one_line(name: str, folder: Path, runner: Runner) -> None:
    """Status 130 after Ctrl-C and 143 after SIGTERM, no traceback, no file of it, no process of it."""
    assert ended_at_random(name, folder, runner, 8) == []


def test_an_end_that_is_not_taken_up_is_noticed(folder: Path, runner: Runner) -> None:
    """The red twin: without the command's own way, Python's is seen."""
    assert ended_at_random("check", folder, runner, 8, "asks_for_no_signal")


def test_what_was_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `nohup` has it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with exits.interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_signal_that_comes_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`timeout` sends it to the process and to its group; later, it ends the process at once."""
    ends: list[Any] = []
    with exits.interruptible():
        with pytest.raises(exits.Terminated) as ended:
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert exits.status_of(ended.value) == 143
        handler = signal.getsignal(signal.SIGTERM)
        later = time.monotonic() + 5
        monkeypatch.setattr(time, "monotonic", lambda: later)
        with monkeypatch.context() as patched:
            patched.setattr(os, "kill", lambda *given: ends.append(given))
            assert callable(handler)
            handler(signal.SIGTERM, None)
    assert ends == [(os.getpid(), signal.SIGTERM)]


def test_a_signal_that_comes_in_a_destructor_comes_again() -> None:
    """Nothing can be raised there; a moment later it can."""

    class Slow:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            sum(range(1_000))

    def passed() -> None:
        slow = Slow()
        del slow
        time.sleep(60)

    with exits.interruptible(), pytest.raises(KeyboardInterrupt):
        passed()


def test_another_thread_has_no_signals() -> None:
    """A command that is run in one leaves them as they are."""
    before = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []

    def run() -> None:
        with exits.interruptible():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]

"""A process that parses is ended from outside, as the system does when memory runs out."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.kills import logs_in
from tests.faults.runs import Run, Runner
from tests.faults.test_inputs import GOOD, summary_of
from tests.faults.test_kills import SEED

WORDS = ("check", "log", "good.ndjson", "--format", "jsonl", "--workers", "2")


def bereft(folder: Path, runner: Runner, *mutants: str) -> Run:
    """A run one of whose processes is killed in the midst of a log: it waits until somebody reads what it says."""
    (folder / "log").write_text(GOOD * 1_500)
    (folder / "good.ndjson").write_text(GOOD)
    os.mkfifo(folder / "out")
    under = runner.begin(folder, *WORDS, stdout=str(folder / "out"), mutants=["reads_little_at_once", *mutants])
    with (folder / "out").open("rb") as reader:
        said = reader.readline()
        os.kill(min(under.others()), signal.SIGKILL)
        said += reader.read()
    run = under.ended()
    return Run(run.status, said, run.errors, run.seconds)


def test_it_is_told_and_the_next_file_has_new_processes(tmp_path: Path, runner: Runner) -> None:
    """Status 2, the file, and why; no hang; what follows is judged."""
    run = bereft(tmp_path, runner)
    assert run.status == 2
    assert run.errors == "statemachine: cannot read log: a process that parsed it was ended from outside\n"
    assert summary_of(run)["read"] >= 4
    assert any(json.loads(line).get("file") == "good.ndjson" for line in run.output.splitlines())


def test_what_is_passed_over_is_noticed(tmp_path: Path, runner: Runner) -> None:
    """The red twin: nothing is said, and the status is that of findings."""
    run = bereft(tmp_path, runner, "passes_over_what_ended")
    assert (run.status, run.errors) == (1, "")


@pytest.mark.parametrize("order", ["read", "time"])
def test_nothing_is_lost_without_a_word(order: str, tmp_path: Path, runner: Runner) -> None:
    """At any moment: either all is read, or it is said of which file it is not."""
    words = ["check", *logs_in(tmp_path), "--format", "jsonl", "--workers", "2", "--order", order]
    whole = runner.run(tmp_path, *words)
    chance = random.Random(f"{SEED} {order}")
    for _ in range(6):
        under = runner.begin(tmp_path, *words)
        time.sleep(chance.random() * whole.seconds)
        others = under.others()
        if others:
            os.kill(chance.choice(others), signal.SIGKILL)
        run = under.ended()
        assert "Traceback" not in run.errors
        if run.status == 2:
            assert "was ended from outside" in run.errors
            summary_of(run)
        else:
            assert (run.output, run.errors) == (whole.output, "")

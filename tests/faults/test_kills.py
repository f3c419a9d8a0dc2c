"""Killed at random moments, everything that is written is whole, and what comes after is as if nothing had happened.

`STATEMACHINE_FAULT_SEED` and `STATEMACHINE_FAULT_KILLS` are other moments, and more of them.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.kills import (
    JOBS,
    Baseline,
    Conform,
    Daily,
    Hanging,
    Job,
    Outputs,
    State,
    Told,
    Verify,
    Workers,
    campaign,
)
from tests.faults.runs import Fault, Runner
from tests.left_out import leave_out

SEED = int(os.environ.get("STATEMACHINE_FAULT_SEED", "20261124"))
KILLS = int(os.environ.get("STATEMACHINE_FAULT_KILLS", "100"))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_what_is_killed_is_done_again_as_if_undisturbed(job: type[Job], runner: Runner) -> None:
    """All jobs together are killed a hundred times in their midst: nothing lost, twice, half, left over."""
    if job is Verify:
        from statemachine.verification import tlc

        if not tlc.is_installed():
            leave_out("TLC is not installed: pip install -e '.[test]'")
    kills = max(1, round(KILLS * JOBS[job] / sum(JOBS.values())))
    assert campaign(runner, SEED, kills, {job: 1}).kills.total() >= kills


def test_the_kills_of_all_jobs_are_a_hundred() -> None:
    """As the issue of this has it; and there is one of every kind."""
    assert sum(JOBS.values()) == 100
    assert min(JOBS.values()) > 0


@pytest.mark.parametrize(
    ("mutant", "job", "told"),
    [
        ("writes_in_place", Outputs, "is half a file"),
        ("writes_in_place", Baseline, "is half a file"),
        ("named_at_once", Outputs, "left behind"),
        ("notes_before_it_tells", State, "findings are lost"),
        ("saves_in_place", State, "damaged|findings are lost"),
        ("publishes_after_it_notes", Daily, "rows are lost"),
        ("leaves_its_processes", Workers, "of its processes go on"),
        ("leaves_its_program", Conform, "of its processes go on"),
        ("leaves_what_hangs", Hanging, "of its processes go on"),
        ("leaves_java", Verify, "of its processes go on|left behind"),
        ("keeps_a_name", Told, "left behind"),
    ],
)
def test_a_way_to_do_it_wrong_is_noticed(
    mutant: str, job: type[Job], told: str, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The red twins: each is found within a few kills."""
    monkeypatch.setattr(runner, "patience", 2.0)
    with pytest.raises(Fault, match=told):
        campaign(runner, SEED, 60, {job: 1}, [mutant])

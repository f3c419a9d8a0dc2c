"""Recorded traces against the specification: TLC decides, not Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from statemachine import TABLES
from statemachine.entrypoints.cli import main
from statemachine.verification.recording import Trace, traces_in
from statemachine.verification.tracecheck import check_trace

RECORDED = Path(__file__).parent.parent / "data" / "real-sdk-traces.jsonl"


def trace_of(mode: str, *steps: Any) -> Trace:
    """The one trace in these lines."""
    (trace,), problems = traces_in(TABLES[mode], [(n, json.dumps(step).encode()) for n, step in enumerate(steps, 1)])
    assert problems == []
    return trace


@pytest.mark.parametrize("mode", TABLES)
def test_recordings_of_the_real_sdks_are_behaviours_of_the_specification(mode: str) -> None:
    """Session ID, replay ID and delivery at every step of every trace."""
    traces, problems = traces_in(TABLES[mode], enumerate(RECORDED.read_bytes().splitlines(), 1))
    assert problems == []
    results = [check_trace(TABLES[mode], trace) for trace in traces]
    assert len(results) >= 2
    assert [result.detail for result in results if not result.holds] == []


LOAD = {"call": "load", "device_id": "visitor-1", "session_id": 1700000000000}
NEWER, OLDER = ({"call": "event", "session_id": 1700000000000 + n} for n in (5, -5))


@pytest.mark.parametrize(
    ("observed", "holds"),
    [
        ({}, True),
        ({"session_id": 1700000000005, "state": "rolled_over", "accepted": False, "findings": ["SR201"]}, True),
        ({"replay_id": "visitor-1/1700000000005", "delivered": True}, True),
        ({"session_id": 1700000000000 - 5}, False),
        ({"session_id": "garbage"}, False),
        ({"replay_id": None}, False),
        ({"replay_id": "visitor-2/1700000000005"}, False),
        ({"replay_id": "no replay ID"}, False),
        ({"delivered": False}, False),
        ({"accepted": True}, False),
        ({"findings": []}, False),
        ({"state": 'x" \\/ TRUE \\/ state = "'}, False),
    ],
)
def test_what_was_observed_must_be_what_is_specified(observed: dict[str, Any], holds: bool) -> None:
    """After load, a newer event and an older one: each observation that differs is noticed, at its line."""
    result = check_trace(TABLES["classic-device"], trace_of(
        "classic-device", {"call": LOAD}, {"call": NEWER}, {"call": OLDER, "observed": observed}))  # fmt: skip
    assert result.holds is holds
    assert holds or result.detail.startswith("line 3: observed")
    assert holds or len(result.counterexample) == 3


@pytest.mark.parametrize("mode", TABLES)
def test_what_run_prints_is_a_behaviour_of_the_specification(mode: str) -> None:
    """Every kind of ID, good and bad, through `run`, and its output through TLC."""
    calls = [LOAD, LOAD, NEWER, NEWER, OLDER, {"call": "event"}]
    raws: list[object] = [None, 0, -1, "1700000000009", "x", 1.5, [], 2**60]
    calls += [{"call": "event", "session_id": raw} for raw in raws]
    calls = [{"call": "load", "device_id": device} for device in ("a/b", "", None, 7, "ü")] + calls
    calls += [{"call": "settle", "session_id": 1700000000010}] if mode == "actions" else []
    calls += [{"call": "event", "via": "segment"}] if mode == "classic-cloud" else []
    lines = "\n".join(map(json.dumps, calls))
    printed = CliRunner().invoke(main, ["run", mode, "-", "--format", "jsonl"], input=lines).stdout
    result = check_trace(TABLES[mode], trace_of(mode, *map(json.loads, printed.splitlines())))
    assert result.holds, result.detail


def test_a_set_up_trace_begins_with_nothing_set_up() -> None:
    """In cloud-mode the set-up is part of the trace; without any, it begins as documented."""
    event = {"call": {**NEWER, "via": "shell"}}
    bare = trace_of("classic-cloud", {"call": LOAD}, {**event, "observed": {"findings": []}})
    assert check_trace(TABLES["classic-cloud"], bare).holds
    add = {"call": {"call": "add", "plugin": "session-replay"}}
    kept = trace_of("classic-cloud", add, {"call": LOAD}, {**event, "observed": {"findings": ["SR314", "SR312"]}})
    assert check_trace(TABLES["classic-cloud"], kept).holds
    assert not check_trace(TABLES["classic-cloud"], trace_of("classic-cloud", add, {"call": LOAD}, {
        **event, "observed": {"findings": []}})).holds  # fmt: skip


def test_lines_that_are_no_calls_are_named() -> None:
    """Each with its number; lines of other modes are passed over."""
    lines = [
        b"{",
        b"7",
        b'{"call":"settle"}',
        b'{"call":{"call":"event"},"observed":3}',
        b'{"call":{"call":"event"},"observed":{"findings":[{}]}}',
        b'{"call":{"call":"event"},"observed":{"state":["session_active"]}}',
        b'{"mode":"actions","call":{}}',
    ]
    traces, problems = traces_in(TABLES["classic-device"], enumerate(lines, 1))
    assert traces == []
    assert [problem.split(":")[0] for problem in problems] == [f"line {n}" for n in range(1, 7)]

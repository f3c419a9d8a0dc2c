"""Real traffic: what `check` and `run` say about captures of the real SDKs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from statemachine import Log
from statemachine.entrypoints.cli import main
from tests.oracle import count

DATA = Path(__file__).parent / "data"
CAPTURES = {
    "segment-actions-vendor-wrapper.ndjson": ("actions", {"SR201": 7}),
    "segment-actions-published.ndjson": ("actions", {"SR201": 10, "SR125": 35, "SR122": 1}),
    "segment-actions-captured-once.ndjson": ("actions", {"SR201": 8, "SR125": 37, "SR122": 5}),
    "segment-classic-cloud.ndjson": ("classic-cloud", {"SR313": 6, "SR201": 14, "SR124": 8}),
    "segment-classic-device.ndjson": ("classic-device", {"SR114": 1}),
}


def checked(path: Path) -> dict[str, Any]:
    """What `check --format json` says of a file."""
    result = CliRunner().invoke(main, ["check", str(path), "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.parametrize("name", CAPTURES)
def test_the_findings_of_a_capture_equal_an_independent_count(name: str) -> None:
    """Per code, `check` counts what a second, table-free reading of the law counts, and what is known."""
    mode, known = CAPTURES[name]
    assert checked(DATA / name)["summary"]["findings"] == dict(count(DATA / name, mode)) == known


def test_the_independent_count_would_notice(tmp_path: Path) -> None:
    """The red twin: one session ID moved in a capture, and the two counts change together."""
    lines = (DATA / "segment-actions-vendor-wrapper.ndjson").read_text().splitlines()
    payload = json.loads(lines[3])
    payload["integrations"]["Actions Amplitude"]["session_id"] -= 1
    changed = tmp_path / "changed.ndjson"
    changed.write_text("\n".join([*lines[:3], json.dumps(payload), *lines[4:]]))
    assert checked(changed)["summary"]["findings"] == dict(count(changed, "actions")) == {"SR201": 8}


def test_the_modes_of_captures_are_detected() -> None:
    """Each capture is judged in the mode that its page ran."""
    for name, (mode, _) in CAPTURES.items():
        log = Log(name)
        with (DATA / name).open("rb") as file:
            assert all(verdict.judged for verdict in log.verdicts(enumerate(file, 1), {}))
        assert log.mode == mode


def test_captures_in_one_run_are_judged_as_each_alone() -> None:
    """Several files of several modes in one command: the counts are the sum."""
    result = CliRunner().invoke(main, ["check", str(DATA / "*.ndjson"), "--format", "json"])
    summary = json.loads(result.stdout)["summary"]
    total: Counter[str] = Counter()
    for _, known in CAPTURES.values():
        total.update(known)
    assert summary["findings"] == dict(total)
    assert summary["read"] == summary["judged"] == 496
    assert summary["devices"] == 40


def recorded() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The recorded call traces of the real SDKs, by mode and trace."""
    traces: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in (DATA / "real-sdk-traces.jsonl").read_text().splitlines():
        step = json.loads(line)
        traces[step["mode"], step["trace"]].append(step)
    return traces


def disagreements(steps: list[dict[str, Any]], mode: str) -> list[int]:
    """The steps at which `run` and the recording differ."""
    trace = "\n".join(json.dumps(step["call"]) for step in steps)
    result = CliRunner().invoke(main, ["run", mode, "-", "--format", "jsonl"], input=trace)
    ours = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(ours) == len(steps)
    return [
        step["step"]
        for step, our in zip(steps, ours, strict=True)
        if (our["session_id"], our["replay_id"]) != (step["observed"]["session_id"], step["observed"]["replay_id"])
        or our["delivered"] != step["observed"].get("delivered", our["delivered"])
        or (our["state"] in ("session_active", "rolled_over")) != bool(step["observed"]["session_id"])
    ]


@pytest.mark.parametrize(("mode", "trace"), recorded())
def test_the_machine_agrees_with_the_real_sdk_at_every_step(mode: str, trace: str) -> None:
    """Session ID, replay ID, delivery and being in a session are what the real SDK showed."""
    assert disagreements(recorded()[mode, trace], mode) == []


def test_a_recording_that_differs_is_noticed() -> None:
    """The red twin: a recording whose replay follows back disagrees at that step."""
    steps = recorded()["actions", "actions-0"]
    steps[2]["observed"]["session_id"] = steps[2]["call"]["session_id"]
    assert disagreements(steps, "actions") == [2]

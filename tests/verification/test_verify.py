"""`statemachine verify`: the report, the exit status, and what a failure looks like."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from statemachine import TABLES, Effect, State
from statemachine.entrypoints.cli import main
from statemachine.symbol import Kind, Trigger
from statemachine.verification import suite
from statemachine.verification.mutants import with_row
from tests.verification.test_traces import LOAD, NEWER, OLDER, RECORDED


def verify(*arguments: str) -> Result:
    """Run the command in this process; a traceback would be an exception."""
    result = CliRunner().invoke(main, ["verify", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_sound_mode_holds() -> None:
    """Exit 0; a line for every property, by every method, and the equation."""
    result = verify("classic-device")
    assert result.exit_code == 0, result.output
    for text in (
        "ClassicDevice: Monotonic",
        "edge by edge",
        "(100 %)",
        "one-event-late violates TagsMatch",
        "z3",
        "cvc5",
    ):
        assert text in result.stdout
    for method in ("exhaustive within bounds", "unbounded", "random"):
        assert method in result.stdout
    assert "FAILS" not in result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.endswith("hold + 0 fail")


def test_a_broken_row_fails_with_its_calls_and_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1; the properties that it breaks; a trace that `run` accepts; the way through the diagram."""
    table = TABLES["classic-device"]
    rows = table.regions[0].rows
    number = next(n for n, row in enumerate(rows) if row.findings == ("SR201",))
    effects = (Effect.SET_REPLAY_SESSION, Effect.DELIVER)
    row = attrs.evolve(rows[number], accepted=True, findings=(), target=State.ROLLED_OVER, effects=effects)
    assert (row.trigger, row.kinds) == (Trigger.EVENT, (Kind.OLDER,))
    monkeypatch.setitem(TABLES, "classic-device", with_row(table, 0, number, row))
    result = verify("classic-device")
    assert result.exit_code == 1
    for name in ("ClassicDevice = step, edge by edge", "monotonic", "quiet"):
        assert f"FAILS classic-device: {name}" in result.stdout
    calls = [line for line in result.stdout.splitlines() if line.startswith('{"call"')]
    assert [json.loads(line)["call"] for line in calls] == ["load", "event"]
    assert "1: event [older]" in result.stdout
    run = CliRunner().invoke(main, ["run", "classic-device", "-", "--format", "jsonl"], input="\n".join(calls))
    assert json.loads(run.stdout.splitlines()[-1])["state"] == "rolled_over"
    assert result.stdout.splitlines()[-1].endswith("hold + 3 fail")


def test_a_recorded_trace_is_checked(tmp_path: Path) -> None:
    """Exit 0 for the recordings; 1, with the line, for one that was changed; 2 for one that is none."""
    assert verify("actions", "--trace", str(RECORDED)).exit_code == 0
    path = tmp_path / "trace.jsonl"
    steps = [{"call": LOAD}, {"call": NEWER}, {"call": OLDER, "observed": {"session_id": OLDER["session_id"]}}]
    path.write_text("\n".join(map(json.dumps, steps)))
    result = verify("classic-device", "--trace", str(path))
    assert result.exit_code == 1
    assert "line 3: observed session_id 1699999999995" in result.stdout
    path.write_text("{\n")
    result = verify("classic-device", "--trace", str(path))
    assert result.exit_code == 2
    assert "line 1" in result.stderr


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("--trace", "x"), ("actions", "--trace", "no-such-file"), ("actions", "--trace", ".")]
)
def test_misuse_exits_2(arguments: tuple[str, ...]) -> None:
    """With a reason on standard error."""
    result = verify(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is run, and what was left out is named; with nothing at all, exit 2 and how to install it."""
    monkeypatch.setattr(suite, "missing", lambda: ["TLC", "aalpy", "cvc5"])
    result = verify("actions")
    assert result.exit_code == 0
    assert "left out, not installed: TLC, aalpy, cvc5" in result.stderr
    assert "TLC" not in result.stdout
    monkeypatch.setattr(suite, "missing", lambda: ["TLC", "z3", "cvc5", "aalpy"])
    result = verify()
    assert result.exit_code == 2
    assert "[verify]" in result.stderr

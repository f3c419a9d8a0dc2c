"""The types of the public API, as mypy and Pyright infer them: `make lint` checks this file, nothing runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis.strategies import SearchStrategy
from pyspark.sql import DataFrame
from typing_extensions import assert_type

from statemachine import (
    ACTIONS,
    RULES,
    TABLES,
    Call,
    Effect,
    Finding,
    Flaw,
    Judge,
    LiveReplay,
    Log,
    Outcome,
    Parsed,
    Replay,
    ReplayId,
    Row,
    Rule,
    Severity,
    State,
    Table,
    TraceStep,
    Trigger,
    Verdict,
    device_id,
    device_id_warnings,
    drawn,
    format_replay_id,
    judge_trace,
    live,
    parse_device_id,
    parse_replay_id,
    parse_session_id,
    session_id,
    start,
    step,
    table_of,
)
from statemachine.entrypoints.spark import judged, judged_stream
from statemachine.suites import (
    Adapter,
    Lockstep,
    Observed,
    Suite,
    call_traces,
    calls,
    event_streams,
    session_ids,
    suite_of,
)


def ids(raw: object) -> None:
    """Any object parses to a value or a flaw; the others give a value or raise."""
    assert_type(parse_device_id(raw), Parsed[str])
    assert_type(parse_session_id(raw).value, int | None)
    assert_type(parse_replay_id(raw).value, ReplayId | None)
    assert_type(parse_device_id(raw).flaw, Flaw | None)
    assert_type(device_id(raw), str)
    assert_type(session_id(raw), int)
    assert_type(ReplayId.of(raw).session_id, int)
    assert_type(format_replay_id("visitor-1", 1), str | None)
    assert_type(device_id_warnings("visitor-1"), tuple[str, ...])


def tables() -> None:
    """A table and what a step of it gives."""
    assert_type(ACTIONS, Table)
    assert_type(TABLES["actions"], Table)
    assert_type(table_of("actions").regions[0].rows[0], Row)
    replay, outcome = step(ACTIONS, start(ACTIONS), Call(Trigger.LOAD, 1, "visitor-1"))
    assert_type(replay, Replay)
    assert_type(replay.state, State)
    assert_type(replay.replay_id, str | None)
    assert_type(outcome, Outcome)
    assert_type(outcome.effects, tuple[Effect, ...])
    assert_type(drawn(ACTIONS, "svg"), bytes)
    assert_type(RULES["SR201"], Rule)
    assert_type(RULES["SR201"].severity, Severity)


def verdicts(lines: list[tuple[int, bytes]]) -> None:
    """What judges events and traces gives."""
    judge = Judge.of("actions", expect_replay_ids=True)
    assert_type(judge, Judge)
    assert_type(judge.line("{}"), list[Verdict])
    assert_type(judge.payload({}), Verdict)
    assert_type(judge.payload({}).findings, tuple[Finding, ...])
    assert_type(judge.payload({}).findings[0].line, int | None)
    assert_type(judge.payload({}).findings[0].session_id, int | str | None)
    assert_type(Log("a.ndjson").verdicts(lines, {}), Iterator[Verdict])
    assert_type(judge_trace(ACTIONS, lines), Iterator[TraceStep])


def session() -> None:
    """The live object."""
    replay = live("actions")
    assert_type(replay, LiveReplay)
    assert_type(replay.event(session_id=1), bool)
    assert_type(replay.findings, tuple[str, ...])
    assert_type(replay.session_id, int)


class Mine:
    """An adapter by its shape alone."""

    def start(self, mode: str, is_set_up: bool) -> None:
        """Begin."""

    def call(self, call: dict[str, Any]) -> Mapping[str, Any]:
        """Do nothing."""
        return {}

    def close(self) -> None:
        """End."""


def suites() -> None:
    """The suites and their strategies."""
    mine: Adapter = Mine()
    assert_type(Lockstep("actions", mine).call(Call(Trigger.EVENT)), Observed)
    assert_type(suite_of("actions", Mine), type[Suite])
    assert_type(call_traces(ACTIONS), SearchStrategy[list[Call]])
    assert_type(calls(Trigger.EVENT, 1), SearchStrategy[Call])
    assert_type(event_streams("actions"), SearchStrategy[list[dict[str, Any]]])
    assert_type(session_ids(1), SearchStrategy[object])


def on_spark(frame: DataFrame) -> None:
    """The data frames."""
    assert_type(judged(frame, "actions", order="at"), DataFrame)
    assert_type(judged_stream(frame, "actions", order=["at", "offset"]), DataFrame)


def misuse(make: Callable[[str], object]) -> None:
    """The red twins: each of these is an error, or its comment would be one."""
    Judge.of(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    parse_device_id()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    make(ReplayId("visitor-1", 1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    suite_of("actions", dict)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ReplayId("visitor-1", 1).session_id = 2  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

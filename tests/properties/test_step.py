"""`step`, exhaustively within bounds, and its equality with the `transitions` reading beyond them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from statemachine import TABLES, UNSET, Call, Replay, Table, Trigger, start, step
from statemachine.interpreters import live as live_module
from statemachine.interpreters.live import LiveReplay
from statemachine.suites.invariants import Moment, violated
from statemachine.suites.strategies import calls
from statemachine.symbol import kind_of
from tests.depth import times
from tests.properties.implementations import observed

DEVICES = ("dev-a", "dev-b", "", "a/b", "ü")
NO_JSON = st.sampled_from([float("nan"), float("inf"), 5.0, b"5", object()])
"""What only Python can pass for an ID."""
SESSIONS = (UNSET, None, -1, "abc", 1, "2", 3)


def every_call(table: Table) -> list[Call]:
    """Each trigger with each of a few IDs that reach every symbol."""
    loads = [Call(Trigger.LOAD, session, device) for session in SESSIONS for device in DEVICES]
    return loads + [Call(t, session) for t in table.triggers if t is not Trigger.LOAD for session in SESSIONS]


def reachable(table: Table, begin: Replay) -> dict[Replay, list[tuple[Call, Replay, Any]]]:
    """The whole graph of `step` from a replay: every state, every call, what came of it."""
    graph: dict[Replay, list[tuple[Call, Replay, Any]]] = {}
    open_ = [begin]
    while open_:
        replay = open_.pop()
        if replay not in graph:
            graph[replay] = [(call, *step(table, replay, call)) for call in every_call(table)]
            open_ += [after for _, after, _ in graph[replay]]
    return graph


def replay_of(replay: Replay) -> tuple[str, str | None, int]:
    """The replay's own part of a state; a rejected call may still be a set-up call gone wrong."""
    return replay.configuration[0], replay.device_id, replay.session_id


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_invariant_holds_on_every_reachable_edge(table: Table) -> None:
    """Within bounds nothing is sampled: all states that calls can reach, and all calls in them."""
    graph = reachable(table, start(table))
    for replay, edges in graph.items():
        for call, after, outcome in edges:
            was = observed(replay.replay_id, replay.session_id, ())
            seen = observed(after.replay_id, after.session_id, outcome.effects)
            assert violated(Moment(call, replay, after, outcome, was, seen)) == []
            assert outcome.accepted or replay_of(after) == replay_of(replay)
    assert {replay.configuration for replay in graph} <= set(table.configurations())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_rows_that_cannot_occur_do_not_and_all_others_do(table: Table) -> None:
    """Every row is taken by some reachable edge, but for those that are declared impossible."""
    taken = {
        id(row) for edges in reachable(table, start(table)).values() for _, _, outcome in edges for row in outcome.rows
    }
    for region in table.regions:
        for row in region.rows:
            assert (id(row) in taken) != bool(row.cannot_occur), row


class Equality(RuleBasedStateMachine):
    """The same calls to `step` and to the `transitions` object: equal in all that can be seen."""

    table: Table

    @initialize(set_up=st.booleans())
    def begin(self, set_up: bool) -> None:
        begins = self.table.begins if set_up else self.table.initial
        self.replay = Replay(begins)
        self.live = LiveReplay(self.table, begins)
        self.entered: list[str] = []
        for state in self.table.regions[0].states:
            getattr(self.live.machine, f"on_enter_{state}")(lambda data: self.entered.append(self.live.state))

    @rule(data=st.data(), number=st.integers(0, 6))
    def call(self, data: Any, number: int) -> None:
        trigger = self.table.triggers[number % len(self.table.triggers)]
        no_json = st.builds(Call, st.just(trigger), NO_JSON, NO_JSON if trigger is Trigger.LOAD else st.just(UNSET))
        call = data.draw(st.one_of(calls(trigger, self.replay.session_id), no_json))
        arguments = {"session_id": call.session_id, "device_id": call.device_id}
        before = self.replay
        may = getattr(self.live, f"may_{trigger}")(**arguments)
        assert self.live.replay == before, "asking changes nothing"
        accepted = getattr(self.live, str(trigger))(**arguments)
        self.replay, outcome = step(self.table, before, call)
        assert self.live.replay == self.replay
        assert may == accepted == self.live.accepted == outcome.accepted
        assert self.live.effects == outcome.effects
        assert self.live.findings == outcome.findings
        moved = self.replay.session_id != before.session_id or self.replay.configuration[0] != before.configuration[0]
        assert self.entered == ([str(self.replay.state)] if moved else [])
        self.entered.clear()


def equality_of(table: Table) -> type[Equality]:
    """The equality suite of a mode."""
    return type(f"Equality in {table.mode}", (Equality,), {"table": table})


@pytest.mark.hypothesis
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_transitions_object_equals_step(table: Table) -> None:
    """State, IDs, acceptance, effects, findings and callbacks agree on random streams of calls."""
    run = settings(max_examples=times(150), stateful_step_count=25)
    run_state_machine_as_test(equality_of(table), settings=run)


def test_the_equality_suite_catches_a_transitions_object_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: a reading that classifies `same` as `newer` is found."""
    real = kind_of
    monkeypatch.setattr(live_module, "kind_of", lambda raw, current: real(raw, max(current - 1, 0)))
    once = settings(max_examples=150, phases=[Phase.generate], report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(equality_of(TABLES["classic-device"]), settings=once)

"""Induction: what holds for any integers, and that a changed row breaks what it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from statemachine import TABLES, Effect, Row, State, Table
from statemachine.suites import INVARIANTS
from statemachine.symbol import Call, Device, Kind, Symbol, Trigger
from statemachine.verification.induction import proofs
from statemachine.verification.mutants import with_row
from statemachine.verification.result import Method

DEVICE = TABLES["classic-device"]


@contextmanager
def changed(row: Row, changes: dict[str, object]) -> Iterator[None]:
    """The row changed behind its table's back: building would refuse some of these."""
    kept = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        object.__setattr__(row, name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            object.__setattr__(row, name, value)


def failing(table: Table) -> set[str]:
    """What cannot be proved."""
    return {result.property for result in proofs(table) if not result.holds}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_claim_is_proved_for_any_integers(table: Table) -> None:
    """The invariants by their names in the suites, the induction, totality, and that nothing is vacuous."""
    found = list(proofs(table))
    assert [result.property for result in found if not result.holds] == []
    assert {*INVARIANTS} < {result.property for result in found}
    assert {result.method for result in found} == {Method.UNBOUNDED}


def row_for(trigger: Trigger, kind: Kind, source: State, device: Device = Device.ANY) -> Row:
    """The device-mode row for such a call in a state."""
    symbol = Symbol(trigger, kind, device)
    return next(row for row in DEVICE.regions[0].rows if row.matches((source,), 0, symbol))


SET = (Effect.SET_REPLAY_SESSION, Effect.DELIVER)
ACTIVE = State.SESSION_ACTIVE
OLDER, NEWER, SAME = (row_for(Trigger.EVENT, kind, ACTIVE) for kind in (Kind.OLDER, Kind.NEWER, Kind.SAME))
FOLLOWS_BACK: dict[str, Any] = {"target": State.ROLLED_OVER, "accepted": True, "findings": (), "effects": SET}
BROKEN: dict[str, tuple[Row, dict[str, Any], set[str]]] = {
    "follows back": (OLDER, FOLLOWS_BACK, {"monotonic", "quiet"}),
    "does not roll over": (NEWER, {"target": None, "effects": (Effect.DELIVER,)}, {"responsive", "quiet"}),
    "swallows the event": (row_for(Trigger.EVENT, Kind.ABSENT, ACTIVE), {"effects": ()}, {"delivered"}),
    "restarts for nothing": (SAME, {"effects": SET}, {"quiet"}),
    "in a session without one": (
        row_for(Trigger.LOAD, Kind.ABSENT, State.UNINITIALISED, Device.VALID),
        {"target": State.SESSION_ACTIVE},
        {"the invariant is inductive", "well-formed"},
    ),
    "loads again": (
        row_for(Trigger.LOAD, Kind.PRESENT, ACTIVE, Device.VALID),
        {"accepted": True, "effects": (Effect.INIT_REPLAY,)},
        {"monotonic", "stable device", "the invariant is inductive", "well-formed"},
    ),
    "refuses what it takes": (NEWER, {"accepted": False}, {"rejections change nothing"}),
    "can occur": (OLDER, {"cannot_occur": "so they say"}, {"impossible rows are impossible"}),
    "is never taken": (
        OLDER,
        {"sources": ()},
        {"delivered", "total: one row a call", "every other row is taken sometimes"},
    ),
    "takes what another takes": (OLDER, {"kinds": (Kind.OLDER, Kind.SAME)}, {"total: one row a call"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_fails_exactly_what_it_breaks(name: str) -> None:
    """Each claim has a changed row that it does not survive."""
    row, changes, expected = BROKEN[name]
    with changed(row, changes):
        assert failing(DEVICE) == expected


def test_another_start_is_not_covered() -> None:
    """The last claim's red twin: a table that begins in a session that it does not have."""
    object.__setattr__(DEVICE, "begins", (State.SESSION_ACTIVE,))
    try:
        assert failing(DEVICE) == {"the invariant holds at the start"}
    finally:
        object.__setattr__(DEVICE, "begins", (State.UNINITIALISED,))


def test_a_failing_claim_comes_with_calls_that_show_it() -> None:
    """The model of z3 in words, and a short trace of the same kind from the start."""
    table = with_row(DEVICE, 0, DEVICE.regions[0].rows.index(OLDER), attrs.evolve(OLDER, **FOLLOWS_BACK))
    result = next(result for result in proofs(table) if result.property == "monotonic")
    assert result.counterexample == (Call(Trigger.LOAD, 2, "visitor-1"), Call(Trigger.EVENT, 1))
    assert result.detail.startswith("found by z3: event with session ID")

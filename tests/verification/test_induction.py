"""Induction: what holds for any integers, and that a changed row breaks what it should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import attrs
import pytest
import z3

from statemachine import TABLES, UNSET, Effect, Row, State, Table
from statemachine.replay import Replay, step
from statemachine.suites import INVARIANTS
from statemachine.symbol import Call, Device, Kind, Symbol, Trigger
from statemachine.verification.bounds import DEVICES, calls_of, symbol_of
from statemachine.verification.graph import ways
from statemachine.verification.induction import proofs
from statemachine.verification.mutants import with_row
from statemachine.verification.result import Method
from statemachine.verification.symbolic import _FORMS as FORMS
from statemachine.verification.symbolic import Step as Formulas

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
    "takes any text for a device": (
        row_for(Trigger.LOAD, Kind.MALFORMED, State.UNINITIALISED, Device.SLASH),
        {"accepted": True, "findings": (), "target": State.INITIALISED, "effects": (Effect.INIT_REPLAY,)},
        {"well-formed"},
    ),
    "loads at an event": (
        row_for(Trigger.EVENT, Kind.ABSENT, State.UNINITIALISED),
        {
            "kinds": (Kind.ABSENT,),
            "accepted": True,
            "target": State.INITIALISED,
            "effects": (Effect.INIT_REPLAY, Effect.DELIVER),
        },
        {"well-formed", "delivered", "total: one row a call"},
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


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_formulas_say_what_step_does(table: Table) -> None:
    """What is written by hand, the meaning of kinds and effects, on every call of every replay within the bounds.

    The formulas leave no choice, too: no other replay, acceptance or effects go with that call.
    """
    formulas = Formulas(table)
    solver = z3.Solver()
    solver.add(formulas.transition)
    devices = {None: 0} | {device: number for number, device in enumerate(DEVICES, 1)}
    for replay, call in product(ways(table), calls_of(table, (1, 2, 3), DEVICES[:1])):
        after, outcome = step(table, replay, call)
        solver.push()
        solver.add(formulas.is_at(replay, call))
        solver.add(formulas.before.device == devices[replay.device_id], formulas.given.device == 1)
        said = z3.And(
            *(formulas.is_in(formulas.after, state) for state in after.configuration),
            formulas.after.session == after.session_id,
            formulas.after.has_device == (after.device_id is not None),
            formulas.after.device == devices[after.device_id],
            formulas.accepted == outcome.accepted,
            *(formula == (effect in outcome.effects) for effect, formula in formulas.effects.items()),
        )
        assert solver.check() == z3.sat, (replay, call)
        assert solver.check(z3.Not(said)) == z3.unsat, (replay, call)
        solver.pop()


GIVEN: dict[object, str] = {UNSET: "not_populated", None: "absent", "abc": "malformed", 1.5: "malformed"}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("raw", [*GIVEN, *range(-3, 5)])
def test_a_formula_takes_a_session_id_for_the_kind_that_the_code_does(table: Table, raw: object) -> None:
    """Every raw ID, of any form, is of one kind that the trigger has, and that is the kind of its symbol."""
    formulas = Formulas(table)
    number = raw if isinstance(raw, int) else 0
    for trigger, current in product((Trigger.LOAD, Trigger.EVENT), range(4)):
        values = {
            formulas.given.form: FORMS.index(GIVEN.get(raw, "number")),
            formulas.given.session: number,
            formulas.before.session: 0 if trigger is Trigger.LOAD else current,
        }
        known = [(unknown, z3.IntVal(value)) for unknown, value in values.items()]
        kinds = {symbol.kind for symbol in table.symbols if symbol.trigger is trigger}
        meant = {k for k in kinds if z3.is_true(z3.simplify(z3.substitute(formulas.kind(k, trigger), *known)))}
        replay = Replay(table.begins, session_id=current)
        assert meant == {symbol_of(table, replay, Call(trigger, raw, "visitor-1")).kind}


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

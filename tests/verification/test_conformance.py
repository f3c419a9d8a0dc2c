"""Conformance: `step` and the `transitions` object against the rows, and mutants that are found out."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from statemachine import TABLES, State, Table
from statemachine.interpreters.live import LiveReplay
from statemachine.replay import Replay
from statemachine.symbol import Call, Trigger
from statemachine.table import Configuration
from statemachine.verification.bounds import DEVICES, starts_of
from statemachine.verification.conformance import (
    LIVE_WORDS,
    Implementation,
    Output,
    Page,
    Reference,
    by_live,
    by_step,
    calls_from,
    checks,
    conformance,
    random_words,
)
from statemachine.verification.mutants import mutants
from statemachine.verification.result import Method

BY_MODE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@BY_MODE
def test_both_implementations_conform_to_their_table(table: Table) -> None:
    """By the W-method within bounds, and on long random words."""
    found = list(checks(table))
    assert [result.property for result in found if not result.holds] == []
    assert [result.method for result in found] == [Method.EXHAUSTIVE, Method.EXHAUSTIVE, Method.RANDOM, Method.RANDOM]


def references(table: Table) -> list[Reference]:
    """The table's machine from each start, as the checks have it."""
    return [Reference.of(table, start, calls_from(table, start)) for start in starts_of(table)]


@BY_MODE
def test_every_single_row_mutant_is_killed(table: Table) -> None:
    """`step` on a mutant in place of the table: the W-method finds a word that shows it."""
    known = references(table)
    survivors = [
        mutant for mutant in mutants(table).different if not any(r.departure(by_step, 1, mutant) for r in known)
    ]
    assert survivors == []


def changed(change: Callable[[LiveReplay, Replay, Call], object]) -> Implementation:
    """The `transitions` object, meddled with after each call: with what it was before the call at hand."""

    def begin(table: Table, configuration: Configuration) -> Page:
        live = LiveReplay(table, configuration)

        def take(call: Call) -> Output:
            before = live.replay
            given = {"device_id": call.device_id} if call.trigger is Trigger.LOAD else {}
            getattr(live, call.trigger)(session_id=call.session_id, **given)
            change(live, before, call)
            seen = live.state, live.session_id, live.replay_id
            return (live.accepted, frozenset(live.effects), live.findings, *seen)

        return take

    return begin


def takes_another_device(live: LiveReplay, before: Replay, call: Call) -> None:
    """A second load, of another device, is refused in words only."""
    if call.trigger is Trigger.LOAD and before.device_id and call.device_id == DEVICES[1]:
        live.device_id = DEVICES[1]


def rolls_over_once(live: LiveReplay, before: Replay, call: Call) -> None:
    """A roll-over straight after a roll-over is lost."""
    if before.state is State.ROLLED_OVER and call.trigger is Trigger.EVENT:
        live.session_id = before.session_id


LOAD = Call(Trigger.LOAD, 1, DEVICES[0])
DEFECTS: dict[str, tuple[Callable[[LiveReplay, Replay, Call], object], tuple[Call, ...]]] = {
    "takes another device": (takes_another_device, (LOAD, Call(Trigger.LOAD, 1, DEVICES[1]))),
    "rolls over once": (rolls_over_once, (LOAD, *(Call(Trigger.EVENT, session) for session in (2, 3)))),
}


@pytest.mark.parametrize("table", [TABLES["actions"], TABLES["classic-device"]], ids=["actions", "classic-device"])
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_shown_by_the_calls_that_it_takes(table: Table, name: str) -> None:
    """Two that need the second device, and the third session ID, of the bounds."""
    change, calls = DEFECTS[name]
    result = conformance(table, changed(change), name)
    assert not result.holds
    assert result.counterexample == calls
    assert conformance(table, changed(lambda *_: None), name).holds


def test_an_implementation_that_raises_differs() -> None:
    """An exception is an answer that no row gives; nothing is raised."""
    table = TABLES["classic-device"]
    result = conformance(table, changed(lambda live, before, call: 1 / before.session_id), "raises")
    assert not result.holds
    assert len(result.counterexample) == 1


def test_random_words_leave_the_generator_alone() -> None:
    """They are the same each time, and who else draws at random does not notice."""
    random.seed(7)
    expected = random.random()
    random.seed(7)
    first, second = (random_words(TABLES["classic-device"], "random words", by_step, 10) for _ in range(2))
    assert random.random() == expected
    assert first.states == second.states


def of_mutant(mutant: Table) -> Implementation:
    """The `transitions` object of a mutant, whatever table it is asked for."""
    return lambda table, configuration: by_live(mutant, configuration)


def test_a_mutant_with_a_state_more_hides_from_a_test_without() -> None:
    """Why one state is allowed for in `step`, and why the object, where none is, takes random words as well."""
    table = TABLES["classic-cloud"]
    known = references(table)
    hidden = [m for m in mutants(table).different if not any(r.departure(by_step, 0, m) for r in known)]
    assert len(hidden) == 2
    for mutant in hidden:
        assert any(r.departure(by_step, 1, mutant) for r in known)
        assert not random_words(table, "with", of_mutant(mutant), LIVE_WORDS).holds


@BY_MODE
def test_mutants_of_the_transitions_object_are_killed(table: Table) -> None:
    """A sample of them, since that object is slow; one state is allowed for, as in `step`."""
    known = references(table)
    different = mutants(table).different
    sample = different[:: len(different) // 20]
    assert len(sample) >= 20
    assert all(any(r.departure(by_live, 1, mutant) for r in known) for mutant in sample)

"""The W-method on an implementation: complete, up to a number of states, within small bounds of IDs.

An implementation that passes every word does what the law says, in all that it shows, unless it has
more states than were allowed for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from aalpy.automata import MealyMachine, MealyState
from aalpy.base import SUL
from aalpy.oracles import WMethodEqOracle

from statemachine.replay import Replay, step
from statemachine.suites.adapter import Adapter, Observed
from statemachine.suites.invariants import Moment, expected_of
from statemachine.suites.judge import Lockstep
from statemachine.symbol import Call
from statemachine.table import Table
from statemachine.verification.bounds import DEVICES, calls_of, starts_of

SESSIONS = (1, 2)


@attrs.frozen
class Words:
    """The words of the W-method from one start. `states` is the size of the law's machine, as far as it shows."""

    is_set_up: bool
    states: int
    words: tuple[tuple[Call, ...], ...]


def words_of(table: Table, shows: frozenset[str], *, extra: int = 1, sets_up: bool = True) -> Iterator[Words]:
    """The words for each start of a mode, for an implementation that shows these fields of `Observed`.

    One that cannot take the set-up apart (`sets_up` False) begins set up, and stays so.
    """
    for start in starts_of(table):
        is_set_up = start.configuration == table.begins
        if not (is_set_up or sets_up):
            continue
        every = calls_of(table, SESSIONS, DEVICES[:1])
        calls = tuple(call for call in every if sets_up or call.trigger not in table.setup)
        machine = _machine_of(table, start, calls, shows)
        machine.minimize()
        for state in machine.states:
            state.prefix = tuple(machine.get_shortest_path(machine.initial_state, state))
        oracle = WMethodEqOracle(list(calls), SUL, len(machine.states) + extra)
        cover = [(*state.prefix, call) for state in machine.states for call in calls]
        telling = machine.compute_characterization_set(raise_warning=False) or [()]
        words = dict.fromkeys(oracle.test_suite(cover, extra + 1, telling))
        yield Words(is_set_up, len(machine.states), tuple(words))


def run_words(mode: str, adapter: Adapter, words: Words) -> Iterator[int]:
    """Take every word on a page of its own; yield its length after each. Raises LawBrokenError."""
    for word in words.words:
        lockstep = Lockstep(mode, adapter, is_set_up=words.is_set_up)
        for call in word:
            lockstep.call(call)
        lockstep.close()
        yield len(word)


def _machine_of(table: Table, start: Replay, calls: tuple[Call, ...], shows: frozenset[str]) -> MealyMachine:
    """The law's Mealy machine, whose outputs are what an implementation shows."""
    states: dict[Replay, Any] = {start: MealyState(0)}
    open_ = [start]
    for replay in open_:  # grows while it is walked
        for call in calls:
            after, outcome = step(table, replay, call)
            if after not in states:
                states[after] = MealyState(len(states))
                open_.append(after)
            expected = expected_of(Moment(call, replay, after, outcome, Observed(), Observed()))
            states[replay].output_fun[call] = tuple(getattr(expected, name) for name in sorted(shows))
            states[replay].transitions[call] = states[after]
    return MealyMachine(states[start], list(states.values()))

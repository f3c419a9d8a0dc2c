"""Implementations against a table, by the W-method and by random words (aalpy).

The reference is the table's Mealy machine, read from its rows alone: `Row.matches` decides, and
neither `step` nor the compiled table plays a part. The W-method finds any implementation that
differs from it, unless it hides in more states than were allowed for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Final, Protocol

import attrs
from aalpy.automata import MealyMachine, MealyState
from aalpy.base import SUL
from aalpy.oracles import RandomWordEqOracle, WMethodEqOracle

from statemachine.ids import format_replay_id, session_number
from statemachine.interpreters.live import LiveReplay
from statemachine.step import Replay, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Configuration, Effect, Table
from statemachine.verification.bounds import DEVICES, as_page, calls_of, starts_of, symbol_of
from statemachine.verification.result import Method, Result

Output = Hashable
"""What is seen of one call: accepted, effects, findings, state, session ID and replay ID."""
SEED: Final = 1
WORDS: Final = 300
FEW_SESSIONS: Final = (1, 2)
FEW_BOUNDS: Final = "2 session IDs, 1 device"
"""Enough for every row of every table; with more, the words that an extra state asks for would be millions."""


class Page(Protocol):
    """An implementation, driven call by call."""

    def __call__(self, call: Call) -> Output:
        """Take a call, and return what is seen of it."""


Implementation = Callable[[Table, Configuration], Page]


def by_rows(table: Table, replay: Replay, call: Call) -> tuple[Replay, Output]:
    """What the rows say of a call, without `step`."""
    symbol = symbol_of(table, replay, call)
    rows = [
        next((row for row in region.rows if row.matches(replay.configuration, n, symbol)), None)
        for n, region in enumerate(table.regions)
    ]
    taken = [row for row in rows if row is not None]
    effects = frozenset(effect for row in taken for effect in row.effects)
    configuration = tuple(
        old if row is None or row.target is None else row.target
        for row, old in zip(rows, replay.configuration, strict=True)
    )
    device, session = replay.device_id, replay.session_id
    if Effect.INIT_REPLAY in effects:
        device, session = str(call.device_id), max(session_number(call.session_id) or 0, 0)
    if Effect.SET_REPLAY_SESSION in effects:
        session = session_number(call.session_id) or 0
    findings = tuple(code for row in taken for code in row.findings)
    seen = configuration[0], session, format_replay_id(device, session)
    return Replay(configuration, device, session), (taken[0].accepted, effects, findings, *seen)


def by_step(table: Table, configuration: Configuration) -> Page:
    """`step`, with the replay that it is at."""
    replay = Replay(configuration)

    def take(call: Call) -> Output:
        nonlocal replay
        replay, outcome = step(table, replay, call)
        effects = frozenset(outcome.effects)
        seen = replay.configuration[0], replay.session_id, replay.replay_id
        return (outcome.accepted, effects, outcome.findings, *seen)

    return take


def by_live(table: Table, configuration: Configuration) -> Page:
    """The `transitions` object."""
    live = LiveReplay(table, configuration)

    def take(call: Call) -> Output:
        given = {"session_id": call.session_id}
        if call.trigger is Trigger.LOAD:
            given["device_id"] = call.device_id
        getattr(live, call.trigger)(**given)
        seen = live.state, live.session_id, live.replay_id
        return (live.accepted, frozenset(live.effects), live.findings, *seen)

    return take


class _System(SUL):  # type: ignore[misc]
    def __init__(self, implementation: Implementation, table: Table, configuration: Configuration) -> None:
        super().__init__()
        self._new = lambda: implementation(table, configuration)

    def pre(self) -> None:
        self._page = self._new()

    def post(self) -> None:
        pass

    def step(self, letter: Call) -> Output:
        try:
            return self._page(letter)
        except Exception as error:  # an implementation that raises is one that differs
            return f"raises {type(error).__name__}"


def machine_of(table: Table, start: Replay, calls: Sequence[Call]) -> MealyMachine:
    """The Mealy machine of a table's rows: every replay that the calls reach, from one start."""
    states: dict[Replay, Any] = {start: MealyState(0)}
    states[start].prefix = ()
    open_ = [start]
    for replay in open_:  # grows while it is walked
        state = states[replay]
        for call in calls:
            after, state.output_fun[call] = by_rows(table, replay, call)
            if after not in states:
                states[after] = MealyState(len(states))
                states[after].prefix = (*state.prefix, call)
                open_.append(after)
            state.transitions[call] = states[after]
    machine: MealyMachine = MealyMachine(states[start], list(states.values()))
    return machine


@attrs.frozen
class Reference:
    """A table's machine from one start, made once for all that is compared with it."""

    table: Table
    start: Replay
    calls: tuple[Call, ...]
    machine: MealyMachine

    @classmethod
    def of(cls, table: Table, start: Replay, calls: tuple[Call, ...]) -> Reference:
        """Read the machine from the rows, as far as calls reach, and find what tells its states apart."""
        machine = machine_of(table, start, calls)
        machine.characterization_set = machine.compute_characterization_set()
        return cls(table, start, calls, machine)

    def departure(self, implementation: Implementation, extra: int, of: Table | None = None) -> tuple[Call, ...] | None:
        """The first word of the W-method on which an implementation, of this table or another one, differs."""
        system = _System(implementation, of or self.table, self.start.configuration)
        states = len(self.machine.states)
        found = WMethodEqOracle(list(self.calls), system, states + extra).find_cex(self.machine)
        return None if found is None else tuple(found)


def few_calls_of(table: Table) -> tuple[Call, ...]:
    """A call for every symbol, within the small bounds of the W-method."""
    return calls_of(table, FEW_SESSIONS, DEVICES[:1])


def checks(table: Table) -> Iterator[Result]:
    """Compare `step` and the `transitions` object with the table's rows."""
    yield _compared(table, "step = its table, W-method", by_step, 1)
    yield _compared(table, "transitions object = its table, W-method", by_live, 0)
    yield _random(table, starts_of(table)[-1])


def _compared(table: Table, name: str, implementation: Implementation, extra: int) -> Result:
    began = time.perf_counter()
    calls = few_calls_of(table)
    references = [Reference.of(table, start, calls) for start in starts_of(table)]
    largest = max(len(reference.machine.states) for reference in references)
    found: tuple[Call, ...] | None = None
    for reference in references:
        found = reference.departure(implementation, extra)
        if found is not None:
            found = as_page(table, reference.start, found)
            break
    seconds = time.perf_counter() - began
    bounds = f"{FEW_BOUNDS}, {largest + extra} states"
    states = f"{largest} states, {largest * len(calls):,} edges"
    return Result(table.mode, name, Method.EXHAUSTIVE, "aalpy", bounds, states, found is None, seconds, found or ())


def _random(table: Table, start: Replay) -> Result:
    """Longer words at random: what more states than allowed for could hide."""
    began = time.perf_counter()
    calls = calls_of(table)
    random.seed(SEED)
    system = _System(by_step, table, start.configuration)
    oracle = RandomWordEqOracle(list(calls), system, num_walks=WORDS, min_walk_len=50, max_walk_len=200)
    word = oracle.find_cex(machine_of(table, start, calls))
    found = () if word is None else as_page(table, start, tuple(word))
    bounds = f"{WORDS} words of 50 to 200 calls, seed {SEED}"
    seconds = time.perf_counter() - began
    name, taken = "step = its table, random words", f"{oracle.num_steps:,} calls"
    return Result(table.mode, name, Method.RANDOM, "aalpy", bounds, taken, word is None, seconds, found)

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
from statemachine.replay import Replay, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Configuration, Effect, Table
from statemachine.verification.bounds import BOUNDS, DEVICES, as_page, calls_of, starts_of, symbol_of
from statemachine.verification.result import Method, Result

Output = Hashable
"""What is seen of one call: accepted, effects, findings, state, session ID and replay ID."""
SEED: Final = 1
STEP_WORDS: Final = 300
LIVE_WORDS: Final = 50
RANDOM_SESSIONS: Final = tuple(range(1, 10))


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


def calls_from(table: Table, start: Replay) -> tuple[Call, ...]:
    """The calls of the W-method: all within the bounds, but of one device where the page sets things up itself.

    There the configurations multiply, and a second device would double the time that the check takes.
    """
    return calls_of(table, devices=DEVICES if start.configuration == table.begins else DEVICES[:1])


def checks(table: Table) -> Iterator[Result]:
    """Compare `step` and the `transitions` object with the table's rows.

    An extra state is allowed for in `step` alone: for the object, which is slow, it would take minutes.
    """
    yield conformance(table, by_step, "step = its table, W-method", extra=1)
    yield conformance(table, by_live, "transitions object = its table, W-method")
    yield random_words(table, "step = its table, random words", by_step, STEP_WORDS)
    yield random_words(table, "transitions object = its table, random words", by_live, LIVE_WORDS)


def conformance(table: Table, implementation: Implementation, name: str, extra: int = 0) -> Result:
    """Compare an implementation with the table's rows by the W-method, from every start.

    It holds if the answers leave no other machine possible, of up to `extra` states more than the
    table's. Else the counterexample is what the page did, up to the first answer that differs.
    """
    began = time.perf_counter()
    references = [Reference.of(table, start, calls_from(table, start)) for start in starts_of(table)]
    sizes = [len(reference.machine.states) for reference in references]
    found: tuple[Call, ...] = ()
    for reference in references:
        word = reference.departure(implementation, extra)
        if word is not None:
            found = as_page(table, reference.start, word)
            break
    seconds = time.perf_counter() - began
    one_device = " (1 while set-up is part of the page)" if len(references) > 1 else ""
    bounds = f"{BOUNDS}{one_device}, up to {' and '.join(str(size + extra) for size in sizes)} states"
    edges = sum(size * len(reference.calls) for size, reference in zip(sizes, references, strict=True))
    states = f"{sum(sizes)} states, {edges:,} edges"
    return Result(table.mode, name, Method.EXHAUSTIVE, "aalpy", bounds, states, not found, seconds, found)


def random_words(table: Table, name: str, implementation: Implementation, words: int) -> Result:
    """Longer words of more IDs, at random: what more states than allowed for could hide."""
    began = time.perf_counter()
    calls = calls_of(table, RANDOM_SESSIONS)
    found: tuple[Call, ...] = ()
    taken = 0
    before = random.getstate()  # aalpy draws from the generator that everyone shares
    random.seed(SEED)
    try:
        for start in starts_of(table):
            system = _System(implementation, table, start.configuration)
            oracle = RandomWordEqOracle(list(calls), system, num_walks=words, min_walk_len=50, max_walk_len=200)
            word = oracle.find_cex(machine_of(table, start, calls))
            taken += oracle.num_steps
            if word is not None:
                found = as_page(table, start, tuple(word))
                break
    finally:
        random.setstate(before)
    devices = f"{len(RANDOM_SESSIONS)} session IDs, {len(DEVICES)} devices"
    bounds = f"{devices}; {words} words of 50 to 200 calls from each start, seed {SEED}"
    seconds = time.perf_counter() - began
    return Result(table.mode, name, Method.RANDOM, "aalpy", bounds, f"{taken:,} calls", not found, seconds, found)

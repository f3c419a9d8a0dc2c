"""The invariants of the law for session IDs of any size, by induction (z3).

What is bounded elsewhere is not bounded here: session IDs are all integers, and behaviours are of
any length. Each proof is one step, from the table's own rows: nothing of a table is written twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product

import z3

from statemachine.symbol import Call, Device, Kind, Trigger
from statemachine.table import Effect, State, Table
from statemachine.verification.bounds import as_page, calls_of
from statemachine.verification.graph import ways
from statemachine.verification.result import Method, Result
from statemachine.verification.symbolic import Formula, Moment, Step

GUARDED = (Trigger.EVENT, Trigger.SETTLE)


def invariant(step: Step, moment: Moment) -> Formula:
    """What holds at every moment: a device from load on, and a session ID above 0 in a session, else none."""
    return z3.And(
        moment.has_device == z3.Not(step.is_in(moment, State.UNINITIALISED)),
        moment.session >= 0,
        step.is_in_session(moment) == (moment.session > 0),
    )


def claims(step: Step) -> dict[str, Formula]:
    """The invariants of the law, each about one step from a moment at which `invariant` holds."""
    before, after, given = step.before, step.after, step.given
    loaded = z3.Not(step.is_in(before, State.UNINITIALISED))
    newer = z3.And(step.calls(*GUARDED), loaded, step.kind(Kind.NEWER, Trigger.EVENT))
    # The device of a session is the one of its load, and an ID: what `identifiers` proves of IDs then holds for it.
    usable = z3.And(step.calls(Trigger.LOAD), given.device_class == [*Device].index(Device.VALID))
    named = z3.Implies(z3.And(z3.Not(before.has_device), after.has_device), usable)
    return {
        "monotonic": after.session >= before.session,
        "responsive": z3.Implies(newer, after.session == given.session),
        "well-formed": z3.And(step.is_in_session(after) == z3.And(after.has_device, after.session > 0), named),
        "delivered": step.effects[Effect.DELIVER] == step.calls(Trigger.EVENT, Trigger.BYPASS),
        "quiet": step.effects[Effect.SET_REPLAY_SESSION] == newer,
        "stable device": z3.Implies(before.has_device, z3.And(after.has_device, after.device == before.device)),
        "rejections change nothing": z3.Implies(
            z3.Not(step.accepted),
            z3.And(
                after.regions[0] == before.regions[0],
                after.session == before.session,
                after.has_device == before.has_device,
                after.device == before.device,
            ),
        ),
    }


def proofs(table: Table) -> Iterator[Result]:
    """Prove every claim about a table, each by showing that its negation has no model."""
    step = Step(table)
    holds_before = invariant(step, step.before)
    starts = [
        z3.And(
            [
                unknown == region.states.index(state)
                for unknown, region, state in zip(step.before.regions, table.regions, configuration, strict=True)
            ]
        )
        for configuration in dict.fromkeys((table.initial, table.begins))
    ]
    nothing = z3.And(z3.Not(step.before.has_device), step.before.session == 0)
    yield _proved(step, "the invariant holds at the start", z3.And(z3.Or(starts), nothing), holds_before)
    one_step = z3.And(holds_before, step.transition)
    yield _proved(step, "the invariant is inductive", one_step, invariant(step, step.after))
    for name, claim in claims(step).items():
        yield _proved(step, name, one_step, claim)
    yield _proved(step, "total: one row a call", step.domain, one_row_each(step))
    yield _proved(step, "impossible rows are impossible", one_step, z3.Not(impossible(step)))
    yield _every_row(step, one_step)


def _every_row(step: Step, one_step: Formula) -> Result:
    """Every row must have a moment at which it is taken, but for those that cannot occur: else proofs are vacuous."""
    began = time.perf_counter()
    solver = z3.Solver()
    solver.add(one_step)
    dead = []
    for region, matches in zip(step.table.regions, step.matches, strict=True):
        for number, (row, match) in enumerate(zip(region.rows, matches, strict=True), 1):
            if not row.cannot_occur and solver.check(match) != z3.sat:
                dead.append(f"{region.name}, row {number}")
    rows = sum(len(region.rows) for region in step.table.regions)
    seconds, detail = time.perf_counter() - began, f"never taken: {'; '.join(dead)}" if dead else ""
    name, size = "every other row is taken sometimes", f"{rows} rows"
    return Result(step.table.mode, name, Method.UNBOUNDED, "z3", "any integers", size, not dead, seconds, (), detail)


def one_row_each(step: Step) -> Formula:
    """That every region has exactly one row for the call, if any row of it names the trigger."""
    parts = []
    for region, matches in zip(step.table.regions, step.matches, strict=True):
        named = {row.trigger for row in region.rows}
        parts.append(z3.Implies(step.calls(*named), z3.PbEq([(match, 1) for match in matches], 1)))
    return z3.And(parts)


def impossible(step: Step) -> Formula:
    """That a row is taken of which the table says that it cannot occur."""
    pairs = zip(step.table.regions, step.matches, strict=True)
    rows = (pair for region, matches in pairs for pair in zip(region.rows, matches, strict=True))
    return z3.Or([match for row, match in rows if row.cannot_occur])


def _proved(step: Step, name: str, premise: Formula, claim: Formula) -> Result:
    began = time.perf_counter()
    solver = z3.Solver()
    solver.add(premise, z3.Not(claim))
    answer = solver.check()
    rows = sum(len(region.rows) for region in step.table.regions)
    calls: tuple[Call, ...] = ()
    detail = ""
    if answer == z3.sat:
        detail = _in_words(step, solver.model())
        calls = _nearest(step, solver)
    elif answer == z3.unknown:
        detail = f"undecided: {solver.reason_unknown()}"
    seconds = time.perf_counter() - began
    holds = answer == z3.unsat
    return Result(
        step.table.mode, name, Method.UNBOUNDED, "z3", "any integers", f"{rows} rows", holds, seconds, calls, detail
    )


def _in_words(step: Step, model: z3.ModelRef) -> str:
    """The step that z3 found."""
    table = step.table
    numbers = [model.eval(unknown, True).as_long() for unknown in step.before.regions]
    states = " + ".join(region.states[n] for region, n in zip(table.regions, numbers, strict=True))
    session, given = (model.eval(x, True).as_long() for x in (step.before.session, step.given.session))
    trigger = table.triggers[model.eval(step.given.trigger, True).as_long()]
    return f"found by z3: {trigger} with session ID {given} in {states} of session {session}"


def _nearest(step: Step, solver: z3.Solver) -> tuple[Call, ...]:
    """The fewest calls from a start to such a step; none if small IDs are not enough to show it."""
    for (replay, (start, way)), call in product(ways(step.table).items(), calls_of(step.table)):
        if solver.check(step.is_at(replay, call)) == z3.sat:
            return as_page(step.table, start, (*way, call))
    return ()

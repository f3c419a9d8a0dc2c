"""The pages of `conform` and `verify`: what the suites and the provers say → what a page shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from statemachine.errors import printable
from statemachine.formats.html.page import Check, counted
from statemachine.formats.html.proof import Shown, page_of_checks, verdict_of_checks
from statemachine.formats.html.rendered import rendered
from statemachine.machines import table_of
from statemachine.replay import Replay, start

if TYPE_CHECKING:
    from statemachine.suites import LawBrokenError
    from statemachine.verification.result import Result


def kept_page(mode: str, told: str) -> str:
    """The page of an implementation that keeps the law; `told` says how it was judged, a line each."""
    from statemachine.suites.invariants import MEANINGS  # `verify` does without the suites

    how = "; ".join(printable(line.strip()) for line in told.splitlines()[1:])
    checks = [Shown(Check(mode, _named(name), "random and complete", "conform", "", "", True)) for name in MEANINGS]
    return rendered(page_of_checks(_judged(mode), "Keeps the law", how, checks))


def broken_page(mode: str, broken: LawBrokenError) -> str:
    """The page of one that does not: the shortest calls that show it, what the law expected, what was observed."""
    shown = [_shown(mode, name, broken) for name in broken.invariants]
    shown += [_shown(mode, other.invariant, other) for other in broken.also if other.invariant not in broken.invariants]
    verdict = f"Does not keep the law: {broken.invariant}, after {counted(len(broken.trace), 'call')}"
    told = "Below, for each property that it breaks, the shortest stream of calls known; no other was seen to break."
    page = page_of_checks(_judged(mode), verdict, told, shown)
    return rendered(attrs.evolve(page, facts=(("properties broken", len(shown)),)))


def _shown(mode: str, invariant: str, broken: LawBrokenError) -> Shown:
    """An invariant that does not hold, and the calls that break it."""
    table = table_of(mode)
    note = [f"The law expects: {broken.expected}", f"Observed: {broken.observed}"]
    if broken.moves:
        note.append(f"The moves in the browser: {json.dumps([*map(dict, broken.moves)], default=repr)}")
    detail = "\n".join(map(printable, note))
    begins = Replay(table.begins) if broken.is_set_up else start(table)
    check = Check(mode, _named(invariant), "shortest stream", "conform", "", "", False, detail, broken.code)
    return Shown(check, broken.trace, begins)


def proof_page(found: Sequence[Result], warnings: Sequence[str]) -> str:
    """The page of what was proved, and of what was not."""
    shown = [
        Shown(
            Check(
                r.mode, printable(r.property), str(r.method), r.tool, r.bounds, r.states, r.holds, printable(r.detail)
            ),
            r.counterexample,
        )
        for r in found
    ]
    failing = sum(not result.holds for result in found)
    told = f"{len(found)} checked = {len(found) - failing} hold + {failing} fail"
    return rendered(page_of_checks("The machines, proved", verdict_of_checks(shown), told, shown, warnings))


def _judged(mode: str) -> str:
    return f"An integration, judged by the law of {table_of(mode).title}"


def _named(invariant: str) -> str:
    from statemachine.suites.invariants import MEANINGS

    return f"{invariant}: {MEANINGS.get(invariant, '')}".rstrip(": ")

"""A whole run of a suite, whose failure is the shortest one that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any, Final

import attrs
from hypothesis import seed as seeded
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from statemachine.bounds import TRIED
from statemachine.machines import table_of
from statemachine.replay import Replay
from statemachine.suites.adapter import Adapter, can_set_up
from statemachine.suites.invariants import AGREES, TOTAL
from statemachine.suites.judge import LawBrokenError, Lockstep
from statemachine.suites.suite import RUN, suite_of
from statemachine.symbol import Call, Device, Kind, Trigger
from statemachine.verification.bounds import DEVICES, SESSIONS, calls_of, symbol_of

MOST_SERIOUS_FIRST: Final = (
    "delivered",
    "monotonic",
    "responsive",
    "well-formed",
    "stable device",
    "quiet",
    "rejections change nothing",
    AGREES,
)
"""What is told of several that are broken: lost events before lost replays, causes before what follows from them."""
UNSOUND: Final = (Kind.MALFORMED, Kind.OUT_OF_SESSION)
LONGEST: Final = 3
"""Calls of the streams that are tried one after another: three show every defect that is known."""
TEXTS: Final = ("9", "10")
"""Session IDs as a cookie gives them back, whose order as text is not theirs as numbers."""


def run_suite(
    mode: str,
    adapter: Callable[[], Adapter],
    *,
    examples: int,
    hostile: bool = True,
    seed: int | None = None,
    derandomize: bool = False,
    made: Callable[[], object] = lambda: None,
) -> None:
    """Run the suite of a mode on `examples` random streams, and call `made` after each, and each that is shorter.

    Raises LawBrokenError, with the shortest stream known.
    """
    suite: Any = suite_of(mode, adapter, hostile=hostile)
    suite.made = staticmethod(made)
    if seed is not None:
        suite = seeded(seed)(suite)
    try:
        run_state_machine_as_test(suite, settings=settings(RUN, max_examples=examples, derandomize=derandomize))
    except LawBrokenError as broken:
        raise shortest(mode, adapter, broken, made) from None


def shortest(
    mode: str, adapter: Callable[[], Adapter], broken: LawBrokenError, made: Callable[[], object] = lambda: None
) -> LawBrokenError:
    """What breaks most, with its shortest stream, among all short streams by trial; `broken` if none is better.

    A crash is told as it was found: to try again is to crash again.
    """
    if broken.invariant == TOTAL:
        return broken
    judged = adapter()
    found = {broken.invariant: broken}
    for word in _words(broken, can_set_up(judged)):
        lockstep = Lockstep(mode, judged, is_set_up=broken.is_set_up)
        try:
            for call in word:
                lockstep.call(call)
        except LawBrokenError as shorter:
            best = found.get(shorter.invariant)
            if best is None or len(shorter.trace) < len(best.trace):
                found[shorter.invariant] = shorter
        finally:
            lockstep.close()
            made()
    ordered = [found[name] for name in MOST_SERIOUS_FIRST if name in found]
    ordered[0].also = tuple(ordered[1:])
    return ordered[0]


def _words(broken: LawBrokenError, sets_up: bool) -> Iterator[tuple[Call, ...]]:
    """Streams of the failure's own calls and of those with small IDs, the shorter ones first."""
    table = table_of(broken.mode)
    symbols = {call: symbol_of(table, Replay(table.begins), call) for call in calls_of(table, SESSIONS, DEVICES[:1])}
    sound = [c for c, s in symbols.items() if s.kind not in UNSOUND and s.device in (Device.VALID, Device.ANY)]
    texts = [attrs.evolve(c, session_id=text) for c in sound if c.session_id == SESSIONS[0] for text in TEXTS]
    loads = [attrs.evolve(c, session_id=n) for c in broken.trace if c.trigger is Trigger.LOAD for n in SESSIONS]
    known = dict.fromkeys((*sound, *texts, *loads, *broken.trace))
    calls = [call for call in known if sets_up or call.trigger not in table.setup]
    words = (word for length in range(1, LONGEST + 1) for word in product(calls, repeat=length))
    return islice(words, TRIED)

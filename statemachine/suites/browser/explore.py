"""Many visits: random ones, shrunk to the shortest that breaks the law; and all short ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from statemachine.suites.browser.chromium import Site
from statemachine.suites.browser.visit import Move, visit
from statemachine.suites.judge import LawBrokenError
from statemachine.suites.suite import RUN

HALF_AN_HOUR: Final = 30 * 60 * 1000
"""Milliseconds: how long a session lasts without an event."""
LOADS: Final[dict[str, tuple[Move, ...]]] = {
    "actions": (
        {"move": "load", "session_id": 1000},
        {"move": "load"},
        {"move": "load", "session_id": 1000, "writes_cookie": False},
    ),
    "classic-device": ({"move": "load"},),
    "classic-cloud": ({"move": "load"},),
}
HOSTILE_LOADS: Final[dict[str, tuple[Move, ...]]] = {"actions": ({"move": "load", "session_id": "abc"},)}
"""Where a page's own storage can be malformed."""
_ANY_MODE: Final[tuple[Move, ...]] = (
    {"move": "track"},
    {"move": "track", "session_ids": [2000]},
    {"move": "track", "session_ids": [1500]},
    {"move": "track", "session_ids": [999]},
    {"move": "track", "session_ids": [2000, 1500]},
    {"move": "wait", "ms": HALF_AN_HOUR + 1},
    {"move": "wait", "ms": HALF_AN_HOUR},
    {"move": "reload"},
    {"move": "switch tab"},
    {"move": "reset"},
)
MOVES: Final[dict[str, tuple[Move, ...]]] = {
    "actions": (
        *_ANY_MODE,
        {"move": "track", "session_ids": ["2000"]},
        {"move": "track", "session_ids": [2000], "held": 50},
        {"move": "track", "bare": True},
    ),
    "classic-device": _ANY_MODE,
    "classic-cloud": (
        *_ANY_MODE,
        {"move": "track", "bare": True},
        {"move": "track", "explicit": 2000},
        {"move": "track", "explicit": 500},
    ),
}
"""What can happen on a page of each mode, the simpler first: to there visits are shrunk."""
MOST_MOVES: Final = 5
"""Of a random visit, after its load."""


def visits(mode: str, *, hostile: bool = True, moves: Sequence[Move] = ()) -> st.SearchStrategy[list[Move]]:
    """Visits of a mode: a load, then moves of every kind, or of those given. Without `hostile`, storage is sound."""
    loads = (*LOADS[mode], *(HOSTILE_LOADS.get(mode, ()) if hostile else ()))
    rest = st.lists(st.sampled_from(moves or MOVES[mode]), min_size=1, max_size=MOST_MOVES)
    return st.builds(lambda load, rest: [load, *rest], st.sampled_from(loads), rest)


def run_visits(
    site: Site,
    mode: str,
    *,
    examples: int,
    hostile: bool = True,
    seed: int = 0,
    made: Callable[[], object] = lambda: None,
) -> None:
    """Make `examples` random visits, and call `made` after each.

    Raises LawBrokenError for the shortest, simplest visit that breaks the law.
    """

    @seeded(seed)
    @settings(RUN, max_examples=examples)
    @given(visits(mode, hostile=hostile))
    def one(moves: list[Move]) -> None:
        try:
            visit(site, mode, moves)
        finally:
            made()

    one()


def short_visits(mode: str, most_moves: int) -> Iterator[list[Move]]:
    """Every visit of up to so many moves after its load, the shorter first."""
    for length in range(1, most_moves + 1):
        for load, moves in product(LOADS[mode], product(MOVES[mode], repeat=length)):
            if moves[-1]["move"] not in ("wait", "reset"):  # what nothing follows shows nothing
                yield [load, *moves]


def survey(site: Site, mode: str, visits_made: Iterable[list[Move]]) -> dict[str, list[dict[str, Any]]]:
    """The invariants that visits break, each with the first visit that breaks it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for moves in visits_made:
        try:
            visit(site, mode, moves)
        except LawBrokenError as broken:
            for invariant in broken.invariants:
                found.setdefault(invariant, [dict(move) for move in broken.moves])
    return found

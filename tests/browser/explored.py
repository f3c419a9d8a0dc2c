"""A site whose visits are remembered: each takes a second, and a search and its shrinking make many of them again."""

from __future__ import annotations

import json
from collections.abc import Iterable

from statemachine.suites import LawBrokenError
from statemachine.suites.browser import Move, Site, visit


class Explored:
    """What the visits of a site break.

    A visit is the same whenever it is made, and it is judged move by move. So one that begins as another that broke the
    law breaks it there, and one with which another begins that kept the law keeps it.
    """

    def __init__(self, site: Site, mode: str) -> None:
        """Nothing is known yet."""
        self.site = site
        self.mode = mode
        self._broken_by: dict[tuple[str, ...], tuple[str, ...]] = {}

    def broken_by(self, moves: Iterable[Move]) -> tuple[str, ...]:
        """The invariants that a visit breaks, where it breaks any first."""
        made = list(moves)
        names = [json.dumps(move) for move in made]
        beginnings = [tuple(names[:length]) for length in range(1, len(names) + 1)]
        known = [self._broken_by[begun] for begun in beginnings if begun in self._broken_by]
        if any(known) or len(known) == len(beginnings):
            return next(filter(None, known), ())
        try:
            visit(self.site, self.mode, made)
        except LawBrokenError as broken:
            beginnings = beginnings[: len(broken.moves)]
            self._broken_by |= dict.fromkeys(beginnings, ()) | {beginnings[-1]: broken.invariants}
            return broken.invariants
        self._broken_by |= dict.fromkeys(beginnings, ())
        return ()

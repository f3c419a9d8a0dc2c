"""What a check found: one line of the report of `verify`, and the calls that show a failure."""

from __future__ import annotations

import attrs

from statemachine.symbol import Call, Name


class Method(Name):
    """How strongly a check speaks."""

    EXHAUSTIVE = "exhaustive within bounds"
    UNBOUNDED = "unbounded"
    RANDOM = "random"


@attrs.frozen
class Result:
    """One property of one mode, checked.

    `bounds` says within what ("session IDs 1 to 3, 2 devices"; "any integers"); `states` how much was
    seen ("52 states, 1,872 edges"). `counterexample` is what the page did up to the failure, where
    `holds` is False and calls can show it. `seconds` is what the check took.
    """

    mode: str
    property: str
    method: Method
    tool: str
    bounds: str
    states: str
    holds: bool
    seconds: float = 0.0
    counterexample: tuple[Call, ...] = ()
    detail: str = ""

"""A pure function by hand: a state and an event to the next state and a code."""

from __future__ import annotations

from tests.bench.steppers.handwritten_class import SESSION_ID_MAX, number_of

State = tuple[str, str, int]
"""The state's name, the device ID, the session ID."""
LOADED: State = ("session_active", "visitor-1", 1000)


def take(state: State, raw: object) -> tuple[State, str | None]:
    """Take an event."""
    name, device, current = state
    if name == "uninitialised":
        return state, "SR202"
    number = raw if type(raw) is int else number_of(raw)
    if number is None:
        return state, "SR112"
    if number > current:
        if number > SESSION_ID_MAX:
            return state, "SR112"
        return ("rolled_over" if current else "session_active", device, number), None
    if number == 0:
        return state, "SR111"
    if number == current:
        return (state if name == "session_active" else ("session_active", device, current)), None
    if number > 0:
        return state, "SR201"
    return state, "SR113" if number == -1 else "SR112"


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    state = LOADED
    for raw in raws:
        state, _ = take(state, raw)
    return state[2]


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    state, found = LOADED, []
    for raw in raws:
        state, code = take(state, raw)
        found.append(code)
    return found

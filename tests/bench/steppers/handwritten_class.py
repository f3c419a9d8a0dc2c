"""If and else in a class on `__slots__`: what one writes by hand when it has to be fast."""

from __future__ import annotations

import re

SESSION_ID_MAX = 2**53 - 1
_DECIMAL = re.compile(r"-?[0-9]{1,16}")


def number_of(raw: object) -> int | None:
    """The number that a session ID stands for, or None."""
    if raw is None:
        return 0
    if type(raw) is int:
        return raw
    if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
        return int(raw)
    return None


class Session:
    """One page's replay session."""

    __slots__ = ("device_id", "session_id", "state")

    def __init__(self) -> None:
        self.state, self.device_id, self.session_id = "uninitialised", "", 0

    def load(self, device_id: str, session_id: int) -> None:
        """Start; both IDs are sound."""
        self.state, self.device_id, self.session_id = "session_active", device_id, session_id

    def event(self, raw: object) -> str | None:
        """Take an event: the code of what is wrong with it."""
        if self.state == "uninitialised":
            return "SR202"
        number = raw if type(raw) is int else number_of(raw)
        if number is None:
            return "SR112"
        current = self.session_id
        if number > current:
            if number > SESSION_ID_MAX:
                return "SR112"
            self.state = "rolled_over" if current else "session_active"
            self.session_id = number
            return None
        if number == 0:
            return "SR111"
        if number == current:
            self.state = "session_active"
            return None
        if number > 0:
            return "SR201"
        return "SR113" if number == -1 else "SR112"


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    live = Session()
    live.load("visitor-1", 1000)
    event = live.event
    for raw in raws:
        event(raw)
    return live.session_id


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    live = Session()
    live.load("visitor-1", 1000)
    return [live.event(raw) for raw in raws]

"""A machine of `transitions` by hand: a trigger for every event, with conditions."""

from __future__ import annotations

from collections.abc import Callable

from transitions import Machine

from tests.bench.steppers.handwritten_class import SESSION_ID_MAX, number_of

STATES = ("initialised", "session_active", "rolled_over")


class Session:
    """The model: it is in a state that the machine sets; `code` is of the event last taken."""

    state: str
    event: Callable[..., bool]

    def __init__(self) -> None:
        self.session_id, self.code = 0, None
        self.machine = Machine(self, [*STATES], "initialised", auto_transitions=False)
        for source in STATES:
            target = "session_active" if source == "initialised" else "rolled_over"
            self.machine.add_transition("event", source, target, conditions="is_newer", before="take")
            if source != "initialised":
                self.machine.add_transition("event", source, "session_active", conditions="is_same", before="confirm")
        self.machine.add_transition("event", "*", None, before="refuse")

    code: str | None

    def is_newer(self, raw: object) -> bool:
        """Whether the session ID is one, and greater."""
        number = number_of(raw)
        return number is not None and self.session_id < number <= SESSION_ID_MAX

    def is_same(self, raw: object) -> bool:
        """Whether it is the current one."""
        return number_of(raw) == self.session_id

    def take(self, raw: object) -> None:
        """Take up the session."""
        self.session_id, self.code = number_of(raw) or 0, None

    def confirm(self, raw: object) -> None:
        """Stay in it."""
        self.code = None

    def refuse(self, raw: object) -> None:
        """Note what is wrong."""
        number = number_of(raw)
        if number is None or number > SESSION_ID_MAX or number < -1:
            self.code = "SR112"
        else:
            self.code = "SR201" if number > 0 else "SR113" if number else "SR111"


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def _loaded() -> Session:
    live = Session()
    live.state, live.session_id = "session_active", 1000
    return live


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    live = _loaded()
    event = live.event
    for raw in raws:
        event(raw=raw)
    return live.session_id


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    live, found = _loaded(), []
    for raw in raws:
        live.event(raw=raw)
        found.append(live.code)
    return found

"""The invariants of the law, as properties of what can be seen from outside, on any implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from statemachine import Call, Trigger
from statemachine.ids import parse_device_id, session_number
from tests.properties.implementations import Observed

Invariant = Callable[[Observed, Call, Observed], bool]


class InvariantViolated(AssertionError):
    """An implementation broke an invariant."""

    def __init__(self, name: str, before: Observed, call: Call, after: Observed) -> None:
        super().__init__(f"{name}: {before} -- {call} -> {after}")
        self.name = name


def _events_id(before: Observed, call: Call) -> int:
    """The session ID that a loaded page may act upon; 0 when there is none."""
    acts = before.device_id is not None and call.trigger in (Trigger.EVENT, Trigger.SETTLE)
    return max(session_number(call.session_id) or 0, 0) if acts else 0


def monotonic(before: Observed, call: Call, after: Observed) -> bool:
    """The replay session ID never decreases."""
    return after.session_id >= before.session_id


def responsive(before: Observed, call: Call, after: Observed) -> bool:
    """After an event with a newer ID, the replay session ID is that ID."""
    number = _events_id(before, call)
    return number <= before.session_id or after.session_id == number


def well_formed(before: Observed, call: Call, after: Observed) -> bool:
    """In a session the replay ID splits back into exactly device and session; otherwise there is none."""
    if after.device_id is None or after.session_id <= 0:
        return after.replay_id is None
    return after.replay_id is not None and after.replay_id.split("/") == [after.device_id, str(after.session_id)]


def delivered(before: Observed, call: Call, after: Observed) -> bool:
    """Every event is forwarded exactly once, whatever was wrong with it."""
    return after.delivered == (1 if call.trigger in (Trigger.EVENT, Trigger.BYPASS) else 0)


def quiet(before: Observed, call: Call, after: Observed) -> bool:
    """`setSessionId` is called only when the ID strictly grows."""
    return after.set_session_calls == (1 if _events_id(before, call) > before.session_id else 0)


def stable_device(before: Observed, call: Call, after: Observed) -> bool:
    """The device ID never changes after load."""
    return before.device_id is None or after.device_id == before.device_id


def rejections_change_nothing(before: Observed, call: Call, after: Observed) -> bool:
    """What does not move the replay leaves device, session ID and replay ID as they were."""
    loads = before.device_id is None and call.trigger is Trigger.LOAD and parse_device_id(call.device_id).value
    if loads or _events_id(before, call) > before.session_id:
        return True
    seen_before = (before.device_id, before.session_id, before.replay_id)
    return (after.device_id, after.session_id, after.replay_id) == seen_before


INVARIANTS: Final[dict[str, Invariant]] = {
    "monotonic": monotonic,
    "responsive": responsive,
    "well-formed": well_formed,
    "delivered": delivered,
    "quiet": quiet,
    "stable device": stable_device,
    "rejections change nothing": rejections_change_nothing,
}
"""By name. The eighth, *total*, is that no call raises: the suites call without catching."""


def check(before: Observed, call: Call, after: Observed) -> None:
    """Raise InvariantViolated for the first invariant that does not hold."""
    for name, holds in INVARIANTS.items():
        if not holds(before, call, after):
            raise InvariantViolated(name, before, call, after)

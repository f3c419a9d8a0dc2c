"""The invariants of the law, as properties of what can be seen from outside, on any implementation.

Source: `law.md`, "Invariants the property suites check". The eighth, *total*, is that no call raises.
What an implementation does not show is not judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from statemachine.ids import DELIMITER, NO_SESSION, session_number
from statemachine.replay import Replay
from statemachine.suites.adapter import JUDGED, Observed
from statemachine.symbol import Call, Trigger
from statemachine.table import Effect, Outcome


@attrs.frozen
class Moment:
    """One call: the law's replay before and after it, and what was observed before and after it."""

    call: Call
    before: Replay
    after: Replay
    outcome: Outcome
    was: Observed
    seen: Observed

    @property
    def is_event(self) -> bool:
        """Whether there is an event to hand on."""
        return self.call.trigger in (Trigger.EVENT, Trigger.BYPASS)

    @property
    def is_tagged(self) -> bool:
        """Whether the call's event may carry a replay ID."""
        return Effect.UNTAGGED not in self.outcome.effects

    @property
    def session_before(self) -> int:
        """The session before the call: as observed, or else by the law."""
        return self.before.session_id if self.was.session_id is None else self.was.session_id

    @property
    def newer(self) -> int:
        """The session ID that the call moves a loaded replay to; 0 when it does not."""
        guarded = self.before.device_id is not None and self.call.trigger in (Trigger.EVENT, Trigger.SETTLE)
        number = (session_number(self.call.session_id) or NO_SESSION) if guarded else NO_SESSION
        return number if number > max(self.session_before, NO_SESSION) else NO_SESSION

    @property
    def loads(self) -> bool:
        """Whether the call is a load that the law accepts."""
        return Effect.INIT_REPLAY in self.outcome.effects


def monotonic(moment: Moment) -> bool:
    """The replay session ID never decreases."""
    was, seen = moment.was.session_id, moment.seen.session_id
    return was is None or seen is None or seen >= was


def responsive(moment: Moment) -> bool:
    """After an event with a newer ID, the replay session ID is that ID."""
    return not moment.newer or moment.seen.session_id in (None, moment.newer)


def stable_device(moment: Moment) -> bool:
    """The device ID never changes after load."""
    if not moment.seen.replay_id or moment.before.device_id is None:
        return True
    return moment.seen.replay_id.startswith(f"{moment.before.device_id}{DELIMITER}")


def well_formed(moment: Moment) -> bool:
    """In a session the replay ID splits back into exactly device and session; otherwise there is none."""
    replay_id = moment.seen.replay_id
    if replay_id is None:
        return True
    session = moment.after.session_id if moment.seen.session_id is None else moment.seen.session_id
    if moment.after.device_id is None or session <= NO_SESSION or not moment.is_tagged:
        return replay_id == ""
    return replay_id.split(DELIMITER) == [moment.after.device_id, str(session)]


def delivered(moment: Moment) -> bool:
    """Every event is handed on exactly once, whatever was wrong with it."""
    return moment.seen.delivered in (None, int(moment.is_event))


def quiet(moment: Moment) -> bool:
    """`setSessionId` is called once when the ID strictly grows, and else never."""
    return moment.seen.set_session_calls in (None, int(bool(moment.newer)))


def rejections_change_nothing(moment: Moment) -> bool:
    """What does not move the replay leaves session ID and replay ID as they were."""
    if moment.loads or moment.newer:
        return True
    was, seen = moment.was, moment.seen
    same_session = None in (was.session_id, seen.session_id) or was.session_id == seen.session_id
    same_replay = None in (was.replay_id, seen.replay_id) or was.replay_id == seen.replay_id
    return same_session and (same_replay or not moment.is_tagged or was.replay_id == "")


Invariant = Callable[[Moment], bool]
INVARIANTS: Final[dict[str, Invariant]] = {
    "delivered": delivered,
    "monotonic": monotonic,
    "responsive": responsive,
    "stable device": stable_device,
    "well-formed": well_formed,
    "quiet": quiet,
    "rejections change nothing": rejections_change_nothing,
}
"""By name, in the order in which they are checked at a moment."""
WELL_FORMED: Final = "well-formed"
"""Also what an implementation breaks whose session ID is none."""
TOTAL: Final = "total"
AGREES: Final = "exact"
"""Nothing above is violated, and still something observed is not what the law says: the session of a load."""
MEANINGS: Final = {
    **{name: str(invariant.__doc__) for name, invariant in INVARIANTS.items()},
    TOTAL: "No input, however malformed, raises.",
    AGREES: "What is observed is exactly what the law says.",
}
CODES: Final = {"monotonic": "SR201", "responsive": "SR122", "stable device": "SR122", "well-formed": "SR121"}
"""The finding that a log would show of what is broken."""


def violated(moment: Moment) -> list[str]:
    """The invariants that do not hold at a moment, by name."""
    broken = [name for name, holds in INVARIANTS.items() if not holds(moment)]
    if broken:
        return broken
    expected = expected_of(moment)
    agree = all(getattr(moment.seen, name) in (None, getattr(expected, name)) for name in JUDGED)
    return [] if agree else [AGREES]


def expected_of(moment: Moment) -> Observed:
    """What the law expects to be observed."""
    return Observed(
        moment.after.session_id,
        (moment.after.replay_id or "") if moment.is_tagged else "",
        int(moment.is_event),
        moment.outcome.effects.count(Effect.SET_REPLAY_SESSION),
    )

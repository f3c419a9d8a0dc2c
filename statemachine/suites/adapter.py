"""What the suites need of an implementation: to be started, called, and looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import attrs

from statemachine.bounds import LAST_WORDS
from statemachine.errors import InvalidIdError, shortened, shown
from statemachine.ids import session_number


@attrs.frozen
class Observed:
    """What can be seen from outside after a call. What an implementation cannot show is None, and is not judged.

    `session_id` is the replay session (epoch milliseconds, 0 for none). `replay_id` is the one that this
    call's event carries, or, for another call, the one that an event would carry now: "" for none.
    `delivered` counts how often this call's event was handed on, `set_session_calls` how often the
    call led to `setSessionId`. `raised` is what the integration threw while the page went on, as pages do; it is
    told beside the rest, never judged.
    """

    session_id: int | None = None
    replay_id: str | None = None
    delivered: int | None = None
    set_session_calls: int | None = None
    raised: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Observed:
        """Read what a harness reports. A replay ID of null is none.

        Raises InvalidIdError for a session ID that is none; ValueError for what is no observation.
        """
        session, replay_id = values.get("session_id"), values.get("replay_id", ...)
        number = session_number(session)
        if "session_id" in values and (number is None or number < 0):
            raise InvalidIdError(f"session_id is {shown(session)}; expected epoch milliseconds, 0 for none")
        if replay_id not in (None, ...) and not isinstance(replay_id, str):
            raise ValueError(f"replay_id is {shown(replay_id)}; expected text, or null for none")
        delivered, sets = (values.get(name) for name in ("delivered", "set_session_calls"))
        for name, count in (("delivered", delivered), ("set_session_calls", sets)):
            if count is not None and (type(count) not in (int, bool) or count < 0):
                raise ValueError(f"{name} is {shown(count)}; expected how often, from 0")
        raised = values.get("raised")
        if raised is not None and not isinstance(raised, str):
            raise ValueError(f"raised is {shown(raised)}; expected text, or null for nothing")
        return cls(
            number if "session_id" in values else None,
            None if replay_id is ... else replay_id or "",
            None if delivered is None else int(delivered),
            None if sets is None else int(sets),
            shortened(raised, LAST_WORDS) if raised else None,
        )


JUDGED: Final = tuple(field.name for field in attrs.fields(Observed) if field.name != "raised")
"""The fields of an observation that are compared with the law."""


class Adapter(Protocol):
    """One page's integration, made drivable. A suite starts it anew for every stream of calls.

    An adapter whose `sets_up` is False cannot make cloud-mode's set-up calls one by one: it is only
    given pages that are set up as documented.
    """

    def start(self, mode: str, is_set_up: bool) -> None:
        """Begin a new page of a mode, before any call. In cloud-mode, `is_set_up` says whether the shell already is."""

    def call(self, call: dict[str, Any]) -> Observed | Mapping[str, Any]:
        """Do one step of a call trace, and show what came of it: an Observed, or its fields."""
        ...

    def close(self) -> None:
        """End the page."""


def can_set_up(adapter: Adapter) -> bool:
    """Whether an adapter makes cloud-mode's set-up calls one by one; so it does if it says nothing about it."""
    return bool(getattr(adapter, "sets_up", True))

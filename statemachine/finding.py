"""What a finding is, and what it says: the rule, the place, what was seen and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from statemachine.bounds import LONGEST_ID as LONGEST_ID
from statemachine.errors import shortened, shown
from statemachine.event import REPLAY_CAPTURED, Event
from statemachine.ids import (
    MIN_DEVICE_ID_LENGTH,
    UNSET,
    parse_device_id,
    parse_replay_id,
    parse_session_id,
    session_number,
)
from statemachine.machines.tag import Tag
from statemachine.replay import Replay
from statemachine.rules import RULES, Rule
from statemachine.table import Table


@attrs.frozen
class Finding:
    """One thing that is wrong: which rule, where, and what was seen and expected.

    `line` counts from 1 and is None for a finding about a whole log. `session_id` is the event's
    own, in epoch milliseconds (its text when malformed); `state` is the one after the event.
    """

    code: str
    message: str
    file: str = "-"
    line: int | None = None
    device_id: str | None = None
    session_id: int | str | None = None
    replay_id: str | None = None
    state: str | None = None

    @property
    def rule(self) -> Rule:
        """The rule of the catalogue: name, severity, why it matters, how to fix it."""
        return RULES[self.code]


def _text_of(raw: object) -> str | None:
    """An untrusted ID as a finding repeats it: as it was, if it was text of a bearable length."""
    return shortened(raw, LONGEST_ID) if isinstance(raw, str) else None


@attrs.frozen
class Seen:
    """What one event showed: all that a message may need. `replay_device_id` is what was expected."""

    table: Table
    event: Event
    raw: object
    before: Replay
    after: Replay
    replay_device_id: str | None
    tag: Tag
    file: str
    session_place: str = ""
    """Where the session ID is, if it is not where payloads have it."""

    def findings(self, codes: list[str], quiet: frozenset[str]) -> tuple[Finding, ...]:
        """Turn codes into findings, each with its message."""
        return tuple(self._finding(code) for code in codes if code not in quiet)

    def _finding(self, code: str) -> Finding:
        event = self.event
        number = session_number(self.raw)
        return Finding(
            code,
            _MESSAGES[code](self) if event.path == "$" else f"at {event.path}: {_MESSAGES[code](self)}",
            self.file,
            event.line,
            _text_of(event.device_id),
            (number or None) if number is not None else _text_of(self.raw) or shown(self.raw),
            _text_of(event.replay_id),
            self.after.state.value,
        )

    @property
    def session_at(self) -> str:
        """Where this event's session ID is."""
        return self.session_place or (self.table.session_id_at if self.event.is_segment else "session_id")

    def device_flaw(self) -> str:
        """What is wrong with the device ID."""
        return f"device ID {parse_device_id(self.event.device_id).flaw}"

    def regression(self) -> str:
        """How far the session ID went back."""
        number = session_number(self.raw) or 0
        behind = self.before.session_id - number
        current = self.before.session_id
        return f"session ID {number} at {self.session_at} is {behind} ms behind the replay session {current}"

    def mismatch(self) -> str:
        """Which part of the replay ID differs, and which way."""
        found = parse_replay_id(self.event.replay_id).value
        if found is None or self.tag is Tag.OTHER_DEVICE:
            device = shown(found.device_id if found else self.event.replay_id)
            return f"replay ID has the device {device}; expected {shown(self.replay_device_id)}"
        gap = found.session_id - self.after.session_id
        way = f"{gap} ms ahead of" if gap > 0 else f"stuck {-gap} ms behind"
        return f"replay ID has the session {found.session_id}, {way} the event's {self.after.session_id}"

    def lateness(self) -> str:
        """Which session the replay ID is still of."""
        found = parse_replay_id(self.event.replay_id).value
        session = found.session_id if found else 0
        return f"session {self.after.session_id} begins here, but the replay ID is still that of session {session}"


_Message = Callable[[Seen], str]


def _needs_session(seen: Seen) -> str:
    shown_raw = "not there" if seen.raw is UNSET else shown(seen.raw)
    return f"session ID at {seen.session_at} is {shown_raw}; expected epoch milliseconds"


_MESSAGES: Final[dict[str, _Message]] = {
    "SR101": Seen.device_flaw,
    "SR102": Seen.device_flaw,
    "SR103": Seen.device_flaw,
    "SR104": lambda s: f"device ID {shown(s.event.device_id)} has fewer than {MIN_DEVICE_ID_LENGTH} characters",
    "SR105": lambda s: f"device ID {shown(s.event.device_id)} is a value that Amplitude refuses",
    "SR111": _needs_session,
    "SR112": lambda s: f"session ID at {s.session_at}: {parse_session_id(s.raw).flaw}",
    "SR113": lambda s: f"session ID at {s.session_at} is -1: the event is outside any session",
    "SR115": lambda s: f"session ID {shown(s.raw)} at {s.session_at} is in seconds; expected milliseconds",
    "SR121": lambda s: f"replay ID {parse_replay_id(s.event.replay_id).flaw}",
    "SR122": Seen.mismatch,
    "SR123": lambda s: f"no replay ID in session {s.after.session_id}",
    "SR124": lambda s: (
        f"the shell's device ID {shown(s.replay_device_id)} is not anonymousId {shown(s.event.device_id)}"
    ),
    "SR125": Seen.lateness,
    "SR201": Seen.regression,
    "SR301": _needs_session,
    "SR313": lambda s: f"no {s.session_at}: tracked through Segment, past the shell",
    "SR321": lambda s: f"event name {shown(REPLAY_CAPTURED)}: Amplitude creates and receives it itself",
}

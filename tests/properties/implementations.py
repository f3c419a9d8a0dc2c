"""Implementations of the law: ours, one written by hand, and the ways in which people break it."""

from __future__ import annotations

from typing import Protocol

import attrs

from statemachine import UNSET, Call, Effect, Outcome, Replay, Table, Trigger, step
from statemachine.interpreters.live import LiveReplay


@attrs.frozen
class Observed:
    """What can be seen from outside after a call."""

    device_id: str | None = None
    session_id: int = 0
    replay_id: str | None = None
    delivered: int = 0
    """How often this call's event was handed on."""
    set_session_calls: int = 0
    """How often this call led to `setSessionId`."""


class Implementation(Protocol):
    """One page's integration."""

    def call(self, call: Call) -> Observed:
        """Take a call, and show what came of it."""


def observed(replay: Replay, effects: tuple[Effect, ...]) -> Observed:
    """What a replay and the effects of a step look like from outside."""
    return Observed(
        replay.device_id,
        replay.session_id,
        replay.replay_id,
        effects.count(Effect.DELIVER),
        effects.count(Effect.SET_REPLAY_SESSION),
    )


class Stepped:
    """Ours: `step`."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.replay = Replay(table.begins)
        self.outcome: Outcome | None = None

    def call(self, call: Call) -> Observed:
        self.replay, self.outcome = step(self.table, self.replay, call)
        return observed(self.replay, self.outcome.effects)


class Lived:
    """Ours: the `transitions` object."""

    def __init__(self, table: Table) -> None:
        self.live = LiveReplay(table)

    def call(self, call: Call) -> Observed:
        getattr(self.live, str(call.trigger))(session_id=call.session_id, device_id=call.device_id)
        return observed(self.live.replay, self.live.effects)


class ByHand:
    """The guard as one would write it in a page, knowing nothing of tables. It keeps the law."""

    accepted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.|@:="

    def __init__(self) -> None:
        self.device: str | None = None
        self.session = 0
        self.captured = 0
        self.sets = 0

    def call(self, call: Call) -> Observed:
        self.sets = 0
        if call.trigger is Trigger.LOAD:
            self.load(call.device_id, call.session_id)
            return self.show(delivered=0)
        if self.device is not None and call.trigger is not Trigger.BYPASS:
            self.guard(call.session_id)
        return self.show(delivered=self.deliveries(call))

    def load(self, device: object, raw: object) -> None:
        session = self.number(raw)
        if self.device is None and session is not None and self.is_device(device):
            self.device = str(device)
            self.session = self.captured = max(session, 0)

    def guard(self, raw: object) -> None:
        number = self.number(raw)
        if number is not None and number > 0 and self.moves(number):
            self.set(number)

    def moves(self, number: int) -> bool:
        return number > self.session

    def set(self, number: int) -> None:
        self.session = number
        self.sets += 1

    def deliveries(self, call: Call) -> int:
        return int(call.trigger in (Trigger.EVENT, Trigger.BYPASS))

    def is_device(self, device: object) -> bool:
        return isinstance(device, str) and device != "" and all(c in self.accepted for c in device)

    def number(self, raw: object) -> int | None:
        if raw is None or raw is UNSET:
            return 0
        text = raw if isinstance(raw, str) else str(raw) if type(raw) is int and abs(raw) < 10**20 else "?"
        digits = text.removeprefix("-")
        if not digits or len(digits) > 16 or any(c not in "0123456789" for c in digits):
            return None
        return int(text) if -1 <= int(text) < 2**53 else None

    def replay_id(self) -> str | None:
        return f"{self.device}/{self.session}" if self.device and self.session else None

    def show(self, delivered: int) -> Observed:
        return Observed(self.device, self.session, self.replay_id(), delivered, self.sets)


class CapturedOnce(ByHand):
    """Compares with the session ID stored at load, never read again."""

    def moves(self, number: int) -> bool:
        return number > self.captured


class LessOrEqual(ByHand):
    """`<=` for `<`: every event sets the session again, and each set restarts the recorder."""

    def moves(self, number: int) -> bool:
        return self.session <= number


class StringComparison(ByHand):
    """Compares what the cookie gives back as text."""

    def moves(self, number: int) -> bool:
        return str(number) > str(self.session)


class LostRollOver(ByHand):
    """Takes the first session and never another."""

    def moves(self, number: int) -> bool:
        return self.session == 0


class DropsUnpopulated(ByHand):
    """Throws when the field is not there, so the event is never handed on."""

    def deliveries(self, call: Call) -> int:
        return 0 if call.session_id is UNSET else super().deliveries(call)


class ReplayIdBeforeSession(ByHand):
    """Builds the replay ID from whatever is there."""

    def replay_id(self) -> str | None:
        return f"{self.device}/{self.session}" if self.device else None


class AcceptsSlash(ByHand):
    """Accepts the delimiter in a device ID, as the SDK does."""

    accepted = ByHand.accepted + "/"


class FollowsBack(ByHand):
    """Sets any valid session ID, as the SDK does."""

    def moves(self, number: int) -> bool:
        return number != self.session


class ChangesDevice(ByHand):
    """Loads again, as the SDK does, and takes the new device."""

    def load(self, device: object, raw: object) -> None:
        self.device = None
        super().load(device, raw)


class LoadsAgainForward(ByHand):
    """Takes the session of a second load, if it is greater."""

    def load(self, device: object, raw: object) -> None:
        number = self.number(raw)
        if self.device is not None and number is not None and number > self.session:
            self.session = number
        super().load(device, raw)


class Throws(ByHand):
    """Parses without looking."""

    def number(self, raw: object) -> int | None:
        return 0 if raw is None or raw is UNSET else int(raw)  # type: ignore[call-overload]

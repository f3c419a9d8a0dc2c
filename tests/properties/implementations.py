"""Implementations of the law: ours, one written by hand, and the ways in which people break it."""

from __future__ import annotations

import json
from typing import Any

from statemachine import TABLES, Call, Effect, Replay, Table, start, step
from statemachine.event import call_of
from statemachine.interpreters.live import LiveReplay
from statemachine.suites import Observed


def call_from(record: dict[str, Any], table: Table) -> Call:
    """The call that a step of a call trace spells."""
    _, call = call_of(1, json.dumps(record).encode(), table.triggers)
    assert isinstance(call, Call), call
    return call


def observed(replay_id: str | None, session: int, effects: tuple[Effect, ...]) -> Observed:
    """What a replay and the effects of a step look like from outside."""
    carried = None if Effect.UNTAGGED in effects else replay_id
    sets = effects.count(Effect.SET_REPLAY_SESSION)
    return Observed(session, carried or "", effects.count(Effect.DELIVER), sets)


class Stepped:
    """Ours: `step`."""

    def start(self, mode: str, is_set_up: bool) -> None:
        self.table = TABLES[mode]
        self.replay = Replay(self.table.begins) if is_set_up else start(self.table)

    def call(self, record: dict[str, Any]) -> Observed:
        self.replay, outcome = step(self.table, self.replay, call_from(record, self.table))
        return observed(self.replay.replay_id, self.replay.session_id, outcome.effects)

    def close(self) -> None:
        pass


class Lived:
    """Ours: the `transitions` object."""

    def start(self, mode: str, is_set_up: bool) -> None:
        table = TABLES[mode]
        self.live = LiveReplay(table, table.begins if is_set_up else table.initial)

    def call(self, record: dict[str, Any]) -> Observed:
        call = call_from(record, self.live.table)
        getattr(self.live, str(call.trigger))(session_id=call.session_id, device_id=call.device_id)
        return observed(self.live.replay_id, self.live.session_id, self.live.effects)

    def close(self) -> None:
        pass


class ByHand:
    """The guard as one would write it in a page, knowing nothing of tables. It keeps the law."""

    accepted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.|@:="

    def start(self, mode: str, is_set_up: bool) -> None:
        self.device: str | None = None
        self.session = 0
        self.captured = 0
        self.sets = 0

    def call(self, record: dict[str, Any]) -> dict[str, Any]:
        self.sets = 0
        if record["call"] == "load":
            self.load(record.get("device_id"), record.get("session_id"))
            return self.show(delivered=0)
        if self.device is not None:
            self.guard(record.get("session_id"))
        return self.show(delivered=self.deliveries(record))

    def close(self) -> None:
        pass

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

    def deliveries(self, record: dict[str, Any]) -> int:
        return int(record["call"] == "event")

    def is_device(self, device: object) -> bool:
        return isinstance(device, str) and device != "" and all(c in self.accepted for c in device)

    def number(self, raw: object) -> int | None:
        if raw is None:
            return 0
        text = raw if isinstance(raw, str) else str(raw) if type(raw) is int and abs(raw) < 10**20 else "?"
        digits = text.removeprefix("-")
        if not digits or len(digits) > 16 or any(c not in "0123456789" for c in digits):
            return None
        return int(text) if -1 <= int(text) < 2**53 else None

    def replay_id(self) -> str | None:
        return f"{self.device}/{self.session}" if self.device and self.session else None

    def show(self, delivered: int) -> dict[str, Any]:
        return {
            "session_id": self.session,
            "replay_id": self.replay_id(),
            "delivered": delivered,
            "set_session_calls": self.sets,
        }


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

    def deliveries(self, record: dict[str, Any]) -> int:
        return super().deliveries(record) if "session_id" in record else 0


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
        return 0 if raw is None else int(raw)  # type: ignore[call-overload]

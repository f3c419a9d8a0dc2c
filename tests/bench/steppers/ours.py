"""`step` over a table."""

from __future__ import annotations

from statemachine import CLASSIC_DEVICE, Call, Replay, Trigger, step

LOADED, _ = step(CLASSIC_DEVICE, Replay(CLASSIC_DEVICE.begins), Call(Trigger.LOAD, 1000, "visitor-1"))


def prepared(raws: list[object]) -> list[Call]:
    """The events as this takes them."""
    return [Call(Trigger.EVENT, raw) for raw in raws]


def drive(calls: list[Call]) -> object:
    """Take them all: what is timed."""
    replay, table = LOADED, CLASSIC_DEVICE
    for call in calls:
        replay, _ = step(table, replay, call)
    return replay.session_id


def codes(calls: list[Call]) -> list[str | None]:
    """The code of each: what is compared."""
    replay, found = LOADED, []
    for call in calls:
        replay, outcome = step(CLASSIC_DEVICE, replay, call)
        found.append(next(iter(outcome.findings), None))
    return found

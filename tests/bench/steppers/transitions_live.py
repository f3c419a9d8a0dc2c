"""The machine of `transitions` that this library builds from a table: `LiveReplay`."""

from __future__ import annotations

from statemachine import CLASSIC_DEVICE
from statemachine.interpreters.live import LiveReplay


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def _loaded() -> LiveReplay:
    live = LiveReplay(CLASSIC_DEVICE)
    live.load(device_id="visitor-1", session_id=1000)
    return live


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    live = _loaded()
    event = live.event
    for raw in raws:
        event(session_id=raw)
    return live.session_id


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    live, found = _loaded(), []
    for raw in raws:
        live.event(session_id=raw)
        found.append(next(iter(live.findings), None))
    return found

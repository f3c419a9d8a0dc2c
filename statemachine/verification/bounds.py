"""The bounds within which machines are compared: a few IDs of every kind, and the calls that carry them.

A specification and the code take the same calls: what is no ID is represented by one of its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from statemachine.ids import UNSET
from statemachine.replay import Replay
from statemachine.symbol import Call, Device, Kind, Symbol, Trigger, device_of, kind_of, load_kind_of
from statemachine.table import Table

DEVICES: Final = ("visitor-1", "visitor-2")
SESSIONS: Final = (1, 2, 3)
UNUSABLE_DEVICES: Final = {Device.MISSING: "", Device.SLASH: "a/b", Device.CHARACTER: "a b"}
MALFORMED: Final = -2
"""What stands in a specification for every malformed session ID."""
NOT_POPULATED: Final = -3
"""What stands in a specification for a field that is not there."""
UNUSABLE_SESSIONS: Final[dict[Kind, object]] = {
    Kind.ABSENT: 0,
    Kind.OUT_OF_SESSION: -1,
    Kind.MALFORMED: MALFORMED,
    Kind.NOT_POPULATED: UNSET,
}
BOUNDS: Final = f"{len(SESSIONS)} session IDs, {len(DEVICES)} devices"


def calls_of(table: Table, sessions: Sequence[int] = SESSIONS, devices: Sequence[str] = DEVICES) -> tuple[Call, ...]:
    """A call for every symbol of a table and every ID within the bounds."""
    calls: dict[Call, None] = {}
    for symbol in table.symbols:
        device_ids: Sequence[object] = (UNSET,)
        if symbol.device is not Device.ANY:
            device_ids = devices if symbol.device is Device.VALID else (UNUSABLE_DEVICES[symbol.device],)
        session_ids: Sequence[object] = (UNSET,)
        if symbol.kind is not Kind.ANY:
            session_ids = (UNUSABLE_SESSIONS[symbol.kind],) if symbol.kind in UNUSABLE_SESSIONS else sessions
        calls |= {Call(symbol.trigger, session, device): None for device in device_ids for session in session_ids}
    return tuple(calls)


def starts_of(table: Table) -> tuple[Replay, ...]:
    """Where a page begins: with nothing set up, and as a trace without any set-up does."""
    return tuple(dict.fromkeys((Replay(table.initial), Replay(table.begins))))


def symbol_of(table: Table, replay: Replay, call: Call) -> Symbol:
    """The symbol that a call is in a state."""
    if call.trigger is Trigger.LOAD:
        return Symbol(call.trigger, load_kind_of(call.session_id), device_of(call.device_id))
    if Symbol(call.trigger) in table.symbols:
        return Symbol(call.trigger)
    kind = kind_of(call.session_id, replay.session_id)
    return Symbol(call.trigger, table.unset if kind is Kind.NOT_POPULATED else kind)


def as_page(table: Table, start: Replay, calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls of a way as a page makes them. Where nothing is set up, a set-up call must say so, if at the end."""
    if start.configuration == table.begins or any(call.trigger in table.setup for call in calls):
        return calls
    return (*calls, Call(table.setup[0]))

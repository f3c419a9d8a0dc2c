"""`step`: from a table, a replay and a call to the next replay and what was decided. Pure.

Everything else that runs a machine calls this. Law: the tables in `statemachine.machines`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import attrs

from statemachine.errors import UnknownNameError, shown
from statemachine.ids import NO_SESSION, format_replay_id, session_number
from statemachine.symbol import Call, Trigger, device_of, kind_of, load_kind_of
from statemachine.table import Configuration, Outcome, State, Table

_LOAD = Trigger.LOAD  # looking a member up on its Enum costs more than the comparison


@attrs.frozen(init=False)
class Replay:
    """The state of one page's replay: immutable, hashable, comparable.

    `session_id` is the current replay session, epoch milliseconds, 0 when there is none.
    """

    configuration: Configuration
    device_id: str | None
    session_id: int

    def __init__(self, configuration: Configuration, device_id: str | None = None, session_id: int = NO_SESSION):
        # The slots' own setters: what attrs generates for a frozen class takes a third longer.
        _set_configuration(self, configuration)
        _set_device_id(self, device_id)
        _set_session_id(self, session_id)

    @property
    def state(self) -> State:
        """Where the replay itself is (the first region)."""
        return State(self.configuration[0])

    @property
    def replay_id(self) -> str | None:
        """`<deviceId>/<sessionId>`, or None while there is no session."""
        return format_replay_id(self.device_id, self.session_id)


_set_configuration = Replay.__dict__["configuration"].__set__
_set_device_id = Replay.__dict__["device_id"].__set__
_set_session_id = Replay.__dict__["session_id"].__set__


def start(table: Table) -> Replay:
    """The replay before any call, with nothing set up."""
    return Replay(table.initial)


def begin(table: Table, calls: Iterable[Call]) -> Replay:
    """The replay before the first of these calls of one page: with no set-up in them, it is set up as documented."""
    return start(table) if any(call.trigger in table.setup for call in calls) else Replay(table.begins)


def step(table: Table, replay: Replay, call: Call) -> tuple[Replay, Outcome]:
    """Take one call: return the replay after it, and the outcome (accepted, effects, findings).

    Never raises for any IDs, however malformed. Raises UnknownNameError for a trigger that the
    mode does not have. A call that changes nothing returns the same replay.
    """
    trigger = call.trigger
    try:
        moves = table.moves[replay.configuration][trigger]
    except KeyError:
        raise UnknownNameError(f"mode {table.mode!r} has no trigger {shown(trigger)}") from None
    if trigger is _LOAD:
        move = moves[device_of(call.device_id), load_kind_of(call.session_id)]
    else:
        move = moves[kind_of(call.session_id, replay.session_id)]
    target = move.target
    if target is None:
        return replay, move.outcome
    if move.loads:  # its symbol says that the device is valid, and the session ID none or valid
        session = max(session_number(call.session_id) or NO_SESSION, NO_SESSION)
        return Replay(target, cast(str, call.device_id), session), move.outcome
    session = int(cast(int, call.session_id)) if move.sets_session else replay.session_id
    return Replay(target, replay.device_id, session), move.outcome

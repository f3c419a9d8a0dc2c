"""A row of a run → a step, with the way that it takes through the drawing of its mode."""

from __future__ import annotations

import json
from typing import Any

from statemachine.errors import visible
from statemachine.formats.html.chart import Walk, named
from statemachine.formats.html.page import Step
from statemachine.formats.html.rows import id_shown, session_shown
from statemachine.ids import NO_SESSION, UNSET
from statemachine.replay import Replay
from statemachine.symbol import Call
from statemachine.verdict import implied_load


def step_of(row: dict[str, Any], walk: Walk, before: Replay | None, after_gap: bool) -> tuple[Step, Replay | None]:
    """The step of a row, and the replay after it; None where the replay before it, or after it, is not known."""
    is_decided = row["judged"] and not row["repeated"]
    call = "event" if is_decided else "delivered again" if row["repeated"] else "unreadable"
    after = before
    ways: tuple[int, ...] = ()
    if is_decided:
        if row["state"] is not None:
            configuration = (row["state"], *walk.table.begins[1:])
            after = Replay(configuration, row["device_id"], row["replay_session_id"] or NO_SESSION)
        if before is not None:
            call, stepped, ways = _taken(walk, before, row["device_id"], _raw(row))
            after = after if row["state"] is not None else stepped
    step = Step(
        call=call,
        state=row["state"],
        accepted=row["accepted"] if is_decided else None,
        file=visible(row["file"]),
        line=row["line"],
        path=row["path"],
        session_id=session_shown(row),
        now=row["replay_session_id"] or NO_SESSION,
        replay_id=None if row["replay_id"] is None else id_shown(row["replay_id"]),
        found=tuple(zip(row["codes"], row["messages"], strict=True)),
        ways=ways,
        after_gap=after_gap,
    )
    return step, after


def _taken(walk: Walk, before: Replay, device_id: object, raw: object) -> tuple[str, Replay, tuple[int, ...]]:
    """What an event did, in words, the replay after it, and its way; a device's first event implies its load."""
    table = walk.table
    loads: tuple[int, ...] = ()
    if before.configuration == table.begins:
        loaded, load = implied_load(table, before, device_id, raw)
        loads = walk.ways(before, load)
        if not load.accepted:
            return "event, not loaded", before, loads
        before = loaded
    call = Call(table.arrives_unset if raw is UNSET else table.arrives, raw)
    after, _, ways = walk.step(before, call)
    return named(call, before), after, (*loads, *ways)


def _raw(row: dict[str, Any]) -> object:
    """The session ID of a row as it was in the payload; what is no integer, bounded."""
    if row["session_id"] is not None:
        return row["session_id"]
    text = row["session_id_text"]
    if text is None:
        return UNSET
    try:
        return json.loads(text)
    except ValueError:  # what `shown` said of an object, or of an integer of very many bits: malformed as well
        return text

"""A call trace → one `TraceStep` a line: what a page did, through the machine of its mode.

Source: `law.md`, "Two kinds of input". A cloud-mode trace is held up to its first set-up
call, which may come at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import attrs

from statemachine.errors import shown
from statemachine.event import Unreadable, call_of
from statemachine.ids import device_id_warnings
from statemachine.replay import Replay, begin, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Effect, Table

_NOT_TAKEN: Final = "not taken"


@attrs.frozen
class TraceStep:
    """What one call of a trace did.

    `call` is the JSON as it was read. `session_id` is the replay session (epoch milliseconds, 0 for
    none). `replay_id` is the one that this call's event carries; for other calls, the one that an
    event would carry now; None when there is none. `delivered` says that the law hands the event on.
    `reason` tells why a line was not taken.
    """

    step: int
    line: int
    call: Any
    state: str
    session_id: int
    replay_id: str | None
    accepted: bool
    delivered: bool
    findings: tuple[str, ...] = ()
    reason: str = ""


def judge_trace(table: Table, lines: Iterable[tuple[int, bytes]]) -> Iterator[TraceStep]:
    """Run numbered lines of one call trace through a table. Never raises on bad input.

    A cloud trace without any set-up call starts configured as documented.
    """
    calls = ((number, *call_of(number, text, table.triggers)) for number, text in lines)
    held: list[tuple[int, Any, Call | Unreadable]] = []
    for line_and_call in calls if table.setup else ():
        held.append(line_and_call)
        call = line_and_call[2]
        if isinstance(call, Call) and call.trigger in table.setup:
            break
    replay = begin(table, (call for _, _, call in held if isinstance(call, Call)))
    for n, (line, value, call) in enumerate(chain(held, calls)):
        if isinstance(call, Unreadable):
            codes: tuple[str, ...] = (call.code,)
            reason = call.reason
            yield _trace_step(n, line, value, replay, replay.replay_id, False, False, codes, reason)
            continue
        replay, outcome = step(table, replay, call)
        codes = outcome.findings
        if call.trigger is Trigger.LOAD and outcome.accepted and replay.device_id:
            codes += device_id_warnings(replay.device_id)
        carried = None if Effect.UNTAGGED in outcome.effects else replay.replay_id
        delivered = Effect.DELIVER in outcome.effects
        yield _trace_step(n, line, value, replay, carried, outcome.accepted, delivered, codes, "")


def _trace_step(
    n: int,
    line: int,
    value: Any,
    replay: Replay,
    carried: str | None,
    accepted: bool,
    delivered: bool,
    codes: tuple[str, ...],
    reason: str,
) -> TraceStep:
    return TraceStep(n, line, value, replay.state.value, replay.session_id, carried, accepted, delivered, codes, reason)


def described(call: Any) -> str:
    """A call of a trace on one line, for people: its name, then its fields."""
    if not isinstance(call, dict) or not isinstance(call.get("call"), str):
        return _NOT_TAKEN
    fields = " ".join(f"{shown(key)[1:-1]}={shown(value)}" for key, value in call.items() if key != "call")
    name = shown(call["call"])
    return f"{name[1:-1] if call['call'].strip() else name} {fields}".rstrip()

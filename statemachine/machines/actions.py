"""Amplitude (Actions): the session ID arrives after the middleware has run.

The law in words. `load` is `sessionReplay.init` with `deviceId = user.anonymousId()` and
`sessionId = analytics_session_id || 0`. An event's session ID sits at
`integrations["Actions Amplitude"].session_id`, and Segment's session plugin fills it in *after*
source middleware. So an event has two moments:

- `event`, when it is seen. The field may be `not_populated`: that is normal and changes nothing.
- `settle`, when the field is read again, deferred. Still `not_populated` is SR301.

The guard compares with the replay SDK's own current session ID: never with a value captured once,
never with the cookie, which Segment's plugin writes as well.

Source: the page, Amplitude (Actions) and Troubleshooting (the `setTimeout`); `reality.md`,
the numbered table, rows 1 to 6, and "Segment's Actions session plugin".
"""

from __future__ import annotations

from typing import Final

from statemachine.machines.core import (
    AFTER_LOAD,
    BEFORE_LOAD,
    DELIVER,
    EVENT_KINDS,
    EVENT_ROWS,
    EVENT_SYMBOLS,
    EVERY_KIND,
    LOAD_ROWS,
    LOAD_SYMBOLS,
    STATES,
    guard_rows,
)
from statemachine.symbol import Kind, Symbol, Trigger
from statemachine.table import Region, Row, Table

SEEN, SETTLE = Trigger.EVENT, Trigger.SETTLE
NOT_POPULATED = (Kind.NOT_POPULATED,)
ACTIONS_KINDS = (*EVENT_KINDS, Kind.NOT_POPULATED)

# fmt: off
ROWS: Final = (
    *LOAD_ROWS,
    # seen
    *EVENT_ROWS,
    Row(AFTER_LOAD, SEEN, NOT_POPULATED, effects=DELIVER),
    # settled: the event was delivered when it was seen
    Row(BEFORE_LOAD, SETTLE, EVERY_KIND, accepted=False, findings=("SR202",)),
    *guard_rows(SETTLE, deliver=()),
    Row(AFTER_LOAD, SETTLE, NOT_POPULATED, accepted=False, findings=("SR301",)),
)
# fmt: on

ACTIONS: Final = Table(
    mode="actions",
    title="Amplitude (Actions)",
    source="the page, Amplitude (Actions) and Troubleshooting",
    load="sessionReplay.init, with user.anonymousId() and the cookie analytics_session_id",
    session_id_at='integrations["Actions Amplitude"].session_id',
    session_id_field="actions_session_id",
    detected=True,
    regions=(Region("replay", STATES, ROWS),),
    symbols=(
        *LOAD_SYMBOLS,
        *EVENT_SYMBOLS,
        Symbol(SEEN, Kind.NOT_POPULATED),
        *(Symbol(SETTLE, kind) for kind in ACTIONS_KINDS),
    ),
    unset=Kind.NOT_POPULATED,
    arrives=SETTLE,
    arrives_unset=SETTLE,
)
"""The table of Amplitude (Actions)."""

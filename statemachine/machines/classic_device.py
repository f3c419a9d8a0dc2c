"""Classic, device-mode: amplitude-js keeps the sessions, the replay follows it forward only.

The law in words. amplitude-js 5.2.2 runs in the page, keeps sessions itself, has no event for a
session change, and sends straight to Amplitude. `load` happens in its `onInit`, with its device ID
and its session ID. At each event the middleware reads `getSessionId()`. The SDK's own session may
move back (a reset, `setSessionId`); the replay session does not follow, and the event is then
unlinked (SR201). That is the shared core, with nothing added.

Source: the page, device-mode; `reality.md`, "Classic device-mode" and row 11.
"""

from __future__ import annotations

from typing import Final

from statemachine.machines.core import EVENT_ROWS, EVENT_SYMBOLS, LOAD_ROWS, LOAD_SYMBOLS, STATES
from statemachine.table import Region, Table

ROWS: Final = (*LOAD_ROWS, *EVENT_ROWS)

CLASSIC_DEVICE: Final = Table(
    mode="classic-device",
    title="Classic, device-mode",
    source="the page, device-mode",
    load="sessionReplay.init in amplitude-js's onInit, with its device ID and its getSessionId()",
    session_id_at="session_id",
    session_id_field="amplitude_session_id",
    regions=(Region("replay", STATES, ROWS),),
    symbols=(*LOAD_SYMBOLS, *EVENT_SYMBOLS),
    own_device_id=True,
)
"""The table of Classic, device-mode: the core, and nothing else."""

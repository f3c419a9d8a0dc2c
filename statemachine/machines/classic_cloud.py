"""Classic, cloud-mode: the Amplitude Browser SDK as a shell around Segment.

The law in words. Events go to Segment's servers, and nothing tracks sessions, so the Browser SDK
is used as a shell, set up in this order: `add(sessionReplayPlugin())`, `add(segmentPlugin())`,
`init` (the `load`), `remove("amplitude")`; then `track` through the shell. Its Segment plugin
forwards each event with `integrations.Amplitude.session_id`.

The replay's own region is the shared core, and one trigger more: an event tracked through Segment,
past the shell, has no session ID and no replay ID (SR313). Three further regions hold the set-up:

- the replay plugin: without it events carry no replay ID (SR315);
- the Segment plugin: without it nothing is forwarded (SR314);
- the shell's own Amplitude destination: until it is removed, every event reaches Amplitude twice
  (SR312). Removing it before `init` does nothing.

Another order of set-up than the documented one is SR311, said once, at the first call that is out
of order. The real SDK follows a session that moves back; the law does not (SR201).

Source: the page, cloud-mode; `reality.md`, "Classic cloud-mode" and rows 12 to 14.
"""

from __future__ import annotations

from typing import Final

from statemachine.machines.core import (
    AFTER_LOAD,
    BEFORE_LOAD,
    DEVICES,
    EVENT_ROWS,
    EVENT_SYMBOLS,
    EVERY_KIND,
    LOAD_ROWS,
    LOAD_SYMBOLS,
    STATES,
)
from statemachine.symbol import Symbol, Trigger
from statemachine.table import Effect, Region, Row, State, Table

ADD_REPLAY, ADD_SEGMENT = Trigger.ADD_SESSION_REPLAY, Trigger.ADD_SEGMENT
REMOVE, LOAD, EVENT, BYPASS = Trigger.REMOVE_AMPLITUDE, Trigger.LOAD, Trigger.EVENT, Trigger.BYPASS

NO_REPLAY, HAS_REPLAY = "no replay plugin", "replay plugin added"
NO_SEGMENT, HAS_SEGMENT = "no Segment plugin", "Segment plugin added"
KEPT, REMOVED = "Amplitude destination kept", "Amplitude destination removed"

# fmt: off
REPLAY_ROWS: Final = (
    *LOAD_ROWS,
    *EVENT_ROWS,
    Row(STATES, BYPASS, accepted=False, effects=(Effect.DELIVER, Effect.UNTAGGED), findings=("SR313",)),
    Row(STATES, ADD_REPLAY),
    Row(STATES, ADD_SEGMENT),
    Row(STATES, REMOVE),
)
REPLAY_PLUGIN_ROWS: Final = (
    Row((NO_REPLAY,), ADD_REPLAY, target=HAS_REPLAY),
    Row((HAS_REPLAY,), ADD_REPLAY, findings=("SR311",)),
    Row((NO_REPLAY,), EVENT, EVERY_KIND, effects=(Effect.UNTAGGED,), findings=("SR315",)),
    Row((HAS_REPLAY,), EVENT, EVERY_KIND),
)
SEGMENT_PLUGIN_ROWS: Final = (
    Row((NO_SEGMENT,), ADD_SEGMENT, given=(HAS_REPLAY,), target=HAS_SEGMENT),
    Row((NO_SEGMENT,), ADD_SEGMENT, given=(NO_REPLAY,), target=HAS_SEGMENT, findings=("SR311",)),
    Row((HAS_SEGMENT,), ADD_SEGMENT, findings=("SR311",)),
    Row((NO_SEGMENT,), LOAD, EVERY_KIND, DEVICES, findings=("SR311",)),
    Row((HAS_SEGMENT,), LOAD, EVERY_KIND, DEVICES),
    Row((NO_SEGMENT,), EVENT, EVERY_KIND, findings=("SR314",)),
    Row((HAS_SEGMENT,), EVENT, EVERY_KIND),
)
DESTINATION_ROWS: Final = (
    Row((KEPT,), REMOVE, given=BEFORE_LOAD, findings=("SR311",)),
    Row((KEPT,), REMOVE, given=AFTER_LOAD, target=REMOVED),
    Row((REMOVED,), REMOVE),
    Row((KEPT,), EVENT, EVERY_KIND, given=BEFORE_LOAD),
    Row((KEPT,), EVENT, EVERY_KIND, given=AFTER_LOAD, findings=("SR312",)),
    Row((REMOVED,), EVENT, EVERY_KIND),
)
# fmt: on

CLASSIC_CLOUD: Final = Table(
    mode="classic-cloud",
    title="Classic, cloud-mode",
    source="the page, cloud-mode",
    load='shell.init, after add(sessionReplayPlugin()) and add(segmentPlugin()); then remove("amplitude")',
    session_id_at="integrations.Amplitude.session_id",
    session_id_field="amplitude_session_id",
    detected=True,
    regions=(
        Region("replay", STATES, REPLAY_ROWS),
        Region("replay plugin", (NO_REPLAY, HAS_REPLAY), REPLAY_PLUGIN_ROWS),
        Region("Segment plugin", (NO_SEGMENT, HAS_SEGMENT), SEGMENT_PLUGIN_ROWS),
        Region("Amplitude destination", (KEPT, REMOVED), DESTINATION_ROWS),
    ),
    symbols=(
        *LOAD_SYMBOLS,
        *EVENT_SYMBOLS,
        Symbol(BYPASS),
        Symbol(ADD_REPLAY),
        Symbol(ADD_SEGMENT),
        Symbol(REMOVE),
    ),
    arrives_unset=BYPASS,
    begins=(State.UNINITIALISED, HAS_REPLAY, HAS_SEGMENT, REMOVED),
    setup=(ADD_REPLAY, ADD_SEGMENT, REMOVE),
    always_tagged=True,
    own_device_id=True,
    own_device_finding="SR124",
)
"""The table of Classic, cloud-mode."""

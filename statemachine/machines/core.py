"""The core that every destination mode shares: load, and the guard on each event's session ID.

The law in words. Session Replay starts at `load`, if the device ID is one and the session ID is
none or valid. From then on the replay session ID only ever moves to a strictly greater ID:

- `newer`: the replay takes the event's session; the second time and after, that is a roll-over.
- `same`: the event confirms the session.
- `older`: refused (SR201). The SDK itself would follow; nothing but this guard holds it.
- `absent`, `out_of_session`, `malformed`: refused (SR111, SR113, SR112).

Whatever was wrong with it, the event is delivered, once. A refusal changes nothing else.

Source: the page, the middleware of each mode ("setSessionId" only if the next session ID is
greater); `reality.md`, "What the replay SDK does", for what happens without the guard.
"""

from __future__ import annotations

from typing import Final

from statemachine.symbol import Device, Kind, Symbol, Trigger
from statemachine.table import Effect, Row, State

UNINITIALISED, INITIALISED = State.UNINITIALISED, State.INITIALISED
SESSION_ACTIVE, ROLLED_OVER = State.SESSION_ACTIVE, State.ROLLED_OVER

BEFORE_LOAD: Final = (UNINITIALISED,)
AFTER_LOAD: Final = (INITIALISED, SESSION_ACTIVE, ROLLED_OVER)
IN_SESSION: Final = (SESSION_ACTIVE, ROLLED_OVER)
STATES: Final = (*BEFORE_LOAD, *AFTER_LOAD)

LOAD_KINDS: Final = (Kind.PRESENT, Kind.ABSENT, Kind.OUT_OF_SESSION, Kind.MALFORMED)
NO_SESSION_KINDS: Final = (Kind.ABSENT, Kind.OUT_OF_SESSION)
SOUND_KINDS: Final = (Kind.PRESENT, *NO_SESSION_KINDS)
EVENT_KINDS: Final = (Kind.NEWER, Kind.SAME, Kind.OLDER, Kind.ABSENT, Kind.OUT_OF_SESSION, Kind.MALFORMED)
EVERY_KIND: Final = (*Kind,)
DEVICES: Final = (Device.VALID, Device.MISSING, Device.SLASH, Device.CHARACTER)

LOAD_SYMBOLS: Final = tuple(Symbol(Trigger.LOAD, kind, device) for device in DEVICES for kind in LOAD_KINDS)
EVENT_SYMBOLS: Final = tuple(Symbol(Trigger.EVENT, kind) for kind in EVENT_KINDS)

VALID, MISSING, SLASH, CHARACTER = ((device,) for device in DEVICES)
LOAD, MALFORMED = Trigger.LOAD, (Kind.MALFORMED,)
INIT: Final = (Effect.INIT_REPLAY,)

# fmt: off
LOAD_ROWS: Final = (
    Row(BEFORE_LOAD, LOAD, NO_SESSION_KINDS, VALID, target=INITIALISED, effects=INIT),
    Row(BEFORE_LOAD, LOAD, (Kind.PRESENT,), VALID, target=SESSION_ACTIVE, effects=INIT),
    Row(BEFORE_LOAD, LOAD, MALFORMED, VALID, accepted=False, findings=("SR112",)),
    Row(BEFORE_LOAD, LOAD, SOUND_KINDS, MISSING, accepted=False, findings=("SR101",)),
    Row(BEFORE_LOAD, LOAD, SOUND_KINDS, SLASH, accepted=False, findings=("SR102",)),
    Row(BEFORE_LOAD, LOAD, SOUND_KINDS, CHARACTER, accepted=False, findings=("SR103",)),
    Row(BEFORE_LOAD, LOAD, MALFORMED, MISSING, accepted=False, findings=("SR101", "SR112")),
    Row(BEFORE_LOAD, LOAD, MALFORMED, SLASH, accepted=False, findings=("SR102", "SR112")),
    Row(BEFORE_LOAD, LOAD, MALFORMED, CHARACTER, accepted=False, findings=("SR103", "SR112")),
    Row(AFTER_LOAD, LOAD, EVERY_KIND, DEVICES, accepted=False, findings=("SR203",)),
)


def guard_rows(trigger: Trigger, deliver: tuple[Effect, ...]) -> tuple[Row, ...]:
    """The monotonic guard on one trigger's session ID; `deliver` is what happens to the event."""
    set_session = (Effect.SET_REPLAY_SESSION, *deliver)
    return (
        Row((INITIALISED,), trigger, (Kind.NEWER,), target=SESSION_ACTIVE, effects=set_session),
        Row((INITIALISED,), trigger, (Kind.SAME, Kind.OLDER), accepted=False, effects=deliver,
            cannot_occur="there is no current session, and every session ID is greater than none"),
        Row(IN_SESSION, trigger, (Kind.NEWER,), target=ROLLED_OVER, effects=set_session),
        Row((SESSION_ACTIVE,), trigger, (Kind.SAME,), effects=deliver),
        Row((ROLLED_OVER,), trigger, (Kind.SAME,), target=SESSION_ACTIVE, effects=deliver),
        Row(IN_SESSION, trigger, (Kind.OLDER,), accepted=False, effects=deliver, findings=("SR201",)),
        Row(AFTER_LOAD, trigger, (Kind.ABSENT,), accepted=False, effects=deliver, findings=("SR111",)),
        Row(AFTER_LOAD, trigger, (Kind.OUT_OF_SESSION,), accepted=False, effects=deliver, findings=("SR113",)),
        Row(AFTER_LOAD, trigger, (Kind.MALFORMED,), accepted=False, effects=deliver, findings=("SR112",)),
    )
# fmt: on


DELIVER: Final = (Effect.DELIVER,)
EVENT_ROWS: Final = (
    Row(BEFORE_LOAD, Trigger.EVENT, EVERY_KIND, accepted=False, effects=DELIVER, findings=("SR202",)),
    *guard_rows(Trigger.EVENT, DELIVER),
)

"""What the suites feed to implementations: IDs, valid and hostile, calls around the current session, and event streams.

Everything is what JSON can hold, so that any harness can be given it.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from statemachine.fields import REPLAY_ID_PROPERTY
from statemachine.ids import (
    MIN_DEVICE_ID_LENGTH,
    OUT_OF_SESSION,
    SECONDS_BELOW,
    SESSION_ID_MAX,
    UNSET,
    device_id_warnings,
    format_replay_id,
)
from statemachine.machines import table_of
from statemachine.replay import begin, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Table

ACCEPTED: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.|@:="
LOOK_ALIKES: Final = "аｅ１٠\u200b\u202e／∕⁄"
"""Cyrillic and full-width letters, other digits, invisible marks, other slashes."""

LONG_DEVICE: Final = "01234567-89ab-4cde-8f01-23456789abcdR"
"""A device ID as amplitude-js makes them: a UUID and a letter."""

device_ids: st.SearchStrategy[str] = st.text(ACCEPTED, min_size=1, max_size=40)
"""Device IDs that comply."""

hostile_text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=5),
    st.builds(
        "{}{}".format, st.text(ACCEPTED, max_size=5), st.sampled_from([*LOOK_ALIKES, "/", "\n", "\x00", "\x1b[2J"])
    ),
    st.sampled_from([1_000, 100_000]).map(lambda n: "a" * n),
    st.sampled_from(["__class__", "{0}", "%s", "null", "NaN", "../..", "<script>", "=1+1"]),
)
"""Text that is no ID, or is a strange one: control characters, look-alikes, very long."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
"""Anything that JSON can hold."""

hostile_device_ids: st.SearchStrategy[Any] = st.one_of(hostile_text, json_values)
"""Device IDs of any kind."""

malformed_session_ids: st.SearchStrategy[object] = st.one_of(
    st.sampled_from(["abc", "", "1.5", "1e3", " 5", "5\n", "+5", "0x5", "1_0", "٣", "-2", "1" * 400]),
    st.sampled_from([1.5, 1e300, True, False, -2, SESSION_ID_MAX + 1, 10**400]),
    st.sampled_from([[], {}, [5], {"id": 5}]),
)
"""What stands where a session ID should, and is none."""

hostile_session_ids: st.SearchStrategy[object] = st.one_of(
    st.sampled_from([OUT_OF_SESSION, str(OUT_OF_SESSION)]), malformed_session_ids
)
"""-1, which is out of session, and malformed session IDs."""


TODAY: Final = 1_790_000_000_000
"""A session ID as pages have them: of 13 digits, and more than 32 bits."""


def sound_session_ids(current: int) -> st.SearchStrategy[object]:
    """Session IDs around the current one, numbers or text; today's; and none. Integers would hardly ever meet it."""
    near = st.sampled_from([current - 1, current, current + 1, current + 1_800_000, 0, TODAY])
    bounded = near.filter(lambda n: 0 <= n <= SESSION_ID_MAX)
    return st.one_of(bounded, bounded.map(str), st.sampled_from([UNSET, None]))


def session_ids(current: int) -> st.SearchStrategy[object]:
    """Session IDs of every kind around the current one: -1, which is out of session, and malformed ones too."""
    return st.one_of(sound_session_ids(current), hostile_session_ids)


def calls(trigger: Trigger, current: int, *, hostile: bool | None = None) -> st.SearchStrategy[Call]:
    """Calls of one trigger, given the replay session that they meet (epoch milliseconds, 0 for none).

    With `hostile` False every ID is a sound one, with True a hostile one; else any.
    """
    devices: st.SearchStrategy[object] = st.sampled_from(["visitor-1", LONG_DEVICE]) | device_ids
    sessions = sound_session_ids(current)
    if hostile is not False:
        odd = (st.sampled_from(["", "a/b", "ü", None]), hostile_device_ids)
        devices = st.one_of(*odd) if hostile else st.one_of(devices, *odd)
        sessions = hostile_session_ids if hostile else session_ids(current)
    takes_ids = trigger in (Trigger.LOAD, Trigger.EVENT, Trigger.SETTLE)
    return st.builds(
        Call,
        st.just(trigger),
        sessions if takes_ids else st.just(UNSET),
        devices if trigger is Trigger.LOAD else st.just(UNSET),
    )


@st.composite
def call_traces(draw: st.DrawFn, table: Table, max_size: int = 20, *, hostile: bool | None = None) -> list[Call]:
    """Call traces of a mode, each call drawn around the session that it meets. The first is a load or a set-up call.

    With `hostile` False every ID is a sound one, with True a hostile one; else any.
    """
    first = draw(st.sampled_from([Trigger.LOAD, *table.setup]))
    triggers = [t for t in table.triggers if first in table.setup or t not in table.setup]
    made: list[Call] = []
    replay = begin(table, [Call(first)])
    for trigger in (first, *draw(st.lists(st.sampled_from(triggers), max_size=max_size - 1))):
        made.append(draw(calls(trigger, replay.session_id, hostile=hostile)))
        replay, _ = step(table, replay, made[-1])
    return made


HALF_HOUR: Final = 1_800_000
_seen_devices = st.text(ACCEPTED, min_size=MIN_DEVICE_ID_LENGTH, max_size=40).filter(
    lambda d: not device_id_warnings(d)
)
_began = st.integers(SECONDS_BELOW, 4 * 10**12)


def event_streams(
    mode: str, max_size: int = 20, *, hostile: bool | None = None
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Event streams of a mode: the payloads of up to three devices, as a log has them. Raises UnknownNameError.

    They are Segment payloads; in device-mode, whose events go straight to Amplitude, Amplitude events. With
    `hostile` False `Judge.of(mode)` finds nothing in them: sessions go forward, replay IDs match, and what is
    delivered again is the same. With True every payload has an odd device, session or replay ID; else some have.
    """
    return _event_streams(table_of(mode), max_size, hostile)


@st.composite
def _event_streams(draw: st.DrawFn, table: Table, max_size: int, hostile: bool | None) -> list[dict[str, Any]]:
    sessions = draw(st.dictionaries(_seen_devices, _began, min_size=1, max_size=3))
    tagged = {device: table.always_tagged or draw(st.booleans()) for device in sessions}
    made: list[dict[str, Any]] = []
    for device in draw(st.lists(st.sampled_from([*sessions]), max_size=max_size)):
        if made and not hostile and draw(st.integers(0, 9)) == 9:
            made.append(draw(st.sampled_from(made)))  # delivered again
            continue
        sessions[device] += draw(st.sampled_from([0, 0, 1, HALF_HOUR]))
        session = sessions[device]
        ids: dict[str, object] = {
            "device": device,
            "session": draw(st.sampled_from([session, str(session)])),
            "replay": format_replay_id(device, session) if tagged[device] else UNSET,
        }
        if hostile or (hostile is None and draw(st.booleans())):
            odd = _odd_ids(device, session)
            ids |= {name: draw(odd[name]) for name in draw(st.lists(st.sampled_from([*odd]), min_size=1, unique=True))}
        made.append(_payload(table, **ids, message=f"m-{len(made)}"))
    return made


def _odd_ids(device: str, session: int) -> dict[str, st.SearchStrategy[object]]:
    """What may stand in place of the IDs of an event: malformed ones, and sound ones that are not its own."""
    others: list[object] = [
        f"{device}/{session - HALF_HOUR}",
        f"other-1/{session}",
        f"{device}/0{session}",
        device,
        None,
    ]
    return {
        "device": st.one_of(st.sampled_from(["", "a/b", "ü", None]), hostile_device_ids),
        "session": st.one_of(st.sampled_from([session - HALF_HOUR, session // 1000, None, UNSET]), hostile_session_ids),
        "replay": st.one_of(st.sampled_from(others), json_values),
    }


def _payload(table: Table, device: object, session: object, replay: object, message: str) -> dict[str, Any]:
    """An event of a mode where it arrives: at Segment, or straight at Amplitude. What is UNSET is not in it."""
    properties = {} if replay is UNSET else {REPLAY_ID_PROPERTY: replay}
    at = {} if session is UNSET else {"session_id": session}
    if not table.detected:
        event = {"event_type": "Clicked", "device_id": device, "event_properties": properties, "insert_id": message}
        return {**event, **at}
    destination = "Actions Amplitude" if table.session_id_field == "actions_session_id" else "Amplitude"
    return {
        "type": "track",
        "event": "Clicked",
        "anonymousId": device,
        "messageId": message,
        "integrations": {destination: at},
        "properties": properties,
    }

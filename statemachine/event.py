"""A raw line → `Event`s of a log, or `Call`s of a trace, or why not.

An event log holds what arrived: Segment payloads (track, page, screen, identify, group, alias; one,
an array, or `{"batch": […]}`), and Amplitude events (export lines, HTTP V2 `{"events": […]}`). A
call trace holds what one page did; its form is fixed in the law. Nothing here raises on bad input:
it becomes an `Unreadable`, with its place.

Source: `law.md`, "Two kinds of input"; the formats of Segment's and Amplitude's HTTP APIs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from statemachine.errors import shown
from statemachine.ids import UNSET
from statemachine.symbol import Call, Trigger

MAX_LINE_BYTES: Final = 16 * 2**20
"""A longer line is reported, not parsed: memory stays bounded."""

REPLAY_ID_PROPERTY: Final = "[Amplitude] Session Replay ID"
REPLAY_CAPTURED: Final = "[Amplitude] Replay Captured"
SEGMENT_TYPES: Final = frozenset({"track", "page", "screen", "identify", "group", "alias"})


@attrs.frozen
class Event:
    """One event of a log, narrowed to what the law needs. IDs are raw; `UNSET` where not there.

    `line` counts from 1. `path` is where in the line the payload is (`$`, `$[2]`, `$.batch[0]`).
    `message_id` is what tells a payload delivered again: `messageId`, `insert_id` or `uuid`.
    """

    line: int
    path: str
    is_segment: bool
    device_id: object
    actions_session_id: object
    amplitude_session_id: object
    replay_id: object
    name: object
    message_id: object


@attrs.frozen
class Unreadable:
    """A line, or a payload in it, that could not be judged: the finding's code and the reason."""

    line: int
    path: str
    code: str
    reason: str


def events_of(line: int, text: bytes) -> Iterator[Event | Unreadable]:
    """Read one line of an event log: every payload in it, judged or not, at least one item."""
    value = parsed(line, text)
    if isinstance(value, Unreadable):
        yield value
        return
    bodies = {"$": value, **{f"$.{body}": _dict(value).get(body) for body in ("batch", "events")}}
    arrays = {path: body for path, body in bodies.items() if isinstance(body, list)}
    if not arrays:
        yield event_of(line, "$", value)
    for path, payloads in arrays.items():
        if not payloads:
            yield Unreadable(line, path, "SR902", "an empty array: no event in it")
        for n, payload in enumerate(payloads):
            yield event_of(line, f"{path}[{n}]", payload)


def parsed(line: int, text: bytes) -> Any:
    """Parse a line of JSON: the value, or an Unreadable that says why it is none. Never raises."""
    if len(text) > MAX_LINE_BYTES:
        return Unreadable(line, "$", "SR901", f"longer than {MAX_LINE_BYTES} bytes")
    try:
        return json.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Unreadable(line, "$", "SR901", f"not UTF-8: byte {text[error.start]:#04x} at offset {error.start}")
    except json.JSONDecodeError as error:
        return Unreadable(line, "$", "SR901", f"{error.msg} at column {error.colno}")
    except RecursionError:
        return Unreadable(line, "$", "SR901", "nested too deeply")
    except ValueError:  # Python refuses to convert integers of thousands of digits
        return Unreadable(line, "$", "SR901", "an integer of too many digits")


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def event_of(line: int, path: str, payload: object) -> Event | Unreadable:
    """Narrow one parsed payload to an event, or say why it is none. Never raises."""
    if not isinstance(payload, dict):
        return Unreadable(line, path, "SR902", f"{shown(payload)}; expected an event object")
    if "event_type" in payload or ("device_id" in payload and "call" not in payload):
        return _amplitude_event(line, path, payload)
    kind = payload.get("type")
    if "anonymousId" in payload or (isinstance(kind, str) and kind in SEGMENT_TYPES):
        return _segment_event(line, path, payload)
    if "call" in payload:
        return Unreadable(line, path, "SR902", "a step of a call trace; `run MODE` reads those")
    keys = ", ".join(shown(key) for key in list(payload)[:5]) or "none"
    return Unreadable(line, path, "SR902", f"no known event shape; its keys: {keys}")


def _segment_event(line: int, path: str, payload: dict[str, Any]) -> Event:
    integrations = _dict(payload.get("integrations"))
    device = _dict(_dict(payload.get("context")).get("device")).get("id")
    replay = _dict(payload.get("properties")).get(REPLAY_ID_PROPERTY, UNSET)
    if replay is UNSET:
        replay = _dict(payload.get("traits")).get(REPLAY_ID_PROPERTY, UNSET)
    return Event(
        line,
        path,
        True,
        payload.get("anonymousId", UNSET) if device is None else device,
        _dict(integrations.get("Actions Amplitude")).get("session_id", UNSET),
        _dict(integrations.get("Amplitude")).get("session_id", UNSET),
        replay,
        payload.get("event"),
        payload.get("messageId"),
    )


def _amplitude_event(line: int, path: str, payload: dict[str, Any]) -> Event:
    session = payload.get("session_id", UNSET)
    identity = payload.get("$insert_id") or payload.get("insert_id") or payload.get("uuid")
    return Event(
        line,
        path,
        False,
        payload.get("device_id", UNSET),
        session,
        session,
        _dict(payload.get("event_properties")).get(REPLAY_ID_PROPERTY, UNSET),
        payload.get("event_type"),
        identity,
    )


_TRIGGERS: Final = {
    ("load", None): Trigger.LOAD,
    ("event", None): Trigger.EVENT,
    ("event", "shell"): Trigger.EVENT,
    ("event", "segment"): Trigger.BYPASS,
    ("settle", None): Trigger.SETTLE,
    ("add", "session-replay"): Trigger.ADD_SESSION_REPLAY,
    ("add", "segment"): Trigger.ADD_SEGMENT,
    ("remove", "amplitude"): Trigger.REMOVE_AMPLITUDE,
}
_QUALIFIER: Final = {"event": "via", "add": "plugin", "remove": "plugin"}


def call_of(line: int, text: bytes, triggers: tuple[Trigger, ...]) -> tuple[Any, Call | Unreadable]:
    """Read one line of a call trace: the JSON as it was (None if it is none), and the call.

    `triggers` are those of the mode; a call that it does not have is Unreadable.
    """
    value = parsed(line, text)
    if isinstance(value, Unreadable):
        return None, value
    call = _dict(value).get("call")
    if not isinstance(call, str):
        return value, Unreadable(line, "$", "SR902", 'no "call" in it; expected a step of a call trace')
    qualifier = value.get(_QUALIFIER.get(call, ""))
    key = (call, qualifier if isinstance(qualifier, str) else None)
    trigger = _TRIGGERS.get(key)
    if trigger is None or trigger not in triggers:
        names = ", ".join(
            name if value is None else f"{name} with {_QUALIFIER[name]} {value}"
            for (name, value), known in _TRIGGERS.items()
            if known in triggers
        )
        seen = shown(call) if qualifier is None else f"{shown(call)} {shown(qualifier)}"
        return value, Unreadable(line, "$.call", "SR902", f"{seen} is no call of this mode; expected {names}")
    return value, Call(trigger, value.get("session_id", UNSET), value.get("device_id", UNSET))


def as_call_trace(calls: Iterable[Call]) -> Iterator[dict[str, object]]:
    """Calls as the steps of a call trace, which `call_of` reads back. IDs must be what JSON can hold."""
    names = {trigger: key for key, trigger in reversed(_TRIGGERS.items())}
    for call in calls:
        name, qualifier = names[call.trigger]
        given = {
            _QUALIFIER.get(name, ""): UNSET if qualifier is None else qualifier,
            "device_id": call.device_id,
            "session_id": call.session_id,
        }
        yield {"call": name, **{key: value for key, value in given.items() if value is not UNSET}}

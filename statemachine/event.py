"""A raw line → `Event`s of a log, or `Call`s of a trace, or why not.

An event log holds what arrived: Segment payloads (track, page, screen, identify, group, alias; one,
an array, or `{"batch": […]}`), and Amplitude events (export lines, HTTP V2 `{"events": […]}`). A
call trace holds what one page did; its form is fixed in the law. Nothing here raises on bad input:
it becomes an `Unreadable`, with its place. Where in a payload each field is, `fields` says.

Source: `law.md`, "Two kinds of input"; the formats of Segment's and Amplitude's HTTP APIs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from statemachine.bounds import MAX_LINE_BYTES as MAX_LINE_BYTES
from statemachine.errors import shown
from statemachine.fields import (
    PAYLOAD,
    Columns,
    Shape,
    first_given,
    first_there,
    mapped,
    shape_of,
    value_at,
)
from statemachine.ids import UNSET
from statemachine.symbol import Call, Trigger

REPLAY_CAPTURED: Final = "[Amplitude] Replay Captured"
AS_THEY_ARE: Final = Columns()
"""No column is named by the user."""


@attrs.frozen
class Event:
    """One event of a log, narrowed to what the law needs. IDs are raw; `UNSET` where not there.

    `line` counts from 1. `path` is where in the line the payload is (`$`, `$[2]`, `$.batch[0]`).
    `message_id` is what tells a payload delivered again: `messageId`, `insert_id` or `uuid`.
    `shows_mode` is False when the session ID is where any mode could have it. `time` is raw too.
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
    shows_mode: bool = True
    time: object = UNSET


@attrs.frozen
class Unreadable:
    """A line, or a payload in it, that could not be judged: the finding's code and the reason."""

    line: int
    path: str
    code: str
    reason: str


def events_of(line: int, text: bytes, columns: Columns = AS_THEY_ARE) -> Iterator[Event | Unreadable]:
    """Read one line of an event log: every payload in it, judged or not, at least one item."""
    yield from events_in(line, parsed(line, text), columns)


def events_in(line: int, value: Any, columns: Columns = AS_THEY_ARE) -> Iterator[Event | Unreadable]:
    """Read what a line or a row holds, when it is parsed or could not be: likewise."""
    if columns and not isinstance(value, Unreadable):
        value = unwrapped(line, value, columns)
    if isinstance(value, Unreadable):
        yield value
        return
    bodies = {"$": value, **{f"$.{body}": _dict(value).get(body) for body in ("batch", "events")}}
    arrays = {path: body for path, body in bodies.items() if isinstance(body, list)}
    if not arrays:
        yield event_of(line, "$", value, columns)
    for path, payloads in arrays.items():
        if not payloads:
            yield Unreadable(line, path, "SR902", "an empty array: no event in it")
        for n, payload in enumerate(payloads):
            yield event_of(line, f"{path}[{n}]", payload, columns)


def unwrapped(line: int, value: Any, columns: Columns) -> Any:
    """The payload that a line or a row holds in a column, where the user names one; or why it holds none."""
    places = columns.places(PAYLOAD)
    if not places:
        return value
    inner = first_given(value, places)
    if isinstance(inner, bytes):
        return parsed(line, inner)
    if isinstance(inner, str):
        return parsed(line, inner.encode("utf-8", "surrogatepass"))
    return Unreadable(line, "$", "SR902", f"no payload at {columns.payload}") if inner in (UNSET, None) else inner


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


def event_of(line: int, path: str, payload: object, columns: Columns = AS_THEY_ARE) -> Event | Unreadable:
    """Narrow one parsed payload to an event, or say why it is none. Never raises."""
    if not isinstance(payload, dict):
        return Unreadable(line, path, "SR902", f"{shown(payload)}; expected an event object")
    shape = shape_of(payload)
    if columns:
        shape = mapped(shape, columns)
    if shape is not None:
        return event_in(shape, line, path, payload)
    if "call" in payload:
        return Unreadable(line, path, "SR902", "a step of a call trace; `run MODE` reads those")
    keys = ", ".join(shown(key) for key in list(payload)[:5]) or "none"
    return Unreadable(line, path, "SR902", f"no known event shape; its keys: {keys}")


def event_in(shape: Shape, line: int, path: str, payload: dict[str, Any]) -> Event:
    """The event of a payload, or of a row by column, whose shape is known."""
    actions, amplitude = first_there(payload, shape.actions), first_there(payload, shape.amplitude)
    shows_mode = True
    if shape.bare and actions in _NONE and amplitude in _NONE:
        session = first_there(payload, shape.bare)
        if session is not UNSET:
            actions, amplitude, shows_mode = session, session, False
    messages = (value_at(payload, place) for place in shape.message)
    name = first_given(payload, shape.name)
    return Event(
        line,
        path,
        shape.is_segment,
        first_given(payload, shape.device),
        actions,
        amplitude,
        first_there(payload, shape.replay),
        None if name is UNSET else name,
        next((message for message in messages if message and message is not UNSET), None),
        shows_mode,
        next((time for place in shape.time if (time := value_at(payload, place)) not in _NOTHING), UNSET),
    )


_NONE: Final = (UNSET, None)
_NOTHING: Final = (*_NONE, "")


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

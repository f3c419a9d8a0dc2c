"""Where every field of an event is, by the shape of what holds it: the one place that says so.

A field's places are tried in order. Reading a log, naming columns (`--column`), and the table in the docs come from
here. Source: the formats of Segment's, Amplitude's and RudderStack's APIs, exports and warehouses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import attrs

from statemachine.errors import UnknownNameError, printable, shortened, shown
from statemachine.ids import UNSET

Path: TypeAlias = tuple[str, ...]
"""A key, and the keys below it."""

REPLAY_ID_PROPERTY: Final = "[Amplitude] Session Replay ID"
SEGMENT_TYPES: Final = frozenset({"track", "page", "screen", "identify", "group", "alias"})
FIELDS: Final = ("device", "session", "replay", "message", "name", "time")
"""What can be mapped. The time is the device's clock, by which `--order time` sorts."""
PAYLOAD: Final = "payload"
"""Mapped as a field would be: the column that holds a whole payload, as an object or as JSON text."""


@attrs.frozen
class Shape:
    """Where the fields of one shape are. `recognised` says in words what makes a payload or a row one of it.

    A session ID at `actions` or `amplitude` shows the mode; one at `bare` does not, and is read where neither is.
    """

    title: str
    recognised: str
    is_segment: bool
    device: tuple[Path, ...] = ()
    actions: tuple[Path, ...] = ()
    amplitude: tuple[Path, ...] = ()
    bare: tuple[Path, ...] = ()
    replay: tuple[Path, ...] = ()
    message: tuple[Path, ...] = ()
    name: tuple[Path, ...] = ()
    time: tuple[Path, ...] = ()

    def at(self, places: Mapping[str, tuple[Path, ...]]) -> Shape:
        """The same shape, with other places of some fields."""
        changed: dict[str, Any] = {**places}
        return attrs.evolve(self, **changed)

    def paths(self) -> Iterator[Path]:
        """Every place of every field."""
        for field in PLACES:
            yield from getattr(self, field)


PLACES: Final = ("device", "actions", "amplitude", "bare", "replay", "message", "name", "time")

SEGMENT: Final = Shape(
    title="Segment payload",
    recognised="`anonymousId`, or a `type` of the six calls",
    is_segment=True,
    device=(("context", "device", "id"), ("anonymousId",)),
    actions=(("integrations", "Actions Amplitude", "session_id"),),
    amplitude=(("integrations", "Amplitude", "session_id"),),
    replay=(("properties", REPLAY_ID_PROPERTY), ("traits", REPLAY_ID_PROPERTY)),
    message=(("messageId",),),
    name=(("event",),),
    time=(("originalTimestamp",), ("timestamp",)),
)
RUDDERSTACK: Final = attrs.evolve(
    SEGMENT,
    title="RudderStack payload",
    recognised="Segment's, and `session_id` at the root, or `context.sessionId` beside RudderStack's own "
    "`context.library` or `context.sessionStart`",
    bare=(("session_id",), ("context", "sessionId")),
)
WAREHOUSE: Final = Shape(
    title="Segment warehouse row",
    recognised="`anonymous_id` or `context_device_id`, and nothing nested",
    is_segment=True,
    device=(("context_device_id",), ("anonymous_id",)),
    actions=(("integrations_actions_amplitude_session_id",),),
    amplitude=(("integrations_amplitude_session_id",),),
    bare=(("session_id",), ("context_session_id",)),
    replay=(("amplitude_session_replay_id",), ("_amplitude_session_replay_id",)),
    message=(("message_id",), ("id",)),
    name=(("event_text",), ("event",)),
    time=(("original_timestamp",), ("timestamp",)),
)
AMPLITUDE: Final = Shape(
    title="Amplitude event",
    recognised="`event_type` or `device_id`: the Export API, HTTP V2, Batch, amplitude-js",
    is_segment=False,
    device=(("device_id",),),
    bare=(("session_id",),),
    replay=(("event_properties", REPLAY_ID_PROPERTY),),
    message=(("$insert_id",), ("insert_id",), ("uuid",)),
    name=(("event_type",),),
    time=(("client_event_time",), ("event_time",), ("time",), ("timestamp",)),
)
MAPPED: Final = Shape("mapped", "nothing above, with columns that are named by the user", True)
SHAPES: Final = (SEGMENT, RUDDERSTACK, WAREHOUSE, AMPLITUDE)


def shape_of(payload: Mapping[str, object]) -> Shape | None:
    """The shape of a payload or a row, by its keys; None for none that is known."""
    if ("anonymous_id" in payload or "context_device_id" in payload) and _NESTED.isdisjoint(payload):
        return WAREHOUSE
    if "event_type" in payload or ("device_id" in payload and "call" not in payload):
        return AMPLITUDE
    kind = payload.get("type")
    if "anonymousId" in payload or (isinstance(kind, str) and kind in SEGMENT_TYPES):
        return RUDDERSTACK if _is_rudderstack(payload) else SEGMENT
    return None


_NESTED: Final = frozenset({"anonymousId", "context", "event_properties"})
"""A row with one of these is no flat one."""


def _is_rudderstack(payload: Mapping[str, object]) -> bool:
    """Users of Segment put session IDs of their own into `context`: there, RudderStack has to show itself."""
    if "session_id" in payload:
        return True
    context = payload.get("context")
    if not isinstance(context, dict) or "sessionId" not in context:
        return False
    library = value_at(context, ("library", "name"))
    return "sessionStart" in context or (isinstance(library, str) and "rudder" in library.lower())


def value_at(payload: object, path: Path) -> object:
    """What is at a path; `UNSET` if nothing is."""
    value = payload
    for key in path:
        value = value.get(key, UNSET) if isinstance(value, dict) else UNSET
    return value


def first_there(payload: object, paths: Iterable[Path]) -> object:
    """What is at the first path that is there, though it be null; else `UNSET`."""
    for path in paths:
        if (value := value_at(payload, path)) is not UNSET:
            return value
    return UNSET


def first_given(payload: object, paths: Iterable[Path]) -> object:
    """What is at the first path with something else than null; else null or `UNSET`, as the last path has it."""
    value: object = UNSET
    for path in paths:
        value = value_at(payload, path)
        if value is not UNSET and value is not None:
            return value
    return value


@attrs.frozen
class Columns:
    """The fields' places as the user names them, instead of a shape's own. `Columns()` names none."""

    named: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, given: Iterable[str]) -> Columns:
        """Read `FIELD=PATH`, several of one field in the order in which they are tried. Raises UnknownNameError."""
        named = []
        for text in given:
            field, _, path = text.partition("=")
            if field not in (*FIELDS, PAYLOAD) or not path:
                known = ", ".join((*FIELDS, PAYLOAD))
                raise UnknownNameError(f"{shown(text)}; expected FIELD=PATH, where FIELD is one of {known}")
            named.append((field, path))
        return cls(tuple(named))

    def __bool__(self) -> bool:
        return bool(self.named)

    def places(self, field: str) -> tuple[Path, ...]:
        """Where a field is to be looked for: under the whole name first, then below its parts."""
        texts = [path for name, path in self.named if name == field]
        return tuple(dict.fromkeys(place for text in texts for place in ((text,), tuple(text.split(".")))))

    @property
    def payload(self) -> str:
        """Where a whole payload is, as the user named it."""
        return printable(", ".join(path for name, path in self.named if name == PAYLOAD))


@lru_cache(64)
def mapped(shape: Shape | None, columns: Columns) -> Shape | None:
    """A shape with the places that the user named; a shape even for what has none, if a device is named."""
    if shape is None:
        if not columns.places("device"):
            return None
        shape = MAPPED
    named = {field: places for field in FIELDS if (places := columns.places(field))}
    if session := named.pop("session", None):
        named |= {"actions": (), "amplitude": (), "bare": session}
    return shape.at(named)


def session_place(shape: Shape, session_id_field: str) -> str:
    """In words, where the session ID is that a table reads, by the name of its field; empty where there is no place."""
    own = shape.actions if session_id_field == "actions_session_id" else shape.amplitude
    # A name with dots may be one key or several: it is told once.
    return " or ".join(dict.fromkeys(printable(shortened(dotted(path))) for path in (*own, *shape.bare)))


def normalisation() -> list[tuple[str, ...]]:
    """The rows of the docs' table, a header first: where each field of each shape comes from, places in order."""
    header = ("shape", "recognised by", "device ID", "session ID", "shows the mode", "replay ID", "message ID")
    rows: list[tuple[str, ...]] = [(*header, "event name", "time")]
    for shape in SHAPES:
        session = _told((*shape.actions, *shape.amplitude, *shape.bare))
        shows = " and ".join(
            f"{_told(places)}: {mode}"
            for places, mode in ((shape.actions, "actions"), (shape.amplitude, "classic-cloud"))
            if places
        )
        fields = (shape.replay, shape.message, shape.name, shape.time)
        row = (shape.title, shape.recognised, _told(shape.device), session, shows or "no: the shared core")
        rows.append((*row, *map(_told, fields)))
    return rows


def _told(paths: Iterable[Path]) -> str:
    return ", ".join(f"`{dotted(path)}`" for path in paths)


def dotted(path: Path) -> str:
    """A path as the law writes it."""
    return path[0] + "".join(f".{key}" if key.isidentifier() else f'["{key}"]' for key in path[1:])

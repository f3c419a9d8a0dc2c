"""Where fields are: every place of every shape is read, in its order, and what the user names comes before."""

from __future__ import annotations

from typing import Any

import pytest

from statemachine import TABLES
from statemachine.errors import UnknownNameError
from statemachine.event import Event, Unreadable, event_of, events_of
from statemachine.fields import AMPLITUDE, RUDDERSTACK, SEGMENT, SHAPES, WAREHOUSE, Columns, Path, normalisation
from statemachine.ids import UNSET
from tests.test_log import S1, S2, actions, amplitude, bare, cloud, codes

REPLAY_ID = "[Amplitude] Session Replay ID"
BARE: dict[str, dict[str, Any]] = {
    SEGMENT.title: {"type": "track"},
    RUDDERSTACK.title: {"type": "track", "context": {"sessionStart": True, "sessionId": None}},
    WAREHOUSE.title: {"anonymous_id": None},
    AMPLITUDE.title: {"event_type": "E"},
}
"""The least of every shape."""
READS = {
    "device": "device_id",
    "actions": "actions_session_id",
    "amplitude": "amplitude_session_id",
    "bare": "amplitude_session_id",
    "replay": "replay_id",
    "message": "message_id",
    "name": "name",
    "time": "time",
}


def with_value(payload: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """A payload with a value at a path."""
    key, *below = path
    inner = payload.get(key)
    changed = with_value(inner if isinstance(inner, dict) else {}, tuple(below), value) if below else value
    return {**payload, key: changed}


def read(payload: object, columns: Columns | None = None) -> Event:
    """The event of a payload."""
    event = event_of(1, "$", payload, columns or Columns())
    assert isinstance(event, Event), event
    return event


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.title)
@pytest.mark.parametrize("field", READS)
def test_every_place_is_read_and_an_earlier_one_comes_first(shape: Any, field: str) -> None:
    """As the table in the docs has it."""
    payload = BARE[shape.title]
    for number, path in reversed([*enumerate(getattr(shape, field))]):
        payload = with_value(payload, path, f"from {number}")
        assert getattr(read(payload), READS[field]) == f"from {number}"


def test_a_null_is_passed_over_where_that_is_how_senders_write_none() -> None:
    """A device's and a time's; not a replay ID's or a session's, which is null then."""
    assert read({"anonymousId": "a", "context": {"device": {"id": None}}}).device_id == "a"
    assert read({"anonymousId": "a", "originalTimestamp": None, "timestamp": 5}).time == 5
    assert read(actions(None)).actions_session_id is None
    assert read(bare()).actions_session_id is UNSET


def test_an_amplitude_event_has_the_first_message_id_that_is_not_empty() -> None:
    """An empty one tells nothing apart."""
    payload = {**amplitude(), "$insert_id": "", "insert_id": None, "uuid": "u"}
    assert read(payload).message_id == "u"


@pytest.mark.parametrize(
    "payload",
    [
        {**bare(), "session_id": S1},
        {**bare(), "context": {"sessionId": S1, "library": {"name": "RudderLabs JavaScript SDK"}}},
        {**bare(), "context": {"sessionId": S1, "sessionStart": True}},
        {"anonymous_id": "visitor-1", "session_id": S1},
        {"anonymous_id": "visitor-1", "context_session_id": S1},
    ],
)
def test_a_bare_session_id_shows_the_shared_core_only(payload: dict[str, Any]) -> None:
    """It is judged so, unless the user says in which mode it was sent."""
    earlier = {
        key: {**value, "sessionId": S1 - 1} if key == "context" else S1 - 1 if value == S1 else value
        for key, value in payload.items()
    }
    for mode in (None, *TABLES):
        assert [code for code, _ in codes(payload, earlier, mode=mode) if code == "SR201"] == ["SR201"]
    assert codes(payload, earlier) == [("SR201", 2)]
    assert read(payload).is_segment
    assert not read(payload).shows_mode


def test_what_is_known_of_segment_is_known_of_rudderstack() -> None:
    """`Replay Captured` does not come this way either, and seconds are told."""
    captured = {**bare(), "session_id": S1, "event": "[Amplitude] Replay Captured"}
    assert codes(captured) == [("SR321", 1)]
    assert codes({**bare(), "session_id": S1 // 1000}) == [("SR115", 1)]


def test_session_ids_of_segments_own_users_are_left_alone() -> None:
    """The red twin: `context.sessionId` of another library is not read, and `integrations` goes first."""
    own = {"sessionId": "6f1c", "library": {"name": "analytics.js"}}
    assert codes({**actions(S1), "context": own}, {**bare(), "context": own}) == [("SR301", 2)]
    assert read({**actions(S1), "session_id": 5}).actions_session_id == S1
    assert read({**actions(S1), "session_id": 5}).shows_mode
    assert read({**cloud(S1), "session_id": 5}).amplitude_session_id == S1


def test_a_warehouse_row_with_the_destinations_column_shows_its_mode() -> None:
    """As a payload does."""
    row = {"anonymous_id": "visitor-1", "id": "m", "event": "e", "amplitude_session_replay_id": f"visitor-1/{S2}"}
    sent = [{**row, "integrations_actions_amplitude_session_id": S2, "id": "1"}]
    sent += [{**row, "integrations_actions_amplitude_session_id": S1, "id": "2"}]
    assert codes(*sent) == codes(actions(S2, f"visitor-1/{S2}"), actions(S1, f"visitor-1/{S2}")) != []


def test_a_row_with_something_nested_is_no_flat_one() -> None:
    """The red twin: an `anonymous_id` beside `anonymousId` or `event_properties` changes nothing."""
    assert read({**actions(S1), "anonymous_id": "other"}).device_id == "visitor-1"
    assert not read({**amplitude(S1), "anonymous_id": "other"}).is_segment
    assert read({"anonymous_id": "a", "device_id": "b", "event_type": "x"}).device_id == "a"


def test_named_columns_come_instead() -> None:
    """The whole name first, then the keys below; several in their order; a shape nobody knows needs a device."""
    columns = Columns.of(["device=who.id", "device=who", "session=sid", "time=at"])
    payload = {"who": {"id": "nested"}, "sid": S1, "at": 7, "anonymousId": "x"}
    event = read(payload, columns)
    assert (event.device_id, event.amplitude_session_id, event.actions_session_id, event.time) == ("nested", S1, S1, 7)
    assert read({"who.id": "whole", **payload}, columns).device_id == "whole"
    assert read({"who": "second"}, columns).device_id == "second"
    assert not event.shows_mode
    assert isinstance(event_of(1, "$", {"sid": 5}, Columns.of(["session=sid"])), Unreadable)


def test_a_payload_may_be_in_a_column() -> None:
    """As an object or as JSON text; where it is not, or is none, that is told."""
    columns = Columns.of(["payload=value"])
    for line in (
        b'{"value":{"anonymousId":"a"}}',
        rb'{"value":"{\"anonymousId\":\"a\"}"}',
        rb'{"value":"[{\"type\":\"page\"}]"}',
    ):
        assert all(isinstance(event, Event) for event in events_of(1, line, columns))
    for line, code in (
        (b'{"value":null}', "SR902"),
        (b"[]", "SR902"),
        (b'{"value":"{"}', "SR901"),
        (b'{"value":5}', "SR902"),
    ):
        (found,) = events_of(1, line, columns)
        assert isinstance(found, Unreadable)
        assert found.code == code


@pytest.mark.parametrize("given", ["", "device", "device=", "who=x", "=x"])
def test_a_column_that_is_for_no_field_is_misuse(given: str) -> None:
    """With what was expected."""
    with pytest.raises(UnknownNameError, match="device, session, replay, message, name, time, payload"):
        Columns.of([given])


def test_the_table_of_the_docs_has_every_place() -> None:
    """A row a shape, under a header."""
    header, *rows = normalisation()
    assert [row[0] for row in rows] == [shape.title for shape in SHAPES]
    assert all(len(row) == len(header) for row in rows)
    text = "".join(cell for row in rows for cell in row)
    assert all(path[-1] in text for shape in SHAPES for path in shape.paths())
    assert '`integrations["Actions Amplitude"].session_id`' in text

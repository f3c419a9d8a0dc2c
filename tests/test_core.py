"""Rows of the core that no other fast test takes: `make coverage` asks for every branch."""

from __future__ import annotations

import json
import pickle
from typing import Any, NoReturn

import pytest

from statemachine import ACTIONS, CLASSIC_CLOUD, UNSET, Call, Judge, Log, Trigger, parse_replay_id, start, step
from statemachine.errors import UnknownNameError, UnreadableFileError, shown
from statemachine.event import Event, Unreadable, as_call_trace, call_of, events_in, events_of
from statemachine.fields import SEGMENT, Columns, mapped, session_place
from statemachine.log import Recent
from tests.test_log import S1, actions


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"body": actions(S1)}, "visitor-1"),
        ({"body": json.dumps(actions(S1))}, "visitor-1"),
        ({"body": ""}, "SR901"),
        ({"other": 1}, "SR902"),
    ],
)
def test_a_payload_may_be_in_a_column_that_the_user_names(value: object, expected: str) -> None:
    """As an object or as text; what holds none says where it was looked for."""
    (found,) = events_of(1, json.dumps(value).encode(), Columns.of(["payload=body"]))
    assert (found.code if isinstance(found, Unreadable) else found.device_id) == expected


def test_what_is_text_that_no_json_is_has_its_own_code() -> None:
    """A column that holds half a payload."""
    (found,) = events_of(1, b'{"body": "{"}', Columns.of(["payload=body"]))
    assert isinstance(found, Unreadable)
    assert found.code == "SR901"


def test_a_field_may_be_where_the_user_says() -> None:
    """The device is looked for there, not in the shape's own place."""
    (found,) = events_of(1, json.dumps({**actions(S1), "visitor": "v-12345"}).encode(), Columns.of(["device=visitor"]))
    assert isinstance(found, Event)
    assert found.device_id == "v-12345"


def test_there_is_one_unset() -> None:
    """Copied to another process it is the same object, and says its name."""
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET  # noqa: S301
    assert repr(UNSET) == "UNSET"


def test_a_replay_id_without_a_device_says_so() -> None:
    """The part that is missing is named."""
    assert "empty device part" in str(parse_replay_id(f"/{S1}").flaw)


def test_a_trigger_that_a_mode_does_not_have_is_misuse() -> None:
    """Actions has no set-up calls."""
    with pytest.raises(UnknownNameError, match="add_segment"):
        step(ACTIONS, start(ACTIONS), Call(Trigger.ADD_SEGMENT))


def test_a_window_goes_on_from_its_two_halves() -> None:
    """What was remembered still is; many at once are as one by one, or nothing is done."""
    first = Recent(4)
    assert first.takes([1, 2, 3, 4, 5])
    second = Recent.of(*first.generations, window=4)
    assert second.generations == ({1, 2, 3, 4}, {5})
    assert [key for key in range(1, 7) if second.repeats(key)] == [1, 2, 3, 4, 5]
    assert not second.takes([7, 7])
    assert not second.takes([6, 8])
    assert not second.repeats(7)


def test_a_full_disk_while_lines_are_held_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises names the log and the reason."""

    def full(*arguments: Any) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("statemachine.log.tempfile.SpooledTemporaryFile", full)
    judges: dict[str, Judge] = {}
    with pytest.raises(UnreadableFileError, match=r"a\.ndjson: its lines .* No space left"):
        list(Log("a.ndjson").verdicts([(1, b"{}")], judges))


def test_a_column_of_bytes_holds_a_payload_too() -> None:
    """As Parquet gives it."""
    (found,) = events_in(1, {"body": json.dumps(actions(S1)).encode()}, Columns.of(["payload=body"]))
    assert isinstance(found, Event)


def test_a_step_of_a_call_trace_is_no_event_and_says_which_command_reads_it() -> None:
    """Whoever gives `check` a trace is told."""
    (found,) = events_of(1, b'{"call": "load"}')
    assert isinstance(found, Unreadable)
    assert "run MODE" in found.reason


def test_a_replay_id_with_a_foreign_character_in_its_device_names_it() -> None:
    """And where it is."""
    flaw = parse_replay_id(f"visitor 1/{S1}").flaw
    assert flaw is not None
    assert (flaw.position, flaw.character) == (7, " ")


def test_calls_are_written_as_the_trace_that_is_read_back() -> None:
    """With their qualifiers, and without what is not there."""
    calls = [Call(Trigger.ADD_SEGMENT), Call(Trigger.LOAD, S1, "visitor-1"), Call(Trigger.BYPASS)]
    written = [*as_call_trace(calls)]
    assert written[0] == {"call": "add", "plugin": "segment"}
    read = [call_of(n, json.dumps(step).encode(), CLASSIC_CLOUD.triggers)[1] for n, step in enumerate(written)]
    assert read == calls


def test_a_value_that_no_json_holds_is_shown_by_its_type() -> None:
    """An adapter in Python may show anything."""
    assert shown({1}) == "a value of type set"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("actions_session_id", 'integrations["Actions Amplitude"].session_id'),
        ("amplitude_session_id", "integrations.Amplitude.session_id"),
    ],
)
def test_the_place_of_a_session_id_is_told_in_words(field: str, expected: str) -> None:
    """That of the shape which the table reads; where the user named another, that one."""
    assert session_place(SEGMENT, field) == expected
    named = mapped(SEGMENT, Columns.of(["session=at.sid"]))
    assert named is not None
    assert session_place(named, field) == "at.sid"

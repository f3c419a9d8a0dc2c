"""IDs: round trips, refusals, and what a refusal says, over valid and hostile strings."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine import (
    InvalidIdError,
    ReplayId,
    device_id,
    format_replay_id,
    parse_device_id,
    parse_replay_id,
    parse_session_id,
    session_id,
)
from statemachine.ids import (
    RESERVED_DEVICE_IDS,
    SESSION_ID_MAX,
    are_sound_device_ids,
    device_id_warnings,
    format_replay_ids,
)
from statemachine.suites.strategies import (
    ACCEPTED,
    LOOK_ALIKES,
    device_ids,
    hostile_device_ids,
    json_values,
    malformed_session_ids,
)

real_sessions = st.integers(1, SESSION_ID_MAX)


@given(device_ids, real_sessions)
def test_a_replay_id_round_trips(device: str, session: int) -> None:
    """Format, then parse, gives both parts back; parse, then format, gives the text back."""
    replay = ReplayId(device, session)
    assert ReplayId.of(str(replay)) == replay
    assert str(ReplayId.of(str(replay))) == str(replay) == format_replay_id(device, session)


@given(st.text(ACCEPTED + "/", max_size=12))
def test_what_parses_as_replay_id_formats_to_the_same_text(text: str) -> None:
    """There is one text for a replay ID: nothing else parses to it."""
    parsed = parse_replay_id(text).value
    assert parsed is None or str(parsed) == text


def test_a_slash_in_the_device_would_be_read_two_ways() -> None:
    """The red twin of the round trip: without the rule on '/', two devices give one replay ID."""
    naive = {("a/1", 2): "a/1/2", ("a", "1/2"): "a/1/2"}
    assert len(set(naive.values())) < len(naive)
    assert parse_device_id("a/1").value is None
    assert parse_replay_id("a/1/2").value is None


@given(hostile_device_ids)
@example("\ud800")
@example("a" * 100_000 + "\x00")
def test_parsing_never_raises_and_decides_by_the_character_set(raw: object) -> None:
    """Any object parses to a value or a flaw, and a value is exactly accepted characters."""
    for parse in (parse_device_id, parse_replay_id, parse_session_id):
        parsed = parse(raw)
        assert (parsed.value is None) != (parsed.flaw is None)
        assert str(parsed.flaw).isprintable()
    accepted = isinstance(raw, str) and raw != "" and set(raw) <= set(ACCEPTED)
    assert (parse_device_id(raw).value is not None) == accepted


@given(device_ids, st.sampled_from([*LOOK_ALIKES, "/", " ", "\n", "\x1b", "é"]), device_ids)
def test_a_refusal_names_the_character_its_position_and_what_was_expected(head: str, odd: str, tail: str) -> None:
    """The first character at fault is named, with its code point and place."""
    flaw = parse_device_id(head + odd + tail).flaw
    assert flaw is not None
    assert (flaw.character, flaw.position) == (odd, len(head))
    assert flaw.code == ("SR102" if odd == "/" else "SR103")
    assert f"U+{ord(odd):04X}" in str(flaw)
    assert f"position {len(head)}" in str(flaw)
    assert "a-z A-Z 0-9" in str(flaw)


@given(real_sessions)
def test_decimal_text_is_the_same_session(session: int) -> None:
    """A cookie gives text back; it is the same number."""
    assert parse_session_id(session).value == parse_session_id(str(session)).value == session


@given(malformed_session_ids | json_values.filter(lambda v: not isinstance(v, (int, str)) and v is not None))
def test_everything_else_is_malformed(raw: object) -> None:
    """Fractions, booleans, other text, other negatives and objects are SR112."""
    flaw = parse_session_id(raw).flaw
    assert flaw is not None
    assert flaw.code == "SR112"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, 0),
        (0, 0),
        ("0", 0),
        ("007", 7),
        (-1, -1),
        ("-1", -1),
        (SESSION_ID_MAX, SESSION_ID_MAX),
        (5.0, None),
        (True, None),
    ],
)
def test_the_edges_of_a_session_id(raw: object, value: int | None) -> None:
    """None and 0 are no session, -1 is out of session, 2^53 - 1 is the last."""
    assert parse_session_id(raw).value == value


@given(device_ids)
def test_constructors_return_what_is_sound(device: str) -> None:
    """A sound ID comes back as it was."""
    assert device_id(device) == device


@pytest.mark.parametrize(
    "construct",
    [
        lambda: device_id("a/b"),
        lambda: session_id("abc"),
        lambda: ReplayId("a/b", 5),
        lambda: ReplayId("ab", 0),
        lambda: ReplayId.of("ab"),
    ],
)
def test_constructors_raise_our_own_error(construct: object) -> None:
    """Code that wants an exception gets InvalidIdError, which is a ValueError."""
    with pytest.raises(InvalidIdError):
        construct()  # type: ignore[operator]


def test_warnings_are_for_what_amplitude_refuses() -> None:
    """Short and reserved IDs comply with the grammar; each has its own code."""
    assert device_id_warnings("null") == ("SR104", "SR105")
    assert device_id_warnings("anonymous") == ("SR105",)
    assert device_id_warnings("abcd") == ("SR104",)
    assert device_id_warnings("abcde") == ()


@given(
    st.lists(device_ids | st.text(max_size=6) | st.sampled_from([*RESERVED_DEVICE_IDS, "a/b/c", "\ud800"]), max_size=3)
)
def test_many_are_sound_when_each_is(devices: list[str]) -> None:
    """One look at all of them decides as the parser and the warnings do one by one."""
    sound = [parse_device_id(one).flaw is None and not device_id_warnings(one) for one in devices]
    assert are_sound_device_ids(devices) is all(sound)


@given(st.lists(st.tuples(device_ids | st.just(""), st.integers(-2, 2))))
def test_many_replay_ids_are_formatted_as_one_is(parts: list[tuple[str, int]]) -> None:
    """None where either part does not exist."""
    expected = [format_replay_id(device, session) for device, session in parts]
    assert format_replay_ids([d for d, _ in parts], [s for _, s in parts]) == expected

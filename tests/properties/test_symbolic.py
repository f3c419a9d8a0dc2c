"""What holds for *every* integer and text: pure functions, so that `make nightly` can give them to a solver.

The solver runs them on unknown values and asks for those that take each branch. It sees through integers, text and
regular expressions of Python; not into other processes, and not into C: msgspec, pyarrow, numpy, `transitions`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine import TABLES, Call, Replay, State, Table, Trigger, parse_session_id, step
from statemachine.ids import (
    RESERVED_DEVICE_IDS,
    SESSION_ID_MAX,
    device_id_warnings,
    format_replay_id,
    parse_device_id,
    parse_replay_id,
    session_number,
)
from statemachine.machines.core import IN_SESSION
from statemachine.suites.strategies import ACCEPTED
from statemachine.symbol import Kind, kind_of

pytestmark = pytest.mark.symbolic

real_sessions = st.integers(1, SESSION_ID_MAX)


@given(st.integers(), st.integers(0, SESSION_ID_MAX))
def test_an_integer_is_of_the_kind_that_comparing_says(number: int, current: int) -> None:
    """Newer, same or older, from 1 to 2^53 - 1; 0 is none, -1 is out of session; all others are malformed."""
    expected = Kind.MALFORMED
    if 1 <= number <= SESSION_ID_MAX:
        expected = Kind.SAME if number == current else Kind.NEWER if number > current else Kind.OLDER
    elif number in (0, -1):
        expected = Kind.ABSENT if number == 0 else Kind.OUT_OF_SESSION
    assert kind_of(number, current) is expected


@given(st.integers())
def test_an_integer_stands_for_itself_or_is_malformed(number: int) -> None:
    """And the parser says which."""
    value = session_number(number)
    assert value == (number if -1 <= number <= SESSION_ID_MAX else None)
    assert parse_session_id(number).value == value
    assert (parse_session_id(number).flaw is None) == (value is not None)


@given(st.text(max_size=4))
def test_text_is_a_session_id_when_it_is_digits(text: str) -> None:
    """Of ASCII, with a sign only for -1; nothing else that Python would take for a number."""
    digits = text.removeprefix("-")
    is_decimal = digits != "" and all(character in "0123456789" for character in digits)
    number = int(text) if is_decimal else None
    assert session_number(text) == (number if number is not None and number >= -1 else None)


@given(st.text(max_size=4))
def test_text_is_a_device_id_when_all_of_it_is_accepted(text: str) -> None:
    """A slash has its own code, whatever else is in it; what is short is warned of."""
    flaw = parse_device_id(text).flaw
    if text != "" and all(character in ACCEPTED for character in text):
        assert flaw is None
        assert device_id_warnings(text) == (("SR104", "SR105") if text in RESERVED_DEVICE_IDS else ("SR104",))
    else:
        assert flaw is not None
        assert flaw.code == ("SR101" if text == "" else "SR102" if "/" in text else "SR103")


@given(st.text(max_size=5))
def test_a_replay_id_has_one_text(text: str) -> None:
    """What parses formats to the same text; what does not parse has a flaw."""
    parsed = parse_replay_id(text)
    if parsed.value is None:
        assert parsed.flaw is not None
        assert parsed.flaw.code == "SR121"
    else:
        assert format_replay_id(parsed.value.device_id, parsed.value.session_id) == text


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("state", IN_SESSION)
@given(current=real_sessions, number=st.integers())
def test_the_replay_session_only_moves_forward(table: Table, state: State, current: int, number: int) -> None:
    """From any session, with any integer: it is the greater of the two, if the other is a session ID at all."""
    replay = Replay((state, *table.begins[1:]), "visitor-1", current)
    after, outcome = step(table, replay, Call(Trigger.EVENT, number))
    assert after.session_id == (number if current < number <= SESSION_ID_MAX else current)
    assert outcome.accepted == (current <= number <= SESSION_ID_MAX)
    stays = State.SESSION_ACTIVE if number == current else state
    assert after.state is (State.ROLLED_OVER if after.session_id > current else stays)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@given(session=st.integers(), device=st.text(max_size=3))
def test_a_load_takes_what_is_sound(table: Table, session: int, device: str) -> None:
    """A device ID that is one, and a session ID or none; else nothing changes."""
    before = Replay(table.begins)
    after, outcome = step(table, before, Call(Trigger.LOAD, session, device))
    sound = parse_device_id(device).value is not None and -1 <= session <= SESSION_ID_MAX
    assert outcome.accepted == sound
    assert (after.device_id, after.session_id) == ((device, max(session, 0)) if sound else (None, 0))
    assert sound or after == before

"""What a refused ID says, word for word, and where the edges of an ID are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from statemachine import (
    UNSET,
    InvalidIdError,
    ReplayId,
    device_id,
    parse_device_id,
    parse_replay_id,
    parse_session_id,
    session_id,
)
from statemachine.ids import SESSION_ID_MAX, Flaw, Parsed, format_replay_ids

DEVICE = "one or more of a-z A-Z 0-9 _ - . | @ : ="
SESSION = (
    "an integer of epoch milliseconds from 1 to 9007199254740991 (0 or null for none, -1 out of session), "
    "or its decimal text"
)
REPLAY = "<deviceId>/<sessionId>"

FLAWS: dict[str, tuple[Callable[[object], Parsed[Any]], object, Flaw]] = {
    "a device that is not there": (parse_device_id, UNSET, Flaw("SR101", "missing", DEVICE)),
    "a device that is null": (parse_device_id, None, Flaw("SR101", "null", DEVICE)),
    "an empty device": (parse_device_id, "", Flaw("SR101", '""', DEVICE)),
    "a device that is a number": (parse_device_id, 5, Flaw("SR103", "5 is not text", f"text of {DEVICE}")),
    "the first slash of two": (parse_device_id, "a/b/c", Flaw("SR102", '"a/b/c"', DEVICE, 1, "/")),
    "a slash before what is foreign": (parse_device_id, "é/b", Flaw("SR102", '"é/b"', DEVICE, 1, "/")),
    "a slash that is the first character": (parse_device_id, "/ab", Flaw("SR102", '"/ab"', DEVICE, 0, "/")),
    "the first of two foreign characters": (parse_device_id, "a é", Flaw("SR103", '"a é"', DEVICE, 1, " ")),
    "a session with a letter": (parse_session_id, "12x4y", Flaw("SR112", '"12x4y"', SESSION, 2, "x")),
    "a session with a sign": (parse_session_id, "-5", Flaw("SR112", '"-5"', SESSION, 0, "-")),
    "a session that is too long": (parse_session_id, "9" * 17, Flaw("SR112", f'"{"9" * 17}"', SESSION)),
    "a session that is a fraction": (parse_session_id, 5.5, Flaw("SR112", "5.5", SESSION)),
    "a replay ID that is a number": (parse_replay_id, 5, Flaw("SR121", "5 is not text", REPLAY)),
    "a replay ID without a slash": (parse_replay_id, "abc", Flaw("SR121", "\"abc\" has no '/'", REPLAY)),
    "a replay ID with a foreign device": (parse_replay_id, "a b/5", Flaw("SR121", '"a b/5"', REPLAY, 1, " ")),
    "a replay ID without a device": (parse_replay_id, "/5", Flaw("SR121", '"/5" has an empty device part', REPLAY)),
    "the first slash too many": (parse_replay_id, "ab/1/2/3", Flaw("SR121", '"ab/1/2/3"', REPLAY, 4, "/")),
    "a slash before another character": (parse_replay_id, "ab/x/2", Flaw("SR121", '"ab/x/2"', REPLAY, 4, "/")),
    "a slash straight after the first": (parse_replay_id, "ab//2", Flaw("SR121", '"ab//2"', REPLAY, 3, "/")),
    "a letter in the session part": (parse_replay_id, "ab/12X", Flaw("SR121", '"ab/12X"', REPLAY, 5, "X")),
    "a letter that begins the session part": (parse_replay_id, "ab/x12", Flaw("SR121", '"ab/x12"', REPLAY, 3, "x")),
    "a session part of zero": (
        parse_replay_id,
        "ab/0",
        Flaw("SR121", '"ab/0" has the session part "0"', f"{REPLAY} with a session above 0"),
    ),
}


@pytest.mark.parametrize("what", FLAWS)
def test_a_refusal_says_what_was_seen_where_and_what_was_expected(what: str) -> None:
    """Each way in which an ID is none has its code, its words and its place."""
    parse, raw, flaw = FLAWS[what]
    assert parse(raw) == Parsed(None, flaw)


@pytest.mark.parametrize(
    ("flaw", "text"),
    [
        (Flaw("SR103", "seen", "wanted"), "seen; expected wanted"),
        (Flaw("SR103", "seen", "wanted", 3), "seen; expected wanted"),
        (
            Flaw("SR103", "seen", "wanted", 3, "é"),
            "seen has 'é' (U+00E9 LATIN SMALL LETTER E WITH ACUTE) at position 3 (counted from 0); expected wanted",
        ),
        (
            Flaw("SR103", "seen", "wanted", 0, "\x00"),
            r"seen has '\x00' (U+0000 unnamed control or unassigned character) at position 0 (counted from 0);"
            " expected wanted",
        ),
    ],
)
def test_a_flaw_reads_as_one_sentence(flaw: Flaw, text: str) -> None:
    """It names the character and the place when it has both."""
    assert str(flaw) == text


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (lambda: device_id("a/b"), f"not a device ID: {parse_device_id('a/b').flaw}"),
        (lambda: session_id("abc"), f"not a session ID: {parse_session_id('abc').flaw}"),
        (lambda: ReplayId.of("ab"), f"not a replay ID: {parse_replay_id('ab').flaw}"),
        (lambda: ReplayId("ab", 0), "not a session ID that a replay can have: 0"),
    ],
)
def test_an_exception_says_what_it_is_not(construct: Callable[[], object], message: str) -> None:
    """Which ID was asked for, and the flaw."""
    with pytest.raises(InvalidIdError) as caught:
        construct()
    assert str(caught.value) == message


@pytest.mark.parametrize("session", [True, 5.0, "5", 0, -1, SESSION_ID_MAX + 1])
def test_a_replay_has_a_session_that_is_a_positive_integer(session: object) -> None:
    """Not what merely compares as one."""
    with pytest.raises(InvalidIdError):
        ReplayId("visitor-1", session)  # type: ignore[arg-type]


def test_the_last_session_id_is_one_a_replay_can_have() -> None:
    """2^53 - 1, made and parsed; the next is none."""
    last = ReplayId("visitor-1", SESSION_ID_MAX)
    assert parse_replay_id(str(last)).value == last
    assert parse_replay_id(f"visitor-1/{SESSION_ID_MAX + 1}").value is None
    assert ReplayId("visitor-1", 1).session_id == 1


def test_devices_and_sessions_come_in_pairs() -> None:
    """A device without a session, among many, is misuse."""
    with pytest.raises(ValueError, match="zip"):
        format_replay_ids(["visitor-1", "visitor-2"], [1])

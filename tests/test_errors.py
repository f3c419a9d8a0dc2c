"""What is shown of a value that nobody trusts: nothing that hides, moves a cursor or reorders a line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.errors import printable, visible
from tests.test_cli import REGRESSED, invoke

BLANKS = (
    "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u180b\ufe0f\U000e0100\U00016fe4\u00a0\u3000\u200b\u200e\u2066\ufeff"
)
LEFTWARDS = "\u05d0\u0627\u0661\u07ca\U00010800"
LEGITIMATE = ("é", "e\u0301", "日本", "ключ", "☃", "😀", "हिन्दी")


@pytest.mark.parametrize("blank", BLANKS, ids=unicodedata.name)
def test_what_cannot_be_seen_is_escaped(blank: str) -> None:
    """Whatever it is to Python, which takes many of them for printable: the red twin, below."""
    for shown in (visible, printable):
        assert shown(f"a{blank}b") == f"a{blank.encode('unicode_escape').decode()}b"


def test_what_python_takes_for_printable_is_not_enough() -> None:
    """The red twin: by `isprintable` alone, these would stand as they are."""
    assert {blank for blank in BLANKS if blank.isprintable()} == set(BLANKS[:11])
    assert all(letter.isprintable() for letter in LEFTWARDS)


@pytest.mark.parametrize("letter", LEFTWARDS, ids=unicodedata.name)
def test_letters_from_right_to_left_stand_alone_only(letter: str) -> None:
    """In a line of ours, which they would reorder, they are escaped; where data stand alone they are not."""
    assert visible(letter) == letter
    assert printable(f"a{letter}") == f"a{letter.encode('unicode_escape').decode()}"


@pytest.mark.parametrize("text", LEGITIMATE)
def test_other_writing_stays(text: str) -> None:
    """Accents, marks, other scripts and pictures."""
    assert printable(text) == visible(text) == text


@given(st.text())
def test_what_is_shown_is_harmless_and_tells_what_it_was(text: str) -> None:
    """Nothing reorders or hides; text without backslashes can be read back; showing twice changes nothing."""
    for shown in (visible(text), printable(text)):
        assert shown.isprintable()
        assert not set(shown) & set(BLANKS)
        if "\\" not in text:
            assert shown.encode("latin-1", "backslashreplace").decode("unicode_escape") == text
        assert visible(shown) == shown
    assert printable(printable(text)) == printable(text)
    assert not {unicodedata.bidirectional(c) for c in printable(text)} & {"R", "AL", "AN"}


def test_a_line_keeps_its_order_in_every_format_for_people() -> None:
    """A device in Hebrew, in text, Markdown and annotations; in CSV its cell has it, as JSON does."""
    device = "\u05d0\u05d1\u3164"
    given = REGRESSED.replace("visitor-1", device)
    assert device in given or device.encode("unicode_escape").decode() in given
    for form in ("text", "markdown", "github", "junit", "sarif"):
        told = invoke("check", "-", "--format", form, given=given).stdout
        assert "u05d0" in told
        assert not set(told) & set(device), form
    told = invoke("check", "-", "--format", "csv", given=given).stdout
    assert "\u05d0\u05d1\\u3164" in told

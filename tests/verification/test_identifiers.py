"""The reading of a replay ID, for IDs of any length."""

from __future__ import annotations

import sys
from itertools import product

from statemachine.ids import DEVICE_ID_CHARACTERS, parse_device_id
from statemachine.verification.identifiers import accepted_ranges, proof
from statemachine.verification.result import Method


def test_a_replay_id_has_one_reading() -> None:
    """No text is two replay IDs."""
    result = proof()
    assert result.holds
    assert result.method is Method.UNBOUNDED


def test_with_the_delimiter_admitted_it_has_two() -> None:
    """The red twin: the solver shows a text and its two readings."""
    result = proof("/")
    assert not result.holds
    assert "two readings" in result.detail


def test_other_characters_do_no_harm() -> None:
    """It is the delimiter that matters: with a space admitted the proof holds."""
    assert proof(" ").holds


def test_the_characters_are_those_that_the_law_names() -> None:
    """Those of the proof, those that the parser accepts when asked for every code point, and the documented list."""
    proved = {chr(code) for first, last in accepted_ranges() for code in range(ord(first), ord(last) + 1)}
    asked = {chr(code) for code in range(sys.maxunicode + 1) if parse_device_id(chr(code)).value is not None}
    listed: set[str] = set()
    for item in DEVICE_ID_CHARACTERS.split(" "):
        first, last = item[0], item[-1]  # "a-z", or one character
        listed |= {chr(code) for code in range(ord(first), ord(last) + 1)}
    assert proved == asked == listed


def test_a_text_is_a_device_id_exactly_if_its_characters_are_accepted() -> None:
    """The proof takes device IDs as such texts: no pair of characters is more, or less, than the two."""
    sample = [*map(chr, range(128)), "é", "／", "\U0001f600"]
    accepted = {character for character in sample if parse_device_id(character).value is not None}
    for pair in product(sample, repeat=2):
        assert (parse_device_id("".join(pair)).value is not None) == accepted.issuperset(pair), pair
    assert parse_device_id("").value is None

"""Lone surrogates in JSON that is read in pieces: only they are changed, wherever the pieces end."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statemachine.bulk.readers import surrogates
from statemachine.bulk.readers.surrogates import Paired

PARTS = ["x", r"\n", r"\"", r"\\", r"\\ud800", r"\u0041", r"\ud83d\ude00", r"\uD83D\uDE00", r"\ud800", r"\uDC99"]


def in_pieces(text: bytes, sizes: list[int]) -> bytes:
    """A text that goes through in pieces of these sizes, and the rest in one."""
    paired, found = Paired(), b""
    for size in sizes:
        piece, text = text[:size], text[size:]
        found += paired.of(piece) if piece else b""
    return found + (paired.of(text) if text else b"") + paired.of(b"")


def without(text: str) -> str:
    """What Python reads of it, without lone surrogates."""
    read = json.loads(f'"{text}"')
    return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in read)


@given(st.lists(st.sampled_from(PARTS), max_size=6).map("".join), st.lists(st.integers(1, 13), max_size=8))
@example(r"\ud83d\ude00", [6])
@example(r"\ud800\ud800", [7])
def test_pairs_stay_and_lone_ones_go(text: str, sizes: list[int]) -> None:
    """Whatever stands around them, and however it is cut."""
    assert json.loads(b'"' + in_pieces(text.encode(), sizes) + b'"') == without(text)


def test_a_cut_in_a_pair_that_is_not_waited_for_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: pieces that are taken as they come."""
    monkeypatch.setattr(surrogates, "_unfinished", len)
    with pytest.raises(AssertionError):
        test_pairs_stay_and_lone_ones_go.hypothesis.inner_test(r"\ud83d\ude00", [6])  # type: ignore[attr-defined]

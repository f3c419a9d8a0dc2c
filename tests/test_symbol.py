"""Symbols: what a session ID is at its edges, and how a symbol is written."""

from __future__ import annotations

import pytest

from statemachine.ids import SESSION_ID_MAX
from statemachine.symbol import Device, Kind, Symbol, Trigger, kind_of


@pytest.mark.parametrize(
    ("raw", "current", "kind"),
    [
        (SESSION_ID_MAX, 5, Kind.NEWER),
        (SESSION_ID_MAX + 1, 5, Kind.MALFORMED),
        (str(SESSION_ID_MAX), 5, Kind.NEWER),
        (str(SESSION_ID_MAX + 1), 5, Kind.MALFORMED),
        (6, 5, Kind.NEWER),
        (5, 5, Kind.SAME),
        (4, 5, Kind.OLDER),
        (1, 5, Kind.OLDER),
        (0, 5, Kind.ABSENT),
        (0, 0, Kind.ABSENT),
        (-1, 5, Kind.OUT_OF_SESSION),
        (-1, 0, Kind.OUT_OF_SESSION),
        (-2, 5, Kind.MALFORMED),
        (-2, 0, Kind.MALFORMED),
        (True, 5, Kind.MALFORMED),
    ],
)
def test_the_edges_between_the_kinds(raw: object, current: int, kind: Kind) -> None:
    """Each number on either side of where one kind ends and another begins."""
    assert kind_of(raw, current) is kind


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        (Symbol(Trigger.BYPASS), "bypass"),
        (Symbol(Trigger.EVENT, Kind.OLDER), "event[older]"),
        (Symbol(Trigger.LOAD, Kind.PRESENT, Device.VALID), "load[valid device, present]"),
    ],
)
def test_a_symbol_is_written_with_what_plays_a_part(symbol: Symbol, text: str) -> None:
    """The trigger, and in brackets the device and the kind unless they are *any*."""
    assert str(symbol) == text

"""The SDK's own device IDs are a mapping, in memory or not."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.bulk.own_devices import OwnDevices

names = st.sampled_from(["visitor-1", "visitor-2", "a/b", "", "\ud800", "\x00"]) | st.text(max_size=5)


@given(st.lists(st.tuples(names, names)), st.integers(0, 3))
def test_it_is_a_dictionary_wherever_it_is_kept(pairs: list[tuple[str, str]], held: int) -> None:
    """Whatever the names are, before and after it goes to a file."""
    with patch("statemachine.bulk.own_devices.HELD_IN_MEMORY", held):
        kept, expected = OwnDevices(), dict[str, str]()
        for device, own in pairs:
            kept[device] = expected[device] = own
            assert dict(kept) == expected
            assert len(kept) == len(expected)
    assert kept.get("nobody at all") is None
    with pytest.raises(TypeError):
        del kept["visitor-1"]

"""The `transitions` object, as its users hold it; that it equals `step` is in `properties/test_step.py`."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import Machine

from statemachine import UnknownNameError, live

S1, S2 = 1790000000000, 1790001800000


def test_it_is_the_object_of_the_transitions_package() -> None:
    """Triggers, `state`, `is_…`, `may_…` and the machine's own callbacks are all there."""
    replay = live("actions")
    entered: list[tuple[str, str | None]] = []
    assert isinstance(replay.machine, Machine)
    replay.machine.on_enter_rolled_over(lambda event: entered.append((replay.state, replay.replay_id)))
    assert replay.load(device_id="visitor-1", session_id=S1)
    assert replay.event(session_id=str(S2))
    assert entered == [("rolled_over", f"visitor-1/{S2}")]
    assert replay.is_rolled_over()  # type: ignore[attr-defined]
    assert not replay.may_event(session_id=S1)
    assert not replay.event(session_id=S1)
    assert (replay.accepted, replay.findings, [str(effect) for effect in replay.effects]) == (
        False,
        ("SR201",),
        ["deliver"],
    )


def test_the_set_up_of_cloud_mode_can_be_followed() -> None:
    """The calls of the set-up are triggers too; begun as documented, their state is at hand."""
    replay = live("classic-cloud")
    assert replay.configuration[1:] == ("replay plugin added", "Segment plugin added", "Amplitude destination removed")
    assert replay.add_segment()
    assert replay.findings == ("SR311",)


@pytest.mark.parametrize("arguments", [((S1,), {}), ((), {"sesion_id": S1}), ((), {"session_id": S1, "via": "shell"})])
def test_an_argument_that_would_be_lost_is_refused(arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    """A positional or misspelled ID raises TypeError, and changes nothing."""
    replay = live("actions")
    replay.load(device_id="visitor-1")
    positional, named = arguments
    with pytest.raises(TypeError, match="device_id, session_id"):
        replay.event(*positional, **named)
    assert replay.session_id == 0
    assert replay.event(session_id=S1)


def test_a_trigger_inside_a_callback_is_refused() -> None:
    """It would mix two calls up, so it raises; afterwards the object works on."""
    replay = live("actions")
    replay.machine.on_enter_session_active(lambda event: replay.event(session_id=5))
    with pytest.raises(RuntimeError, match="inside a callback"):
        replay.load(device_id="visitor-1", session_id=S1)
    assert replay.session_id == S1
    assert replay.event(session_id=S2)


def test_an_unknown_mode_is_named_with_the_known_ones() -> None:
    """Misuse raises one of our errors, and says what there is."""
    with pytest.raises(UnknownNameError, match="actions, classic-device, classic-cloud"):
        live("cloud")

"""The invariants hold on our machines, in every mode and every reading, and on the guard by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from statemachine import TABLES
from statemachine.suites import Adapter, suite_of
from tests.depth import times
from tests.properties.implementations import ByHand, Lived, Stepped

RUN = settings(max_examples=times(100), stateful_step_count=20)

pytestmark = pytest.mark.hypothesis


@pytest.mark.parametrize("mode", TABLES)
@pytest.mark.parametrize("make", [Stepped, Lived], ids=["step", "transitions"])
def test_our_machines_keep_every_invariant(mode: str, make: Callable[[], Adapter]) -> None:
    """On random streams of calls with hostile IDs, every invariant of the law holds."""
    run_state_machine_as_test(suite_of(mode, make), settings=RUN)


@pytest.mark.parametrize("mode", ["actions", "classic-device"])
def test_a_guard_by_hand_keeps_every_invariant(mode: str) -> None:
    """The suite is not about tables: a guard written without them passes it."""
    run_state_machine_as_test(suite_of(mode, ByHand), settings=RUN)

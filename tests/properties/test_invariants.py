"""The invariants hold on our machines, in every mode and every reading, and on the guard by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from statemachine import TABLES, Table
from tests.properties.implementations import ByHand, Implementation, Lived, Stepped
from tests.properties.suite import Suite


def suite_of(table: Table, make: Callable[[Table], Implementation]) -> type[Suite]:
    """A suite of this mode for an implementation."""
    namespace = {"table": table, "implementation": lambda self: make(table)}
    return type(f"Suite of {table.mode}", (Suite,), namespace)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("make", [Stepped, Lived], ids=["step", "transitions"])
def test_our_machines_keep_every_invariant(table: Table, make: Callable[[Table], Implementation]) -> None:
    """On random streams of calls with hostile IDs, every invariant of the law holds."""
    run_state_machine_as_test(suite_of(table, make), settings=settings(max_examples=100, stateful_step_count=20))


@pytest.mark.parametrize("mode", ["actions", "classic-device"])
def test_a_guard_by_hand_keeps_every_invariant(mode: str) -> None:
    """The suite is not about tables: a guard written without them passes it."""
    suite = suite_of(TABLES[mode], lambda table: ByHand())
    run_state_machine_as_test(suite, settings=settings(max_examples=100, stateful_step_count=20))

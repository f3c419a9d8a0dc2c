"""The tables are the law, and every change of one row of them is noticed."""

from __future__ import annotations

import pytest

from statemachine import TABLES, Table
from statemachine.verification.mutants import mutants
from tests.law import departures


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_decides_as_the_law_does(table: Table) -> None:
    """Every configuration and symbol: next state, acceptance, effects and findings, in order."""
    assert departures(table) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_single_row_mutant_is_killed(table: Table) -> None:
    """Each either refuses to be built, or departs from the law, or behaves exactly the same."""
    made = mutants(table)
    assert [mutant for mutant in made.different if not departures(mutant)] == []
    # Those that behave the same say the same in other words: a target that is the source, for one.
    assert len(made.different) > 100
    assert made.refused > 50
    assert made.same < len(made.different) / 4

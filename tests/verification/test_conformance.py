"""Conformance: `step` and the `transitions` object against the rows, and mutants that are found out."""

from __future__ import annotations

import pytest

from statemachine import TABLES, Table
from statemachine.verification.bounds import starts_of
from statemachine.verification.conformance import Reference, by_live, by_step, checks, few_calls_of
from statemachine.verification.mutants import mutants
from statemachine.verification.result import Method

BY_MODE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@BY_MODE
def test_both_implementations_conform_to_their_table(table: Table) -> None:
    """By the W-method within bounds, and on long random words."""
    found = list(checks(table))
    assert [result.property for result in found if not result.holds] == []
    assert [result.method for result in found] == [Method.EXHAUSTIVE, Method.EXHAUSTIVE, Method.RANDOM]


def references(table: Table) -> list[Reference]:
    """The table's machine from each start, within small bounds."""
    return [Reference.of(table, start, few_calls_of(table)) for start in starts_of(table)]


@BY_MODE
def test_every_single_row_mutant_is_killed(table: Table) -> None:
    """`step` on a mutant in place of the table: the W-method finds a word that shows it."""
    known = references(table)
    survivors = [
        mutant for mutant in mutants(table).different if not any(r.departure(by_step, 1, mutant) for r in known)
    ]
    assert survivors == []


def test_a_mutant_with_a_state_more_hides_from_a_test_without() -> None:
    """Why one state is allowed for: without it, some of the mutants of cloud-mode are not found."""
    table = TABLES["classic-cloud"]
    known = references(table)
    hidden = [m for m in mutants(table).different if not any(r.departure(by_step, 0, m) for r in known)]
    assert len(hidden) == 2


@BY_MODE
def test_mutants_of_the_transitions_object_are_killed(table: Table) -> None:
    """A sample of them, since that object is slow."""
    known = references(table)
    sample = mutants(table).different[::25]
    assert len(sample) >= 5
    assert all(any(r.departure(by_live, 0, mutant) for r in known) for mutant in sample)

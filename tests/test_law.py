"""The tables are the law, and every change of one row of them is noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

import attrs
import pytest

from statemachine import TABLES, Table
from statemachine.errors import IllFormedTableError
from statemachine.machines.tag import TAG_ROWS, Passage, Tag, TagRow
from statemachine.verification.mutants import mutants
from tests.law import departures, tag_departures


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


def test_the_table_of_replay_ids_decides_as_the_law_does() -> None:
    """Every passage and every tag."""
    assert tag_departures(TAG_ROWS) == []


def tag_mutants() -> Iterator[tuple[TagRow, ...]]:
    """The table of replay IDs with one thing changed in one row, in every way."""
    for n, row in enumerate(TAG_ROWS):
        changed = chain(
            (attrs.evolve(row, finding=code) for code in (None, "SR121", "SR122", "SR123", "SR125", "SR201")),
            (attrs.evolve(row, passages=(*{*row.passages} ^ {passage},)) for passage in Passage),
            (attrs.evolve(row, tags=(*{*row.tags} ^ {tag},)) for tag in Tag),
        )
        yield TAG_ROWS[:n] + TAG_ROWS[n + 1 :]
        yield from ((*TAG_ROWS[:n], mutant, *TAG_ROWS[n + 1 :]) for mutant in changed if mutant != row)


def fate(rows: tuple[TagRow, ...]) -> str:
    """What becomes of a mutant of the table of replay IDs."""
    try:
        return "killed" if tag_departures(rows) else "survives"
    except IllFormedTableError:
        return "refused"


def test_every_single_row_mutant_of_the_replay_id_table_is_killed() -> None:
    """Another finding departs from the law; a row, passage or tag less is a hole, one more an overlap."""
    assert Counter(map(fate, tag_mutants())) == {"killed": 5 * len(TAG_ROWS), "refused": (1 + 5 + 8) * len(TAG_ROWS)}

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
from statemachine.verification.mutants import behaviour
from tests.generated import ROOT, updated
from tests.law import departures, tag_departures
from tests.mutation import rows

PAGE = ROOT / "specs" / "mutation.md"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_decides_as_the_law_does(table: Table) -> None:
    """Every configuration and symbol: next state, acceptance, effects and findings, in order."""
    assert departures(table) == []


@pytest.mark.parametrize("mode", TABLES)
def test_every_single_row_mutant_is_killed(mode: str) -> None:
    """Each either refuses to be built, or departs from the law, or is the same machine for a reason that is checked."""
    found = rows.fates(mode)
    assert found[rows.SURVIVES] == 0
    assert found[rows.KILLED] > 100
    assert found[rows.REFUSED] > 100
    assert sum(found[reason] for reason in rows.SAME) < found[rows.KILLED] / 4


def test_what_the_page_says_of_the_rows_is_so() -> None:
    """Its table is the counts, else run `make mutation`."""
    assert updated(PAGE.read_text(), {"rows": rows.table()}) == PAGE.read_text()


def test_a_row_that_no_check_knew_would_be_a_survivor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: with a law that never objects, and no reason why, changed rows survive."""
    table = TABLES["classic-device"]
    monkeypatch.setattr(rows, "departures", lambda table: [])
    mutant = attrs.evolve(table.regions[0].rows[2], findings=("SR101",))
    assert rows.fate(table, behaviour(table), 0, 2, mutant) == rows.SURVIVES


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


def fate(changed: tuple[TagRow, ...]) -> str:
    """What becomes of a mutant of the table of replay IDs."""
    try:
        return "killed" if tag_departures(changed) else "survives"
    except IllFormedTableError:
        return "refused"


def test_every_single_row_mutant_of_the_replay_id_table_is_killed() -> None:
    """Another finding departs from the law; a row, passage or tag less is a hole, one more an overlap."""
    assert Counter(map(fate, tag_mutants())) == {"killed": 5 * len(TAG_ROWS), "refused": (1 + 5 + 8) * len(TAG_ROWS)}

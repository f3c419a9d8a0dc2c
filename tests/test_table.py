"""Tables are whole, and an ill-formed one refuses to be built and says why."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from statemachine import CLASSIC_CLOUD, CLASSIC_DEVICE, TABLES, IllFormedTableError, Row, State, Table, Trigger
from statemachine.machines.tag import TAG_ROWS, Passage, Tag, TagRow, compiled
from statemachine.table import keys_of


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_total_and_deterministic(table: Table) -> None:
    """Every region has exactly one row, or none that names the trigger, for every state and symbol."""
    for configuration, symbol in product(table.configurations(), table.symbols):
        for n, region in enumerate(table.regions):
            rows = [row for row in region.rows if row.matches(configuration, n, symbol)]
            names_it = n == 0 or any(row.trigger is symbol.trigger for row in region.rows)
            assert len(rows) == int(names_it), (configuration, str(symbol))
        for key in keys_of(symbol):
            assert table.moves[configuration][symbol.trigger][key].outcome.rows


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_four_states_come_first(table: Table) -> None:
    """The first region of every mode is the replay's own, with the same four states."""
    assert table.regions[0].states == tuple(State)


def rebuilt(table: Table, *rows: Row) -> Table:
    """The same table with other rows in its first region."""
    region = attrs.evolve(table.regions[0], rows=rows)
    fields = {f.name: getattr(table, f.name) for f in attrs.fields(Table) if f.init}
    return Table(**{**fields, "regions": (region, *table.regions[1:])})


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_row_can_be_dropped(table: Table) -> None:
    """Each row is needed: without it the table has a hole and refuses to be built."""
    rows = table.regions[0].rows
    for n in range(len(rows)):
        with pytest.raises(IllFormedTableError, match=r"no row|nothing reaches"):
            rebuilt(table, *rows[:n], *rows[n + 1 :])


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_row_can_be_said_twice(table: Table) -> None:
    """A second row for the same states and symbols is an overlap, not a fallback."""
    rows = table.regions[0].rows
    for row in rows:
        with pytest.raises(IllFormedTableError, match="overlap"):
            rebuilt(table, *rows, row)


ROWS = CLASSIC_DEVICE.regions[0].rows
ILL_FORMED = {
    "names the state 'lost'": attrs.evolve(ROWS[0], target="lost"),
    "names the finding 'SR999'": attrs.evolve(ROWS[2], findings=("SR999",)),
    "names the trigger 'settle'": attrs.evolve(ROWS[0], trigger=Trigger.SETTLE),
    "rejection that changes something": attrs.evolve(ROWS[0], accepted=False),
}


@pytest.mark.parametrize("reason", ILL_FORMED)
def test_an_ill_formed_row_is_refused_with_its_reason(reason: str) -> None:
    """The message names the table, the region, the row and what is wrong with it."""
    with pytest.raises(IllFormedTableError, match=reason) as caught:
        rebuilt(CLASSIC_DEVICE, *ROWS, ILL_FORMED[reason])
    assert f"table 'classic-device', region 'replay': row {len(ROWS) + 1}" in str(caught.value)


def test_a_state_that_nothing_reaches_is_refused() -> None:
    """Without roll-over in the rows, `rolled_over` is an orphan."""
    rows = [attrs.evolve(row, target=State.SESSION_ACTIVE) if row.target == State.ROLLED_OVER else row for row in ROWS]
    with pytest.raises(IllFormedTableError, match="nothing reaches the state 'rolled_over'"):
        rebuilt(CLASSIC_DEVICE, *rows)


def test_a_state_name_used_twice_is_refused() -> None:
    """Regions cannot share a state name: guards name states of other regions."""
    twice = attrs.evolve(CLASSIC_CLOUD.regions[1], name="twin")
    fields = {f.name: getattr(CLASSIC_CLOUD, f.name) for f in attrs.fields(Table) if f.init}
    with pytest.raises(IllFormedTableError, match="used twice"):
        Table(**{**fields, "regions": (*CLASSIC_CLOUD.regions, twice)})


def test_a_hole_is_named_by_its_place() -> None:
    """The message says which state and symbol have no row."""
    rows = [row for row in ROWS if row.findings != ("SR201",)]
    with pytest.raises(IllFormedTableError, match=r"no row for .* on event\[older\]"):
        rebuilt(CLASSIC_DEVICE, *rows)


def test_the_replay_id_table_is_total_and_refuses_a_hole() -> None:
    """Every passage × tag has exactly one row; drop or double one, and it does not compile."""
    assert all(set(tags) == set(Tag) for tags in compiled(TAG_ROWS).values())
    for n in range(len(TAG_ROWS)):
        with pytest.raises(IllFormedTableError, match="0 rows"):
            compiled(TAG_ROWS[:n] + TAG_ROWS[n + 1 :])
    with pytest.raises(IllFormedTableError, match="2 rows"):
        compiled((*TAG_ROWS, TagRow((Passage.STARTS,), (Tag.MATCHES,))))

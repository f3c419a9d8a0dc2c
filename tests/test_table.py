"""Tables are whole, and an ill-formed one refuses to be built and says why."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from statemachine import (
    ACTIONS,
    CLASSIC_CLOUD,
    CLASSIC_DEVICE,
    TABLES,
    Effect,
    IllFormedTableError,
    Row,
    State,
    Table,
    Trigger,
    UnknownNameError,
)
from statemachine.machines import table_of
from statemachine.machines.core import DELIVER, guard_rows
from statemachine.machines.tag import TAG_FINDINGS, TAG_ROWS, Passage, Tag, TagRow, compiled
from statemachine.replay import Replay, begin, start
from statemachine.symbol import Call
from statemachine.table import Region, keys_of
from tests.law import departures


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
    return with_regions(table, attrs.evolve(table.regions[0], rows=rows), *table.regions[1:])


def with_regions(table: Table, *regions: Region) -> Table:
    """The same table with other regions."""
    fields = {f.name: getattr(table, f.name) for f in attrs.fields(Table) if f.init}
    return Table(**{**fields, "regions": regions})


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_built_again_is_the_same_machine(table: Table) -> None:
    """Its moves come from its rows alone; built now they decide as the law does, and as those built at import."""
    again = with_regions(table, *table.regions)
    assert again.moves == table.moves
    assert departures(again) == []
    assert list(again.configurations()) == list(table.configurations())


def test_the_guard_written_again_is_the_rows_that_the_tables_have() -> None:
    """For an event, which is delivered, and for a settle, which has been; nothing else differs."""
    for table, trigger, deliver in ((CLASSIC_DEVICE, Trigger.EVENT, DELIVER), (ACTIONS, Trigger.SETTLE, ())):
        rows = [row for row in table.regions[0].rows if row.trigger is trigger]
        assert [row for row in guard_rows(trigger, deliver) if row not in rows] == []
        others = [row for row in table.regions[0].rows if row not in guard_rows(trigger, deliver)]
        assert departures(rebuilt(table, *others, *guard_rows(trigger, deliver))) == []


def test_a_page_without_set_up_calls_begins_set_up() -> None:
    """With one it begins with nothing; a mode that has none begins unloaded."""
    load = Call(Trigger.LOAD, 1, "visitor-1")
    assert begin(CLASSIC_CLOUD, [load]) == Replay(CLASSIC_CLOUD.begins)
    assert begin(CLASSIC_CLOUD, [Call(Trigger.ADD_SEGMENT), load]) == start(CLASSIC_CLOUD)
    assert begin(ACTIONS, []) == start(ACTIONS)


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
    "names the state 'nowhere'": attrs.evolve(ROWS[2], sources=("nowhere",)),
    "names the state 'elsewhere'": attrs.evolve(ROWS[2], given=("elsewhere",)),
    "is a rejection that changes something": attrs.evolve(ROWS[0], accepted=False),
    "is a rejection that changes something: a target": attrs.evolve(ROWS[2], target=State.INITIALISED),
    "is a rejection that changes something: an effect": attrs.evolve(ROWS[2], effects=(Effect.INIT_REPLAY,)),
}


@pytest.mark.parametrize("reason", ILL_FORMED)
def test_an_ill_formed_row_is_refused_with_its_reason(reason: str) -> None:
    """The message names the table, the region, the row and what is wrong with it."""
    with pytest.raises(IllFormedTableError) as caught:
        rebuilt(CLASSIC_DEVICE, *ROWS, ILL_FORMED[reason])
    place = f"table 'classic-device', region 'replay': row {len(ROWS) + 1} "
    assert str(caught.value).startswith(place + reason.partition(":")[0])


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


def test_an_overlap_is_named_by_its_rows_and_its_place() -> None:
    """Rows are counted from 1, and every region's state is told."""
    row = CLASSIC_CLOUD.regions[1].rows[1]
    twice = attrs.evolve(CLASSIC_CLOUD.regions[1], rows=(*CLASSIC_CLOUD.regions[1].rows, row))
    with pytest.raises(IllFormedTableError) as caught:
        with_regions(CLASSIC_CLOUD, CLASSIC_CLOUD.regions[0], twice, *CLASSIC_CLOUD.regions[2:])
    assert str(caught.value) == (
        "table 'classic-cloud', region 'replay plugin': rows 2 and 5 overlap: uninitialised + replay plugin added + "
        "no Segment plugin + Amplitude destination kept on add_session_replay"
    )


def test_a_trigger_that_the_replay_has_no_row_for_is_refused() -> None:
    """Other regions may leave a trigger out; the first, the replay's own, may not."""
    rows = [row for row in CLASSIC_CLOUD.regions[0].rows if row.trigger is not Trigger.BYPASS]
    known = attrs.evolve(CLASSIC_CLOUD.regions[0], rows=tuple(rows))
    with pytest.raises(IllFormedTableError) as caught:
        with_regions(CLASSIC_CLOUD, known, *CLASSIC_CLOUD.regions[1:])
    assert str(caught.value) == "table 'classic-cloud', region 'replay': no row names the trigger 'bypass'"


def test_a_state_that_only_a_row_reaches_which_cannot_occur_is_refused() -> None:
    """No stream of calls gets there, so nothing reaches it."""
    rows = [attrs.evolve(row, cannot_occur="so we say") if row.target == State.ROLLED_OVER else row for row in ROWS]
    with pytest.raises(IllFormedTableError, match="nothing reaches the state 'rolled_over'"):
        rebuilt(CLASSIC_DEVICE, *rows)


def test_a_mode_that_is_none_is_named_beside_those_that_are() -> None:
    """Whoever mistypes one sees what there is."""
    with pytest.raises(UnknownNameError) as caught:
        table_of("action")
    assert str(caught.value) == 'no mode "action"; the modes are actions, classic-device, classic-cloud'


def test_the_replay_id_table_is_total_and_refuses_a_hole() -> None:
    """Every passage × tag has exactly one row; drop or double one, and it does not compile."""
    assert all(set(tags) == set(Tag) for tags in compiled(TAG_ROWS).values())
    for n in range(len(TAG_ROWS)):
        with pytest.raises(IllFormedTableError, match="0 rows"):
            compiled(TAG_ROWS[:n] + TAG_ROWS[n + 1 :])
    with pytest.raises(IllFormedTableError) as caught:
        compiled((*TAG_ROWS, TagRow((Passage.STARTS,), (Tag.MATCHES,))))
    place = "an event that starts or rolls over a session, replay ID matches"
    assert str(caught.value) == f"replay ID table: 2 rows for {place}"
    assert compiled(TAG_ROWS) == TAG_FINDINGS

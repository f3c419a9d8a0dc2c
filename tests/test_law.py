"""The tables are the law, and every change of one row of them is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from statemachine import RULES, TABLES, Effect, IllFormedTableError, Row, Table
from tests.law import departures


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_decides_as_the_law_does(table: Table) -> None:
    """Every configuration and symbol: next state, acceptance, effects and findings, in order."""
    assert departures(table) == []


def mutants_of(row: Row, states: tuple[str, ...]) -> Iterator[Row | None]:
    """Every change of one thing in a row; None drops it."""
    yield None
    yield from (attrs.evolve(row, target=state) for state in (None, *states) if state != row.target)
    yield attrs.evolve(row, accepted=not row.accepted)
    for effect in Effect:
        kept = tuple(e for e in row.effects if e is not effect)
        yield attrs.evolve(row, effects=kept if effect in row.effects else (*row.effects, effect))
    yield attrs.evolve(row, findings=row.findings[:-1] if row.findings else ("SR201",))
    for code in [code for code in RULES if code not in row.findings][:3]:
        yield attrs.evolve(row, findings=(*row.findings[:-1], code))
    yield from (attrs.evolve(row, kinds=tuple(k for k in row.kinds if k is not kind)) for kind in row.kinds)
    yield from (attrs.evolve(row, devices=tuple(d for d in row.devices if d is not device)) for device in row.devices)
    yield from (attrs.evolve(row, sources=tuple(s for s in row.sources if s != source)) for source in row.sources)
    yield from (attrs.evolve(row, given=tuple(g for g in row.given if g != name)) for name in row.given)


def with_row(table: Table, region: int, number: int, row: Row | None) -> Table:
    """The same table with one row changed or dropped."""
    regions = list(table.regions)
    rows = list(regions[region].rows)
    rows[number : number + 1] = [] if row is None else [row]
    regions[region] = attrs.evolve(regions[region], rows=tuple(rows))
    fields = {f.name: getattr(table, f.name) for f in attrs.fields(Table) if f.init}
    return Table(**{**fields, "regions": tuple(regions)})


def behaviour(table: Table) -> list[object]:
    """All that can be seen of a table when it runs, where calls can get."""
    return [
        (
            configuration,
            trigger,
            key,
            move.target,
            move.outcome.accepted,
            {*move.outcome.effects},
            move.outcome.findings,
        )
        for configuration, by_trigger in table.moves.items()
        for trigger, moves in by_trigger.items()
        for key, move in moves.items()
        if not any(row.cannot_occur for row in move.outcome.rows)
    ]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_single_row_mutant_is_killed(table: Table) -> None:
    """Each either refuses to be built, or departs from the law, or behaves exactly the same."""
    killed = refused = same = 0
    for region, number, row in ((r, n, row) for r, reg in enumerate(table.regions) for n, row in enumerate(reg.rows)):
        for mutant in mutants_of(row, table.regions[region].states):
            try:
                mutated = with_row(table, region, number, mutant)
            except IllFormedTableError:
                refused += 1
                continue
            if departures(mutated):
                killed += 1
            else:
                assert behaviour(mutated) == behaviour(table), (region, number, mutant)
                same += 1
    # Those that behave the same say the same in other words: a target that is the source, for one.
    assert killed > 100
    assert refused > 50
    assert same < killed / 4

"""Every change of one thing in one row of a table: what the checks must notice.

A mutant may refuse to be built, or be the same machine in other words; all others are to be killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import attrs

from statemachine.errors import IllFormedTableError
from statemachine.rules import RULES
from statemachine.table import Effect, Row, Table

OTHER_FINDINGS = 3
"""How many other codes a row's last finding is exchanged for."""


@attrs.frozen
class Mutants:
    """The single-row mutants of a table: those that differ, and how many refused or are the same machine."""

    different: tuple[Table, ...]
    refused: int
    same: int


def mutants_of(row: Row, states: tuple[str, ...]) -> Iterator[Row | None]:
    """Every change of one thing in a row; None drops it."""
    yield None
    yield from (attrs.evolve(row, target=state) for state in (None, *states) if state != row.target)
    yield attrs.evolve(row, accepted=not row.accepted)
    for effect in Effect:
        kept = tuple(e for e in row.effects if e is not effect)
        yield attrs.evolve(row, effects=kept if effect in row.effects else (*row.effects, effect))
    yield attrs.evolve(row, findings=row.findings[:-1] if row.findings else ("SR201",))
    for code in [code for code in RULES if code not in row.findings][:OTHER_FINDINGS]:
        yield attrs.evolve(row, findings=(*row.findings[:-1], code))
    yield from (attrs.evolve(row, kinds=tuple(k for k in row.kinds if k is not kind)) for kind in row.kinds)
    yield from (attrs.evolve(row, devices=tuple(d for d in row.devices if d is not device)) for device in row.devices)
    yield from (attrs.evolve(row, sources=tuple(s for s in row.sources if s != source)) for source in row.sources)
    yield from (attrs.evolve(row, given=tuple(g for g in row.given if g != name)) for name in row.given)


def with_row(table: Table, region: int, number: int, row: Row | None) -> Table:
    """The same table with one row changed, or dropped. Raises IllFormedTableError where it refuses."""
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


@cache
def mutants(table: Table) -> Mutants:
    """Build every single-row mutant of a table."""
    different: list[Table] = []
    refused = same = 0
    original = behaviour(table)
    for region, number, row in ((r, n, row) for r, reg in enumerate(table.regions) for n, row in enumerate(reg.rows)):
        for changed in mutants_of(row, table.regions[region].states):
            try:
                mutant = with_row(table, region, number, changed)
            except IllFormedTableError:
                refused += 1
                continue
            if behaviour(mutant) == original:
                same += 1
            else:
                different.append(mutant)
    return Mutants(tuple(different), refused, same)

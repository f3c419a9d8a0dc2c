"""Every row of every table with one thing changed: what becomes of each such machine."""

from __future__ import annotations

from collections import Counter
from functools import cache

import attrs

from statemachine import TABLES
from statemachine.errors import IllFormedTableError
from statemachine.table import Row, Table
from statemachine.verification.mutants import behaviour, mutants_of, with_row
from tests.generated import table_of_rows
from tests.law import departures

REFUSED, KILLED, SURVIVES = "refuse to be built", "depart from the law", "survive"
UNHEARD, IMPOSSIBLE, STAYS = "never asked for", "cannot occur", "stay where they are"
SUBORDINATE, ORDERED = "not the replay's own to accept", "ordered by the replay's row already"
SAME = (UNHEARD, IMPOSSIBLE, STAYS, SUBORDINATE, ORDERED)
"""Why a changed row may be the same machine."""


def why_same(table: Table, region: int, row: Row, changed: Row) -> str | None:
    """Why a change of a row changes nothing, said from what it changed; None when nothing says so."""
    (name,) = [f.name for f in attrs.fields(Row) if getattr(row, f.name) != getattr(changed, f.name)]
    if row.cannot_occur:
        return IMPOSSIBLE
    if name == "kinds":
        heard = {symbol.kind for symbol in table.symbols if symbol.trigger is row.trigger}
        return None if {*row.kinds} - {*changed.kinds} <= heard else UNHEARD
    if name == "target":
        return STAYS if row.sources == (changed.target or row.target,) else None
    if name == "accepted":
        return SUBORDINATE if region else None
    if name == "effects" and region:
        first = [other for other in table.regions[0].rows if other.trigger is row.trigger]
        return ORDERED if all({*row.effects} ^ {*changed.effects} <= {*other.effects} for other in first) else None
    return None


def fate(table: Table, original: list[object], region: int, number: int, changed: Row | None) -> str:
    """What becomes of a table with one row changed, or dropped."""
    row = table.regions[region].rows[number]
    try:
        mutant = with_row(table, region, number, changed)
    except IllFormedTableError:
        return REFUSED
    if departures(mutant):
        return KILLED
    same = changed is not None and behaviour(mutant) == original
    return (changed is not None and same and why_same(table, region, row, changed)) or SURVIVES


@cache
def fates(mode: str) -> Counter[str]:
    """How many changes of one thing in one row come to which end."""
    table = TABLES[mode]
    original = behaviour(table)
    return Counter(
        fate(table, original, region, number, changed)
        for region, its in enumerate(table.regions)
        for number, row in enumerate(its.rows)
        for changed in mutants_of(row, its.states)
    )


def table() -> str:
    """The counts of each mode, in Markdown."""
    rows = []
    for mode, found in ((mode, fates(mode)) for mode in TABLES):
        same = sum(found[reason] for reason in SAME)
        n = sum(len(region.rows) for region in TABLES[mode].regions)
        rows.append((f"`{mode}`", n, found.total(), found[REFUSED], found[KILLED], same, found[SURVIVES]))
    return table_of_rows(f"mode | rows | changes | {REFUSED} | {KILLED} | are the same machine | {SURVIVES}", rows)

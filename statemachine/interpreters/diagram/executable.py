"""What a state chart that runs is made of: a table's regions, states and transitions, with names for the wire.

**Events.** A consumer feeds symbols, calls that are classified already (`statemachine.symbol`), each as one event
named `trigger.kind`, for a load `load.device.kind`, and for a trigger whose IDs play no part its trigger alone:
`event.newer`, `settle.not_populated`, `load.valid_device.present`, `bypass`. A transition that takes every symbol of
its trigger is on `event.*`. So the class of the input is in the event's name, and no consumer needs guards for it.

**Guards.** What depends on a state of another region is one transition for each such state, guarded by *in that state*.

**What a transition orders** is a list of words: `rejected` when the call is not accepted, then its effects, then the
codes of its findings.

Left out is what changes nothing and orders nothing, and what cannot occur: an event without a transition stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from statemachine.symbol import Symbol
from statemachine.table import Region, Row, Table

REJECTED = "rejected"


@attrs.frozen
class Transition:
    """One row as one state has it.

    `within` is the ID of a state of another region that must hold, `target` the ID of the state that it leads to;
    None for either when there is none.
    """

    events: tuple[str, ...]
    within: str | None
    target: str | None
    rejected: bool
    effects: tuple[str, ...]
    findings: tuple[str, ...]


@attrs.frozen
class Place:
    """A state with the transitions that leave it, or stay in it."""

    id: str
    name: str
    transitions: tuple[Transition, ...]


@attrs.frozen
class Chart:
    """One region; the first state is the initial one."""

    id: str
    name: str
    places: tuple[Place, ...]


def charts(table: Table) -> tuple[Chart, ...]:
    """Read a table into charts, one a region, in its order."""
    return tuple(
        Chart(
            identifier(region.name),
            region.name,
            tuple(Place(identifier(s), str(s), tuple(_transitions(table, region, s))) for s in region.states),
        )
        for region in table.regions
    )


def identifier(name: str) -> str:
    """A name as an ID: of letters, digits and underscores, since consumers make names in programs of it."""
    return re.sub(r"\W", "_", name)


def event_name(symbol: Symbol) -> str:
    """The name of the event that a symbol is fed as."""
    return ".".join(identifier(part) for part in (symbol.trigger, symbol.device, symbol.kind) if part != "any")


def _transitions(table: Table, region: Region, state: str) -> Iterable[Transition]:
    for row in region.rows:
        orders = row.target is not None or row.effects or row.findings or not row.accepted
        if state not in row.sources or row.cannot_occur or not orders:
            continue
        for given in row.given or (None,):
            yield Transition(
                _events(table, row),
                None if given is None else identifier(given),
                None if row.target is None else identifier(row.target),
                not row.accepted,
                tuple(map(str, row.effects)),
                row.findings,
            )


def _events(table: Table, row: Row) -> tuple[str, ...]:
    symbols = [symbol for symbol in table.symbols if symbol.trigger is row.trigger]
    taken = [symbol for symbol in symbols if symbol.kind in row.kinds and symbol.device in row.devices]
    if len(taken) == len(symbols) > 1:
        return (f"{row.trigger}.*",)
    return tuple(map(event_name, taken))

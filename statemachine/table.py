"""Tables: ordered rows, data only, that say what a destination mode does.

A `Table` has one or more regions. The first is the replay's own (`State`); cloud-mode has more, for
its set-up. Every region holds one state at a time. For each configuration (one state a region) and
each symbol, each region has *exactly one* row; a table with a hole, an overlap, an unknown name or
a state that nothing reaches raises `IllFormedTableError`, with the place and the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

import attrs

from statemachine.errors import IllFormedTableError
from statemachine.rules import RULES
from statemachine.symbol import Device, Kind, Name, Symbol, Trigger

Configuration = tuple[str, ...]


class State(Name):
    """The states of a replay, the same in every mode."""

    UNINITIALISED = "uninitialised"
    INITIALISED = "initialised"
    SESSION_ACTIVE = "session_active"
    ROLLED_OVER = "rolled_over"


class Effect(Name):
    """What a row orders to be done, as data."""

    INIT_REPLAY = "init replay"
    """Initialise Session Replay with the load's device ID and its session ID (0 when it has none)."""
    SET_REPLAY_SESSION = "set replay session"
    """`setSessionId` with the call's session ID: it is the replay session from here on."""
    DELIVER = "deliver"
    """Hand the event on, once."""
    UNTAGGED = "untagged"
    """The event carries no replay ID."""


@attrs.frozen
class Row:
    """One line of a table: in one of `sources`, on `trigger` with one of `kinds`, do this.

    `target` None means that the region's state stays as it is. `given` names states of *another*
    region, one of which must hold. A row that is not `accepted` changes nothing. `cannot_occur` gives the
    reason why no stream of calls ever gets here; such a row closes a hole.
    """

    sources: tuple[str, ...]
    trigger: Trigger
    kinds: tuple[Kind, ...] = (Kind.ANY,)
    devices: tuple[Device, ...] = (Device.ANY,)
    given: tuple[str, ...] = ()
    target: str | None = None
    effects: tuple[Effect, ...] = ()
    findings: tuple[str, ...] = ()
    accepted: bool = True
    cannot_occur: str = ""

    def matches(self, configuration: Configuration, region: int, symbol: Symbol) -> bool:
        """Say whether this row of that region is the one for this configuration and symbol."""
        return self.takes(symbol) and self.holds(configuration, region)

    def takes(self, symbol: Symbol) -> bool:
        """Say whether this row is for this symbol, in whatever state."""
        return symbol.trigger is self.trigger and symbol.kind in self.kinds and symbol.device in self.devices

    def holds(self, configuration: Configuration, region: int) -> bool:
        """Say whether this row of that region is for this configuration, whatever the symbol."""
        return configuration[region] in self.sources and (
            not self.given or any(name in configuration for name in self.given)
        )


@attrs.frozen
class Region:
    """A set of states of which one holds at a time, the first to begin with, and its rows.

    A symbol whose trigger no row of the region names leaves the region as it is; a trigger that is
    named must be covered in every state.
    """

    name: str
    states: tuple[str, ...]
    rows: tuple[Row, ...]


@attrs.frozen
class Outcome:
    """What a step decided, besides the new state. Built once, with the table; steps share it."""

    accepted: bool
    effects: tuple[Effect, ...]
    findings: tuple[str, ...]
    rows: tuple[Row, ...]


@attrs.frozen
class Move:
    """A compiled entry: the new configuration (None when the whole state stays) and the outcome."""

    target: Configuration | None
    outcome: Outcome
    loads: bool
    sets_session: bool


Moves = Mapping[Configuration, Mapping[Trigger, Mapping[object, Move]]]


@attrs.frozen(eq=False)
class Table:
    """A destination mode: where its IDs are, and what it does. Building one checks it whole."""

    mode: str
    title: str
    source: str
    load: str
    """What starts the replay, for people."""
    session_id_at: str
    """Where a Segment payload of this mode has its session ID, for people."""
    session_id_field: str
    """The field of an `Event` that holds it."""
    regions: tuple[Region, ...]
    symbols: tuple[Symbol, ...]
    detected: bool = False
    """Whether that field in a Segment payload tells the mode."""
    unset: Kind = Kind.ABSENT
    """What a field that is not there (`not_populated`) reads as."""
    arrives: Trigger = Trigger.EVENT
    """How an event of a log counts."""
    arrives_unset: Trigger = Trigger.EVENT
    """How an event of a log counts that has no such field."""
    begins: Configuration = (State.UNINITIALISED,)
    """Where a log, and a call trace without any `setup` call, begins."""
    setup: tuple[Trigger, ...] = ()
    always_tagged: bool = False
    """Whether every event in a session must carry a replay ID."""
    own_device_id: bool = False
    """Whether the SDK has a device ID of its own, which Segment's payloads do not show."""
    own_device_finding: str | None = None
    """What to report, once a visitor, when the two device IDs differ."""
    moves: Moves = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _check_names(self)
        candidates = {symbol: [_candidates(region, symbol) for region in self.regions] for symbol in self.symbols}
        moves = {one: _moves_from(self, one, candidates) for one in self.configurations()}
        object.__setattr__(self, "moves", moves)
        _check_reachable(self)

    def configurations(self) -> Iterator[Configuration]:
        """Every combination of one state a region, reachable or not."""
        return product(*(region.states for region in self.regions))

    @property
    def initial(self) -> Configuration:
        """The configuration before any call: the first state of every region."""
        return tuple(region.states[0] for region in self.regions)

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """The triggers of this mode, in the order of its symbols."""
        return tuple(dict.fromkeys(symbol.trigger for symbol in self.symbols))


def keys_of(symbol: Symbol) -> Iterable[object]:
    """The keys of a symbol among the moves of its trigger: a load's device counts as well."""
    if symbol.trigger is Trigger.LOAD:
        return ((symbol.device, symbol.kind),)
    return Kind if symbol.kind is Kind.ANY else (symbol.kind,)


def _ill_formed(table: Table, region: Region, problem: str) -> IllFormedTableError:
    return IllFormedTableError(f"table {table.mode!r}, region {region.name!r}: {problem}")


def _check_names(table: Table) -> None:
    states = {name for region in table.regions for name in region.states}
    if len(states) != sum(len(region.states) for region in table.regions):
        raise IllFormedTableError(f"table {table.mode!r}: a state name is used twice")
    for region in table.regions:
        for number, row in enumerate(region.rows, 1):
            problem = _problem_of(row, region, states, table)
            if problem:
                raise _ill_formed(table, region, f"row {number} {problem}")


def _problem_of(row: Row, region: Region, states: set[str], table: Table) -> str | None:
    unknown = [name for name in (*row.sources, *row.given) if name not in states]
    unknown += [row.target] if row.target is not None and row.target not in region.states else []
    if unknown:
        return f"names the state '{unknown[0]}', which the table does not have"
    if row.trigger not in table.triggers:
        return f"names the trigger '{row.trigger}', which is not in the alphabet"
    codes = [code for code in row.findings if code not in RULES]
    if codes:
        return f"names the finding {codes[0]!r}, which the catalogue does not have"
    if not row.accepted and (row.target is not None or {*row.effects} - {Effect.DELIVER, Effect.UNTAGGED}):
        return "is a rejection that changes something"
    return None


@attrs.frozen
class _Candidates:
    """The rows of a region that take a symbol, numbered from 1, and whether any row names its trigger."""

    rows: tuple[tuple[int, Row], ...]
    is_named: bool


def _candidates(region: Region, symbol: Symbol) -> _Candidates:
    rows = tuple((n, row) for n, row in enumerate(region.rows, 1) if row.takes(symbol))
    return _Candidates(rows, any(row.trigger is symbol.trigger for row in region.rows))


def _row_for(
    table: Table, region: int, candidates: _Candidates, configuration: Configuration, symbol: Symbol
) -> Row | None:
    found = [(n, row) for n, row in candidates.rows if row.holds(configuration, region)]
    if len(found) == 1:
        return found[0][1]
    place = f"{' + '.join(configuration)} on {symbol}"
    if found:
        numbers = " and ".join(str(n) for n, _ in found)
        raise _ill_formed(table, table.regions[region], f"rows {numbers} overlap: {place}")
    if candidates.is_named:
        raise _ill_formed(table, table.regions[region], f"no row for {place}")
    return None


def _moves_from(
    table: Table, configuration: Configuration, candidates: dict[Symbol, list[_Candidates]]
) -> dict[Trigger, dict[object, Move]]:
    moves: dict[Trigger, dict[object, Move]] = {trigger: {} for trigger in table.triggers}
    for symbol in table.symbols:
        each = enumerate(candidates[symbol])
        rows = [_row_for(table, region, rows, configuration, symbol) for region, rows in each]
        if rows[0] is None:
            raise _ill_formed(table, table.regions[0], f"no row names the trigger '{symbol.trigger}'")
        move = _move(configuration, rows[0], rows)
        moves[symbol.trigger].update(dict.fromkeys(keys_of(symbol), move))
        if symbol.kind is table.unset:
            moves[symbol.trigger].setdefault(Kind.NOT_POPULATED, move)
    return moves


def _move(configuration: Configuration, first: Row, rows: list[Row | None]) -> Move:
    taken = tuple(row for row in rows if row is not None)
    effects = tuple(dict.fromkeys(effect for row in taken for effect in row.effects))
    findings = tuple(code for row in taken for code in row.findings)
    target = tuple(
        row.target if row is not None and row.target is not None else old
        for row, old in zip(rows, configuration, strict=True)
    )
    loads, sets = Effect.INIT_REPLAY in effects, Effect.SET_REPLAY_SESSION in effects
    stays = target == configuration and not loads and not sets
    outcome = Outcome(first.accepted, effects, findings, taken)
    return Move(None if stays else target, outcome, loads, loads or sets)


def _check_reachable(table: Table) -> None:
    reached, open_ = {table.initial}, [table.initial]
    while open_:
        for moves in table.moves[open_.pop()].values():
            for move in moves.values():
                impossible = any(row.cannot_occur for row in move.outcome.rows)
                if move.target is not None and move.target not in reached and not impossible:
                    reached.add(move.target)
                    open_.append(move.target)
    for n, region in enumerate(table.regions):
        orphans = [state for state in region.states if all(state != c[n] for c in reached)]
        if orphans:
            raise _ill_formed(table, region, f"nothing reaches the state '{orphans[0]}'")

"""The state graph of a specification, and the one that `step` reaches: the same machine, edge by edge.

A node is the state of one page's replay; an edge is one call on it, with what was decided. TLC's
graph is read from its dump; `step`'s is walked from the same start, with one call for every symbol
of the table and every ID within the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from statemachine.errors import UnknownNameError
from statemachine.ids import UNSET
from statemachine.step import Replay, step
from statemachine.symbol import Call, Device, Kind, Trigger
from statemachine.table import Configuration, Effect, Table
from statemachine.verification.tlc import State, values_of

DEVICES: Final = ("visitor-1", "visitor-2")
SESSIONS: Final = (1, 2, 3)
UNUSABLE_DEVICES: Final = {Device.MISSING: "", Device.SLASH: "a/b", Device.CHARACTER: "a b"}
UNUSABLE_SESSIONS: Final = {Kind.ABSENT: 0, Kind.OUT_OF_SESSION: -1, Kind.MALFORMED: -2, Kind.NOT_POPULATED: UNSET}
NOT_POPULATED: Final = -3
"""What stands in a specification for a field that is not there."""
BOUNDS: Final = f"session IDs {SESSIONS[0]} to {SESSIONS[-1]}, {len(DEVICES)} devices"


@attrs.frozen
class Decided:
    """What a call led to: the replay after it, and what was decided on it."""

    replay: Replay
    accepted: bool
    effects: frozenset[str]
    findings: tuple[str, ...]


@attrs.frozen
class Graph:
    """Every state that is reached from the starts, and what every call does there."""

    starts: frozenset[Replay]
    edges: dict[tuple[Replay, Call], Decided]
    actions: dict[tuple[Replay, Call], str] = attrs.field(factory=dict)
    """The specification's name for what a call does."""

    @property
    def replays(self) -> set[Replay]:
        """The nodes."""
        return {*self.starts, *(before for before, _ in self.edges), *(d.replay for d in self.edges.values())}


@attrs.frozen
class Difference:
    """One call that two graphs decide differently, with the shortest way to it."""

    calls: tuple[Call, ...]
    before: Replay
    specified: Decided | None
    decided: Decided | None


def calls_of(table: Table) -> tuple[Call, ...]:
    """A call for every symbol of a table and every ID within the bounds."""
    calls: dict[Call, None] = {}
    for symbol in table.symbols:
        devices: tuple[object, ...] = (UNSET,)
        if symbol.device is not Device.ANY:
            devices = DEVICES if symbol.device is Device.VALID else (UNUSABLE_DEVICES[symbol.device],)
        sessions: tuple[object, ...] = (UNSET,)
        if symbol.kind is not Kind.ANY:
            sessions = (UNUSABLE_SESSIONS[symbol.kind],) if symbol.kind in UNUSABLE_SESSIONS else SESSIONS
        calls |= {Call(symbol.trigger, session, device): None for device in devices for session in sessions}
    return tuple(calls)


def starts_of(table: Table) -> tuple[Replay, ...]:
    """Where a page begins: with nothing set up, and as a trace without any set-up does."""
    return tuple(dict.fromkeys((Replay(table.initial), Replay(table.begins))))


def decided(table: Table, replay: Replay, call: Call) -> Decided | None:
    """What `step` decides on a call; None if the mode does not have it, or the table is so broken that it raises."""
    try:
        after, outcome = step(table, replay, call)
    except (UnknownNameError, TypeError, ValueError):
        return None
    return Decided(after, outcome.accepted, frozenset(str(effect) for effect in outcome.effects), outcome.findings)


def step_graph(table: Table) -> Graph:
    """Walk `step` from the starts, breadth first."""
    calls = calls_of(table)
    edges: dict[tuple[Replay, Call], Decided] = {}
    open_ = list(starts_of(table))
    seen = {*open_}
    for replay in open_:  # grows while it is walked
        for call in calls:
            edge = decided(table, replay, call)
            if edge is None:
                continue
            edges[replay, call] = edge
            if edge.replay not in seen:
                seen.add(edge.replay)
                open_.append(edge.replay)
    return Graph(frozenset(starts_of(table)), edges)


_NODE: Final = re.compile(r'^(-?\d+) \[label="(.*)"(,style = filled)?\];?$')
_EDGE: Final = re.compile(r'^(-?\d+) -> (-?\d+) \[label="(\w+)"')


def specified_graph(table: Table, dump: Path) -> Graph:
    """Read TLC's dump of the module of a table's mode. Raises ValueError where one call has two outcomes."""
    replays: dict[str, Replay] = {}
    taken: dict[str, tuple[Call, Decided]] = {}
    starts: set[Replay] = set()
    arrows: set[tuple[str, str, str]] = set()
    with dump.open(encoding="utf-8") as lines:
        for line in lines:
            if edge := _EDGE.match(line):
                arrows.add((edge[1], edge[2], edge[3]))
            elif node := _NODE.match(line.rstrip()):
                state = values_of(node[2].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\"))
                replays[node[1]] = _replay_of(table, state)
                if state["call"]:
                    taken[node[1]] = _call_of(state["call"]), _decided_of(table, state)
                if node[3]:
                    starts.add(replays[node[1]])
    edges: dict[tuple[Replay, Call], Decided] = {}
    actions: dict[tuple[Replay, Call], str] = {}
    for source, target, action in arrows:
        call, outcome = taken[target]
        key = replays[source], call
        if edges.setdefault(key, outcome) != outcome:
            raise ValueError(f"the specification decides {call} in {replays[source]} in two ways")
        actions[key] = action
    return Graph(frozenset(starts), edges, actions)


def _replay_of(table: Table, state: State) -> Replay:
    """The replay of a state of the specification, whose variables are called as the table's regions."""
    variables = (region.name.lower().replace(" ", "_") for region in table.regions[1:])
    configuration: Configuration = tuple(state[name] for name in ("state", *variables))
    return Replay(configuration, state["device"] or None, state["session"])


def _call_of(call: list[object]) -> Call:
    """A call of the specification: its name, then, for some, the device and the session ID."""
    name, *ids = call
    session = ids[-1] if ids else UNSET
    device = ids[0] if len(ids) > 1 else UNSET
    return Call(Trigger(str(name)), UNSET if session == NOT_POPULATED else session, device)


def _decided_of(table: Table, state: State) -> Decided:
    untagged = {str(Effect.UNTAGGED)} if state.get("untagged") else set()
    findings = (*state["findings"], *state.get("set_up_findings", ()))
    return Decided(_replay_of(table, state), state["accepted"], frozenset({*state["effects"], *untagged}), findings)


def differences(specified: Graph, table: Table) -> Iterator[Difference]:
    """Where a specification and `step` on a table differ, in either direction; nearest to the start first."""
    starts = {*starts_of(table)}
    for start in starts ^ specified.starts:
        yield Difference((), start, None, None)
    calls = dict.fromkeys((*calls_of(table), *(call for _, call in specified.edges)))
    ways: dict[Replay, tuple[Call, ...]] = dict.fromkeys(starts, ())
    open_ = [*ways]
    for replay in open_:  # grows while it is walked
        for call in calls:
            expected = specified.edges.get((replay, call))
            found = decided(table, replay, call)
            if expected != found:
                yield Difference((*ways[replay], call), replay, expected, found)
            elif found is not None and found.replay not in ways:
                ways[found.replay] = (*ways[replay], call)
                open_.append(found.replay)

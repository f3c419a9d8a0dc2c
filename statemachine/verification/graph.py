"""The state graph of a specification, and the one that `step` reaches: the same machine, edge by edge.

A node is the state of one page's replay; an edge is one call on it, with what was decided. TLC's
graph is read from its dump; `step`'s is walked from the same start, with one call for every symbol
of the table and every ID within the bounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from statemachine.errors import UnknownNameError
from statemachine.event import as_call_trace
from statemachine.ids import UNSET
from statemachine.replay import Replay, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Configuration, Effect, Table
from statemachine.verification.bounds import NOT_POPULATED, calls_of, starts_of
from statemachine.verification.tlc import State, values_of


@attrs.frozen
class Decided:
    """What a call led to: the replay after it, and what was decided on it."""

    replay: Replay
    accepted: bool
    effects: frozenset[str]
    findings: tuple[str, ...]

    def __str__(self) -> str:
        said = [_shown(self.replay), "accepted" if self.accepted else "refused", *sorted(self.effects), *self.findings]
        return ", ".join(said)


def _shown(replay: Replay) -> str:
    return f"{' + '.join(map(str, replay.configuration))} ({replay.replay_id or replay.device_id or 'no device'})"


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

    start: Replay
    calls: tuple[Call, ...]
    before: Replay
    specified: Decided | None
    decided: Decided | None

    def __str__(self) -> str:
        if not self.calls:
            return f"only one of the two begins at {_shown(self.before)}"
        (call,) = as_call_trace(self.calls[-1:])
        return f"{json.dumps(call)} in {_shown(self.before)}: specified {self.specified}; step: {self.decided}"


def decided(table: Table, replay: Replay, call: Call) -> Decided | None:
    """What `step` decides on a call; None if the mode does not have it, or the table is so broken that it raises."""
    try:
        after, outcome = step(table, replay, call)
    except (UnknownNameError, TypeError, ValueError):
        return None
    return Decided(after, outcome.accepted, frozenset(str(effect) for effect in outcome.effects), outcome.findings)


Way = tuple[Replay, tuple[Call, ...]]
"""A start, and the calls from there."""


def ways(table: Table) -> dict[Replay, Way]:
    """Every replay that `step` reaches within the bounds, with the shortest way to it."""
    calls = calls_of(table)
    found: dict[Replay, Way] = {start: (start, ()) for start in starts_of(table)}
    open_ = [*found]
    for replay in open_:  # grows while it is walked
        start, way = found[replay]
        for call in calls:
            edge = decided(table, replay, call)
            if edge is not None and edge.replay not in found:
                found[edge.replay] = start, (*way, call)
                open_.append(edge.replay)
    return found


def step_graph(table: Table) -> Graph:
    """The graph that `step` reaches from the starts."""
    edges = {(r, call): edge for r in ways(table) for call in calls_of(table) if (edge := decided(table, r, call))}
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
                    taken[node[1]] = call_of(state["call"]), _decided_of(table, state)
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


def call_of(call: list[object]) -> Call:
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
    starts = starts_of(table)
    for start in {*starts} ^ specified.starts:
        yield Difference(start, (), start, None, None)
    calls = dict.fromkeys((*calls_of(table), *(call for _, call in specified.edges)))
    known: dict[Replay, Way] = {start: (start, ()) for start in starts}
    open_ = [*known]
    for replay in open_:  # grows while it is walked
        start, way = known[replay]
        for call in calls:
            expected = specified.edges.get((replay, call))
            found = decided(table, replay, call)
            if expected != found:
                yield Difference(start, (*way, call), replay, expected, found)
            elif found is not None and found.replay not in known:
                known[found.replay] = start, (*way, call)
                open_.append(found.replay)

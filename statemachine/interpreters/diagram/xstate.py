"""A table as the JSON of an XState v5 machine: `createMachine(JSON.parse(text))`.

Regions are the states of one `parallel` machine. Events and guards are those of `executable`. What a transition
orders are its actions: `{"type": "rejected"}`, `{"type": "set replay session"}`,
`{"type": "finding", "params": {"code": "SR201"}}`; implement those that you want to see. Modes of one region have no
guard. Of the others each guard is named for a state, and means that it holds:

    const guards = Object.fromEntries(names.map((name) => [name, stateIn(`#${name}`)]));
    const machine = setup({ guards, actions }).createMachine(JSON.parse(text));
"""

from __future__ import annotations

import json
from typing import Any

from statemachine.interpreters.diagram.executable import REJECTED, Place, Transition, charts
from statemachine.table import Table


def xstate(table: Table) -> str:
    """A table as XState's JSON."""
    regions = [
        {
            "description": region.name,
            "initial": region.places[0].id,
            "states": {place.id: _state(place) for place in region.places},
        }
        for region in charts(table)
    ]
    machine: dict[str, Any] = {"id": table.mode, "description": table.title}
    if len(regions) > 1:
        machine |= {"type": "parallel", "states": {c.id: r for c, r in zip(charts(table), regions, strict=True)}}
    else:
        machine |= {**regions[0], "description": table.title}
    return json.dumps(machine, indent=2, ensure_ascii=False) + "\n"


def _state(place: Place) -> dict[str, Any]:
    taken: dict[str, list[dict[str, Any]]] = {}
    for transition in place.transitions:
        for event in transition.events:
            taken.setdefault(event, []).append(_transition(transition))
    return {"id": place.id, "on": {event: some[0] if len(some) == 1 else some for event, some in taken.items()}}


def _transition(transition: Transition) -> dict[str, Any]:
    actions: list[dict[str, Any]] = [{"type": REJECTED}] if transition.rejected else []
    actions += [{"type": effect} for effect in transition.effects]
    actions += [{"type": "finding", "params": {"code": code}} for code in transition.findings]
    entry: dict[str, Any] = {}
    if transition.target is not None:
        entry["target"] = transition.target
    if transition.within is not None:
        entry["guard"] = transition.within
    if actions:
        entry["actions"] = actions
    return entry

"""The drawing of a mode, in which every step can be lit."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

import attrs

from statemachine.formats.html.page import Chart
from statemachine.interpreters.diagram import drawn
from statemachine.interpreters.diagram.dot import Place, place_of
from statemachine.replay import Replay, step
from statemachine.symbol import Call, Trigger, kind_of, load_kind_of
from statemachine.table import Outcome, Row, Table

_SVG: Final = "http://www.w3.org/2000/svg"


@attrs.define
class Walk:
    """Steps of one mode on their way through its drawing; `places` grows with the rows that are taken."""

    table: Table
    _known: dict[tuple[int, str, Row], int] = attrs.field(factory=dict)
    _places: list[Place] = attrs.field(factory=list)

    def step(self, replay: Replay, call: Call) -> tuple[Replay, Outcome, tuple[int, ...]]:
        """Take a call, as `step` does: also the numbers of the places that it takes. Raises as it does."""
        after, outcome = step(self.table, replay, call)
        return after, outcome, self.ways(replay, outcome)

    def ways(self, before: Replay, outcome: Outcome) -> tuple[int, ...]:
        """The numbers of the places that a step took."""
        found = []
        for row in outcome.rows:
            region = next(n for n, region in enumerate(self.table.regions) if row in region.rows)
            key = (region, before.configuration[region], row)
            if key not in self._known:
                self._known[key] = len(self._places)
                self._places.append(place_of(self.table, *key))
            found.append(self._known[key])
        return tuple(found)

    def chart(self) -> Chart:
        """The drawing with the places taken so far."""
        return Chart(self.table, tuple(self._places))


def named(call: Call, before: Replay) -> str:
    """A call in a word or two: what was done, and what its session ID is to the replay before it."""
    trigger = call.trigger.replace("_", " ")
    if call.trigger is Trigger.LOAD:
        return f"{trigger}, session {load_kind_of(call.session_id)}".replace("_", " ")
    if call.trigger in (Trigger.EVENT, Trigger.SETTLE):
        return f"{trigger}, session {kind_of(call.session_id, before.session_id)}".replace("_", " ")
    return trigger


def svg(table: Table) -> str:
    """The drawing as an element of HTML, its parts named by `data-at`. Raises MissingExtraError without Graphviz."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(drawn(table, "svg"))  # noqa: S314 (what Graphviz wrote)
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        group.attrib.pop("id", None)
        if title is not None:  # browsers show it as a tip
            group.set("data-at", title.text or "")
            group.remove(title)
    width, height = (root.attrib.pop(side).removesuffix("pt") for side in ("width", "height"))
    root.set("width", width)
    root.set("height", height)
    root.set("role", "img")
    root.set("aria-label", f"State diagram of {table.title}. What a step does in it is told in words beside it.")
    return ET.tostring(root, "unicode")

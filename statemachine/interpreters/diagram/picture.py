"""What every picture of a table shows, before any format: one visual language for all modes.

Every row is drawn, but for those that cannot occur and those of the set-up that do nothing. An
arrow, `trigger [guard] / effects`, enters a state. A line in a state leaves it as it is:
`✓ trigger [guard] / effects` for a call that is accepted, `✗ trigger [guard] → codes` for one that
is rejected, or, in cloud-mode's set-up, reported. Lines of the steps that only this mode has stand
together, after those that every mode has. With the calls of one page, the way that they
take is marked, each row with the numbers of the calls that took it, counted from 0 as `run` does.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

import attrs

from statemachine.replay import begin, step
from statemachine.symbol import Call, Device, Trigger
from statemachine.table import Row, Table

GREY: Final = "#595959"
"""What is rejected: quiet, and still 7 : 1 on white."""
BLUE: Final = "#2f4d80"
PALE: Final = "#b4c3dd"
"""Frames and dividing lines."""
RED: Final = "#c0182b"
"""The way that calls take."""
ACCEPTED: Final = "✓"
REFUSED: Final = "✗"
SET_UP: Final = "set-up"
"""What the regions after the first are together."""
_WIDE: Final = 40
"""Characters after which the label of an arrow goes on in the next line."""
_CORE: Final = (Trigger.LOAD, Trigger.EVENT)
"""The triggers of every mode."""

Way = dict[tuple[int, str, Row], list[int]]
"""Which calls took which row, by region and the state it was taken in."""


@attrs.frozen
class Label:
    """A row as text, and the numbers of the calls that took it."""

    text: str
    taken: tuple[int, ...] = ()
    own: bool = False
    """Whether it is of a step that not every mode has."""

    @property
    def refused(self) -> bool:
        """Whether it says what is rejected or reported."""
        return self.text.startswith(REFUSED)

    @property
    def colour(self) -> str:
        """The colour of a line in a state."""
        return RED if self.taken else GREY if self.refused else BLUE

    def lines(self) -> list[str]:
        """The label of an arrow in short lines: what leads to the step before what it does."""
        text = str(self)
        head, slash, effects = text.partition(" / ")
        parts = [text] if len(text) <= _WIDE else [head, f"/ {effects}"] if slash else [head]
        return [line for part in parts for line in textwrap.wrap(part, _WIDE, break_on_hyphens=False)]

    def __str__(self) -> str:
        return f"{', '.join(map(str, self.taken))}: {self.text}" if self.taken else self.text


@attrs.frozen
class Node:
    """A state: its key in the drawing, its name, and what leaves it as it is, a line each."""

    key: str
    name: str
    inside: tuple[Label, ...]


@attrs.frozen
class Edge:
    """All rows that lead from one state to another, a label a row."""

    source: str
    target: str
    labels: tuple[Label, ...]


@attrs.frozen
class Picture:
    """One region, ready to be drawn."""

    name: str
    initial: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def way(table: Table, calls: Sequence[Call]) -> Way:
    """Which rows the calls of one page take."""
    taken: Way = {}
    replay = begin(table, calls)
    for n, call in enumerate(calls):
        configuration = replay.configuration
        replay, outcome = step(table, replay, call)
        for row in outcome.rows:
            region = next(r for r, region in enumerate(table.regions) if row in region.rows)
            taken.setdefault((region, configuration[region], row), []).append(n)
    return taken


def pictures(table: Table, calls: Sequence[Call] = ()) -> tuple[Picture, ...]:
    """Read a table into pictures, one a region, with the way that calls take."""
    taken = way(table, calls)
    return tuple(picture_of(table, n, taken) for n in range(len(table.regions)))


def picture_of(table: Table, number: int, taken: Way) -> Picture:
    """Read one region of a table into a picture, with the way that was taken."""
    region = table.regions[number]
    keys = {state: f"r{number}_{n}" if number else str(state) for n, state in enumerate(region.states)}
    inside: dict[str, dict[str, list[str]]] = {state: {} for state in region.states}
    steps: dict[tuple[str, str], list[int]] = {}
    edges: dict[tuple[str, str], list[Label]] = {}
    for row in region.rows:
        set_up = number > 0 or row.trigger in table.setup
        if row.cannot_occur or (set_up and row.target is None and not row.findings):
            continue
        trigger, allowed = row.trigger.replace("_", " "), guard(table, row)
        outputs = ", ".join([*row.effects, *row.findings])
        for source in row.sources:
            numbers = taken.get((number, source, row), [])
            if row.target is not None:
                text = f"{trigger}{allowed} / {outputs}" if outputs else f"{trigger}{allowed}"
                edges.setdefault((source, row.target), []).append(Label(text, tuple(numbers)))
                continue
            if row.accepted and not set_up:
                line = f"{ACCEPTED} {{}}{allowed} / {outputs}" if outputs else f"{ACCEPTED} {{}}{allowed}"
            else:
                line = f"{REFUSED} {{}}{allowed} → {', '.join(row.findings)}"
            inside[source].setdefault(line, []).append(trigger)
            steps.setdefault((source, line), []).extend(numbers)
    return Picture(
        region.name,
        keys[region.states[0]],
        tuple(Node(keys[s], str(s), _lines(s, inside[s], steps, number)) for s in region.states),
        tuple(Edge(keys[s], keys[t], tuple(labels)) for (s, t), labels in edges.items()),
    )


def _lines(
    state: str, inside: dict[str, list[str]], steps: dict[tuple[str, str], list[int]], region: int
) -> tuple[Label, ...]:
    """The lines of a state, what it takes before what it refuses; triggers with one fate share a line."""
    lines = []
    for line, triggers in inside.items():
        own = not region and not {*triggers} & {*_CORE}  # the other regions are of one mode as a whole
        lines.append(Label(line.format(" or ".join(triggers)), tuple(sorted(steps[state, line])), own))
    return tuple(sorted(lines, key=lambda label: (label.own, label.refused)))


def visited(picture: Picture) -> list[str]:
    """The states that calls were taken in, or led to."""
    taken = {node.key for node in picture.nodes if any(label.taken for label in node.inside)}
    for edge in picture.edges:
        taken |= {edge.source, edge.target} if any(label.taken for label in edge.labels) else set()
    return [node.key for node in picture.nodes if node.key in taken]


def legend(table: Table, calls: Sequence[Call] = ()) -> tuple[str, ...]:
    """What the signs mean, a line each; with calls, what marks their way too."""
    lines = [
        "→ trigger [guard] / effects: leads to a state",
        f"{ACCEPTED} accepted: the state stays",
        f"{REFUSED} rejected{' or reported' if table.setup else ''} → finding: the state stays",
    ]
    own = [trigger.replace("_", " ") for trigger in table.triggers if trigger not in {*_CORE, *table.setup}]
    if own:
        lines.append(f"last in a state: {' and '.join(own)}, which only this mode has")
    if calls:
        lines.append("red, with numbers: the path, and the calls that took it, counted from 0")
    return tuple(lines)


def guard(table: Table, row: Row) -> str:
    """A row's guard in brackets, or nothing when every input of its trigger passes it."""
    symbols = [symbol for symbol in table.symbols if symbol.trigger is row.trigger]
    kinds = dict.fromkeys(symbol.kind for symbol in symbols)
    guards = []
    if Device.ANY not in row.devices and {symbol.device for symbol in symbols} - {*row.devices}:
        guards.append(" or ".join(row.devices))
    others = [kind for kind in kinds if kind not in row.kinds]
    if others:
        names = [kind for kind in kinds if kind in row.kinds]
        text = f"not {others[0]}" if len(others) == 1 < len(names) else " or ".join(names)
        prefix = "session " if row.trigger is Trigger.LOAD else ""
        guards.append(prefix + text.replace("_", " "))
    for region in table.regions if row.given else ():
        named = [state for state in region.states if state in row.given]
        rest = [state for state in region.states if state not in row.given]
        if named:
            guards.append(f"not in {rest[0]}" if len(rest) == 1 < len(named) else f"in {' or '.join(named)}")
    return f" [{', '.join(guards)}]" if guards else ""

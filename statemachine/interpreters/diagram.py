"""The picture reading: a table as Mermaid, DOT, SVG or PNG.

Every row is drawn, but for those that cannot occur and those of the set-up that do nothing. An
arrow, `trigger [guard] / effects`, enters a state. A line in a state leaves it as it is:
`✓ trigger [guard] / effects` for a call that is accepted, `✗ trigger [guard] → codes` for one that
is rejected, or, in cloud-mode's set-up, reported. With the calls of one page, the way that they
take is drawn red, each row with the numbers of the calls that took it, counted from 0 as `run` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import attrs

from statemachine.errors import StatemachineError
from statemachine.step import begin, step
from statemachine.symbol import Call, Device, Trigger
from statemachine.table import Region, Row, Table

_START: Final = "start"
_LEGEND: Final = "→ trigger [guard] / effects     ✓ accepted, stays     ✗ rejected or reported, with its findings"
_GREY: Final = "#6b6b6b"
_BLUE: Final = "#3b5b92"
_RED: Final = "#c0182b"

Way = dict[tuple[int, str, Row], list[int]]
"""Which calls took which row, by region and the state it was taken in."""


class MissingExtraError(StatemachineError):
    """A picture was asked for whose renderer is not installed."""


@attrs.frozen
class Label:
    """A row as text, and the numbers of the calls that took it."""

    text: str
    taken: tuple[int, ...] = ()

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
    return tuple(_picture(table, region, n, taken) for n, region in enumerate(table.regions))


def _picture(table: Table, region: Region, number: int, taken: Way) -> Picture:
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
                line = f"✓ {{}}{allowed} / {outputs}" if outputs else f"✓ {{}}{allowed}"
            else:
                line = f"✗ {{}}{allowed} → {', '.join(row.findings)}"
            inside[source].setdefault(line, []).append(trigger)
            steps.setdefault((source, line), []).extend(numbers)
    return Picture(
        region.name,
        keys[region.states[0]],
        tuple(Node(keys[s], str(s), _lines(s, inside[s], steps)) for s in region.states),
        tuple(Edge(keys[s], keys[t], tuple(labels)) for (s, t), labels in edges.items()),
    )


def _lines(state: str, inside: dict[str, list[str]], steps: dict[tuple[str, str], list[int]]) -> tuple[Label, ...]:
    """The lines of a state, what it takes before what it refuses; triggers with one fate share a line."""
    lines = [
        Label(line.format(" or ".join(triggers)), tuple(sorted(steps[state, line])))
        for line, triggers in inside.items()
    ]
    return tuple(sorted(lines, key=lambda label: label.text.startswith("✗")))


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


def mermaid(table: Table, calls: Sequence[Call] = ()) -> str:
    """A table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    direction TB"]
    regions = pictures(table, calls)
    for number, picture in enumerate(regions):
        if len(regions) > 1:
            lines.append(f'    state "{picture.name}" as region{number} {{')
        for node in picture.nodes:
            lines += [f"    {node.key} : {node.name}", *(f"    {node.key} : {text}" for text in node.inside)]
        lines.append(f"    [*] --> {picture.initial}")
        lines += [f"    {e.source} --> {e.target} : {'<br/>'.join(map(str, e.labels))}" for e in picture.edges]
        if len(regions) > 1:
            lines.append("    }")
    visited = [key for picture in regions for key in _visited(picture)]
    if visited:
        lines += [f"    classDef taken stroke:{_RED},stroke-width:3px", f"    class {','.join(visited)} taken"]
    return "\n".join(lines) + "\n"


def _visited(picture: Picture) -> list[str]:
    """The states that calls were taken in, or led to."""
    taken = {node.key for node in picture.nodes if any(label.taken for label in node.inside)}
    for edge in picture.edges:
        taken |= {edge.source, edge.target} if any(label.taken for label in edge.labels) else set()
    return [node.key for node in picture.nodes if node.key in taken]


def dot(table: Table, calls: Sequence[Call] = ()) -> str:
    """A table as a Graphviz graph."""
    lines = [
        f'digraph "{table.mode}" {{',
        f'  graph [label=<<B>{escape(table.title)}</B><BR/><BR/><FONT POINT-SIZE="10">{_LEGEND}</FONT>>,'
        ' labelloc=t, fontname="DejaVu Sans", fontsize=18,'
        " rankdir=TB, nodesep=0.6, ranksep=0.7, pad=0.3]",
        '  node [shape=box, style="rounded,filled", fillcolor="#eef3fb", color="#3b5b92", fontname="DejaVu Sans"]',
        '  edge [fontname="DejaVu Sans", fontsize=11, color="#3b5b92"]',
    ]
    for number, picture in enumerate(pictures(table, calls)):
        visited = _visited(picture)
        lines.append(f"  subgraph {'cluster_' if len(table.regions) > 1 else 'region_'}{number} {{")
        lines.append(f'    label="{picture.name}"; fontsize=12; color="#c8d2e4"; style=rounded; margin=24')
        lines.append(f'    {_START}{number} [shape=circle, style=filled, fillcolor=black, label="", width=0.14]')
        for node in picture.nodes:
            marked = f', color="{_RED}", penwidth=2.5' if node.key in visited else ""
            lines.append(f"    {node.key} [label=<{_node_label(node)}>{marked}]")
        lines.append(f"    {_START}{number} -> {picture.initial}")
        for edge in picture.edges:
            label = "".join(f'{_coloured(text, "")}<BR ALIGN="LEFT"/>' for text in edge.labels)
            marked = f', color="{_RED}", penwidth=2.5' if any(text.taken for text in edge.labels) else ""
            lines.append(f"    {edge.source} -> {edge.target} [label=<{label}>{marked}]")
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _coloured(label: Label, colour: str) -> str:
    if label.taken:
        return f'<B><FONT COLOR="{_RED}">{escape(str(label))}</FONT></B>'
    return f'<FONT COLOR="{colour}">{escape(label.text)}</FONT>' if colour else escape(label.text)


def _node_label(node: Node) -> str:
    rows = [f'<TR><TD><B><FONT POINT-SIZE="14">{escape(node.name)}</FONT></B></TD></TR>']
    for label in node.inside:
        text = _coloured(label, _GREY if label.text.startswith("✗") else _BLUE)
        rows.append(f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9">{text}</FONT></TD></TR>')
    return f'<TABLE BORDER="0" CELLSPACING="1" CELLPADDING="1">{"".join(rows)}</TABLE>'


def drawn(table: Table, form: str = "mermaid", calls: Sequence[Call] = ()) -> bytes:
    """Return the diagram of a table: `mermaid` or `dot` (UTF-8 text), `svg` or `png`.

    With the calls of one page, the way that they take through it is marked. Raises
    MissingExtraError when SVG or PNG is asked for without the extra `diagram`.
    """
    if form == "mermaid":
        return mermaid(table, calls).encode()
    if form == "dot":
        return dot(table, calls).encode()
    try:
        import pygraphviz  # only pictures need it, and it is large
    except ImportError:
        raise MissingExtraError(f"{form} needs Graphviz: pip install 'session-replay-statemachine[diagram]'") from None
    picture: bytes = pygraphviz.AGraph(string=dot(table, calls)).draw(format=form, prog="dot")
    return picture

"""The picture reading: a table as Mermaid, DOT, SVG or PNG.

Every row is drawn, but for those that cannot occur and those of the set-up that do nothing. An
arrow, `trigger [guard] / effects`, enters a state. A line in a state leaves it as it is:
`✓ trigger [guard] / effects` for a call that is accepted, `✗ trigger [guard] → codes` for one that
is rejected, or, in cloud-mode's set-up, reported.
"""

from __future__ import annotations

from html import escape
from typing import Final

import attrs

from statemachine.errors import StatemachineError
from statemachine.symbol import Device, Trigger
from statemachine.table import Region, Row, Table

_START: Final = "start"
_LEGEND: Final = "→ trigger [guard] / effects     ✓ accepted, stays     ✗ rejected or reported, with its findings"
_GREY: Final = "#6b6b6b"
_BLUE: Final = "#3b5b92"


class MissingExtraError(StatemachineError):
    """A picture was asked for whose renderer is not installed."""


@attrs.frozen
class Node:
    """A state: its key in the drawing, its name, and what leaves it as it is, a line each."""

    key: str
    name: str
    inside: tuple[str, ...]


@attrs.frozen
class Edge:
    """All rows that lead from one state to another, a label a row."""

    source: str
    target: str
    labels: tuple[str, ...]


@attrs.frozen
class Picture:
    """One region, ready to be drawn."""

    name: str
    initial: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def pictures(table: Table) -> tuple[Picture, ...]:
    """Read a table into pictures, one a region."""
    return tuple(_picture(table, region, n) for n, region in enumerate(table.regions))


def _picture(table: Table, region: Region, number: int) -> Picture:
    keys = {state: f"r{number}_{n}" if number else str(state) for n, state in enumerate(region.states)}
    inside: dict[str, dict[str, list[str]]] = {state: {} for state in region.states}
    edges: dict[tuple[str, str], list[str]] = {}
    for row in region.rows:
        set_up = number > 0 or row.trigger in table.setup
        if row.cannot_occur or (set_up and row.target is None and not row.findings):
            continue
        trigger, guard = row.trigger.replace("_", " "), _guard(table, row)
        outputs = ", ".join([*row.effects, *row.findings])
        for source in row.sources:
            if row.target is not None:
                label = f"{trigger}{guard} / {outputs}" if outputs else f"{trigger}{guard}"
                edges.setdefault((source, row.target), []).append(label)
            elif row.accepted and not set_up:
                line = f"✓ {{}}{guard} / {outputs}" if outputs else f"✓ {{}}{guard}"
                inside[source].setdefault(line, []).append(trigger)
            else:
                inside[source].setdefault(f"✗ {{}}{guard} → {', '.join(row.findings)}", []).append(trigger)
    return Picture(
        region.name,
        keys[region.states[0]],
        tuple(Node(keys[s], str(s), _lines(inside[s])) for s in region.states),
        tuple(Edge(keys[s], keys[t], tuple(labels)) for (s, t), labels in edges.items()),
    )


def _lines(inside: dict[str, list[str]]) -> tuple[str, ...]:
    """The lines of a state, what it takes before what it refuses; triggers with one fate share a line."""
    lines = [line.format(" or ".join(triggers)) for line, triggers in inside.items()]
    return tuple(sorted(lines, key=lambda line: line.startswith("✗")))


def _guard(table: Table, row: Row) -> str:
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


def mermaid(table: Table) -> str:
    """A table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    direction TB"]
    regions = pictures(table)
    for number, picture in enumerate(regions):
        if len(regions) > 1:
            lines.append(f'    state "{picture.name}" as region{number} {{')
        for node in picture.nodes:
            lines += [f"    {node.key} : {node.name}", *(f"    {node.key} : {text}" for text in node.inside)]
        lines.append(f"    [*] --> {picture.initial}")
        lines += [f"    {e.source} --> {e.target} : {'<br/>'.join(e.labels)}" for e in picture.edges]
        if len(regions) > 1:
            lines.append("    }")
    return "\n".join(lines) + "\n"


def dot(table: Table) -> str:
    """A table as a Graphviz graph."""
    lines = [
        f'digraph "{table.mode}" {{',
        f'  graph [label=<<B>{escape(table.title)}</B><BR/><BR/><FONT POINT-SIZE="10">{_LEGEND}</FONT>>,'
        ' labelloc=t, fontname="DejaVu Sans", fontsize=18,'
        " rankdir=TB, nodesep=0.6, ranksep=0.7, pad=0.3]",
        '  node [shape=box, style="rounded,filled", fillcolor="#eef3fb", color="#3b5b92", fontname="DejaVu Sans"]',
        '  edge [fontname="DejaVu Sans", fontsize=11, color="#3b5b92"]',
    ]
    for number, picture in enumerate(pictures(table)):
        lines.append(f"  subgraph {'cluster_' if len(table.regions) > 1 else 'region_'}{number} {{")
        lines.append(f'    label="{picture.name}"; fontsize=12; color="#c8d2e4"; style=rounded; margin=24')
        lines.append(f'    {_START}{number} [shape=circle, style=filled, fillcolor=black, label="", width=0.14]')
        lines += [f"    {node.key} [label=<{_node_label(node)}>]" for node in picture.nodes]
        lines.append(f"    {_START}{number} -> {picture.initial}")
        for edge in picture.edges:
            label = "".join(f'{escape(text)}<BR ALIGN="LEFT"/>' for text in edge.labels)
            lines.append(f"    {edge.source} -> {edge.target} [label=<{label}>]")
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _node_label(node: Node) -> str:
    rows = [f'<TR><TD><B><FONT POINT-SIZE="14">{escape(node.name)}</FONT></B></TD></TR>']
    for text in node.inside:
        colour = _GREY if text.startswith("✗") else _BLUE
        rows.append(f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9" COLOR="{colour}">{escape(text)}</FONT></TD></TR>')
    return f'<TABLE BORDER="0" CELLSPACING="1" CELLPADDING="1">{"".join(rows)}</TABLE>'


def drawn(table: Table, form: str = "mermaid") -> bytes:
    """Return the diagram of a table: `mermaid` or `dot` (UTF-8 text), `svg` or `png`.

    Raises MissingExtraError when SVG or PNG is asked for without the extra `diagram`.
    """
    if form == "mermaid":
        return mermaid(table).encode()
    if form == "dot":
        return dot(table).encode()
    try:
        import pygraphviz  # only pictures need it, and it is large
    except ImportError:
        raise MissingExtraError(f"{form} needs Graphviz: pip install 'session-replay-statemachine[diagram]'") from None
    picture: bytes = pygraphviz.AGraph(string=dot(table)).draw(format=form, prog="dot")
    return picture

"""A table as a Graphviz graph.

The label of an arrow is a node of its own, in the middle of the arrow: so Graphviz makes room for it, and no label
lies on another, on a border or on a line. The regions of the set-up stand below each other, beside the replay's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import attrs

from statemachine.interpreters.diagram.picture import (
    BLUE,
    GREY,
    PALE,
    RED,
    SET_UP,
    Edge,
    Label,
    Node,
    Picture,
    legend,
    picture_of,
    pictures,
    visited,
)
from statemachine.symbol import Call
from statemachine.table import Row, Table

FONT: Final = "DejaVu Sans,Verdana,sans-serif"
"""Verdana is as wide: text keeps to its box where an SVG is looked at without the first."""
_SMALL: Final = 10
_MARKED: Final = f', color="{RED}", penwidth=2.5'


def dot(table: Table, calls: Sequence[Call] = ()) -> str:
    """A table as a Graphviz graph, with the way that calls take."""
    regions = pictures(table, calls)
    key = "".join(f'{escape(line)}<BR ALIGN="LEFT"/>' for line in legend(table, calls))
    lines = [
        f'digraph "{table.mode}" {{',
        f'  graph [label=<<FONT POINT-SIZE="{_SMALL}" COLOR="{GREY}">{key}</FONT>>, labelloc=b, labeljust=l,'
        f' fontname="{FONT}", rankdir=TB, nodesep=0.25, ranksep=0.22, pad=0.2]',
        f'  node [shape=box, style="rounded,filled", fillcolor="#eef3fb", color="{BLUE}", fontname="{FONT}",'
        ' margin="0.18,0.06"]',
        f'  edge [fontname="{FONT}", fontsize=11, color="{BLUE}"]',
        "  subgraph cluster_all {",
        f"    label=<<B>{escape(table.title)}</B>>; labelloc=t; labeljust=c; fontsize=18; peripheries=0; margin=4",
        f'    color="{PALE}"; style=rounded',
    ]
    lines += [f"  {line}" for line in _region(regions[0], 0, framed=len(regions) > 1)]
    if len(regions) > 1:
        lines.append(f'  subgraph cluster_setup {{ label="{SET_UP}"; fontsize=12; peripheries=1; margin=8')
        for number, picture in enumerate(regions[1:], 1):
            lines += [f"  {line}" for line in _region(picture, number, framed=True)]
            if number > 1:
                lines.append(f"  {regions[number - 1].nodes[-1].key} -> {picture.initial} [style=invis, weight=9]")
        lines.append("  }")
    return "\n".join([*lines, "  }", "}"]) + "\n"


def _region(picture: Picture, number: int, *, framed: bool) -> Iterable[str]:
    marked = visited(picture)
    order = [node.key for node in picture.nodes]
    yield f"subgraph {'cluster_' if framed else 'region_'}{number} {{"
    yield f'  label="{picture.name}"; fontsize=12; color="{PALE}"; style=rounded; margin=12; peripheries=1'
    yield f'  start{number} [shape=circle, style=filled, fillcolor=black, label="", width=0.14]'
    for node in picture.nodes:
        yield f"  {node.key} [label=<{_node(node)}>{_MARKED if node.key in marked else ''}]"
    first = f"start{number} -> {picture.initial}"
    yield f"  {{ rank=same; {first} }}" if number else f"  {first}"
    for edge in picture.edges:
        yield from (f"  {line}" for line in _edge(edge, order))
    yield "}"


def _edge(edge: Edge, order: list[str]) -> Iterable[str]:
    marked = _MARKED if any(label.taken for label in edge.labels) else ""
    loop = edge.source == edge.target
    gap = '<TD WIDTH="8"></TD>' if loop else ""  # Graphviz puts the label of a loop against its line
    rows = [f'<TR>{gap}<TD ALIGN="LEFT">{line}</TD></TR>' for text in edge.labels for line in _lines(text)]
    label = f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'
    if loop:
        yield f"{edge.source} -> {edge.target} [label={label}{marked}]"
        return
    middle = _middle(edge)
    yield f'{middle} [shape=plaintext, style="", margin="0.04,0.03", height=0, width=0, fontsize=11, label={label}]'
    if order.index(edge.source) < order.index(edge.target):
        yield f"{edge.source} -> {middle} [dir=none, weight=9{marked}]"
        yield f"{middle} -> {edge.target} [dir=forward, weight=9{marked}]"
    else:
        yield f"{edge.target} -> {middle} [dir=back{marked}]"
        yield f"{middle} -> {edge.source} [dir=none, weight=9{marked}]"


def _middle(edge: Edge) -> str:
    """The node that holds the label of an arrow."""
    return f"{edge.source}_to_{edge.target}"


@attrs.frozen
class Place:
    """Where in the drawing a row is that was taken in a state, by the names that Graphviz gives as titles.

    `states` are those that it stands between, twice the same where it leaves a state as it is; `said_in` is the
    element whose texts, `count` from the one numbered `first` (from 0), are its label; 0 where it is not drawn.
    """

    states: tuple[str, str]
    arrows: tuple[str, ...] = ()
    said_in: str = ""
    first: int = 0
    count: int = 0


def place_of(table: Table, region: int, state: str, row: Row) -> Place:
    """Find a row of a region, taken in a state, in the drawing of its table."""
    picture = picture_of(table, region, {(region, state, row): [0]})
    key = picture.nodes[table.regions[region].states.index(state)].key
    for edge in picture.edges:
        taken = next((n for n, label in enumerate(edge.labels) if label.taken), None)
        if taken is None:
            continue
        # The number of the call, which the drawing does not have, may break a line: it is left out.
        sizes = [len(attrs.evolve(label, taken=()).lines()) for label in edge.labels]
        middle, loop = _middle(edge), f"{key}->{key}"
        ends = (f"{edge.source}->{middle}", f"{middle}->{edge.target}")
        back = (f"{edge.target}->{middle}", f"{middle}->{edge.source}")
        arrows = (loop,) if edge.source == edge.target else (*ends, *back)
        said_in = loop if edge.source == edge.target else middle
        return Place((edge.source, edge.target), arrows, said_in, sum(sizes[:taken]), sizes[taken])
    node = next(node for node in picture.nodes if node.key == key)
    lines = [n for n, label in enumerate(node.inside, 1) if label.taken]  # the first text is the name of the state
    return Place((key, key), (), key, lines[0], 1) if lines else Place((key, key))


def _lines(label: Label) -> Iterable[str]:
    for n, line in enumerate(label.lines()):
        shown = ("&#160;&#160;" if n else "") + escape(line)
        yield f'<B><FONT COLOR="{RED}">{shown}</FONT></B>' if label.taken else shown


def _node(node: Node) -> str:
    rows = [f'<TR><TD><B><FONT POINT-SIZE="14">{escape(node.name)}</FONT></B></TD></TR>']
    for n, label in enumerate(node.inside):
        if n and label.own > node.inside[n - 1].own:
            rows.append("<HR/>")
        text = f'<FONT POINT-SIZE="{_SMALL}" COLOR="{label.colour}">{escape(str(label))}</FONT>'
        rows.append(f'<TR><TD ALIGN="LEFT">{f"<B>{text}</B>" if label.taken else text}</TD></TR>')
    return f'<TABLE BORDER="0" CELLSPACING="3" CELLPADDING="0" COLOR="{PALE}">{"".join(rows)}</TABLE>'


def rendered(table: Table, form: str, calls: Sequence[Call] = ()) -> bytes:
    """The graph as Graphviz draws it: `svg` or `png`, with 192 dots an inch. Raises ImportError without pygraphviz."""
    import pygraphviz  # only pictures need it, and it is large

    options = "-Gdpi=192" if form == "png" else ""
    picture: bytes = pygraphviz.AGraph(string=dot(table, calls)).draw(format=form, prog="dot", args=options)
    return picture

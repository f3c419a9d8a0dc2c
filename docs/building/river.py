"""The river: which module of the package imports which, drawn from the imports themselves.

An arrow leads from what is imported to what imports it, so it points the way of the data. Those that follow from
others are left out. The order is that of `tests/test_architecture.py`, which holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import pygraphviz

from tests.test_architecture import BULK, ORDER, PACKAGE, RESULTS, imports

LAST: Final = (
    "readers",
    "formats",
    "interpreters.live",
    "interpreters.diagram",
    "suites",
    "verification",
    "entrypoints",
)
"""What the order does not have: folders of one shape."""
NAMES: Final = {"bulk": "bulk: in blocks", "results": "bulk: results", "readers": "bulk: readers"}
"""How the boxes of the whole are named that are part of a folder."""
Edges = set[tuple[str, str]]


def unit(name: str) -> str:
    """The box of the river that a module is in."""
    parts = name.split(".")
    if parts[0] == "bulk" and len(parts) > 1:
        return {"readers": "readers", **dict.fromkeys(RESULTS, "results")}.get(parts[1], "bulk")
    return ".".join(parts[: 2 if parts[0] == "interpreters" else 1])


def within_bulk(name: str) -> str:
    """The box of the second picture that a module is in; "" outside it."""
    parts = name.split(".")
    return parts[1] if parts[0] == "bulk" and len(parts) > 1 else ""


def edges(box: Callable[[str], str]) -> Edges:
    """Which box imports which: pairs of the imported and the importing one."""
    found: Edges = set()
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0].startswith("__"):
            continue
        importer = box(".".join(part for part in parts if part != "__init__"))
        found |= {(box(name), importer) for name in imports(path)}
    return {(one, other) for one, other in found if one and other and one != other}


def river() -> str:
    """The picture of the whole package."""
    boxes = [*dict.fromkeys(unit(name) for name in ORDER), *LAST]
    return drawn(boxes, edges(unit), "The modules of the package, and which imports which", NAMES)


def bulk_river() -> str:
    """The picture of what is done in bulk."""
    return drawn([*BULK, *RESULTS, "readers"], edges(within_bulk), "The modules of statemachine.bulk")


def drawn(boxes: Iterable[str], found: Edges, told: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A picture as HTML, in the colours of the page. What is told is its name to those who cannot see it."""
    graph = pygraphviz.AGraph(directed=True, rankdir="TB", bgcolor="transparent", nodesep="0.2", ranksep="0.3")
    graph.node_attr.update(shape="box", style="rounded", fontname="sans-serif", fontsize="13", height="0.35")
    graph.edge_attr.update(arrowsize="0.6")
    for box in boxes:
        graph.add_node(box, label=names.get(box, box))
    graph.add_edges_from(sorted(found))
    graph.tred()
    svg = graph.draw(format="svg", prog="dot").decode()
    svg = re.sub(r"<title>.*?</title>\n?", "", svg[svg.index("<svg") :])
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{told}" class="drawn"', 1)
    return f"```{{raw}} html\n{svg.strip()}\n```"

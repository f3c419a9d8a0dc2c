"""A table as a Mermaid state diagram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from statemachine.interpreters.diagram.picture import RED, SET_UP, Picture, legend, pictures, visited
from statemachine.symbol import Call
from statemachine.table import Table


def mermaid(table: Table, calls: Sequence[Call] = ()) -> str:
    """A table as a Mermaid state diagram, with the way that calls take."""
    lines = ["---", f"title: {table.title}", "---", "stateDiagram-v2", "    direction TB"]
    regions = pictures(table, calls)
    if len(regions) == 1:
        lines += _region(regions[0], "    ")
    else:
        lines += _framed(regions[0], 0, "    ")
        lines.append(f'    state "{SET_UP}" as setup {{')
        for number, picture in enumerate(regions[1:], 1):
            lines += _framed(picture, number, "        ")
        lines.append("    }")
    lines += [f"    legend : {line}" for line in ("legend", *legend(table, calls))]
    lines += ["    classDef quiet fill:none,stroke-dasharray:3", "    class legend quiet"]
    marked = [key for picture in regions for key in visited(picture)]
    if marked:
        lines += [f"    classDef taken stroke:{RED},stroke-width:3px", f"    class {','.join(marked)} taken"]
    return "\n".join(lines) + "\n"


def _framed(picture: Picture, number: int, indent: str) -> Iterable[str]:
    yield f'{indent}state "{picture.name}" as region{number} {{'
    yield from _region(picture, f"{indent}    ")
    yield f"{indent}}}"


def _region(picture: Picture, indent: str) -> Iterable[str]:
    for node in picture.nodes:
        yield f"{indent}{node.key} : {node.name}"
        yield from (f"{indent}{node.key} : {text}" for text in node.inside)
    yield f"{indent}[*] --> {picture.initial}"
    for edge in picture.edges:
        yield f"{indent}{edge.source} --> {edge.target} : {'<br/>'.join(map(str, edge.labels))}"

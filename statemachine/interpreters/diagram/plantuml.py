"""A table as a PlantUML state diagram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from statemachine.interpreters.diagram.picture import (
    BLUE,
    PALE,
    RED,
    SET_UP,
    Edge,
    Picture,
    legend,
    pictures,
    visited,
)
from statemachine.symbol import Call
from statemachine.table import Table


def plantuml(table: Table, calls: Sequence[Call] = ()) -> str:
    """A table as a PlantUML state diagram, with the way that calls take."""
    regions = pictures(table, calls)
    lines = [f"@startuml {table.mode}", f"title {table.title}", "hide empty description", "skinparam shadowing false"]
    lines += ["skinparam state {", "  BackgroundColor #eef3fb", f"  BorderColor {BLUE}", f"  ArrowColor {BLUE}", "}"]
    lines += ["skinparam legendBackgroundColor white", f"skinparam legendBorderColor {PALE}"]
    if len(regions) == 1:
        lines += _region(regions[0])
    else:
        lines += _framed(regions[0], 0)
        lines.append(f'state "{SET_UP}" as setup {{')
        for number, picture in enumerate(regions[1:], 1):
            lines += [f"  {line}" for line in _framed(picture, number)]
        lines.append("}")
    return (
        "\n".join([*lines, "legend left", *(f"  {line}" for line in legend(table, calls)), "endlegend", "@enduml"])
        + "\n"
    )


def _framed(picture: Picture, number: int) -> Iterable[str]:
    yield f'state "{picture.name}" as region{number} {{'
    yield from (f"  {line}" for line in _region(picture))
    yield "}"


def _region(picture: Picture) -> Iterable[str]:
    marked = visited(picture)
    for node in picture.nodes:
        yield f'state "{node.name}" as {node.key}{f" ##[bold]{RED[1:]}" if node.key in marked else ""}'
        for n, label in enumerate(node.inside):
            if n and label.own > node.inside[n - 1].own:
                yield f"{node.key} : ----"
            yield f"{node.key} : {_coloured(str(label), label.colour)}"
    yield f"[*] --> {picture.initial}"
    yield from map(_edge, picture.edges)


def _edge(edge: Edge) -> str:
    arrow = f"-[{RED},bold]->" if any(label.taken for label in edge.labels) else "-->"
    lines = [_coloured(line, RED if label.taken else "") for label in edge.labels for line in label.lines()]
    return f"{edge.source} {arrow} {edge.target} : " + "\\n".join(lines)


def _coloured(text: str, colour: str) -> str:
    text = f"<color:{colour}>{text}</color>" if colour else text
    return f"<b>{text}</b>" if colour == RED else text

"""Diagrams: every row is drawn, from the same table, in a form that its consumer accepts, and can be read on paper."""

from __future__ import annotations

import errno
import json
import os
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pygraphviz
import pytest
from click.testing import CliRunner

from statemachine import CLASSIC_CLOUD, CLASSIC_DEVICE, TABLES, Call, State, StatemachineError, Table, Trigger, drawn
from statemachine.entrypoints import run
from statemachine.entrypoints.cli import main
from statemachine.interpreters import diagram
from statemachine.interpreters.diagram.dot import dot
from statemachine.interpreters.diagram.mermaid import mermaid
from statemachine.interpreters.diagram.picture import legend, pictures
from statemachine.interpreters.diagram.plantuml import plantuml

CALLS = (
    Call(Trigger.LOAD, 5, "visitor-1"),
    Call(Trigger.EVENT, 9),
    Call(Trigger.EVENT, 7),
    Call(Trigger.EVENT, 9),
    Call(Trigger.EVENT, 9),
)
RED = "#c0182b"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_code_effect_and_state_of_the_table_is_drawn(table: Table) -> None:
    """States, triggers, effects and codes all appear in every text, with a title and a legend."""
    for text in (mermaid(table), dot(table), plantuml(table)):
        for region in table.regions:
            assert all(str(state) in text for state in region.states)
            for row in region.rows:
                assert row.cannot_occur or all(code in text for code in row.findings)
        assert all(trigger.replace("_", " ") in text for trigger in table.triggers)
        assert all(effect in text for effect in ("init replay", "set replay session", "deliver"))
        assert table.title in text
        assert all(line in text for line in legend(table))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_graphviz_accepts_the_graph_and_sees_the_arrows_of_the_table(table: Table) -> None:
    """The arrows that Graphviz reads are those that change a state, or stay in it accepted."""
    arrows = set(arrows_of(pygraphviz.AGraph(string=dot(table))))
    assert arrows == {(edge.source, edge.target) for picture in pictures(table) for edge in picture.edges}
    assert ("session_active", "rolled_over") in arrows
    assert ("rolled_over", "session_active") in arrows
    assert ("rolled_over", "uninitialised") not in arrows


def arrows_of(graph: Any) -> Iterator[tuple[str, str]]:
    """From state to state: an arrow has its label as a node in its middle, and a head on one of its halves."""
    halves = [(str(a), str(b), edge.attr["dir"]) for edge in graph.edges() for a, b in [edge]]
    for a, b, headed in halves:
        if headed == "forward":
            yield next(start for start, middle, _ in halves if middle == a), b
        elif headed == "back":
            yield next(end for middle, end, _ in halves if middle == b), a
        elif a == b:
            yield a, b


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("calls", [(), CALLS], ids=["plain", "path"])
def test_a_picture_can_be_read_on_paper(table: Table, calls: tuple[Call, ...]) -> None:
    """On A4 no text is under six points, and none lies on another, on an arrow, on a state's border or on a frame."""
    assert troubles(dot(table, calls)) == []


def test_what_cannot_be_read_on_paper_is_noticed() -> None:
    """The red twins: a machine in one long row, a label that Graphviz puts on a frame, and one on an arrow."""
    assert "small" in troubles(dot(CLASSIC_CLOUD).replace("rankdir=TB", "rankdir=LR"))[0]
    label = 'a -> b [label="remove amplitude [not in uninitialised]"]'
    assert any("frame" in trouble for trouble in troubles(f"digraph {{ subgraph cluster_1 {{ a; b; {label} }} }}"))
    there, back = 'a -> b [label="event [newer] / set replay session"]', 'b -> a [label="event [same] / deliver"]'
    assert "under an arrow" in troubles(f"digraph {{ {there} {back} }}")[0]


A4 = (538, 785)
"""What a printer leaves of a page, in points."""
Box = tuple[float, float, float, float]


def troubles(text: str) -> list[str]:
    """What is wrong with the picture that Graphviz makes of a text."""
    layout = json.loads(pygraphviz.AGraph(string=text).draw(format="json", prog="dot"))
    objects = layout.get("objects", [])
    _, _, width, height = map(float, layout["bb"].split(","))
    scale = max(min(a / width, b / height) for a, b in (A4, A4[::-1]))
    boxes = [box for thing in (layout, *objects, *layout.get("edges", [])) for box in texts_of(thing)]
    found = [f"small: {said}" for said, _, size in boxes if size * scale < 6]
    states = [box_of(thing) for thing in objects if thing.get("shape") == "box"]
    frames = [tuple(map(float, thing["bb"].split(","))) for thing in objects if "bb" in thing]
    frames = [frame for frame, thing in zip(frames, (t for t in objects if "bb" in t), strict=True) if drawn_(thing)]
    points = [point for edge in layout.get("edges", []) for point in points_of(edge)]
    for said, box, _ in boxes:
        found += [f"on a state's border: {said}" for state in states if crosses(box, state)]
        found += [f"on a frame: {said}" for frame in frames if crosses(box, frame)]
        found += [f"under an arrow: {said}" for x, y in points if meet(box, (x - 1, y - 1, x + 1, y + 1))]
    for n, (said, box, _) in enumerate(boxes):
        found += [f"{said} lies on {other}" for other, place, _ in boxes[:n] if meet(box, place)]
    return found


def drawn_(frame: dict[str, Any]) -> bool:
    """Whether a cluster has a visible border."""
    return frame["name"].startswith("cluster") and frame.get("peripheries") != "0"


def texts_of(thing: dict[str, Any]) -> Iterator[tuple[str, Box, float]]:
    """Every text of a node, an edge or a graph, with its box and the size of its letters."""
    for operations in (thing.get("_ldraw_", []), thing.get("_draw_", [])):
        size = 0.0
        for operation in operations:
            size = operation.get("size", size)
            if operation["op"] == "T" and operation["text"].strip():
                (x, y), width = operation["pt"], operation["width"]
                left = x - {"l": 0, "c": width / 2, "r": width}[operation["align"]]
                yield operation["text"], (left, y, left + width, y + 0.7 * size), size


def points_of(edge: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Points of an arrow's curve, close together, unless it is invisible."""
    for operation in edge.get("_draw_", []):
        given = operation["points"] if operation["op"] == "b" else []
        for n in range(0, len(given) - 3, 3):
            for t in (step / 50 for step in range(51)):
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                yield (
                    sum(w * x for w, (x, _) in zip(weights, given[n : n + 4], strict=True)),
                    sum(w * y for w, (_, y) in zip(weights, given[n : n + 4], strict=True)),
                )


def box_of(node: dict[str, Any]) -> Box:
    """Where a node is."""
    x, y = map(float, node["pos"].split(","))
    width, height = float(node["width"]) * 36, float(node["height"]) * 36
    return x - width, y - height, x + width, y + height


def meet(a: Box, b: Box) -> bool:
    """Whether two boxes have a point in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def crosses(text: Box, frame: tuple[float, ...]) -> bool:
    """Whether a text is neither within a frame nor outside it."""
    left, low, right, high = frame
    within = left < text[0] and low < text[1] and text[2] < right and text[3] < high
    return meet(text, (left, low, right, high)) and not within


def with_targets(table: Table, targets: dict[State, State]) -> Table:
    """The same table with other targets for the rows that leave these states."""
    rows = tuple(
        attrs.evolve(row, target=targets[State(row.sources[0])]) if row.target and row.sources[0] in targets else row
        for row in table.regions[0].rows
    )
    fields = {f.name: getattr(table, f.name) for f in attrs.fields(Table) if f.init}
    return Table(**{**fields, "regions": (attrs.evolve(table.regions[0], rows=rows), *table.regions[1:])})


def test_a_changed_row_changes_the_picture() -> None:
    """The red twin: with one target changed, the drawing is another one."""
    changed = with_targets(CLASSIC_DEVICE, {State.INITIALISED: State.ROLLED_OVER})
    for form in ("mermaid", "dot", "plantuml", "scxml", "xstate"):
        assert drawn(changed, form) != drawn(CLASSIC_DEVICE, form)


def test_the_way_of_a_trace_is_marked() -> None:
    """Each row that a call took has the call's number, in every text; without calls nothing is marked."""
    labels = [label for node in pictures(CLASSIC_DEVICE, CALLS)[0].nodes for label in node.inside]
    edges = [label for edge in pictures(CLASSIC_DEVICE, CALLS)[0].edges for label in edge.labels]
    taken = {label.taken: label.text for label in labels + edges if label.taken}
    assert sorted(taken) == [(0,), (1,), (2,), (3,), (4,)]
    assert taken[2,] == "✗ event [older] → SR201"
    for text in (mermaid(CLASSIC_DEVICE, CALLS), dot(CLASSIC_DEVICE, CALLS), plantuml(CLASSIC_DEVICE, CALLS)):
        assert all(str(label) in text or str(label).replace(">", "&gt;") in text for label in labels)
        assert all(line in text for label in edges for line in label.lines()) or "<br/>" in text
        assert RED in text
        assert legend(CLASSIC_DEVICE, CALLS)[-1] in text
    assert all(str(label) in mermaid(CLASSIC_DEVICE, CALLS) for label in edges)
    assert "initialised taken" not in mermaid(CLASSIC_DEVICE, CALLS)
    for text in (mermaid(CLASSIC_DEVICE), dot(CLASSIC_DEVICE), plantuml(CLASSIC_DEVICE)):
        assert RED not in text


def test_a_machine_to_run_has_no_path_and_no_other_form_is_drawn() -> None:
    """Calls with SCXML or XState, and a form that there is none of, are refused in words."""
    for form in ("scxml", "xstate"):
        with pytest.raises(StatemachineError, match="a path is marked in mermaid"):
            drawn(CLASSIC_DEVICE, form, CALLS)
    with pytest.raises(StatemachineError, match='no diagram is "gif"; the forms are mermaid'):
        drawn(CLASSIC_DEVICE, "gif")
    given = '{"call": "load", "device_id": "visitor-1"}'
    result = CliRunner().invoke(main, ["diagram", "actions", "--format", "scxml", "--path", "-"], input=given)
    assert result.exit_code == 2
    assert "a path is marked in" in result.stderr


def test_the_command_knows_the_forms_of_the_library() -> None:
    """The command line lists them without importing the drawing."""
    assert sorted(run.FORMATS) == sorted(diagram.FORMATS)


def test_a_table_as_scxml_is_sound_xml() -> None:
    """Its states are those of the table, its targets are states, and each region has an initial one."""
    space = "{http://www.w3.org/2005/07/scxml}"
    for table in TABLES.values():
        root = ET.fromstring(drawn(table, "scxml"))  # noqa: S314
        names = [state.get("id") for state in root.iter() if state.get("id")]
        assert len(names) == len({*names})
        assert {state.get("target") for state in root.iter(f"{space}transition")} <= {*names, None}
        assert root.get("initial") in names
        leaves = [state for state in root.iter(f"{space}state") if state.find(f"{space}state") is None]
        assert len(leaves) == sum(len(region.states) for region in table.regions)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full leaves the picture that stood there, and nothing beside it."""
    path = tmp_path / "machine.dot"
    path.write_text("as it was")
    monkeypatch.setattr(os, "replace", full)
    result = CliRunner().invoke(main, ["diagram", "actions", "-o", str(path)])
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert [file.read_text() for file in tmp_path.iterdir()] == ["as it was"]


def test_what_a_file_is_stays(tmp_path: Path) -> None:
    """A link is written through, its target keeps its permissions, and a device is no file to be replaced."""
    target, link = tmp_path / "target.dot", tmp_path / "link.dot"
    target.write_text("as it was")
    target.chmod(0o640)
    link.symlink_to(target)
    for path in (str(link), os.devnull):
        assert CliRunner().invoke(main, ["diagram", "actions", "--format", "dot", "-o", path]).exit_code == 0
    assert link.is_symlink()
    assert target.read_text() == dot(TABLES["actions"])
    assert target.stat().st_mode & 0o777 == 0o640
    assert Path(os.devnull).is_char_device()


def full(*_: object) -> None:
    """What a full disk answers."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_set_up_trace_takes_its_way_through_every_region() -> None:
    """Cloud-mode: the set-up's rows are marked too; a trace that is no trace is misuse."""
    calls = [{"call": "add", "plugin": "segment"}, {"call": "load", "device_id": "visitor-1"}]
    given = "\n".join(map(json.dumps, calls))
    result = CliRunner().invoke(main, ["diagram", "classic-cloud", "--path", "-"], input=given)
    assert result.exit_code == 0
    assert result.stdout.count("0: add segment [in no replay plugin] / SR311") == 1
    assert "1: load" in result.stdout
    result = CliRunner().invoke(main, ["diagram", "actions", "--path", "-"], input=given)
    assert result.exit_code == 2
    assert "-:1:" in result.stderr


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_pictures_need_no_system_package(table: Table) -> None:
    """SVG is XML with the states as text; PNG begins as a PNG does, and has dots enough to be printed."""
    svg = drawn(table, "svg")
    texts = "".join(ET.fromstring(svg).itertext())  # noqa: S314
    assert all(state in texts for state in State)
    png = drawn(table, "png")
    assert png.startswith(b"\x89PNG\r\n")
    width = int.from_bytes(png[16:20], "big")
    assert width > 2.5 * float((ET.fromstring(svg).get("width") or "").removesuffix("pt"))  # noqa: S314


def test_without_the_extra_a_picture_is_refused_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mermaid and DOT still work; SVG says what to install."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(StatemachineError, match=r"session-replay-statemachine\[diagram\]"):
        drawn(CLASSIC_DEVICE, "svg")
    assert b"stateDiagram-v2" in drawn(CLASSIC_DEVICE)

"""Diagrams: every row is drawn, from the same table, in a form that its consumer accepts."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET

import attrs
import pygraphviz
import pytest
from click.testing import CliRunner

from statemachine import CLASSIC_DEVICE, TABLES, Call, State, StatemachineError, Table, Trigger, drawn
from statemachine.entrypoints.cli import main
from statemachine.interpreters.diagram import dot, mermaid, pictures


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_code_effect_and_state_of_the_table_is_drawn(table: Table) -> None:
    """States, triggers, effects and codes all appear, in both texts."""
    for text in (mermaid(table), dot(table)):
        for region in table.regions:
            assert all(str(state) in text for state in region.states)
            for row in region.rows:
                assert row.cannot_occur or all(code in text for code in row.findings)
        assert all(trigger.replace("_", " ") in text for trigger in table.triggers)
        assert all(effect in text for effect in ("init replay", "set replay session", "deliver"))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_graphviz_accepts_the_graph_and_sees_the_arrows_of_the_table(table: Table) -> None:
    """The arrows that Graphviz reads are those that change a state, or stay in it accepted."""
    graph = pygraphviz.AGraph(string=dot(table))
    arrows = {(str(a), str(b)) for a, b in graph.edges() if not str(a).startswith("start")}
    assert arrows == {(edge.source, edge.target) for picture in pictures(table) for edge in picture.edges}
    assert ("session_active", "rolled_over") in arrows
    assert ("rolled_over", "uninitialised") not in arrows


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
    assert mermaid(changed) != mermaid(CLASSIC_DEVICE)
    assert dot(changed) != dot(CLASSIC_DEVICE)


def test_the_way_of_a_trace_is_marked() -> None:
    """Each row that a call took has the call's number, in either text; without calls nothing is marked."""
    calls = (
        Call(Trigger.LOAD, 5, "visitor-1"),
        Call(Trigger.EVENT, 9),
        Call(Trigger.EVENT, 7),
        Call(Trigger.EVENT, 9),
        Call(Trigger.EVENT, 9),
    )
    labels = [label for node in pictures(CLASSIC_DEVICE, calls)[0].nodes for label in node.inside]
    labels += [label for edge in pictures(CLASSIC_DEVICE, calls)[0].edges for label in edge.labels]
    taken = {label.taken: label.text for label in labels if label.taken}
    assert sorted(taken) == [(0,), (1,), (2,), (3,), (4,)]
    assert taken[2,] == "✗ event [older] → SR201"
    for text in (mermaid(CLASSIC_DEVICE, calls), dot(CLASSIC_DEVICE, calls)):
        assert all(str(label) in text or str(label).replace(">", "&gt;") in text for label in labels)
    assert "initialised taken" not in mermaid(CLASSIC_DEVICE, calls)
    assert "taken" not in mermaid(CLASSIC_DEVICE)
    assert "#c0182b" not in dot(CLASSIC_DEVICE)


def test_a_set_up_trace_takes_its_way_through_every_region() -> None:
    """Cloud-mode: the set-up's rows are marked too; a trace that is no trace is misuse."""
    calls = [{"call": "add", "plugin": "segment"}, {"call": "load", "device_id": "visitor-1"}]
    given = "\n".join(map(json.dumps, calls))
    result = CliRunner().invoke(main, ["diagram", "classic-cloud", "--trace", "-"], input=given)
    assert result.exit_code == 0
    assert result.stdout.count("0: add segment [in no replay plugin] / SR311") == 1
    assert "1: load" in result.stdout
    result = CliRunner().invoke(main, ["diagram", "actions", "--trace", "-"], input=given)
    assert result.exit_code == 2
    assert "-:1:" in result.stderr


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_pictures_need_no_system_package(table: Table) -> None:
    """SVG is XML with the states as text; PNG begins as a PNG does."""
    svg = drawn(table, "svg")
    texts = "".join(ET.fromstring(svg).itertext())  # noqa: S314
    assert all(state in texts for state in State)
    assert drawn(table, "png").startswith(b"\x89PNG\r\n")


def test_without_the_extra_a_picture_is_refused_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mermaid and DOT still work; SVG says what to install."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(StatemachineError, match=r"session-replay-statemachine\[diagram\]"):
        drawn(CLASSIC_DEVICE, "svg")
    assert drawn(CLASSIC_DEVICE).startswith(b"stateDiagram-v2")

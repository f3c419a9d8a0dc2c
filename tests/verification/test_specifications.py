"""The specifications: what holds, what must fail, and that they are the machine that runs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest

from statemachine import TABLES, State, Table
from statemachine.symbol import Kind, Trigger
from statemachine.verification import tlc
from statemachine.verification.bounds import calls_of, starts_of
from statemachine.verification.graph import Graph, differences, specified_graph, step_graph
from statemachine.verification.modelcheck import calls_in, check_twin
from statemachine.verification.mutants import mutants, with_row
from statemachine.verification.specification import MODULES, Model, folder, models
from tests.generated import MANIFEST, SPECS_README, actions_of, manifest, specs_parts, updated

MODELS = models()
BY_MODE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_what_tlc_finds_is_what_is_pinned(runs: dict[str, tlc.Run], graphs: dict[str, Graph]) -> None:
    """Exit status, property, length of the shortest behaviour, states and edges: as in the manifest."""
    assert manifest(runs, graphs) == json.loads(MANIFEST.read_text()), "run `make generate`, and read what changed"


def test_the_generated_parts_of_the_page_are_fresh(graphs: dict[str, Graph]) -> None:
    """Models, red twins and correspondence are what the runs and the tables give now."""
    text = SPECS_README.read_text()
    assert updated(text, specs_parts(json.loads(MANIFEST.read_text()), graphs)) == text, "stale: run `make generate`"


@pytest.mark.parametrize("model", [m for m in MODELS if not m.is_twin], ids=lambda model: model.name)
def test_a_model_of_the_law_holds(model: Model, runs: dict[str, tlc.Run]) -> None:
    """Every property that its configuration names, on every state within the bounds."""
    assert runs[model.name].exit_status == tlc.HOLDS
    assert runs[model.name].distinct > 10


@pytest.mark.parametrize("model", [m for m in MODELS if m.is_twin], ids=lambda model: model.name)
def test_a_red_twin_fails_on_the_property_that_it_names(model: Model, runs: dict[str, tlc.Run]) -> None:
    """Exit status 13, that property, and a behaviour that begins at the start."""
    run = runs[model.name]
    assert run.exit_status == 13
    assert (run.violated,) == model.properties
    assert run.trace[0]["call"] == []
    assert calls_in(run)


def test_every_property_has_a_red_twin() -> None:
    """No property is checked that nothing was ever seen to violate; those of Types and Total are below."""
    checked = {name for model in MODELS if not model.is_twin for name in model.properties}
    assert checked - {name for model in MODELS if model.is_twin for name in model.properties} == {"Types", "Total"}


def test_the_numbered_rows_of_reality_have_their_twins() -> None:
    """Each way of going wrong that a specification can hold: rows 1 to 6, 9, and 11 to 14."""
    named = {int(n) for m in MODELS if m.is_twin for n in re.findall(r"reality.md, row (\d+)", m.comment)}
    assert named == {1, 2, 3, 4, 5, 6, 9, 11, 12, 13, 14}


def test_a_twin_that_does_not_fail_is_noticed(tmp_path: Path) -> None:
    """The red twin of the red twins: one whose integration is sound."""
    twin = next(model for model in MODELS if model.name == "ActionsPage-late-tag")
    healed = tmp_path / twin.path.name
    healed.write_text(twin.text.replace("tagged when seen", "guarded"))
    (result,) = check_twin(Model(healed))
    assert not result.holds


@BY_MODE
def test_the_specification_and_step_are_one_machine(table: Table, graphs: dict[str, Graph]) -> None:
    """Both differences are empty: every state and every edge, with acceptance, effects and findings."""
    specified, reached = graphs[table.mode], step_graph(table)
    assert list(differences(specified, table)) == []
    assert specified.edges == reached.edges
    assert specified.starts == reached.starts


@BY_MODE
def test_every_single_row_mutant_differs_from_the_specification(table: Table, graphs: dict[str, Graph]) -> None:
    """The kill rate is 100 %."""
    made = mutants(table)
    survivors = [mutant for mutant in made.different if not any(differences(graphs[table.mode], mutant))]
    assert survivors == []
    assert len(made.different) > 100


@BY_MODE
def test_every_state_and_every_row_is_reached_sometimes(table: Table, graphs: dict[str, Graph]) -> None:
    """Nothing holds because nothing happens: each state, each row but those that cannot occur."""
    graph = graphs[table.mode]
    taken = actions_of(table, graph)
    for number, region in enumerate(table.regions):
        assert {r.configuration[number] for r in graph.replays} == {*region.states}
        assert [row for row in region.rows if bool(row.cannot_occur) is ((number, row) in taken)] == []


@BY_MODE
def test_every_symbol_has_a_call_within_the_bounds(table: Table) -> None:
    """No input of the table is left out of the comparison."""
    assert {call.trigger for call in calls_of(table)} == {*table.triggers}
    assert len(calls_of(table)) >= len(table.symbols)


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """The specifications with one thing changed."""
    shutil.copytree(folder(), tmp_path / "specs")
    path = tmp_path / "specs" / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return tmp_path / "specs"


def test_a_specification_that_decides_in_two_ways_is_refused(tmp_path: Path) -> None:
    """A guard that overlaps another one: the same call in the same state has two outcomes."""
    specs = changed(tmp_path, "ReplayCore.tla", "/\\ s = session\n", "/\\ s \\in Sessions /\\ s >= session\n")
    model, table, dump = Model(specs / "ClassicDevice.cfg"), TABLES["classic-device"], tmp_path / "graph.dot"
    model.path.write_text(re.sub("(INVARIANT|PROPERTY).*\n", "", model.text))
    tlc.run(model, specs=specs, dump=dump)
    with pytest.raises(ValueError, match="in two ways"):
        specified_graph(table, dump)


def test_a_finding_changed_in_the_specification_is_named(tmp_path: Path) -> None:
    """SR201 said as SR202: every edge that regresses differs, the nearest first."""
    specs = changed(tmp_path, "ReplayCore.tla", '<<"SR201">>', '<<"SR202">>')
    dump, table = tmp_path / "graph.dot", TABLES["classic-device"]
    tlc.run(Model(specs / "ClassicDevice.cfg"), specs=specs, dump=dump)
    found = list(differences(specified_graph(table, dump), table))
    assert len(found) == 12
    assert found[0].calls[-1].trigger is Trigger.EVENT
    assert "SR202" in str(found[0])
    assert "SR201" in str(found[0])
    assert len(found[0].calls) == 2


@pytest.mark.parametrize(
    ("old", "new", "violated"),
    [
        ("\\/ IsOutOfSession(what, s) \\/ IsMalformed(what, s)", "\\/ IsOutOfSession(what, s)", "Total"),
        ('/\\ state\' = "initialised"', '/\\ state\' = "starting"', "Types"),
    ],
)
def test_a_hole_and_a_wrong_type_are_noticed(tmp_path: Path, old: str, new: str, violated: str) -> None:
    """The red twins of Total and Types: an input without a line, a state that is none."""
    specs = changed(tmp_path, "ReplayCore.tla", old, new)
    assert tlc.run(Model(specs / "ClassicDevice.cfg"), specs=specs).violated == violated


def test_a_broken_module_is_no_verdict(tmp_path: Path) -> None:
    """TLC that cannot run says neither that it holds nor that it does not."""
    specs = changed(tmp_path, "ReplayCore.tla", "CoreInit ==", "CoreInit")
    with pytest.raises(tlc.BrokenRunError, match="did not decide"):
        tlc.run(Model(specs / "Actions.cfg"), specs=specs)


def test_other_starts_and_a_table_that_raises_differ(graphs: dict[str, Graph]) -> None:
    """A table that begins elsewhere, or makes `step` raise, is another machine."""
    table = TABLES["classic-cloud"]
    fields: dict[str, Any] = {f.name: getattr(table, f.name) for f in attrs.fields(Table) if f.init}
    elsewhere = Table(**{**fields, "begins": table.initial})
    assert next(differences(graphs[table.mode], elsewhere)).calls == ()
    assert starts_of(elsewhere) != starts_of(table)
    actions = TABLES["actions"]
    rows = actions.regions[0].rows
    number = next(n for n, row in enumerate(rows) if row.findings == ("SR301",))
    newer = next(row for row in rows if row.target == State.ROLLED_OVER)
    taken = attrs.evolve(newer, trigger=Trigger.SETTLE, sources=rows[number].sources, kinds=(Kind.NOT_POPULATED,))
    raising = with_row(actions, 0, number, taken)
    assert {d.decided for d in differences(graphs["actions"], raising)} == {None}


def test_the_page_names_what_exists() -> None:
    """Every module, property and link of the page is one."""
    text = SPECS_README.read_text()
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (folder() / target).exists(), target
    assert all(f"[{module}.tla]" in text for module in (*MODULES.values(), "MonotonicReplay", "ReplayCore"))

"""The checks that TLC makes: every property of a mode, its red twins, and its graph beside `step`'s."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Final

from statemachine.machines import TABLES
from statemachine.symbol import Call
from statemachine.table import Table
from statemachine.verification import tlc
from statemachine.verification.bounds import BOUNDS, as_page
from statemachine.verification.graph import Graph, call_of, differences, specified_graph
from statemachine.verification.mutants import mutants
from statemachine.verification.result import Method, Result
from statemachine.verification.specification import MODULES, Model
from statemachine.verification.temporary import temporary_folder

TOOL: Final = "TLC"


def check_model(model: Model) -> list[Result]:
    """Run a model that must hold: a result for each of its properties, or for the one that fails."""
    return _results(model, tlc.run(model))


def _results(model: Model, run: tlc.Run) -> list[Result]:
    bounds = bounds_of(model)
    name = f"{model.module}: "
    if run.violated is not None:
        detail = f"{model.name}.cfg, violated in a behaviour of {len(run.trace)} states"
        calls = calls_in(run)
        return [
            Result(
                model.mode, name + run.violated, Method.EXHAUSTIVE, TOOL, bounds, "", False, run.seconds, calls, detail
            )
        ]
    return [
        # What one run took is told once, with its first property.
        Result(model.mode, name + prop, Method.EXHAUSTIVE, TOOL, bounds, f"{run.distinct:,} states", True, seconds)
        for prop, seconds in zip(model.properties, (run.seconds, *[0.0] * len(model.properties)), strict=False)
    ]


def bounds_of(model: Model) -> str:
    """How many of everything a model has."""
    sizes = {name: value.count(",") + 1 for name, value in model.constants().items() if value.startswith("{")}
    words = {"Sessions": "session ID", "Devices": "device", "Events": "event"}
    told = [f"{sizes[name]} {word}{'s' * (sizes[name] > 1)}" for name, word in words.items() if name in sizes]
    return ", ".join(told)


def calls_in(run: tlc.Run) -> tuple[Call, ...]:
    """The calls on the way to a violation: a state with the same one as before it took none."""
    calls = [state["call"] for state in run.trace]
    return tuple(call_of(call) for before, call in pairwise(calls) if call != before)


def check_twin(model: Model) -> list[Result]:
    """Run a red twin: it must fail, and on the property that it names."""
    run = tlc.run(model)
    caught = run.violated == model.properties[0]
    told = f"{model.comment}  TLC: {run.violated or 'no property'} violated"
    result = Result(
        model.mode,
        f"{model.name.removeprefix(model.module)[1:]} violates {model.properties[0]}",
        Method.EXHAUSTIVE,
        TOOL,
        bounds_of(model),
        f"{len(run.trace)} states",
        caught,
        run.seconds,
        detail=told,
    )
    return [result]


def check_machine(model: Model) -> list[Result]:
    """Run the module of a mode, with what `check_model` says, and compare its state graph with `step`'s."""
    table = TABLES[model.mode]
    with temporary_folder() as folder:
        dump = Path(folder) / "graph.dot"
        results = _results(model, tlc.run(model, dump=dump))
        if not results[0].holds:
            return results
        began = time.perf_counter()
        graph = specified_graph(table, dump)
    return [*results, compared(table, graph, began), killed(table, graph)]


def compared(table: Table, graph: Graph, began: float) -> Result:
    """Both differences of the two graphs must be empty."""
    found = list(differences(graph, table))
    size = f"{len(graph.replays)} states, {len(graph.edges):,} edges"
    calls = as_page(table, found[0].start, found[0].calls) if found else ()
    detail = f"{len(found)} edges differ; the nearest: {found[0]}" if found else "both differences are empty"
    seconds = time.perf_counter() - began
    name = f"{MODULES[table.mode]} = step, edge by edge"
    return Result(table.mode, name, Method.EXHAUSTIVE, "TLC, step", BOUNDS, size, not found, seconds, calls, detail)


def killed(table: Table, graph: Graph) -> Result:
    """Every single-row mutant of the table must differ from the specification."""
    began = time.perf_counter()
    made = mutants(table)
    survivors = [mutant for mutant in made.different if next(differences(graph, mutant), None) is None]
    total = len(made.different)
    rate = 100 * (total - len(survivors)) // total
    return Result(
        table.mode,
        "single-row mutants of the table differ",
        Method.EXHAUSTIVE,
        "TLC, step",
        BOUNDS,
        f"{total - len(survivors)} of {total} ({rate} %)",
        not survivors,
        time.perf_counter() - began,
        detail=f"{made.refused} refuse to be built, {made.same} are the same machine in other words",
    )

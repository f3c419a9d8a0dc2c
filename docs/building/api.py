"""The Python API: what a module exports, in the order of the modules where it is at home."""

from __future__ import annotations

import inspect
from enum import Enum
from importlib import import_module
from typing import Final

from sphinx.pycode import ModuleAnalyzer

from statemachine.machines import TABLES

HEADINGS: Final = {
    "replay": "One call: step",
    "symbol": "Calls, and how they are classified",
    "table": "Tables",
    "machines": "The three modes",
    "ids": "IDs",
    "log": "Judging logs",
    "verdict": "Verdicts",
    "finding": "Findings",
    "rules": "The catalogue",
    "trace": "Judging call traces",
    "interpreters.live": "A live session",
    "interpreters.diagram": "Diagrams",
    "errors": "Errors",
    "suites.suite": "Suites",
    "suites.run": "A whole run",
    "suites.judge": "In lockstep with the law",
    "suites.adapter": "Adapters",
    "suites.program": "Programs",
    "suites.strategies": "Hypothesis strategies",
    "suites.invariants": "Invariants",
}
"""The headings of the page, by the module below `statemachine` where names are at home."""
DATA: Final = [f"statemachine.{name}" for name in (*HEADINGS, *(f"machines.{m.replace('-', '_')}" for m in TABLES))]
"""The modules in which exported data is looked for."""


def api(name: str) -> str:
    """Everything that a module exports, by its homes. Raises ValueError for a home without a heading."""
    module = import_module(name)
    homes: dict[str, list[str]] = {}
    for exported in module.__all__:
        thing = getattr(module, exported)
        home, directive = _described(thing, f"{name}.{exported}")
        homes.setdefault(home, []).append(directive)
    order = [*HEADINGS]
    return "\n\n".join(
        "\n".join([f"## {HEADINGS[home]}\n\n```{{eval-rst}}", *homes[home], "```"])
        for home in sorted(homes, key=order.index)
    )


def _described(thing: object, path: str) -> tuple[str, str]:
    """Where a thing is at home, and the directive that describes it."""
    if inspect.isclass(thing):
        undocumented = "   :undoc-members:\n" if issubclass(thing, Enum) else ""
        return _home(thing.__module__), f".. autoclass:: {path}\n   :members:\n{undocumented}"
    if inspect.isfunction(thing):
        return _home(thing.__module__), f".. autofunction:: {path}\n"
    told = {module: _told(module).get(path.rpartition(".")[2]) for module in DATA}
    module, lines = next(
        (module, lines) for module, lines in told.items() if lines
    )  # data does not say where it is from
    return _home(module), "\n   ".join([f".. py:data:: {path}\n", *lines])


def _told(module: str) -> dict[str, list[str]]:
    """The data of a module, each with the text below it."""
    found = ModuleAnalyzer.for_module(module).find_attr_docs()
    return {name: lines for (owner, name), lines in found.items() if not owner}


def _home(module: str) -> str:
    """The heading under which a module's names stand: its own, or that of its folder."""
    home = module.removeprefix("statemachine.")
    return home if home in HEADINGS else home.rpartition(".")[0]

"""The river flows one way: which module may import which, and what the import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import statemachine

PACKAGE = Path(statemachine.__file__).parent
BULK = [
    "times",
    "blocks",
    "payloads",
    "narrow",
    "devices",
    "own_devices",
    "fold",
    "work",
    "rows",
    "columns",
    "order",
    "workers",
    "logs",
]
RESULTS = ["whole", "columnar", "output", "by_device", "snapshot", "resume"]
ORDER = [
    "bounds",
    *("errors", "rules", "ids", "fields", "symbol", "event", "table", "machines"),
    *("replay", "finding", "verdict", "log"),
    *(f"bulk.{name}" for name in BULK),
    *("trace", "report", "baseline"),
    *(f"bulk.{name}" for name in RESULTS),
]
"""Each may import only what stands before it."""
MACHINES = {"errors", "table", "symbol", "rules"}


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, by the first name below it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("statemachine."):
            names.add(node.module.removeprefix("statemachine."))
        assert not isinstance(node, ast.ImportFrom) or node.level == 0, f"relative import in {path}"
    return names


def test_the_river_flows_one_way() -> None:
    """A module imports only modules upstream of it."""
    for n, name in enumerate(ORDER):
        path = PACKAGE / f"{name.replace('.', '/')}.py"
        for imported in imports(path) if path.exists() else ():
            parts = imported.split(".")
            assert ".".join(parts[: 2 if parts[0] == "bulk" else 1]) in ORDER[:n], f"{name} imports {imported}"


def test_every_module_is_in_the_order() -> None:
    """None is left out of it, but for those that are folders of one shape."""
    files = {path.stem for path in PACKAGE.glob("*.py")} | {
        f"bulk.{path.stem}" for path in (PACKAGE / "bulk").glob("*.py")
    }
    assert files - {"__init__", "__main__", "bulk.__init__"} == {*ORDER} - {"machines"}


def test_machines_know_tables_symbols_and_rules_only() -> None:
    """The law is written in nothing else."""
    for path in (PACKAGE / "machines").glob("*.py"):
        upstream = {name for name in imports(path) if not name.startswith("machines")}
        assert upstream <= MACHINES, path


def test_interpreters_do_not_know_each_other_and_nobody_knows_entrypoints() -> None:
    """Readings of a table are independent; entry points are the last."""
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).parts[0]
        imported = imports(path)
        if place == "interpreters":
            own = f"interpreters.{path.relative_to(PACKAGE).parts[1].removesuffix('.py')}"
            assert not any(name.startswith("interpreters") and not name.startswith(own) for name in imported), path
        if place not in ("entrypoints", "__main__.py"):
            assert not any(name.startswith("entrypoints") for name in imported), path
        if place not in ("entrypoints", "verification", "suites"):
            assert not any(name.startswith(("verification", "suites")) for name in imported), path


HEAVY = {
    *("playwright", "pyspark", "msgspec", "numpy", "pyarrow", "ijson", "jinja2", "transitions", "click", "rich"),
    *("hypothesis", "pytest", "pygraphviz", "z3", "cvc5", "aalpy"),
}
"""Packages, of those that we use, that take long to import."""


def loaded(statement: str) -> set[str]:
    """The modules that an interpreter has after an import."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_else() -> None:
    """Neither a module of its own nor another distribution; the red twin: a name that was asked for."""
    first = loaded("import statemachine")
    assert "statemachine" in first
    assert not {name for name in first if name.startswith("statemachine.") or name == "attrs"}
    assert loaded("from statemachine import step") >= {"statemachine.replay", "attrs"}


def test_the_core_needs_attrs_and_nothing_else_at_import() -> None:
    """IDs, tables and steps; the red twin: the object of `transitions`."""
    assert not HEAVY & loaded("from statemachine import ACTIONS, Call, ReplayId, RULES, start, step")
    assert HEAVY & loaded("from statemachine import live") == {"transitions"}


def test_public_names_have_docstrings_and_exist() -> None:
    """Everything that is exported can be imported and says what it is."""
    for name in statemachine.__all__:
        thing = getattr(statemachine, name)
        assert getattr(thing, "__doc__", None), name
    assert sorted(statemachine.__all__) == sorted(set(statemachine.__all__))
    with pytest.raises(AttributeError, match="no_such_name"):
        statemachine.no_such_name  # noqa: B018

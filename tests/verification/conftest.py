"""TLC is run once on every model, for all tests of the specifications."""

from __future__ import annotations

from pathlib import Path

import pytest

from statemachine import TABLES
from statemachine.verification.graph import Graph, specified_graph
from statemachine.verification.specification import MODULES
from statemachine.verification.tlc import Run
from tests.generated import every_run


@pytest.fixture(scope="session")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the state graphs go."""
    return tmp_path_factory.mktemp("dumps")


@pytest.fixture(scope="session")
def runs(dumps: Path) -> dict[str, Run]:
    """What TLC said of every model, by name."""
    return every_run(dumps)


@pytest.fixture(scope="session")
def graphs(runs: dict[str, Run], dumps: Path) -> dict[str, Graph]:
    """The state graph of every mode's specification."""
    return {mode: specified_graph(table, dumps / f"{MODULES[mode]}.dot") for mode, table in TABLES.items()}

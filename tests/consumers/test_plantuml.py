"""The PlantUML text: PlantUML itself reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from statemachine import TABLES, Call, Table, Trigger, drawn

CALLS = (Call(Trigger.LOAD, 5, "visitor-1"), Call(Trigger.EVENT, 9), Call(Trigger.EVENT, 7))


@pytest.mark.parametrize("calls", [(), CALLS], ids=["plain", "path"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_plantuml_reads_a_state_diagram(
    table: Table, calls: tuple[Call, ...], plantuml_says: Callable[[str], str]
) -> None:
    """It counts the states that the table has, and a start for each region."""
    entities = sum(len(region.states) + 1 for region in table.regions)
    assert plantuml_says(drawn(table, "plantuml", calls).decode()) == f"STATE\n({entities} entities)\n"


def test_plantuml_refuses_what_is_none(plantuml_says: Callable[[str], str]) -> None:
    """The red twin: one broken line, and it says so."""
    text = drawn(TABLES["actions"], "plantuml").decode()
    assert plantuml_says(text.replace("[*] --> ", "[*] ==/ ")).startswith("ERROR")

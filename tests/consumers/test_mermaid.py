"""The Mermaid text: Mermaid itself draws it."""

from __future__ import annotations

import html
import re

import mermaidx
import pytest

from statemachine import TABLES, Call, Table, Trigger, drawn
from statemachine.interpreters.diagram.picture import legend

CALLS = (Call(Trigger.LOAD, 5, "visitor-1"), Call(Trigger.EVENT, 9), Call(Trigger.EVENT, 7))


@pytest.mark.parametrize("calls", [(), CALLS], ids=["plain", "path"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_mermaid_draws_every_state_and_line(table: Table, calls: tuple[Call, ...]) -> None:
    """Title, states, codes and legend are text in its picture; the path is in its colour."""
    picture = mermaidx.render(drawn(table, "mermaid", calls).decode()).svg()
    # Mermaid breaks lines where it likes.
    text = html.unescape(re.sub(r"<[^>]*>", " ", picture)).replace(" ", "").replace("\n", "")
    states = [state for region in table.regions for state in region.states]
    codes = [code for region in table.regions for row in region.rows for code in row.findings if not row.cannot_occur]
    for said in (table.title, *states, *codes, *legend(table, calls)):
        assert said.replace(" ", "") in text, said
    assert ("#c0182b" in picture) == bool(calls)


def test_mermaid_refuses_what_is_none() -> None:
    """The red twin: one broken arrow, and it says so."""
    text = drawn(TABLES["actions"]).decode()
    with pytest.raises(RuntimeError, match="Parse error"):
        mermaidx.render(text.replace("[*] --> ", "[*] --> : ")).svg()

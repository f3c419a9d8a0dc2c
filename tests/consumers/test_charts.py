"""The state charts that run: XState and SCION, an SCXML interpreter, do what `step` does, on streams of real calls."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from statemachine import CLASSIC_CLOUD, CLASSIC_DEVICE, TABLES, Call, Row, Table, Trigger, drawn
from statemachine.ids import UNSET
from statemachine.interpreters.diagram.executable import REJECTED, event_name, identifier
from statemachine.replay import start, step
from statemachine.verification.bounds import symbol_of
from tests.consumers.conftest import Run

FORMS = ("xstate", "scxml")


@attrs.frozen
class Done:
    """What one event did."""

    states: frozenset[str]
    accepted: bool
    effects: tuple[str, ...]
    findings: tuple[str, ...]


def streams(table: Table, count: int = 300, length: int = 30) -> tuple[list[list[str]], list[list[Done]], set[Row]]:
    """Random streams of calls from the first state on: as events, as what `step` does, and the rows that were taken."""
    chance = random.Random(6)
    events: list[list[str]] = []
    done: list[list[Done]] = []
    rows: set[Row] = set()
    for _ in range(count):
        replay = start(table)
        events.append([])
        done.append([])
        for _ in range(length):
            now = replay.session_id
            sessions = [UNSET, None, 0, -1, "abc", now - 1, now, now + 1, str(now + 1_800_000)]
            devices = ["visitor-1", "visitor-1", None, "a/b", "ü"]
            call = Call(chance.choice(table.triggers), chance.choice(sessions), chance.choice(devices))
            events[-1].append(event_name(symbol_of(table, replay, call)))
            replay, outcome = step(table, replay, call)
            effects = tuple(map(identifier, outcome.effects))
            states = frozenset(map(identifier, replay.configuration))
            done[-1].append(Done(states, outcome.accepted, effects, outcome.findings))
            rows.update(outcome.rows)
    return events, done, rows


def read(ran: list[list[dict[str, Any]]]) -> list[list[Done]]:
    """What a consumer did, in the same terms."""
    return [[one(found["states"], found["ordered"]) for found in stream] for stream in ran]


def one(states: list[str], ordered: list[str]) -> Done:
    """One event's doing: effects and findings are told apart by their names."""
    names = [identifier(word.removeprefix("effect.").removeprefix("finding.")) for word in ordered]
    findings = tuple(name for name in names if re.fullmatch(r"SR\d{3}", name))
    effects = tuple(name for name in names if name not in findings and name != REJECTED)
    return Done(frozenset(states), REJECTED not in names, effects, findings)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_consumer_does_what_step_does(table: Table, form: str, run: Run) -> None:
    """The same states, acceptance, effects and findings after every event; and every row that can occur was taken."""
    events, expected, rows = streams(table)
    assert read(run(form, drawn(table, form).decode(), events)) == expected
    assert rows >= {row for region in table.regions for row in region.rows if not row.cannot_occur}


def other_target(document: str) -> str:
    """One transition leads elsewhere."""
    return re.sub(r'("target": |target=)"rolled_over"', r'\1"initialised"', document, count=1)


def without_a_guard(document: str) -> str:
    """One transition no longer asks for another region's state."""
    return re.sub(r""",\s*"guard": "replay_plugin_added"|cond="In\('replay_plugin_added'\)\"""", "", document)


def other_finding(document: str) -> str:
    """One rejection tells another code."""
    return document.replace("SR203", "SR202", 1)


def without_an_effect(document: str) -> str:
    """One transition no longer sets the replay's session."""
    pattern = r'\{\s*"type": "set replay session"\s*\},|<raise event="effect.set_replay_session"/>'
    return re.sub(pattern, "", document, count=1)


def accepted(document: str) -> str:
    """One rejection is none."""
    return re.sub(r'\{\s*"type": "rejected"\s*\},|<raise event="rejected"/>', "", document, count=1)


def stopped(document: str) -> str:
    """One state no longer hears one event."""
    return document.replace("event.older", "event.elder", 1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "spoiled", [other_target, without_a_guard, other_finding, without_an_effect, accepted, stopped]
)
def test_a_spoiled_document_is_noticed(spoiled: Callable[[str], str], form: str, run: Run) -> None:
    """The red twins: with one transition other than the table has it, the consumer parts from `step`."""
    document = drawn(CLASSIC_CLOUD, form).decode()
    assert spoiled(document) != document
    events, expected, _ = streams(CLASSIC_CLOUD, 60)
    assert read(run(form, spoiled(document), events)) != expected


def test_an_event_that_is_no_symbol_changes_nothing(run: Run) -> None:
    """A chart hears its alphabet and nothing else."""
    for form in FORMS:
        found = run(form, drawn(CLASSIC_DEVICE, form).decode(), [["nonsense", "event", "bypass"]])
        assert {state for done in found[0] for state in done["states"]} == {"uninitialised"}


def test_an_xstate_machine_is_json_without_functions() -> None:
    """What a file can hold is enough: guards and actions are names."""
    for table in TABLES.values():
        machine = json.loads(drawn(table, "xstate"))
        assert machine["id"] == table.mode
        assert ("guard" in json.dumps(machine)) == (len(table.regions) > 1)


def test_every_event_of_a_chart_is_of_the_alphabet() -> None:
    """No transition waits for what no call is."""
    for table in TABLES.values():
        alphabet = {event_name(symbol) for symbol in table.symbols}
        alphabet |= {f"{trigger}.*" for trigger in table.triggers if trigger is not Trigger.BYPASS}
        for events in re.findall(r'event="([^"]*)"', re.sub(r"<raise[^>]*>", "", drawn(table, "scxml").decode())):
            assert {*events.split()} <= alphabet

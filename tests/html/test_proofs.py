"""The pages of `conform` and `verify`: what breaks, step by step, with what was expected and what was observed."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from statemachine.entrypoints.cli import main
from statemachine.entrypoints.pages import broken_page, proof_page
from statemachine.formats.html.page import Page
from statemachine.suites import LawBrokenError
from statemachine.suites.judge import Lockstep
from statemachine.symbol import Call, Trigger
from statemachine.verification.result import Method
from statemachine.verification.result import Result as Proof
from tests.html.conftest import Open

CALLS = (Call(Trigger.LOAD, 5, "visitor-1"), Call(Trigger.EVENT, 9), Call(Trigger.EVENT, 7))
PROOF = Proof("actions", "Monotonic", Method.EXHAUSTIVE, "TLC", "session IDs 1 to 3", "52 states", True)
FAILS = attrs.evolve(PROOF, property="Quiet </script>", holds=False, counterexample=CALLS, detail="it is broken")


class Stuck:
    """An adapter whose replay never moves."""

    def start(self, mode: str, is_set_up: bool) -> None:
        """Nothing."""

    def call(self, call: dict[str, object]) -> dict[str, object]:
        """Always the same session."""
        return {"session_id": 5}

    def close(self) -> None:
        """Nothing."""


def broken() -> LawBrokenError:
    """What the suites say of it."""
    lockstep = Lockstep("actions", Stuck())
    with pytest.raises(LawBrokenError) as told:
        [*map(lockstep.call, CALLS)]
    return told.value


def test_what_breaks_the_law_is_walked_to(pages: list[Page], open_report: Open) -> None:
    """The shortest stream, its last call with what the law expects and what was observed."""
    error = broken()
    opened = open_report(broken_page("actions", error))
    (page,) = pages
    assert page.verdict == "Does not keep the law: responsive, after 2 calls"
    (subject,) = page.subjects
    assert [step.call for step in subject.steps] == [
        'load, session present, device "visitor-1"',
        "event, session newer",
    ]
    assert subject.steps[-1].note.splitlines() == [f"The law expects: {error.expected}", f"Observed: {error.observed}"]
    opened.page.get_by_role("button", name="Walk through it").first.click()
    assert opened.page.locator("#at").inner_text() == "2 of 2"
    assert "Observed: session_id 5" in opened.page.locator("#now").inner_text()
    assert opened.page.locator("#chart [data-at=rolled_over].on").count() == 1
    assert (opened.violations(), opened.said) == ([], [])


def test_what_fails_is_told_beside_what_holds(pages: list[Page], open_report: Open) -> None:
    """Properties, how strongly they were proved, and their counterexamples, which equal ones share."""
    again = attrs.evolve(FAILS, property="Another")
    opened = open_report(proof_page([PROOF, FAILS, again], ["left out: z3"]))
    (page,) = pages
    assert page.verdict == "2 checks of 3 failed"
    assert [check.subject for check in page.checks] == [None, 0, 0]
    assert opened.page.locator("#checks tbody tr").count() == 3
    assert "left out: z3" in opened.page.locator(".callout").inner_text()
    opened.page.locator("#list tbody button").click()
    assert "it is broken" in opened.page.locator("#now").inner_text()
    assert (opened.violations(), opened.said) == ([], [])


def test_where_all_holds_there_is_nothing_to_walk(open_report: Open) -> None:
    """Everything holds is said, and the list is not there."""
    opened = open_report(proof_page([PROOF], []))
    assert "Everything that was checked holds" in opened.page.locator("#wrong").inner_text()
    assert not opened.page.locator("#explore").is_visible()
    assert (opened.violations(), opened.said) == ([], [])


LOOP = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["type"] == "bye":
        break
    is_event = asked["type"] == "call" and asked["call"]["call"] == "event"
    reply = {"hello": {"type": "hello", "version": 1}, "reset": {"type": "ready"}}
    print(json.dumps(reply.get(asked["type"], {"type": "observed", "delivered": TIMES * is_event})), flush=True)
"""
"""A program that shows one thing: what it delivers."""


@pytest.mark.parametrize(("times", "status"), [("1", 0), ("2", 1)])
def test_conform_prints_its_page(times: str, status: int, tmp_path: Path) -> None:
    """For a program that keeps the law, and for one that delivers twice; the exit status is that of the text."""
    program = tmp_path / "program.py"
    program.write_text(LOOP.replace("TIMES", times))
    few = ("--format", "html", "--examples", "20", "--extra-states", "0")
    result = CliRunner().invoke(main, ["conform", "actions", *few, "--", sys.executable, str(program)])
    assert result.exit_code == status, result.output
    assert ("Keeps the law" in result.stdout) == (status == 0)
    assert ("Does not keep the law: delivered, after 1 call" in result.stdout) == (status == 1)


def test_verify_prints_its_page(pages: list[Page]) -> None:
    """A recorded trace, checked against the specification."""
    trace = Path(__file__).parents[1] / "data" / "real-sdk-traces.jsonl"
    result = CliRunner().invoke(main, ["verify", "actions", "--trace", str(trace), "--format", "html"])
    assert result.exit_code == 0
    assert pages[0].verdict == "All 4 checks hold"

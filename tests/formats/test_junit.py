"""JUnit XML: valid, read alike by others, and of bounded size."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.rules import RULES, Severity
from tests.formats.findings import findings, hostile, written
from tests.test_cli import LATE, REGRESSED, invoke

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))
IN_LOGS = [code for code, rule in RULES.items() if not rule.failing.is_trace]


def suites(text: str) -> junitparser.JUnitXml:
    """What another reader has of it; it is valid."""
    SCHEMA.validate(text)
    return junitparser.JUnitXml.fromstring(text.encode())


def outcomes(text: str) -> dict[tuple[str, str], list[str]]:
    """Suite and case → what is in the case."""
    return {
        (suite.name, case.name): [type(one).__name__ for one in case.result] + ["out"] * bool(case.system_out)
        for suite in suites(text)
        for case in suite
    }


@given(st.lists(findings, max_size=4), st.lists(hostile, max_size=2))
@settings(max_examples=100)
def test_whatever_the_data_it_is_valid_and_reads_back_to_the_same_numbers(
    given: list[Finding], problems: list[str]
) -> None:
    """A suite a file and a case a rule in it; counts are those of what is there; names and texts read back."""
    text = written("junit", given, tuple(problems), fail_on=Severity.INFO)
    assert text.isascii()
    root = suites(text)
    failing = {(f.file, f.code) for f in given if f.code in IN_LOGS}
    read = [case for suite in root for case in suite]
    assert (root.tests, root.failures, root.errors) == (len(read), len(failing), len(problems))
    assert sum(isinstance(one, junitparser.Failure) for case in read for one in case.result) == len(failing)
    assert sum(isinstance(one, junitparser.Error) for case in read for one in case.result) == len(problems)
    files = list(dict.fromkeys(printable(f.file) for f in given))
    assert list(dict.fromkeys(suite.name for suite in root))[1:] == files
    told = "\n".join(one.text for case in read for one in case.result if isinstance(one, junitparser.Failure))
    for finding in given:
        assert finding.code not in IN_LOGS or printable(finding.message) in told


def test_characters_that_xml_cannot_hold_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: data as it comes is not well-formed."""
    given = [Finding("SR101", "\x00", "\x1b")]
    ElementTree.fromstring(written("junit", given))  # noqa: S314
    monkeypatch.setattr("statemachine.formats.junit.printable", str)
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(written("junit", given))  # noqa: S314


def test_a_case_fails_from_the_threshold_on() -> None:
    """What is below stands in its output; a sound rule in a file is a case that passes; so does the run itself."""
    both = LATE + "\n" + REGRESSED
    for fail_on, late in (("error", ["out"]), ("warning", ["Failure"])):
        found = outcomes(invoke("check", "-", "--format", "junit", "--fail-on", fail_on, given=both).stdout)
        assert found["-", "SR125 replay-id-late"] == late
        assert found["-", "SR201 session-id-regressed"] == ["Failure"]
        assert found["-", "SR101 device-id-missing"] == []
        assert found["statemachine check", "every input was read whole"] == []


def test_only_selected_rules_that_a_log_can_break_are_cases() -> None:
    """Codes of call traces never come in a log; what is not selected was not checked."""
    found = outcomes(invoke("check", "-", "--format", "junit", "--select", "SR2", given=REGRESSED).stdout)
    assert [name for suite, name in found if suite == "-"] == ["SR201 session-id-regressed"]


def test_an_input_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Of the run, beside the suites of what could be read."""
    bad = tmp_path / "bad.ndjson"
    bad.write_bytes(b"\x1f\x8b is no gzip")
    result = invoke("check", str(bad), "-", "--format", "junit", given=REGRESSED)
    root = suites(result.stdout)
    assert (result.exit_code, root.errors, root.failures) == (2, 1, 1)
    (case,) = next(iter(root))
    assert str(bad) in case.name


def test_a_case_shows_the_first_findings_and_counts_all() -> None:
    """Its size does not grow with the findings."""
    many = [Finding("SR201", "x", "log", n) for n in range(1, 1_001)]
    text = written("junit", many)
    (failure,) = [one for suite in suites(text) for case in suite for one in case.result]
    assert failure.message.startswith("1000 times, first log:1: x")
    assert "and 980 more" in failure.text
    assert len(text) < len(written("junit", many[:21])) + 100


def test_the_counts_of_the_run_are_properties() -> None:
    """Nothing is lost: the equation, and the summary as JSON has it."""
    root = ElementTree.fromstring(invoke("check", "-", "--format", "junit", given=REGRESSED).stdout)  # noqa: S314
    run, log = [{p.get("name"): p.attrib["value"] for p in suite.iter("property")} for suite in root]
    assert run["told"] == "2 read = 2 judged + 0 unreadable"
    assert json.loads(run["findings"]) == {"SR201": 1}
    assert (log["mode"], log["read"], log["judged"]) == ("actions", "2", "2")

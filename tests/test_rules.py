"""The catalogue: every rule is whole, its failing example fails, its passing example passes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from statemachine import RULES, TABLES, Severity
from statemachine.entrypoints.cli import main
from statemachine.rules import Example

LAW = [
    "SR101",
    "SR102",
    "SR103",
    "SR104",
    "SR105",
    "SR111",
    "SR112",
    "SR113",
    "SR114",
    "SR115",
    "SR121",
    "SR122",
    "SR123",
    "SR124",
    "SR125",
    "SR201",
    "SR202",
    "SR203",
    "SR301",
    "SR311",
    "SR312",
    "SR313",
    "SR314",
    "SR315",
    "SR321",
    "SR901",
    "SR902",
]
WARNINGS = {"SR104", "SR105", "SR115", "SR123", "SR125", "SR311"}
INFOS = {"SR114", "SR124"}


def codes_of(example: Example) -> set[str]:
    """The codes that the command of an example reports."""
    _, *arguments = example.command.split()
    result = CliRunner().invoke(main, [*arguments, "--format", "jsonl"], input="\n".join(example.lines))
    records = [json.loads(line) for line in result.stdout.splitlines()]
    if example.is_trace:
        return {code for record in records for code in record["findings"]}
    return set(records[-1]["summary"]["findings"])


def test_the_codes_are_those_of_the_law() -> None:
    """No code is missing, none is new, and the severities are the law's."""
    assert list(RULES) == LAW
    assert {c for c, rule in RULES.items() if rule.severity is Severity.WARNING} == WARNINGS
    assert {c for c, rule in RULES.items() if rule.severity is Severity.INFO} == INFOS


@pytest.mark.parametrize("code", RULES)
def test_the_failing_example_fails_and_the_passing_one_passes(code: str) -> None:
    """The example shows its own code, and nothing else at its severity; the other shows no finding."""
    rule = RULES[code]
    failing = codes_of(rule.failing)
    assert code in failing
    assert failing <= {code, *({"SR202"} if code in {"SR314", "SR315"} else set()), "SR311"}
    assert codes_of(rule.passing) == set()


@pytest.mark.parametrize("code", RULES)
def test_explain_says_all_of_it(code: str) -> None:
    """What, why, fix, source and both examples are printed."""
    rule = RULES[code]
    text = CliRunner().invoke(main, ["explain", code.lower()]).stdout
    for part in (rule.code, rule.name, rule.severity.value, rule.means, rule.matters, rule.fix, rule.source):
        assert part in text
    for line in (*rule.failing.lines, *rule.passing.lines):
        assert line in text


def test_rules_and_modes_list_all() -> None:
    """`rules` has a line a code; `modes` has each mode with its place of the session ID."""
    listed = CliRunner().invoke(main, ["rules"]).stdout
    assert re.findall(r"^SR\d{3}", listed, re.MULTILINE) == LAW
    listed = CliRunner().invoke(main, ["modes"]).stdout
    assert all(table.mode in listed and table.session_id_at in listed for table in TABLES.values())


def test_every_finding_of_the_tables_is_one_that_can_be_explained() -> None:
    """No row reports a code that the catalogue does not have."""
    reported = {
        code for table in TABLES.values() for region in table.regions for row in region.rows for code in row.findings
    }
    assert reported <= set(RULES)


def test_the_rows_that_a_rule_cites_exist() -> None:
    """Whoever looks a source up finds it: the sections and the numbered rows of `specs/reality.md`."""
    text = (Path(__file__).parent.parent / "specs" / "reality.md").read_text()
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    for rule in RULES.values():
        for cited in re.findall(r"the measurements, (rows? [^;]*|\"[^\"]*\")", rule.source):
            if cited.startswith("row"):
                assert {int(number) for number in re.findall(r"\d+", cited)} <= rows, rule.code
            else:
                assert f"## {cited[1:-1]}" in text, rule.code

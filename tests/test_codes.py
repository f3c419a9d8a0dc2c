"""The codes of all versions: tests/codes.txt has every one that there ever was, and no line of it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

import statemachine
from statemachine import RULES, Rule

ROOT = Path(__file__).parent.parent
WRITTEN = (Path(__file__).parent / "codes.txt").read_text()
LINE = re.compile(r"(SR\d{3}) ([a-z0-9-]+)(?: retired (\d+\.\d+\.\d+)(?: (SR\d{3}))?)?")


def flaws(written: str, rules: Mapping[str, Rule]) -> list[str]:
    """What does not agree between the written codes and the catalogue."""
    found: list[str] = []
    lines = {line.split()[0]: LINE.fullmatch(line) for line in written.splitlines()}
    if len(lines) != len(written.splitlines()):
        found.append("a code is written twice")
    for code, line in lines.items():
        if line is None:
            found.append(f"{code}: not `CODE name`, or `CODE name retired VERSION [CODE]`")
        elif line[3] is None and (code not in rules or rules[code].name != line[2]):
            found.append(f"{code}: gone, or of another name, without being retired")
        elif line[3] is not None and code in rules:
            found.append(f"{code}: retired, and used again")
        elif line[4] is not None and line[4] not in rules:
            found.append(f"{code}: replaced by {line[4]}, which there is not")
    return found + [f"{code}: not written down" for code in rules if code not in lines]


def test_no_code_vanishes_and_none_is_used_again() -> None:
    """Every code that there ever was has its meaning still, or is retired for good."""
    assert flaws(WRITTEN, RULES) == []


RETIRED = WRITTEN.replace("SR125 replay-id-late", "SR125 replay-id-late retired 1.2.0 SR122")
WITHOUT = {code: rule for code, rule in RULES.items() if code != "SR125"}


@pytest.mark.parametrize(
    ("written", "rules", "told"),
    [
        (WRITTEN, WITHOUT, "gone"),
        (WRITTEN, {**RULES, "SR125": attrs.evolve(RULES["SR125"], name="another")}, "of another name"),
        (WRITTEN, {**RULES, "SR126": RULES["SR125"]}, "not written down"),
        (RETIRED, RULES, "used again"),
        (RETIRED.replace("SR122\n", "SR999\n"), WITHOUT, "which there is not"),
        (WRITTEN + "SR125 replay-id-late\n", RULES, "twice"),
        (WRITTEN.replace("SR125 replay", "SR125 Replay"), RULES, "not `CODE name`"),
    ],
)
def test_what_would_break_the_promise_is_noticed(written: str, rules: Mapping[str, Rule], told: str) -> None:
    """The red twins: a code that goes, is renamed, is new, comes back, is replaced by none, or is written twice."""
    assert [flaw for flaw in flaws(written, rules) if told in flaw]


def test_a_code_that_is_retired_as_the_changelog_says_breaks_nothing() -> None:
    """Its rule gone, its line marked: that is the way."""
    assert flaws(RETIRED, WITHOUT) == []


def test_the_changelog_knows_the_version_and_has_something_to_say() -> None:
    """It has a part for what `statemachine --version` prints, and one for what is not released."""
    text = (ROOT / "CHANGELOG.md").read_text()
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    titles = [part.split("\n")[0].split(" ")[0].strip("[]") for part in parts]
    assert "Unreleased" in titles
    assert statemachine.__version__ in titles
    for path in re.findall(r"`((?:tests|specs|statemachine)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path

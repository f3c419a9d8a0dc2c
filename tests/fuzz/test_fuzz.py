"""The property holds of mutated files of every format; it catches broken ways to check; and the fuzzer itself works."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.held import Outcome, command_line
from tests.fuzz.seeds import SPECIAL, WORDS
from tests.fuzz.targets import TARGETS
from tests.left_out import leave_out

ROOT = Path(__file__).parents[2]
EXAMPLES = {"report-html": 15, "trace": 40}
"""Of a target, where a run is slow."""


@cache
def inputs(name: str) -> list[bytes]:
    """What the mutations of a target begin with."""
    return [*TARGETS[name].inputs()]


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """An input of a target with up to four changes: cut, flipped, doubled, left out, spliced, or something put in."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        first, last = sorted(draw(st.tuples(st.integers(1, max(1, len(data))), st.integers(1, max(1, len(data))))))
        change = draw(st.sampled_from(["cut", "flip", "double", "leave out", "splice", "special", "word", "special"]))
        if change == "cut":
            data = data[:last]
        elif change == "flip" and last < len(data):
            data = data[:last] + bytes([data[last] ^ draw(st.integers(1, 255))]) + data[last + 1 :]
        elif change == "double":
            data = data[:last] + data[first:last] + data[last:]
        elif change == "leave out":
            data = data[:first] + data[last:]
        elif change == "splice":
            data = data[:last] + draw(st.sampled_from(seeds))[first:]
        elif change == "special":
            data = data[:last] + draw(st.sampled_from(SPECIAL)) + data[last:]
        elif change == "word":
            data = data[:first] + draw(st.sampled_from(WORDS)).encode() + data[last:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_files_break_nothing(name: str) -> None:
    """Status 0 to 2, the equation, the good events around, reports that can be read: of every reader and format."""

    @settings(max_examples=EXAMPLES.get(name, 100), suppress_health_check=[*HealthCheck])
    @given(mutated(inputs(name)))
    def holds(data: bytes) -> None:
        TARGETS[name].holds(data)

    holds()


@pytest.mark.parametrize("name", TARGETS)
def test_what_mutation_begins_with_breaks_nothing(name: str) -> None:
    """As does what once failed: `corpus/` is replayed."""
    every = inputs(name)
    for data in every[:: max(1, len(every) // 20)]:
        TARGETS[name].holds(data)
    for path in TARGETS[name].regressions():
        TARGETS[name].holds(path.read_bytes())


def test_every_file_of_the_corpus_is_of_a_target() -> None:
    """None is there that nothing replays."""
    names = [path.name for target in TARGETS.values() for path in target.regressions()]
    assert sorted(names) == sorted(path.name for path in (ROOT / "tests" / "fuzz" / "corpus").iterdir())


def _output(change: Callable[[str], str]) -> Callable[[Outcome], Outcome]:
    return lambda outcome: attrs.evolve(outcome, output=change(outcome.output.decode()).encode())


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Outcome], Outcome]:
    """Change every line of JSON."""

    def changed(text: str) -> str:
        found = [json.loads(line) for line in text.splitlines()]
        for one in found:
            change(one)
        return "".join(json.dumps(one) + "\n" for one in found if one)

    return _output(changed)


def _lose_one(line: dict[str, Any]) -> None:
    if "summary" in line:
        line["summary"]["judged"] -= 1


def _shift(line: dict[str, Any]) -> None:
    line.update({"line": line["line"] + 1} if "line" in line else {})


def _overlook(line: dict[str, Any]) -> None:
    if line.get("code") == "SR201":
        line.clear()
    elif "summary" in line:
        line["summary"]["findings"].pop("SR201")


BROKEN: dict[str, tuple[str, Callable[[Outcome], Outcome]]] = {
    "a traceback": ("lines", lambda outcome: attrs.evolve(outcome, raised=ValueError("x"))),
    "another status": ("lines", lambda outcome: attrs.evolve(outcome, status=3)),
    "a status that hides a finding": ("lines", lambda outcome: attrs.evolve(outcome, status=0)),
    "a payload that is lost": ("lines", _changed(_lose_one)),
    "a finding on another line": ("lines", _changed(_shift)),
    "a regression that is overlooked": ("gzip", _changed(_overlook)),
    "nothing at all": ("config", lambda outcome: attrs.evolve(outcome, output=b"")),
    "an escape in a message": ("zip", lambda outcome: attrs.evolve(outcome, errors="\x1b[2J")),
    "a step too few": ("trace", _output(lambda text: text.rsplit("\n", 2)[0] + "\n")),
    "no JSON": ("report-json", _output(lambda text: text.replace('"read": ', '"read": NaN, "x": '))),
    "torn SARIF": ("report-sarif", _output(lambda text: text[:-9])),
    "an escape in text": ("report-text", _output(lambda text: text + "\x9b2J")),
    "a command of the data's": ("report-github", _output(lambda text: text + "::add-mask::x\n")),
    "an element in Markdown": ("report-markdown", _output(lambda text: text + "\n<img src=x>\n")),
    "a link in Markdown": ("report-markdown", _output(lambda text: text + "\n[x](https://x.example)\n")),
    "an element in XML": ("report-junit", _output(lambda text: text.replace("</testsuites>", "<x/></testsuites>"))),
    "a formula": ("report-csv", _output(lambda text: text.replace("error", "=1+1"))),
    "an attribute in HTML": ("report-html", _output(lambda text: text.replace("<h1", "<h1 onclick='x'"))),
    "a script in HTML": ("report-html", _output(lambda text: text.replace("<h1", "<script></script><h1"))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_property_catches_a_broken_way_to_check(name: str) -> None:
    """The red twins: an implementation that crashes, loses, or gives data as they are."""
    target, change = BROKEN[name]
    data = TARGETS[target].seeds()[0]
    way = b"\x02" if target == "gzip" else b"\0"
    TARGETS[target].holds(way + data)
    with pytest.raises((AssertionError, ValueError, SyntaxError)):
        TARGETS[target].holds(way + data, lambda arguments, given: change(command_line(arguments, given)))


def fuzzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the fuzzer; without atheris there is none."""
    if importlib.util.find_spec("atheris") is None:
        leave_out("atheris is not installed: it is there for Linux on x86-64")
    words = [sys.executable, *arguments]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600)  # noqa: S603


def test_the_fuzzer_runs_every_target() -> None:
    """A hundred executions each: none crashes, and the table has them all."""
    done = fuzzed("-m", "tests.fuzz", "--runs", "100", "--seconds", "60")
    assert done.returncode == 0, done.stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.split("\n\n")[1].splitlines()]
    assert [row[0] for row in rows[2:]] == [*TARGETS, "all"]
    assert all(int(row[2].replace(",", "")) >= 100 for row in rows[2:]), done.stdout
    assert not done.stderr


PLANTED = """
import sys
from tests.fuzz import targets
from tests.fuzz.__main__ import main

def planted(way, data):
    if data.startswith(b"ab"):
        raise ValueError("planted")

targets.TARGETS.clear()
targets.TARGETS["planted"] = targets.Target("planted", planted, lambda: [b"abc"[n:] for n in (1, 2)])
sys.argv[1:] = ["--runs", "200000"]
sys.exit(main())
"""


def test_the_fuzzer_finds_what_is_planted_and_says_how_to_keep_it() -> None:
    """The red twin: a defect that no seed shows is found, with its input."""
    done = fuzzed("-c", PLANTED)
    assert done.returncode == 1, done.stdout
    assert "ValueError: planted" in done.stdout
    assert "tests/fuzz/corpus/planted-NAME" in done.stdout
    assert "6162" in done.stdout

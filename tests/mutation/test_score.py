"""What makes `make mutation` fail: a survivor, a list that is not so, a stale page, tests that notice nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.mutation.__main__ import PAGE, main, progress
from tests.mutation.run import Mutant, MutationError, mutants_of
from tests.mutation.score import LISTED, Equivalent, entry_of, equivalents, is_same, problems

SETTINGS = """
[tool.mutmut]
source_paths = ["sums"]
pytest_add_cli_args_test_selection = ["tests"]
use_git_change_detection = false
"""
CODE = """
def larger(one: int, other: int) -> int:
    return one if one > other else other
"""
NOTICES = """
from sums.larger import larger

def test_larger():
    assert (larger(1, 2), larger(2, 1)) == (2, 2)
"""
VACUOUS = """
from sums.larger import larger

def test_larger():
    larger(1, 2)
"""
SAME = Equivalent(
    "sums.larger.larger",
    "return one if one > other else other",
    "return one if one >= other else other",
    "Of two that are equal either is the larger.",
)


def toy(folder: Path, tests: str) -> Callable[[Path, Callable[[str], None]], list[Mutant]]:
    """A project of one function, and what runs mutmut on it."""
    for name, text in {"pyproject.toml": SETTINGS, "sums/larger.py": CODE, "tests/test_larger.py": tests}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "sums" / "__init__.py").touch()
    parts = (f"<!-- generated: {name} -->\n<!-- end of generated: {name} -->\n" for name in ("score", "rows"))
    (folder / "page.md").write_text("".join(parts))
    return partial(mutants_of, names=("pyproject.toml", "sums", "tests"))


def test_a_suite_that_notices_passes_and_its_page_is_stale_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is the same machine is listed, all else is killed; CI fails on a page that says otherwise."""
    monkeypatch.setattr("tests.mutation.rows.table", lambda: "rows\n")
    run, listed = toy(tmp_path, NOTICES), tmp_path / "listed.toml"
    listed.write_text(f"{entry_of(SAME)}why = '{SAME.why}'\n")
    check = partial(main, ["--check"], root=tmp_path, page=tmp_path / "page.md", listed=listed, run=run)
    assert check() == 1
    assert "| `sums.larger` | 3 | 2 | 1 | 66.7 % | 100 % |" in (tmp_path / "page.md").read_text()
    assert check() == 0


def test_a_suite_that_notices_nothing_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every mutant survives; each is told as an entry that only lacks its reason, and the page stays."""
    run, listed = toy(tmp_path, VACUOUS), tmp_path / "listed.toml"
    listed.touch()
    before = (tmp_path / "page.md").read_text()
    assert main([], root=tmp_path, page=tmp_path / "page.md", listed=listed, run=run) == 1
    told = capsys.readouterr().err
    assert told.count("survives, and is not listed") == 3
    assert entry_of(SAME) in told
    assert (tmp_path / "page.md").read_text() == before


def test_tests_that_fail_without_any_mutant_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite that is red kills everything, and says nothing."""
    run = toy(tmp_path, NOTICES.replace("(2, 2)", "(0, 0)"))
    with pytest.raises(MutationError):
        run(tmp_path, lambda line: None)
    (tmp_path / "listed.toml").touch()
    assert main([], root=tmp_path, page=tmp_path / "page.md", listed=tmp_path / "listed.toml", run=run) == 1
    assert "could not do its work" in capsys.readouterr().err


SURVIVOR = Mutant("sums.larger.x_larger__mutmut_3", False, SAME.was, SAME.now)
KILLED = Mutant("sums.larger.x_larger__mutmut_1", True)


def test_a_survivor_and_its_entry_cancel_each_other() -> None:
    """One survivor more, or one entry more, is a problem, of the same text as well."""
    assert problems([SURVIVOR, KILLED], [SAME]) == []
    assert [one.partition(":")[0] for one in problems([SURVIVOR, KILLED], [])] == ["survives, and is not listed"]
    assert [one.partition(":")[0] for one in problems([KILLED], [SAME])] == ["is listed, and does not survive"]
    assert len(problems([SURVIVOR, SURVIVOR], [SAME])) == len(problems([SURVIVOR], [SAME, SAME])) == 1


@pytest.mark.parametrize("why", ["", "why = ''", "why = 'no'"])
def test_an_entry_without_a_reason_is_refused(why: str) -> None:
    """The list says why nothing differs."""
    with pytest.raises((TypeError, ValueError)):
        equivalents(entry_of(SAME) + why)


def test_the_list_is_whole() -> None:
    """Each entry is in the core, and changes something."""
    found = equivalents(LISTED.read_text())
    assert found
    assert all(one.function.startswith("statemachine.") and one.was != one.now for one in found)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("statemachine.ids.x__value_of__mutmut_2", "statemachine.ids._value_of"),
        ("statemachine.symbol.xǁSymbolǁ__str____mutmut_7", "statemachine.symbol.Symbol.__str__"),
    ],
)
def test_a_mutant_is_in_a_function(name: str, function: str) -> None:
    """Named as Python names it."""
    assert (Mutant(name, True).function, Mutant(name, True).module) == (function, name.rpartition(".")[0])


def test_a_page_is_stale_when_its_figures_are_others() -> None:
    """Another day alone does not make it so."""
    page = PAGE.read_text()
    assert is_same("of 2026-11-24: 5", "of 2026-12-01: 5")
    assert not is_same(page, page.replace("100 %", "99 %"))
    assert is_same(page, page)


def test_progress_is_a_line_for_each_twentieth_where_no_terminal_is() -> None:
    """A log of CI does not have a line for every mutant."""
    for is_terminal, lines in ((False, 21), (True, 101)):
        told: list[str] = []
        say = progress(told.append, is_terminal)
        for done in range(101):
            say(f"⠋ {done}/100  🎉 {done} 🫥 0  ⏰ 0  🤔 0  🙁 0  🔇 0  🧙 0")
        say("Running mutation testing")
        assert len(told) == lines
        assert told[-1] == "100 of 100 mutants, 0 survive\n"

"""The benchmark runs and its contenders agree; nothing here looks at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.bench import sections, stepping
from tests.bench.__main__ import SECTIONS, main
from tests.bench.contender import Contender, Disagreement, Measured, agree, counts
from tests.bench.data import rows, write_ndjson
from tests.bench.goals import GOALS, Goal
from tests.bench.measure import run
from tests.bench.report import measured
from tests.bench.sections import Plan, Results
from tests.bench.steppers import handwritten_class, ours


def printing(text: str, status: int = 0) -> Contender:
    """A contender that prints this, whatever the log."""
    return Contender("a liar", (sys.executable, "-c", f"import sys; print({text!r}); sys.exit({status})"))


def test_everything_runs_and_agrees(tmp_path: Path) -> None:
    """In small, every contender of every section counts the same; the page tells every goal; no file is left."""
    page = tmp_path / "bench.md"
    assert main(["--quick", "--dir", str(tmp_path), "--output", str(page)]) == 0
    text = page.read_text()
    for goal in GOALS:
        assert f"| {goal.text} |" in text
    assert text.count("\n## ") == 1 + len(SECTIONS) + 1  # the goals; NDJSON in two sizes
    assert " 0 regressed, 0 late" not in text.partition("## NDJSON, 20,000")[2]
    assert [path.name for path in tmp_path.iterdir()] == ["bench.md"]


@pytest.mark.parametrize(
    ("liar", "told"),
    [
        (printing('{"events": 19999}'), "events: "),
        (printing('{"events": 20000, "regressed": 1}'), "regressed: "),
        (printing("done"), "no counts"),
        (printing('{"events": 20000}', status=3), "exit status 3"),
    ],
)
def test_a_contender_that_is_wrong_ends_the_benchmark(
    liar: Contender, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The red twins: other counts, none at all, or a failure; and no page is written."""
    monkeypatch.setattr(sections, "PIPED_LOOP", liar)
    page = tmp_path / "bench.md"
    asked = ["--quick", "--events", "200000", "--only", "stream", "--dir", str(tmp_path), "--output", str(page)]
    assert main(asked) == 1
    assert f"contenders disagree: {told}" in capsys.readouterr().err.replace("a liar: ", "")
    assert not page.exists()


def test_a_stepper_that_is_wrong_is_named() -> None:
    """Every stepper has to decide as the first one does on every event; the red twin says it of none."""
    raws = stepping.events(500)
    mute = SimpleNamespace(prepared=lambda raws: raws, codes=lambda raws: [None] * len(raws))
    assert stepping.disagreement(raws, {"by hand": handwritten_class, "ours": ours}) is None
    assert str(stepping.disagreement(raws, {"by hand": handwritten_class, "mute": mute})).startswith("mute says None")


def test_what_only_some_count_is_compared_among_them() -> None:
    """One that counts less does not hide that two others differ."""
    contender = printing("")
    few, one, other = ({"events": 3}, {"events": 3, "late": 1}, {"events": 3, "late": 2})
    agree([Measured(contender, 3, counts=told) for told in (few, one)])
    named = [Measured(Contender(str(told), ()), 3, counts=told) for told in (few, one, other)]
    with pytest.raises(Disagreement, match="late"):
        agree(named)


def test_check_is_counted_by_its_codes() -> None:
    """Its summary is read as what the others count."""
    summary = '{"code": "SR201"}\n{"summary": {"read": 9, "findings": {"SR201": 2, "SR301": 1, "SR111": 3}}}\n'
    assert counts(summary) == {"events": 9, "regressed": 2, "late": 0, "mismatched": 0, "missing": 4}


def test_memory_is_that_of_children_too() -> None:
    """A process whose child holds 100 MB is measured with them; the red twin has no child, and holds less."""
    holding = "import time; held = b'x' * 100_000_000; time.sleep(0.5)"
    alone = run([sys.executable, "-c", "import time; time.sleep(0.1)"])
    both = run([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {holding!r}])"])
    assert alone.resident < 100_000_000 <= both.resident


def test_a_report_that_does_not_tell_every_event_ends_the_benchmark(tmp_path: Path) -> None:
    """The red twin of its section: a log with an event too few, and one without findings."""
    path = tmp_path / "log.ndjson"
    write_ndjson(str(path), rows(2_000, 20, back_every=22))
    with pytest.raises(Disagreement, match="report: exit status 1"):
        measured(path, 2_001, 1)
    path.write_text("")
    with pytest.raises(Disagreement, match="report: exit status 0"):
        measured(path, 0, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["log.ndjson"]


def test_a_goal_is_met_missed_or_not_measured() -> None:
    """And a miss says by how much, and why."""
    results = Results(Plan(1, 1, Path()))
    asked = Goal("speed", 60, False, lambda results: 80.0)
    assert asked.row(results) == ("speed", "at least 60", "80", "met")
    missed = Goal("memory", 300, True, lambda results: 450.0, "it is large", " MB")
    assert missed.row(results) == ("memory", "at most 300 MB", "450 MB", "missed by a factor of 1.50: it is large")
    assert Goal("speed", 60, False, lambda results: None).row(results) == ("speed", "at least 60", "not measured", "")

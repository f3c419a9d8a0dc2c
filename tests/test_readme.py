"""The README tells the truth: its code runs, its generated parts are fresh, its finding is real."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from statemachine import CLASSIC_DEVICE, RULES, TABLES, State, Table
from statemachine.entrypoints.cli import COMMANDS, main
from statemachine.fields import AMPLITUDE
from tests.generated import FORMATS, README, formats_parts, gallery_pictures, gallery_texts, readme_parts, updated
from tests.test_diagram import with_targets

TEXT = README.read_text()
ROOT = README.parent


def test_generated_parts_are_fresh() -> None:
    """Findings, published snippets and formats are what the package gives now (`make generate`)."""
    assert updated(TEXT, readme_parts()) == TEXT, "the README is stale: run `make generate`"
    assert updated(FORMATS.read_text(), formats_parts()) == FORMATS.read_text(), "specs/formats.md is stale"


def test_a_changed_rule_and_a_changed_place_make_them_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: another meaning of one code, another place of one field, and they are no longer fresh."""
    monkeypatch.setitem(RULES, "SR201", attrs.evolve(RULES["SR201"], means="Something else."))
    assert updated(TEXT, readme_parts()) != TEXT
    monkeypatch.setattr("statemachine.fields.SHAPES", (attrs.evolve(AMPLITUDE, device=(("user_id",),)),))
    assert updated(FORMATS.read_text(), formats_parts()) != FORMATS.read_text()


def stale(tables: list[Table]) -> list[str]:
    """The files of the gallery that are not what these tables give."""
    texts = [path.name for path, text in gallery_texts(tables).items() if path.read_text() != text]
    pictures = gallery_pictures(tables).items()
    return texts + [path.name for path, (stamp, _, _) in pictures if not path.read_text().endswith(f"\n{stamp}\n")]


def test_the_gallery_is_fresh() -> None:
    """Its page, its charts and its pictures are what the tables give now (`make generate`), and all are there."""
    assert stale([*TABLES.values()]) == []
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / "specs" / "diagrams.md").read_text()):
        assert (ROOT / "specs" / target).exists(), target


def test_a_changed_row_makes_the_gallery_stale() -> None:
    """The red twin: another target in one row, and the charts and the pictures of that mode are stale."""
    changed = with_targets(CLASSIC_DEVICE, {State.INITIALISED: State.ROLLED_OVER})
    names = [f"classic-device{end}" for end in (".puml", ".scxml", ".xstate.json", ".svg", "-path.svg")]
    assert [name for name in stale([changed]) if name != "diagrams.md"] == names


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """As written, in one go; its assertions are the test; that of Spark is run in `spark/`."""
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "spark" not in code]
    exec(compile(code, str(README), "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out
    assert "SR113 session-id-out-of-session" in printed
    assert "new replay: visitor-1/1790001800000" in printed


def test_the_trace_of_the_readme_runs() -> None:
    """The call trace that it shows is one."""
    (trace,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert CliRunner().invoke(main, ["run", "actions", "-"], input=trace).exit_code == 0


def test_the_finding_of_the_readme_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` prints that very line for the bundled capture, and that many of its code."""
    monkeypatch.chdir(ROOT)
    (finding,) = re.findall(r"```text\n(.*?)\n```", TEXT, re.DOTALL)
    output = CliRunner().invoke(main, ["check", "tests/data/segment-actions-published.ndjson"]).stdout
    assert finding in output.splitlines()
    (times,) = re.findall(r"(\d+) times in this capture", TEXT)
    assert output.count(": SR125") == int(times)


def test_the_integration_of_the_readme_is_judged_as_it_says(tmp_path: Path) -> None:
    """`conform` finds in it what the text tells: the invariant, its finding, a load and two events."""
    (code,) = re.findall(r"```js\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "mine.js"
    path.write_text(code)
    result = CliRunner().invoke(main, ["conform", "actions", "--integration", str(path)])
    assert result.stdout.startswith("monotonic (SR201)")
    calls = re.findall(r'^{"call": "(\w+)"', result.stdout, re.MULTILINE)
    assert calls == ["load", "event", "event"]


def test_links_and_make_targets_exist() -> None:
    """Every relative link leads to a file, every `make` word to a target."""
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+) ", TEXT) + re.findall(r"`make (\w+)`", TEXT):
        assert f"\n{target}:" in makefile, target


def test_no_command_of_the_readme_is_unknown() -> None:
    """Every `statemachine COMMAND` that it names is one."""
    known = ["check", "run", "rules", "explain", "modes", "diagram", "verify", "conform", "snippet", "completion"]
    assert {*COMMANDS} == {*known}
    assert {*known} == {*re.findall(rf"statemachine ({'|'.join(known)})\b", TEXT)}
    assert Path(ROOT / ".ci" / "run").exists()

"""`[tool.statemachine]` in `pyproject.toml`: defaults of `check`, and what is told of a file that gives none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from statemachine.entrypoints import config
from tests.test_cli import LATE, REGRESSED, invoke


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, below one with a file that is not ours."""
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    inner = tmp_path / "project"
    inner.mkdir()
    monkeypatch.chdir(inner)
    return inner


def write(folder: Path, *lines: str) -> Path:
    """A `pyproject.toml` with these lines in our table."""
    path = folder / "pyproject.toml"
    path.write_text("\n".join(["[tool.statemachine]", *lines, ""]))
    return path


def codes(*arguments: str, given: str = REGRESSED) -> set[str]:
    """The codes that `check` finds, where the configuration says that it prints JSON."""
    return set(json.loads(invoke("check", "-", *arguments, given=given).stdout)["summary"]["findings"])


def test_the_nearest_table_gives_defaults_and_the_command_line_wins(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the working directory too; a nearer file without the table is passed over, one with it hides the others."""
    write(folder, 'format = "json"', 'ignore = ["SR201"]', "expect-replay-ids = true")
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    (below / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(below)
    assert codes() == {"SR123"}
    assert codes("--ignore", "SR123") == {"SR201"}
    assert invoke("check", "-", "--format", "text", given=REGRESSED).stdout.startswith("-:1: SR123")
    write(below, 'format = "json"')
    assert codes() == {"SR201"}


def test_without_a_table_nothing_changes() -> None:
    """The red twin: the same command where no file has one."""
    assert invoke("check", "-", given=REGRESSED).stdout.startswith("-:2: SR201")


def test_every_option_may_stand_there(folder: Path) -> None:
    """Texts, several texts or one, switches, numbers, choices; a threshold decides as on the command line."""
    write(folder, 'fail-on = "warning"', "workers = 1", 'select = "SR1,SR2"', 'order = "read"', "quiet = true")
    result = invoke("check", "-", given=LATE)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    write(folder, 'mode = "classic-device"', 'column = ["device=who", "session=when"]')
    assert invoke("check", "-", given='{"who": "a/b", "when": 1790000000000}').stdout.startswith("-:1: SR102")


def test_a_path_is_below_the_folder_of_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is started; on the command line it is below the working directory."""
    write(folder, 'state = "kept"')
    (folder / "inner").mkdir()
    monkeypatch.chdir(folder / "inner")
    Path("log.ndjson").write_text(LATE)
    assert invoke("check", "log.ndjson").exit_code == 0
    assert (folder / "kept").is_dir()
    assert invoke("check", "log.ndjson", "--state", "here").exit_code == 0
    assert (folder / "inner" / "here").is_dir()


def test_a_named_file_is_taken_instead(folder: Path) -> None:
    """With `--config`; an empty one is no configuration, one without the table is misuse."""
    write(folder, 'format = "json"')
    other = folder / "other.toml"
    other.write_text('[tool.statemachine]\nformat = "jsonl"\n')
    assert invoke("check", "-", "--config", str(other), given=LATE).stdout.startswith('{"code"')
    assert invoke("check", "-", "--config", "/dev/null", given=LATE).stdout.startswith("-:2: SR125")
    other.write_text('[tool.state-machine]\nformat = "jsonl"\n')
    result = invoke("check", "-", "--config", str(other), given=LATE)
    assert result.exit_code == 2
    assert "no table [tool.statemachine] in it" in result.stderr


BAD = {
    'modes = "actions"': 'unknown key "modes"; the nearest key is mode',
    'fail_on = "error"': 'unknown key "fail_on"; the nearest key is fail-on',
    "zzzzzzzzz = 1": 'unknown key "zzzzzzzzz"; keys are baseline, by-device, color,',
    'config = "x"': 'unknown key "config"',
    "help = true": 'unknown key "help"',
    'mode = "other"': "mode: 'other' is not one of 'actions', 'classic-device', 'classic-cloud'",
    "mode = 7": "mode is 7; expected text",
    'quiet = "yes"': 'quiet is "yes"; expected true or false',
    "workers = true": "workers is true; expected an integer",
    "workers = 0": "workers: 0 is not in the range",
    "select = [1]": "select is an array; expected an array of texts",
    'select = ["SR999"]': 'select: no code begins with "SR999"',
    'column = ["devices=a"]': 'column: "devices=a"; expected FIELD=PATH',
    "since = 2026-01-01": "since is a value of type date; expected text",
    'since = "soon"': 'since: "soon" is no time',
    '"\\u001b[31m" = 1': 'unknown key "\\x1b[31m"',
    'mode = "\\u001b[2J"': "mode: '\\x1b[2J' is not one of",
    'mode = "actions': "no TOML",
    "[tool.statemachine]": "no TOML",
}


@pytest.mark.parametrize("line", BAD)
def test_what_is_no_configuration_is_one_line(folder: Path, line: str) -> None:
    """Status 2; the file, the key, what was seen and what was expected, and nothing raw of the file."""
    path = write(folder, line)
    result = invoke("check", "-", given=LATE)
    assert result.exit_code == 2
    assert result.stdout == ""
    told = result.stderr.splitlines()[-1]
    assert told.startswith(f"Error: {path}: ")
    assert BAD[line] in told
    assert all(character.isprintable() or character == "\n" for character in result.stderr)


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nstatemachine = 1", "a = [" * 5_000, "\udcff"])
def test_what_is_no_table_is_one_line(folder: Path, text: str) -> None:
    """Whatever stands there."""
    (folder / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    result = invoke("check", "-", given=LATE)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"Error: {folder / 'pyproject.toml'}: ")


def test_help_and_other_commands_do_not_read_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken file keeps nobody from the help, and a file is read for `check` only."""
    write(folder, "nonsense = 1")
    assert invoke("check", "-", given=LATE).exit_code == 2

    def read(path: Path) -> Any:
        raise AssertionError(path)

    monkeypatch.setattr(config, "_document", read)
    for arguments in (("check", "--help"), ("rules",), ("run", "actions", "-")):
        assert invoke(*arguments).exit_code == 0

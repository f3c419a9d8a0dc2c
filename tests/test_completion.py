"""`completion`: what real shells complete with the scripts that it prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from statemachine import RULES, TABLES
from statemachine.entrypoints import cli
from statemachine.entrypoints.cli import COMMANDS
from statemachine.entrypoints.completion import SHELLS
from statemachine.formats import FORMATS
from tests.left_out import leave_out
from tests.test_cli import invoke

ROOT = Path(__file__).parent.parent
BASH = """
eval "$(statemachine completion bash)"
COMP_WORDS=(statemachine "$@")
COMP_CWORD=$#
_statemachine_completion statemachine
printf '%s\\n' "${COMPREPLY[@]}"
"""
LINES = {
    ("",): [*COMMANDS],
    ("ver",): ["verify"],
    ("check", "--mode", ""): [*TABLES],
    ("check", "--mode", "classic"): ["classic-device", "classic-cloud"],
    ("check", "--format", ""): [*FORMATS],
    ("check", "--color", "a"): ["auto", "always"],
    ("check", "--exp"): ["--expect-replay-ids"],
    ("check", "--select", "SR20"): [code for code in RULES if code.startswith("SR20")],
    ("check", "--ignore", "SR201,sr31"): [f"SR201,{code}" for code in RULES if code.startswith("SR31")],
    ("explain", "SR9"): ["SR901", "SR902"],
    ("run", ""): [*TABLES],
    ("snippet", "act"): ["actions"],
    ("completion", ""): [*SHELLS],
    ("check", "--mode", "nonsense"): [],
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which the program is found by its name."""
    program = tmp_path / "statemachine"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m statemachine "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}


def shell(name: str) -> str:
    """The shell of this name; the test is left out where there is none."""
    return shutil.which(name) or leave_out(f"there is no {name}")


def output(command: list[str], environment: dict[str, str]) -> list[str]:
    """What a command prints, line by line; it must succeed, in silence."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_bash_completes(environment: dict[str, str], words: tuple[str, ...]) -> None:
    """Commands, options, modes, formats and codes, the last of several too; nothing where nothing fits."""
    assert output([shell("bash"), "--norc", "-c", BASH, "-", *words], environment) == LINES[words]


def test_fish_completes(environment: dict[str, str], tmp_path: Path) -> None:
    """A mode, and a code with its name beside it."""
    script = tmp_path / "script.fish"
    script.write_text(invoke("completion", "fish").stdout)
    for line, found in (("check --mode class", "classic-cloud\nclassic-device"), ("explain SR20", None)):
        asked = f"source {script}; complete -C 'statemachine {line}'"
        told = sorted(output([shell("fish"), "--no-config", "-c", asked], environment))
        names = [f"{rule.code}\t{rule.name}" for rule in RULES.values() if rule.code.startswith("SR20")]
        assert told == (found.split("\n") if found else names)


@pytest.mark.parametrize(("name", "check"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_script_is_one_of_its_shell(environment: dict[str, str], tmp_path: Path, name: str, check: str) -> None:
    """Its syntax is sound; the red twin, cut short, is not."""
    script = invoke("completion", name).stdout
    path = tmp_path / "script"
    path.write_text(script)
    assert output([shell(name), check, str(path)], environment) == []
    path.write_text(script[: script.rindex("end" if name == "fish" else "}")])
    done = subprocess.run([shell(name), check, str(path)], capture_output=True, env=environment, timeout=60)  # noqa: S603
    assert done.returncode != 0


def test_names_of_commands_load_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """To complete what can come first takes the table of commands only."""
    monkeypatch.setattr(cli, "import_module", pytest.fail)
    items = cli.main.shell_complete(cli.main.make_context("statemachine", ["rules"]), "")
    assert [item.value for item in items] == [*COMMANDS]


def test_a_shell_that_is_not_known_is_misuse() -> None:
    """Status 2, and which there are."""
    result = invoke("completion", "tcsh")
    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr

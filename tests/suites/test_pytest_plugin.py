"""The pytest plugin: nothing without a target, a suite for each mode with one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, as a user's project would."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=environment)  # noqa: S603


def test_without_a_target_it_does_nothing(tmp_path: Path) -> None:
    """A project's own tests run as ever, and Hypothesis is not even imported."""
    script = "import sys\ndef test_it():\n    assert 'statemachine.suites' not in sys.modules\n"
    (tmp_path / "test_it.py").write_text(script)
    assert "1 passed" in run_pytest(tmp_path).stdout


ADAPTER = "tests.properties.implementations"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--statemachine-adapter", f"{ADAPTER}:Stepped", "--statemachine-examples", "20"), 0, "3 passed"),
        (("--statemachine-adapter", f"{ADAPTER}:CapturedOnce", "--statemachine-mode", "actions"), 1, "monotonic"),
        (("--statemachine-adapter", f"{ADAPTER}:ByHand", "--statemachine-mode", "actions",
          "--statemachine-profile", "ci", "--statemachine-seed", "3", "--statemachine-examples", "20"), 0, "1 passed"),
        (("--statemachine-adapter", f"{ADAPTER}:ByHand", "--statemachine-mode", "other"), 4, "no such one"),
        (("--statemachine-command", "sh -c 'exit 3'", "--statemachine-mode", "actions"), 1, "ended instead of"),
    ],
)  # fmt: skip
def test_a_target_is_judged(tmp_path: Path, arguments: tuple[str, ...], status: int, words: str) -> None:
    """Adapters and programs, by option: passed, or what broke without a traceback."""
    done = run_pytest(tmp_path, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout


ONE = ("--statemachine-mode", "actions", "--statemachine-examples", "20")
MISUSE = {
    ("--statemachine-adapter", "foo"): "statemachine-adapter is 'foo'; expected module:name",
    ("--statemachine-adapter", ":foo"): "statemachine-adapter is ':foo'; expected module:name",
    ("--statemachine-adapter", "no_such_module:foo"): "no_such_module cannot be imported (ModuleNotFoundError",
    ("--statemachine-adapter", "broken:foo"): "broken cannot be imported (ZeroDivisionError",
    ("--statemachine-adapter", f"{ADAPTER}:foo"): f"{ADAPTER} has no foo; expected module:name",
    ("--statemachine-adapter", f"{ADAPTER}:__name__"): "__name__ cannot be called; expected module:name",
    ("--statemachine-command", "sh -c 'exit"): "No closing quotation; expected a command line",
    ("--statemachine-command", " "): "statemachine-command is ' '; expected a command line",
    ("--statemachine-command", "true", "--statemachine-examples", "0"): "examples is '0'; expected an integer from 1",
    ("--statemachine-command", "true", "--statemachine-seed", "x"): "seed is 'x'; expected an integer",
}


@pytest.mark.parametrize("arguments", MISUSE)
def test_misuse_is_told_as_such(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Pytest's status for usage, what was given, what was expected, and no traceback."""
    (tmp_path / "broken.py").write_text("1 / 0\n")
    done = run_pytest(tmp_path, *ONE, *arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout + done.stderr
    assert MISUSE[arguments] in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("section", "value", "words"),
    [
        ("pytest.ini_options", '"many"', "statemachine-examples is 'many'; expected an integer from 1"),
        ("pytest.ini_options", '"1.5"', "statemachine-examples is '1.5'; expected an integer from 1"),
        ("pytest", "20", "statemachine_examples"),
        ("pytest.ini_options", '"20"', None),
    ],
)
def test_examples_in_pyproject_are_a_number(tmp_path: Path, section: str, value: str, words: str | None) -> None:
    """Another value is told as misuse; a number is taken."""
    lines = [f"[tool.{section}]", f'statemachine_adapter = "{ADAPTER}:Stepped"', f"statemachine_examples = {value}"]
    (tmp_path / "pyproject.toml").write_text("\n".join(lines))
    done = run_pytest(tmp_path)
    assert done.returncode == (pytest.ExitCode.USAGE_ERROR if words else 0), done.stdout + done.stderr
    assert (words or "") in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_program_that_replies_twice_is_told(tmp_path: Path) -> None:
    """Without what Hypothesis makes of it."""
    (tmp_path / "twice.py").write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    kind = json.loads(line)['type']\n"
        "    reply = {'hello': {'type': 'hello', 'version': 1}, 'reset': {'type': 'ready'}}\n"
        "    said = json.dumps(reply.get(kind, {'type': 'observed'})) + '\\n'\n"
        "    sys.stdout.write(said * (1 + (kind == 'call')))\n"
        "    sys.stdout.flush()\n"
    )
    done = run_pytest(tmp_path, *ONE, "--statemachine-command", f"{sys.executable} twice.py")
    assert done.returncode == 1
    assert "unasked; expected one reply to each request" in done.stdout
    assert "Flaky" not in done.stdout


def test_the_target_may_stand_in_pyproject(tmp_path: Path) -> None:
    """The ini values are the options."""
    lines = ["[tool.pytest.ini_options]", f'statemachine_adapter = "{ADAPTER}:CapturedOnce"']
    lines += ['statemachine_mode = "actions"', 'statemachine_profile = "ci"']
    (tmp_path / "pyproject.toml").write_text("\n".join(lines))
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "statemachine[actions]" in done.stdout
    assert '{"call": "event"' in done.stdout

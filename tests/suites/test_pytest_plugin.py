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


def test_the_target_may_stand_in_pyproject(tmp_path: Path) -> None:
    """The ini values are the options."""
    lines = ["[tool.pytest.ini_options]", f'statemachine_adapter = "{ADAPTER}:CapturedOnce"']
    lines += ['statemachine_mode = "actions"', 'statemachine_profile = "ci"']
    (tmp_path / "pyproject.toml").write_text("\n".join(lines))
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "statemachine[actions]" in done.stdout
    assert '{"call": "event"' in done.stdout

"""`.pre-commit-hooks.yaml`: the hook is one, and pre-commit runs it on the files that it is for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import REGRESSED, SOUND

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit in a folder, where the program is found by its name."""
    program = folder.parent / "statemachine"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m statemachine "$@"\n')
    program.chmod(0o755)
    own = {"PATH": f"{folder.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    own |= {"PRE_COMMIT_HOME": str(folder.parent / "cache"), "PRE_COMMIT_COLOR": "never"}
    command = [sys.executable, "-m", "pre_commit", *arguments]
    environment = {**os.environ, **own}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)  # noqa: S603


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that uses the hook as it stands, of the program that is installed: nothing is fetched."""
    folder = tmp_path / "project"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)  # noqa: S603, S607
    hook = "".join(f"      {line}\n" for line in MANIFEST.read_text().splitlines())
    hook = hook.replace("language: python", "language: system")
    assert "language: system" in hook
    (folder / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{hook}")
    return folder


def run(project: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Run the hook on files, added under these names with a dot for every `__`."""
    for name, text in files.items():
        (project / name.replace("__", ".")).write_text(text)
    subprocess.run(["git", "add", "."], cwd=project, check=True)  # noqa: S607
    return pre_commit(project, "run", "--all-files")


def test_the_manifest_is_one(tmp_path: Path) -> None:
    """As pre-commit sees it; without its entry it is none."""
    folder = tmp_path / "empty"
    folder.mkdir()
    assert pre_commit(folder, "validate-manifest", str(MANIFEST)).returncode == 0
    broken = folder / "broken.yaml"
    broken.write_text(MANIFEST.read_text().replace("entry:", "entries:"))
    done = pre_commit(folder, "validate-manifest", str(broken))
    assert done.returncode != 0
    assert "entry" in done.stdout


def test_sound_files_pass_and_others_fail_with_their_findings(project: Path) -> None:
    """What is no file of events is not judged; the fixture that is bad is told, a line a finding."""
    passed = run(project, good__ndjson=SOUND, notes__txt="no events")
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout
    failed = run(project, bad__ndjson=REGRESSED)
    assert failed.returncode == 1, failed.stdout
    assert "bad.ndjson:2: SR201 session-id-regressed: " in failed.stdout
    assert "fix:" not in failed.stdout


def test_it_takes_the_projects_configuration(project: Path) -> None:
    """What `pyproject.toml` says holds for the hook, too."""
    (project / "pyproject.toml").write_text('[tool.statemachine]\nignore = ["SR201"]\n')
    assert run(project, bad__ndjson=REGRESSED).returncode == 0

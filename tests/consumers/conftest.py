"""Programs of others that read what `diagram` writes. Without them their tests are left out, and that is said."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.left_out import leave_out

HERE = Path(__file__).parent
SCRIPTS = {"xstate": "xstate.mjs", "scxml": "scxml.cjs"}

Streams = list[list[str]]
Run = Callable[[str, str, Streams], list[list[dict[str, Any]]]]
"""A form, a document in that form, streams of events → of each event the states and what was ordered."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs streams through a state chart, with XState or with SCION."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "xstate").exists():
        leave_out("no state chart was run: there is no Node, or no npm package (`make consumers` installs them)")

    def ran(form: str, document: str, streams: Streams) -> list[list[dict[str, Any]]]:
        path = tmp_path / f"chart.{form}"
        path.write_text(document)
        command = [str(node), str(HERE / SCRIPTS[form]), str(path)]
        done = subprocess.run(command, input=json.dumps(streams), capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
        found: list[list[dict[str, Any]]] = json.loads(done.stdout)
        return found

    return ran


@pytest.fixture
def plantuml_says() -> Callable[[str], str]:
    """What PlantUML says to a text: `STATE` and how much is in it, or `ERROR`."""
    program = shutil.which("plantuml")
    if program is None:
        leave_out("no PlantUML text was read: there is no `plantuml` (a package of Debian's)")

    def says(text: str) -> str:
        command = [str(program), "-charset", "UTF-8", "-syntax"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout  # noqa: S603

    return says

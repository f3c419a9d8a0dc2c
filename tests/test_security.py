"""What SECURITY.md promises: the bounds, no network, and files that nobody can put a link in the way of."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import statemachine
from statemachine import bounds
from tests.bounds import FILE, rows
from tests.generated import security_parts, updated

ROOT = Path(__file__).parent.parent
PACKAGE = Path(statemachine.__file__).parent
CAPTURE = ROOT / "tests" / "data" / "segment-actions-published.ndjson"


def test_the_table_of_bounds_is_fresh_and_says_of_each_what_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """SECURITY.md has every bound (`make generate`); the red twin: another value makes it stale."""
    assert updated(FILE.read_text(), security_parts()) == FILE.read_text()
    assert all(re.match(r"[A-Z]", counted) for _, _, counted, _ in rows())
    monkeypatch.setattr(bounds, "MAX_LINE_BYTES", 1)
    assert updated(FILE.read_text(), security_parts()) != FILE.read_text()


BOUND = re.compile(r"^_?(?:MAX|MOST|LONGEST|HELD|SPILL|TIMEOUT)[A-Z_]*(?:: [\w\[\]]+)? = .*\d", re.MULTILINE)
NO_BOUND = {"ids.py", "suites/run.py", "suites/browser/explore.py", "bulk/payloads.py", "bounds.py"}
"""What a session ID may be, what the suites try, and what Python's own decoder takes: limits, of no input's cost."""


def scattered(text: str) -> list[str]:
    """The lines of a module that look like a bound of its own."""
    return BOUND.findall(text)


def test_no_module_has_a_bound_of_its_own() -> None:
    """All are in one place; the red twin: one that is not."""
    for path in PACKAGE.rglob("*.py"):
        if str(path.relative_to(PACKAGE)) not in NO_BOUND:
            assert scattered(path.read_text()) == [], path
    assert scattered("LONGEST_NAME: Final = 2**10\n") == ["LONGEST_NAME: Final = 2**10"]


GUARD = """
import sys

def refused(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto"):
        raise RuntimeError("network: " + event)
    if event in ("socket.connect", "socket.bind") and isinstance(arguments[1], tuple):
        raise RuntimeError("network: " + event)

sys.addaudithook(refused)
"""
"""A `sitecustomize` that every process of Python below it imports. Sockets of this machine's own are left alone."""
ADAPTER = """
from statemachine.suites import Observed

class Silent:
    def start(self, mode, is_set_up): pass
    def call(self, call): return Observed()
    def close(self): pass

adapter = Silent
"""


def guarded(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python with every way to the network refused."""
    (folder / "guard").mkdir(exist_ok=True)
    (folder / "guard" / "sitecustomize.py").write_text(GUARD)
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'guard'}{os.pathsep}{ROOT}"}
    words = [sys.executable, *map(str, arguments)]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)  # noqa: S603


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (0, ["--version"]),
        (1, ["check", CAPTURE]),
        (1, ["check", CAPTURE, "--workers", "2", "--state", "state", "--by-device", "devices.parquet"]),
        (1, ["check", CAPTURE, "--order", "time", "--output", "verdicts.parquet"]),
        (1, ["run", "actions", ROOT / "specs" / "diagrams" / "actions.ndjson"]),
        (0, ["diagram", "actions", "--format", "svg"]),
        (0, ["explain", "SR201"]),
        (0, ["snippet", "actions"]),
        (0, ["conform", "classic-device", "--integration", "mine.py", "--examples", "2"]),
    ],
)
def test_no_command_uses_the_network(status: int, arguments: list[str | Path], tmp_path: Path) -> None:
    """Nothing connects, binds or resolves a name, in no process that a command starts."""
    (tmp_path / "mine.py").write_text(ADAPTER)
    done = guarded(tmp_path, "-m", "statemachine", *arguments)
    assert "network" not in done.stderr
    assert done.returncode == status, done.stderr


@pytest.mark.parametrize(
    "script",
    [
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket;"
        ' socket.create_connection(("127.0.0.1", 9))\'], check=True)',
    ],
)
def test_a_use_of_the_network_is_noticed(script: str, tmp_path: Path) -> None:
    """The red twins: each way is refused, also in a process below."""
    done = guarded(tmp_path, "-c", script)
    assert done.returncode == 1
    assert "network: socket." in done.stderr


def test_a_link_under_the_temporary_name_of_a_state_is_not_followed(tmp_path: Path) -> None:
    """What it leads to stays as it is, and the state is saved."""
    state, victim = tmp_path / "state", tmp_path / "victim"
    state.mkdir()
    victim.write_text("mine")
    (state / "state.partial").symlink_to(victim)
    done = guarded(tmp_path, "-m", "statemachine", "check", CAPTURE, "--state", state)
    assert (done.returncode, done.stderr) == (1, "")
    assert victim.read_text() == "mine"
    assert (state / "state").is_file()
    assert not (state / "state").is_symlink()


PREDICTABLE = re.compile(r"tempfile\.mktemp|gettempdir|[\"']/tmp|open\([^)]*\.(?:partial|part|tmp)\b")
"""Ways to a temporary file whose name is known before it is made."""


def test_no_temporary_file_has_a_name_that_is_known_before() -> None:
    """The package asks `tempfile` for them, or creates them anew; the red twins: two ways that do not."""
    for path in PACKAGE.rglob("*.py"):
        assert not PREDICTABLE.search(path.read_text()), path
    assert PREDICTABLE.search("open(tempfile.mktemp(), 'w')")
    assert PREDICTABLE.search("open(f'{path}.partial', 'wb')")

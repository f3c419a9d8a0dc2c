"""What we recommend, with the real SDKs: random visits keep the law, and `check` finds nothing that a page can help."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings

import statemachine
from statemachine.suites.browser import BrowserError, Chromium, Move, Site, missing, visit, visits
from statemachine.suites.browser.chromium import packages
from statemachine.suites.browser.wire import SEGMENT
from tests.browser.explored import Explored
from tests.browser.survey import surveyed
from tests.browser.test_rows import IN_SECONDS, SOUND, codes
from tests.published import MODES, found

ROOT: Final = Path(__file__).parents[2]
SNIPPETS: Final = Path(statemachine.__file__).parent / "snippets"
EXAMPLES: Final = 30
"""Random visits of a mode: those of `test_rows` needed at most 27 to find a defect."""


WITHOUT_SESSION: Final = {"actions": {"SR114", "SR301"}, "classic-cloud": {"SR114", "SR313"}}
"""What `check` says of an event that the page itself sent without its session ID."""


def caused_by(mode: str, moves: list[Move]) -> set[str]:
    """The codes that `check` owes to the visit itself: what a page's own events and resets do wrong."""
    told = IN_SECONDS | ({"SR114"} if mode == "classic-device" else set())  # there, Segment is never told the session
    older = any(move.get("session_ids") or move.get("explicit") for move in moves)
    told |= {"SR201", "SR122"} if older else set()  # a log begins with its first event: the replay may be ahead
    told |= {"SR112"} if moves[0].get("session_id") == "abc" else set()
    told |= WITHOUT_SESSION.get(mode, set()) if any(move.get("bare") for move in moves) else set()
    told |= {"SR122", "SR124"} if {"move": "reset"} in moves else set()
    return told


@pytest.mark.parametrize("mode", SOUND)
def test_random_visits_keep_the_law(mode: str, site_of: Callable[..., Site]) -> None:
    """Move by move; also with malformed storage; and what was sent shows no finding but those of the visit itself."""
    site = site_of(SOUND[mode])

    @settings(max_examples=EXAMPLES, database=None, derandomize=True, deadline=None)
    @given(visits(mode))
    def one(moves: list[Move]) -> None:
        assert codes(visit(site, mode, moves)) <= caused_by(mode, moves), moves

    one()


def conform(integration: Path, *options: str) -> tuple[int, str]:
    """Run `conform actions --browser`, with a browser of its own."""
    arguments = ["conform", "actions", "--integration", str(integration), "--browser", "--examples", "8", *options]
    command = [sys.executable, "-m", "statemachine", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


def test_conform_says_what_it_ran(chromium: Chromium) -> None:
    """With every version."""
    exit_code, output = conform(SNIPPETS / "actions.js")
    assert exit_code == 0, output
    assert output.startswith("actions: keeps the law\n  in Chromium ")
    assert all(f"{name} {version}" in output for name, version in packages().items())


def test_conform_shows_the_shortest_visit(chromium: Chromium) -> None:
    """The red twin: what breaks, expected and observed, and the moves."""
    exit_code, output = conform(SNIPPETS / "published" / "actions.js")
    assert exit_code == 1
    assert output.startswith("delivered: Every event is handed on exactly once")
    assert "[{'move': 'load', 'session_id': 1000}, {'move': 'track'}]" in output
    assert output.endswith("actions: does not keep the law: delivered, after 2 moves\n")


def test_conform_tells_what_cannot_be_bundled(chromium: Chromium, tmp_path: Path) -> None:
    """The bundler's own words, and no traceback."""
    path = tmp_path / "mine.js"
    path.write_text("module.exports = async ({ analytics => 1")
    exit_code, output = conform(path, "--node-modules", str(chromium.node_modules))
    assert exit_code == 2
    assert "cannot be bundled" in output
    assert "mine.js:1" in output


def test_what_is_missing_is_told_with_its_remedy(tmp_path: Path) -> None:
    """Every package with its version; and `conform` exits with 2."""
    told = missing(tmp_path)[-1]
    assert all(f"{name}@{version}" in told for name, version in packages().items())
    with pytest.raises(BrowserError, match="npm install"):
        Chromium(tmp_path)
    exit_code, output = conform(SNIPPETS / "actions.js", "--node-modules", str(tmp_path))
    assert exit_code == 2
    assert "npm install" in output


def test_the_versions_are_those_that_were_measured() -> None:
    """Every SDK package is pinned to the version that specs/reality.md names."""
    text = (ROOT / "specs" / "reality.md").read_text()
    stated = {name: version for name, version in packages().items() if name != "esbuild"}
    assert len(stated) >= 4
    for name, version in stated.items():
        assert re.search(rf"{re.escape(name.split('/')[-1])}[`@ ]*{re.escape(version)}\b", text), name


@pytest.mark.parametrize("name", MODES)
def test_the_published_ones_fail_as_the_readme_says(
    name: str, chromium: Chromium, site_of: Callable[..., Site]
) -> None:
    """Every stream of its table breaks its property; no shorter survey breaks one that it says holds."""
    broken = found()["broken"][name]
    explored = Explored(site_of(f"published/{name}"), MODES[name])
    for invariant, moves in broken.items():
        assert invariant in explored.broken_by(moves)
    assert surveyed(chromium, name, 1).items() <= broken.items()


def test_every_request_is_answered_here(site_of: Callable[..., Site]) -> None:
    """What a page asks of a host that is nobody's is answered as well: nothing leaves the machine."""
    one = visit(site_of("actions.js"), "actions", [{"move": "load"}, {"move": "track"}])
    assert {sent.host for sent in one.visitor.sent} == {SEGMENT}

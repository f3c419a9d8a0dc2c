"""A night's profiles: 100 times the examples, and a solver that finds what drawing at random does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests import depth

ROOT = Path(__file__).parent.parent.parent

PLANTED = """
from hypothesis import given, settings, strategies as st
from tests import depth

depth.register()
settings.load_profile("{profile}")

@settings(max_examples={examples})
@given(st.integers())
def test(session_id):
    # Not 1234567890123 itself: Hypothesis tries the numbers that it reads in the code.
    assert 7 * session_id + 5 != 8641975230866, session_id

test()
"""


@pytest.mark.parametrize(("profile", "examples", "finds"), [(depth.SYMBOLIC, 20, True), (depth.SUITE, 2_000, False)])
def test_the_solver_finds_the_one_session_id_that_is_wrong(profile: str, examples: int, finds: bool) -> None:
    """From the branch that depends on it; the red twin, 2,000 examples at random, does not."""
    program = PLANTED.format(profile=profile, examples=examples)
    command = [sys.executable, "-W", "error", "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert (result.returncode != 0) == finds, result.stderr
    assert ("AssertionError: 1234567890123" in result.stderr) == finds


COUNTED = """
from hypothesis import given, settings, strategies as st

drawn = {"own": 0, "profile": 0}

@settings(max_examples=3)
@given(st.integers())
def test_own(number):
    drawn["own"] += 1

@given(st.integers())
def test_profile(number):
    drawn["profile"] += 1

def test_counts():
    print(drawn)
"""


@pytest.mark.parametrize(
    ("profile", "drawn"),
    [(depth.SUITE, "{'own': 3, 'profile': 100}"), (depth.NIGHTLY, "{'own': 300, 'profile': 10000}")],
)
def test_a_night_draws_a_hundred_times_the_examples(profile: str, drawn: str, tmp_path: Path) -> None:
    """Of a property that says how many, and of one that does not."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_counted.py").write_text(COUNTED)
    command = [sys.executable, "-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    command += ["--hypothesis-profile", profile, str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)  # noqa: S603
    assert drawn in result.stdout, result.stdout + result.stderr


def test_a_night_s_examples_are_other_ones_each_time() -> None:
    """A day's are always the same; both save none, so that what is found is written down as an `@example`."""
    nightly, symbolic, suite = (settings.get_profile(name) for name in (depth.NIGHTLY, depth.SYMBOLIC, depth.SUITE))
    assert (suite.derandomize, nightly.derandomize, symbolic.derandomize) == (True, False, False)
    assert (suite.backend, nightly.backend, symbolic.backend) == ("hypothesis", "hypothesis", "crosshair")
    assert nightly.max_examples == depth.DEEPER * suite.max_examples
    assert {profile.database for profile in (nightly, symbolic, suite)} == {None}
    assert depth.times(3) == 3

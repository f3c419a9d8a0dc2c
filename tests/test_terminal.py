"""What goes to a terminal: colours, width, quiet, progress, and nothing raw of what came from data."""

from __future__ import annotations

import pytest

from tests.test_cli import LATE, REGRESSED, SOUND, invoke

RED, YELLOW = "\x1b[31m", "\x1b[33m"
TRACE = '{"call":"event"}'
COLOURS = [
    ({}, (), False),
    ({"FORCE_COLOR": "1"}, (), True),
    ({"FORCE_COLOR": ""}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": ""}, (), True),
    ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
    ({"FORCE_COLOR": "1"}, ("--color", "auto"), True),
]


@pytest.mark.parametrize(("environment", "arguments", "is_coloured"), COLOURS)
def test_colours_are_as_the_conventions_say(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: tuple[str, ...], is_coloured: bool
) -> None:
    """`--color`, then NO_COLOR, then FORCE_COLOR, each present and not empty; none where the output is redirected."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for command, given in ((("check", "-"), REGRESSED), (("run", "actions", "-"), TRACE)):
        assert (RED in invoke(*command, *arguments, given=given).stdout) is is_coloured, command


def test_colours_are_those_of_the_severity() -> None:
    """A warning is no error; without its escapes a coloured line is the plain one."""
    coloured = invoke("check", "-", "--color", "always", given=LATE).stdout
    assert YELLOW in coloured
    assert RED not in coloured
    plain = invoke("check", "-", given=LATE).stdout
    assert coloured.replace(YELLOW, "").replace("\x1b[1m", "").replace("\x1b[0m", "") == plain


def test_quiet_says_what_is_wrong_and_that_nothing_is_lost() -> None:
    """A line a finding, and the equation; no fix, no table, no note. Without it, there are all of them."""
    loud, quiet = (invoke("check", "-", *options, given=REGRESSED) for options in ((), ("--quiet",)))
    assert quiet.exit_code == loud.exit_code == 1
    first, last = quiet.stdout.splitlines()
    assert first == loud.stdout.splitlines()[0]
    assert last == "2 read = 2 judged + 0 unreadable"
    assert invoke("check", "-", "-q", given=SOUND).stdout == "1 read = 1 judged + 0 unreadable\n"
    assert "    fix: " in loud.stdout

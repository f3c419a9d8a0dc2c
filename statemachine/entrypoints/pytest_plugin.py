"""The pytest plugin: the suites for a target that is named on the command line or in `pyproject.toml`.

    pytest --statemachine-adapter my_tests.adapters:MyAdapter --statemachine-mode actions
    pytest --statemachine-command "node harness.js integration.js"

Without a target it does nothing. Each option is an ini value as well, `statemachine_adapter` and so on.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

OPTIONS = {
    "adapter": "what makes the adapter, as module:name",
    "command": "a program that speaks the harness protocol",
    "mode": "actions, classic-device or classic-cloud; without it, all three",
    "examples": "random streams of calls for each mode",
    "seed": "of the random streams",
    "profile": "ci (derandomised) or deep (ten times the examples)",
}
EXAMPLES, DEEPER = 300, 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("statemachine", "properties of Session Replay integrations")
    for name, text in OPTIONS.items():
        group.addoption(f"--statemachine-{name}", help=text)
        parser.addini(f"statemachine_{name}", text)


def _value(config: pytest.Config, name: str) -> str | None:
    given = config.getoption(f"statemachine_{name}") or config.getini(f"statemachine_{name}")
    return str(given) if given else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a suite for each mode, if there is a target."""
    if _value(config, "adapter") or _value(config, "command"):
        items.extend(_suites(session, config))


def _suites(session: pytest.Session, config: pytest.Config) -> Iterator[pytest.Item]:
    from statemachine.machines import TABLES

    mode, profile = _value(config, "mode"), _value(config, "profile")
    if mode not in (None, *TABLES) or profile not in (None, "ci", "deep"):
        raise pytest.UsageError(f"--statemachine-mode {mode}, --statemachine-profile {profile}: no such one")
    for name in [mode] if mode else TABLES:
        yield SuiteItem.from_parent(session, name=f"statemachine[{name}]", mode=name)


class SuiteItem(pytest.Item):
    """The suite of one mode, as a test."""

    def __init__(self, *, mode: str, **more: Any) -> None:
        super().__init__(**more)
        self.mode = mode

    def runtest(self) -> None:
        """Run the suite. Raises LawBrokenError."""
        from hypothesis import seed, settings
        from hypothesis.stateful import run_state_machine_as_test

        from statemachine.suites import Program, suite_of

        profile, examples = _value(self.config, "profile"), int(_value(self.config, "examples") or EXAMPLES)
        command = _value(self.config, "command")
        program = Program(shlex.split(command)) if command else None
        suite: Any = suite_of(self.mode, (lambda: program) if program else self._adapter())
        given = _value(self.config, "seed")
        if given is not None:
            suite = seed(int(given))(suite)
        run = settings(
            max_examples=examples * (DEEPER if profile == "deep" else 1),
            derandomize=profile == "ci",
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
        )
        try:
            run_state_machine_as_test(suite, settings=run)
        finally:
            if program is not None:
                program.stop()

    def _adapter(self) -> Any:
        import importlib

        module, _, name = str(_value(self.config, "adapter")).partition(":")
        return getattr(importlib.import_module(module), name)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Show what broke, without the way through Hypothesis."""
        from statemachine.suites import HarnessError, LawBrokenError

        if isinstance(excinfo.value, (LawBrokenError, HarnessError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it is: nowhere in a file."""
        return "statemachine", None, self.name

"""The pytest plugin: the suites for a target that is named on the command line or in `pyproject.toml`.

    pytest --statemachine-adapter my_tests.adapters:MyAdapter --statemachine-mode actions
    pytest --statemachine-command "node harness.js integration.js"

Without a target it does nothing. Each option is an ini value as well, `statemachine_adapter` and so on.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib import import_module
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
    try:
        given = config.getoption(f"statemachine_{name}") or config.getini(f"statemachine_{name}")
    except TypeError as error:  # a value in pyproject that is not text
        raise pytest.UsageError(str(error)) from None
    return str(given) if given else None


def _number(config: pytest.Config, name: str, least: int | None = None) -> int | None:
    """An option that is an integer. Raises pytest.UsageError."""
    given = _value(config, name)
    if given is None:
        return None
    try:
        number = int(given)
    except ValueError:
        number = None
    if number is None or (least is not None and number < least):
        expected = "an integer" if least is None else f"an integer from {least}"
        raise pytest.UsageError(f"statemachine-{name} is {given!r}; expected {expected}")
    return number


def _command(config: pytest.Config) -> list[str] | None:
    """The program and its arguments. Raises pytest.UsageError."""
    given = _value(config, "command")
    if given is None:
        return None
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise pytest.UsageError(f"statemachine-command is {given!r}: {error}; expected a command line") from None
    if not words:
        raise pytest.UsageError(f"statemachine-command is {given!r}; expected a command line")
    return words


def _adapter(config: pytest.Config) -> Callable[[], Any] | None:
    """What makes the adapter. Raises pytest.UsageError."""
    given = _value(config, "adapter")
    if given is None:
        return None
    module, _, name = given.partition(":")
    seen = f"statemachine-adapter is {given!r}"
    if not (module and name):
        raise pytest.UsageError(f"{seen}; expected module:name")
    try:
        made = getattr(import_module(module), name, None)
    except Exception as error:  # whatever the user's module raises
        reason = f"{module} cannot be imported ({type(error).__name__}: {error})"
        raise pytest.UsageError(f"{seen}: {reason}; expected module:name") from None
    if not callable(made):
        reason = f"{module} has no {name}" if made is None else f"{name} cannot be called"
        raise pytest.UsageError(f"{seen}: {reason}; expected module:name of what makes an adapter")
    found: Callable[[], Any] = made
    return found


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
    _ = (_number(config, "examples", 1), _number(config, "seed"), _command(config), _adapter(config))
    for name in [mode] if mode else TABLES:
        yield SuiteItem.from_parent(session, name=f"statemachine[{name}]", mode=name)


class SuiteItem(pytest.Item):
    """The suite of one mode, as a test."""

    def __init__(self, *, mode: str, **more: Any) -> None:
        super().__init__(**more)
        self.mode = mode

    def runtest(self) -> None:
        """Run the suite. Raises LawBrokenError."""
        from statemachine.suites import Program
        from statemachine.suites.run import run_suite

        profile, command = _value(self.config, "profile"), _command(self.config)
        examples = (_number(self.config, "examples", 1) or EXAMPLES) * (DEEPER if profile == "deep" else 1)
        program = Program(command) if command else None
        adapter: Any = (lambda: program) if program else _adapter(self.config)
        try:
            with program.judged() if program else nullcontext():
                run_suite(
                    self.mode,
                    adapter,
                    examples=examples,
                    seed=_number(self.config, "seed"),
                    derandomize=profile == "ci",
                )
        finally:
            if program is not None:
                program.stop()

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """Show what broke, without the way through Hypothesis."""
        from statemachine.suites import HarnessError, LawBrokenError

        if isinstance(excinfo.value, (LawBrokenError, HarnessError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where it is: nowhere in a file."""
        return "statemachine", None, self.name

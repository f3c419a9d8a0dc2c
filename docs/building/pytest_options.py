"""The options of the pytest plugin, as a list."""

from __future__ import annotations

from docs.building.markdown import plain
from statemachine.entrypoints.pytest_plugin import OPTIONS


def pytest_options() -> str:
    """Each option, with what it is."""
    return "\n".join(f"- `--statemachine-{name}`: {plain(text)}" for name, text in OPTIONS.items())

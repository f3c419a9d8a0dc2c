"""What this project asks for, as pyproject.toml declares it, and what that asks for in turn."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAME = "session-replay-statemachine"
ROOT = Path(__file__).parent.parent


def needed(requirements: Iterable[str], extra: str = "", found: dict[str, None] | None = None) -> list[str]:
    """The distributions that some requirements ask for on this Python, and those that they ask for in turn."""
    found = {} if found is None else found
    for text in requirements:
        requirement = Requirement(text)
        environment = {**{key: str(value) for key, value in default_environment().items()}, "extra": extra}
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate(environment):
            continue
        if name == NAME:
            for inner in requirement.extras:
                needed(declared(inner), inner, found)
        elif name not in found:
            found[name] = None
            for inner in requirement.extras or {""}:
                needed(distribution(name).requires or (), inner, found)
    return [*found]


def declared(extra: str = "") -> list[str]:
    """What `pip install` of this project with an extra asks for, as this checkout declares it."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *(project["optional-dependencies"][extra] if extra else ())]

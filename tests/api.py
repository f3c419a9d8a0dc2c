"""The public names with their signatures, as text: `make generate` writes tests/api.txt.

Public is what `statemachine`, its public modules and the classes that they export name without an underscore. The text
is the same on every Python that the package supports: annotations are told as they are written.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import GenericAlias, ModuleType
from typing import Any, Final

from hypothesis.strategies import SearchStrategy

PUBLIC: Final = (
    "statemachine",
    "statemachine.suites",
    "statemachine.suites.browser",
    "statemachine.interpreters.diagram",
    "statemachine.entrypoints.spark",
)
"""The public modules. All others may change in any version."""
FILE: Final = Path(__file__).parent / "api.txt"


def modules() -> dict[str, ModuleType]:
    """The public modules by name; each needs the extra that its first lines say."""
    return {name: import_module(name) for name in PUBLIC}


def rendered(found: dict[str, ModuleType]) -> str:
    """All public names of some modules, one a line, members under their class."""
    return "\n".join(line for name, module in found.items() for line in _module(name, module)) + "\n"


def _module(name: str, module: ModuleType) -> Iterator[str]:
    yield f"[{name}]"
    for public in sorted(module.__all__):
        yield from _named(public, getattr(module, public))
    yield ""


def _named(name: str, thing: Any) -> Iterator[str]:
    if isinstance(thing, GenericAlias):
        yield f"{name}: {thing}"
    elif isinstance(thing, type):
        yield from _class(name, thing)
    elif inspect.isfunction(thing):
        yield f"def {name}{_signature(thing)}"
    else:
        kind = SearchStrategy if isinstance(thing, SearchStrategy) else type(thing)
        yield f"{name}: {kind.__name__}"


def _class(name: str, thing: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
    yield f"class {name}({bases})" if bases else f"class {name}"
    ours = [one for one in thing.__mro__ if one.__module__.startswith("statemachine")]
    if issubclass(thing, Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in thing)
    elif any("__init__" in vars(one) for one in ours) and not getattr(thing, "_is_protocol", False):
        yield f"    def __init__{_signature(thing)}"
    members: dict[str, str] = {}
    for one in ours:
        for member, told in (*_members(one), *_written(one).items()):
            members.setdefault(member, told)
    public = (member for member in sorted(members) if not member.startswith("_"))
    values = {value.name for value in thing} if issubclass(thing, Enum) else set()
    yield from (f"    {members[member]}" for member in public if member not in values)


def _members(thing: type) -> Iterator[tuple[str, str]]:
    """The methods and properties of a class, by name, as they are told."""
    for name, value in vars(thing).items():
        if isinstance(value, (property, cached_property)):
            getter = value.fget if isinstance(value, property) else value.func
            yield name, f"{name}: {_signature(getter).rpartition(' -> ')[2]}"
        elif isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value):
            yield name, f"def {name}{_signature(getattr(thing, name))}"
        elif hasattr(value, "function") and inspect.isfunction(value.function):  # a rule of Hypothesis
            yield name, f"def {name}{_signature(value.function)}"


def _written(thing: type) -> dict[str, str]:
    """The attributes that the text of a class sets, in its body or on `self`, with the types that it says."""
    (tree,) = ast.parse(inspect.getsource(thing).lstrip()).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets if isinstance(node, (ast.Assign, ast.AnnAssign)) else ():
            is_set = isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"
            if isinstance(target, (ast.Name, ast.Attribute)) and (is_set or node in body):
                name = ast.unparse(target).removeprefix("self.")
                if isinstance(node, ast.AnnAssign):
                    found[name] = f"{name}: {ast.unparse(node.annotation)}"
                else:
                    found.setdefault(name, name)
    return found


def _signature(thing: Any) -> str:
    found = inspect.signature(thing)
    parameters = []
    for parameter in found.parameters.values():
        default = parameter.default
        if default is not inspect.Parameter.empty and not isinstance(default, (str, int, float, type(None), tuple)):
            parameter = parameter.replace(default=_Told(f"<{type(default).__name__}>"))
        elif isinstance(default, Enum):
            parameter = parameter.replace(default=_Told(str(default)))
        parameters.append(parameter)
    return re.sub(r"ForwardRef\((.*?)\)", r"\1", str(found.replace(parameters=parameters)).replace("'", ""))


class _Told:
    """A default that is told by its type: what it shows may differ by version."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

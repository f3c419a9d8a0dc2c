"""mutmut on a copy of a checkout: every mutant of the core, and what came of it.

What is mutated, and which tests are to notice, is in `[tool.mutmut]` of pyproject.toml.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import attrs

MUTMUT: Final = str(Path(sys.executable).parent / "mutmut")
KILLED: Final = {"killed", "timeout"}
"""What mutmut says of a mutant that the tests noticed; one that never ends is noticed by its time."""
COPIED: Final = ("pyproject.toml", "specs", "statemachine", "tests")
NOT_COPIED: Final = shutil.ignore_patterns("node_modules", "__pycache__")


class MutationError(Exception):
    """Mutmut could not do its work: it says why."""


@attrs.frozen
class Mutant:
    """One change in one function. `was` and `now` are its lines, of a mutant that the tests did not notice."""

    name: str
    is_killed: bool
    was: str = ""
    now: str = ""

    @property
    def module(self) -> str:
        """The module that it is in."""
        return self.name.rpartition(".")[0]

    @property
    def function(self) -> str:
        """The function that it is in, as Python names it."""
        inner = self.name.rpartition(".")[2].rpartition("__mutmut_")[0]
        return f"{self.module}.{inner[2:].replace('ǁ', '.') if inner.startswith('xǁ') else inner[2:]}"


def mutants_of(root: Path, say: Callable[[str], None], names: Iterable[str] = COPIED) -> list[Mutant]:
    """Run the tests of a checkout on every mutant. `say` is told how far it is. Raises MutationError."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            if (root / name).is_dir():
                shutil.copytree(root / name, Path(folder, name), ignore=NOT_COPIED)
            else:
                shutil.copy(root / name, folder)
        _run(Path(folder), say)
        lines = _said(Path(folder), "results", "--all", "true").split("\n")
        found = dict(re.findall(r"^ +(\S+): (.+)$", line)[0] for line in lines if line.startswith("    "))
        return [_mutant(Path(folder), name, status in KILLED) for name, status in found.items()]


def _environment() -> dict[str, str]:
    """The copy is imported, not this checkout, and tests come in the same order each time."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def _run(folder: Path, say: Callable[[str], None]) -> None:
    arguments = [MUTMUT, "run", "--max-children", str(os.cpu_count() or 1)]
    last: list[str] = []
    with subprocess.Popen(  # noqa: S603
        arguments,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # a carriage return ends a line, too: it draws over itself
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = [*last[-40:], line.rstrip()]
            say(line.rstrip())
    if process.returncode:
        raise MutationError("\n".join(last))


def _said(folder: Path, *arguments: str) -> str:
    command = [MUTMUT, *arguments]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise MutationError(done.stdout + done.stderr)
    return done.stdout


def _mutant(folder: Path, name: str, is_killed: bool) -> Mutant:
    if is_killed:
        return Mutant(name, True)
    diff = _said(folder, "show", name).split("\n")[3:]  # below what it was found to be, and the names of the files
    return Mutant(name, False, _lines(diff, "-"), _lines(diff, "+"))


def _lines(diff: Iterable[str], sign: str) -> str:
    """The lines of a diff with this sign, on one line."""
    return " ".join(" ".join(line[1:].split()) for line in diff if line.startswith(sign))

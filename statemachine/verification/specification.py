"""The specifications: where they are, and their configurations.

A configuration `X.cfg` belongs to the module `X`; one in `twins`, `X-what-is-wrong.cfg`, is a red
twin of `X`, which must fail on the one property that it names.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

_PACKAGED: Final = Path(__file__).parent.parent / "specs"
_CHECKED_OUT: Final = Path(__file__).parent.parent.parent / "specs"

MODULES: Final = {"actions": "Actions", "classic-device": "ClassicDevice", "classic-cloud": "ClassicCloud"}
"""The module of each mode; with `Page` behind it, that of the page around it."""


def folder() -> Path:
    """Where the specifications are: in the installed package, or in the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKED_OUT


@attrs.frozen(slots=False)
class Model:
    """A configuration of a module: what TLC runs."""

    path: Path

    @property
    def name(self) -> str:
        """Its file's name, without the ending."""
        return self.path.stem

    @property
    def module(self) -> str:
        """The module that it configures."""
        return self.name.partition("-")[0]

    @property
    def mode(self) -> str:
        """The mode whose module that is."""
        return next(mode for mode, module in MODULES.items() if module == self.module.removesuffix("Page"))

    @property
    def is_twin(self) -> bool:
        """Whether it must fail."""
        return self.path.parent.name == "twins"

    @cached_property
    def text(self) -> str:
        """The configuration as it is written."""
        return self.path.read_text(encoding="utf-8")

    @property
    def comment(self) -> str:
        """What it says about itself, on one line."""
        return " ".join(line[2:].strip() for line in self.text.splitlines() if line.startswith("\\*"))

    @property
    def properties(self) -> tuple[str, ...]:
        """The invariants and properties that it names, in order."""
        return tuple(re.findall(r"^(?:INVARIANT|PROPERTY) (\w+)$", self.text, re.MULTILINE))

    def constants(self) -> dict[str, str]:
        """The constants that it sets, as text."""
        return dict(re.findall(r"^CONSTANT (\w+) = (.+)$", self.text, re.MULTILINE))


def models(mode: str | None = None, specs: Path | None = None) -> list[Model]:
    """Every configuration, of one mode or of all; those that must hold come first."""
    specs = specs or folder()
    found = [Model(path) for path in (*sorted(specs.glob("*.cfg")), *sorted(specs.glob("twins/*.cfg")))]
    return [model for model in found if mode in (None, model.mode)]

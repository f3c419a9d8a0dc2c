"""The bounds of `statemachine.bounds` as SECURITY.md shows them: `make generate` writes the table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import statemachine
from statemachine import bounds

ROOT: Final = Path(__file__).parent.parent
FILE: Final = ROOT / "SECURITY.md"


def rows(text: str | None = None) -> Iterator[tuple[str, str, str, str]]:
    """Every bound: its name, value, what is counted, and what happens there and why; from the text of the module."""
    package = Path(statemachine.__file__).parent
    text = (package / "bounds.py").read_text() if text is None else text
    for node, below in pairwise([*ast.parse(text).body, ast.Pass()]):
        if not isinstance(node, ast.AnnAssign):
            continue
        name, value = ast.unparse(node.target), getattr(bounds, ast.unparse(node.target))
        said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
        counted, _, reason = str(said).partition(". ")
        yield f"`{name}`", f"{value:,}".removesuffix(".0"), counted.removesuffix("."), reason

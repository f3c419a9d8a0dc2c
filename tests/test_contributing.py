"""CONTRIBUTING.md and SECURITY.md name files and targets that there are, and `make help` lists every target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()


def absent(text: str) -> list[str]:
    """The files and the targets of make that a text names, and that are not there."""
    paths = re.findall(r"`((?:\.ci|tests|specs|statemachine)/[\w./]*|[A-Z_]+\.md|[\w-]+\.(?:toml|lock))`", text)
    paths += re.findall(r"(?<= )tests/[\w./]+", text)
    gone = [path for path in paths if not (ROOT / path.rstrip(".")).exists()]
    return gone + [name for name in re.findall(r"\bmake ([a-z]+)\b(?=`| +#)", text) if f"\n{name}:" not in MAKEFILE]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_what_the_pages_name_is_there(name: str) -> None:
    """Every file, folder and target."""
    assert absent((ROOT / name).read_text()) == []


def test_a_file_and_a_target_that_are_not_there_are_noticed() -> None:
    """The red twin."""
    assert absent("run `make nothing`, and read `tests/nothing.py`") == ["tests/nothing.py", "nothing"]


def test_every_target_says_what_it_does() -> None:
    """`make help` lists it with a sentence."""
    targets = re.search(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)
    assert targets is not None
    for target in targets[1].split():
        assert re.search(rf"^{target}:.*  ## \w", MAKEFILE, re.MULTILINE), target

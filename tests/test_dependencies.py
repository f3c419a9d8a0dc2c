"""The lock file fits pyproject.toml, every line of it has its hashes, and every licence is known and allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import licences
from tests.dependencies import declared, needed
from tests.licences import EXTRAS, FILE, LOCK, licence, locked, npm, page

TEXT = LOCK.read_text()
PERMISSIVE = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "PSF-2.0", "Zlib"}
"""What a run may need: none of these asks anything of those who use this library."""


def unlocked(versions: Mapping[str, str]) -> list[str]:
    """The requirements of pyproject.toml that a lock does not satisfy, extras and development included."""
    asked = [text for extra in ("", "test", "lint", *EXTRAS) for text in declared(extra)]
    found = []
    for requirement in map(Requirement, asked):
        version = versions.get(canonicalize_name(requirement.name))
        is_asked = requirement.marker is None or requirement.marker.evaluate({"extra": "", "python_version": "3.11"})
        if not requirement.extras and is_asked and (version is None or not requirement.specifier.contains(version)):
            found.append(str(requirement))
    return list(dict.fromkeys(found))


def test_the_lock_satisfies_pyproject() -> None:
    """Every requirement has a version in the lock that it allows; else run `make lock`."""
    assert unlocked(locked()) == []


def test_a_version_that_is_missing_or_too_old_is_noticed() -> None:
    """The red twins."""
    without = {name: version for name, version in locked().items() if name != "attrs"}
    assert unlocked(without) == ["attrs>=23.2"]
    assert unlocked({**without, "attrs": "22.1.0"}) == ["attrs>=23.2"]


def test_every_line_of_the_lock_has_hashes_and_no_place() -> None:
    """Pip checks what it fetches, and the lock names no registry."""
    assert len(re.findall(r"^[a-z0-9._-]+==", TEXT, re.MULTILINE)) == len(locked()) > 50
    entries = re.split(r"^(?=[a-z0-9._-]+==)", TEXT, flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in TEXT


def forbidden(names: list[str], of: Callable[[str], str] = licence) -> dict[str, str]:
    """The distributions among some whose licence is unknown, or asks more than that it be named."""
    found = {}
    for name in names:
        spoken = of(name)
        terms = set(re.split(r" (?:AND|OR) ", spoken.replace("(", "").replace(")", "")))
        if not spoken or not terms <= PERMISSIVE:
            found[name] = spoken
    return found


def test_what_a_run_needs_is_under_permissive_licences() -> None:
    """No copyleft and nothing unknown among the dependencies of the package without extras."""
    assert forbidden(needed(declared())) == {}


@pytest.mark.parametrize("spoken", ["", "GPL-3.0-only", "MIT AND LGPL-3.0-only", "UNKNOWN"])
def test_a_licence_that_is_unknown_or_copyleft_is_noticed(spoken: str) -> None:
    """The red twins."""
    assert forbidden(["attrs"], lambda name: spoken) == {"attrs": spoken}


def test_every_licence_is_known_and_listed() -> None:
    """THIRD_PARTY.md is what the lock and the metadata give now (`make generate`), and no cell of licences is empty."""
    assert [name for name in locked() if not licence(name)] == []
    assert [name for name, spoken in npm() if not spoken] == []
    assert FILE.read_text() == page()


def test_a_distribution_more_in_the_lock_makes_the_list_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin."""
    monkeypatch.setattr(licences, "locked", lambda: {**locked(), "pip": "1"})
    assert page() != FILE.read_text()

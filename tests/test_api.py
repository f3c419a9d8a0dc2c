"""The public names: what others build on changes only when tests/api.txt, and so the changelog, does."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import statemachine
from statemachine import Judge, suites
from tests.api import FILE, modules, rendered


def test_the_public_names_and_their_signatures_are_those_that_are_written_down() -> None:
    """`make generate` writes them again: what is then gone or changed needs a new major version."""
    assert rendered(modules()) == FILE.read_text(), "the public API has changed: see CONTRIBUTING.md, Versions"


def test_a_changed_name_parameter_or_member_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twins: a name less, another parameter, a method less, and the text is another one."""

    def payload(self: Judge, payload: object) -> None:
        """Lack `file`."""

    written = rendered(modules())
    for thing, name, value in [
        (statemachine, "__all__", statemachine.__all__[1:]),
        (Judge, "payload", payload),
        (suites, "run_suite", lambda mode: None),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(thing, name, value)
            assert rendered(modules()) != written


def defined(module: str, name: str, thing: Any) -> tuple[str, str]:
    """Where Pyright finds a public name: where it is defined, or where it is exported."""
    home = getattr(thing, "__module__", None) if inspect.isclass(thing) or inspect.isfunction(thing) else None
    return (f"{home}.{name}", name) if home else (f"{module}.{name}", name)


def incomplete(package: Path, folder: Path) -> list[str]:
    """The public names of a package for which Pyright does not know the whole type; `folder` is empty."""
    site = folder / "lib" / "site-packages"  # Pyright looks for py.typed in installed packages only
    shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    script = str(Path(sys.executable).with_name("basedpyright"))
    arguments = [script, "--pythonpath", sys.executable, "--verifytypes", package.name, "--ignoreexternal"]
    done = subprocess.run(  # noqa: S603
        [*arguments, "--outputjson"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)["typeCompleteness"]
    assert Path(found["pyTypedPath"]) == site / package.name / "py.typed"
    public = tuple(
        defined(name, exported, getattr(module, exported))[0]
        for name, module in modules().items()
        for exported in module.__all__
    )
    return [
        symbol["name"]
        for symbol in found["symbols"]
        if symbol["isExported"] and not (symbol["isTypeKnown"] and not symbol["isTypeAmbiguous"])
        if symbol["name"] in public or symbol["name"].startswith(tuple(f"{name}." for name in public))
    ]


PACKAGE = Path(statemachine.__file__).parent


def test_pyright_knows_the_type_of_every_public_name(tmp_path: Path) -> None:
    """`--verifytypes` finds none that is unknown or could be inferred in two ways."""
    assert incomplete(PACKAGE, tmp_path) == []


def test_a_public_name_without_a_type_is_noticed(tmp_path: Path) -> None:
    """The red twin: `Judge.payload` without the type of its parameter."""
    changed = tmp_path / "changed" / "statemachine"
    shutil.copytree(PACKAGE, changed, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    log = changed / "log.py"
    log.write_text(log.read_text().replace("def payload(self, payload: object", "def payload(self, payload"))
    assert "statemachine.log.Judge.payload" in incomplete(changed, tmp_path / "twin")

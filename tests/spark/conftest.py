"""One local Spark for all: without it, or without Java, these tests are left out, and that is said."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.left_out import leave_out
from tests.spark.session import environment, session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PACKAGES = ("pyspark", "pandas", "pyarrow", "google.protobuf")


def left_out(lacking: str) -> NoReturn:
    """End a test, as left out or as failed."""
    leave_out(f"Spark was not run: there is no {lacking} (the extra `spark`; `verify` has a Java)")


@pytest.fixture(scope="session")
def packages() -> None:
    """What is to be installed."""
    for name in PACKAGES:
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            left_out(name)


@pytest.fixture(scope="session")
def spark(packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The session."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patched:
        try:
            needed = environment(folder)
        except ImportError:
            left_out("Java")
        for name, value in needed.items():
            patched.setenv(name, value)
        made = session(folder)
        yield made
        made.stop()

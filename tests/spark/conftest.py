"""One local Spark for all: without it, or without Java, these tests are left out, and that is said."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.spark.session import environment, session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REQUIRED = "STATEMACHINE_TEST_SPARK"
"""Set to `required`, what is left out fails: so it is in `.ci/run`."""
PACKAGES = ("pyspark", "pandas", "pyarrow", "google.protobuf")


def left_out(lacking: str) -> None:
    """End a test, as left out or as failed."""
    reason = f"Spark was not run: there is no {lacking} (the extra `spark`; `verify` has a Java)"
    (pytest.fail if os.environ.get(REQUIRED) == "required" else pytest.skip)(reason)


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

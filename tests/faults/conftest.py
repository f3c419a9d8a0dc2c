"""One process that the runs of a module's tests are copies of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.runs import Runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Who begins runs."""
    with Runner(tmp_path_factory.mktemp("runs")) as made:
        yield made

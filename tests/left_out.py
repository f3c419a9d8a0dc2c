"""What a test needs and a machine may lack: without it the test is left out, and that is said."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

EVERYTHING = "STATEMACHINE_TEST_EVERYTHING"
"""Set to `required`, what is left out fails: so it is in `.ci/run`."""


def leave_out(reason: str) -> NoReturn:
    """End a test, as left out or as failed."""
    if os.environ.get(EVERYTHING) == "required":
        pytest.fail(reason)
    pytest.skip(reason)

"""The profiles of Hypothesis, and what a night does to properties that say how many examples they take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from tests import depth

depth.register()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a property with settings of its own 100 times its examples, in the profile `nightly`."""
    for item in items:
        test: Any = getattr(item, "obj", None)
        function = getattr(test, "__func__", test)
        own = getattr(function, "_hypothesis_internal_use_settings", None)
        if not isinstance(own, settings) or own.max_examples == settings().max_examples:
            continue  # none of its own: those of the profile
        if function.__dict__.setdefault("examples_of_a_day", own.max_examples) == own.max_examples:
            function._hypothesis_internal_use_settings = settings(own, max_examples=depth.times(own.max_examples))

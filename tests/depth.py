"""How many examples a property takes: a night has 100 times those of a day."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, settings

NIGHTLY, SYMBOLIC, SUITE = "nightly", "symbolic", "suite"
DEEPER: Final = 100


def register() -> None:
    """Register the profiles of Hypothesis, and load the one of the suite.

    `suite` is the same for every run: no deadline (machines differ), no saved examples. `nightly` takes other examples
    each time. `symbolic` has a solver look for those that take another branch, which is slow: so few.
    """
    settings.register_profile(SUITE, deadline=None, database=None, derandomize=True)
    suite = settings.get_profile(SUITE)
    examples = suite.max_examples * DEEPER
    settings.register_profile(NIGHTLY, suite, derandomize=False, max_examples=examples, print_blob=True)
    settings.register_profile(
        SYMBOLIC, suite, derandomize=False, print_blob=True, backend="crosshair", suppress_health_check=[*HealthCheck]
    )
    settings.load_profile(SUITE)


def times(examples: int) -> int:
    """The examples that a property takes which says how many: in a night more."""
    return examples * DEEPER if settings.get_current_profile_name() == NIGHTLY else examples

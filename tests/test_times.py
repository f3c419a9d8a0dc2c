"""Timestamps: every form that logs have, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.bulk.times import LATEST, Micros, epoch_us
from statemachine.suites.strategies import json_values

T = 1795428000_123456
"""2026-11-23T10:00:00.123456Z"""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-23T10:00:00.123456Z", T),
        ("2026-11-23 10:00:00.123456", T),
        ("2026-11-23 10:00:00.123456 UTC", T),
        ("2026-11-23T12:00:00.123456+02:00", T),
        ("2026-11-23T04:30:00.123456-0530", T),
        ("2026-11-23T10:00:00.123Z", T // 1000 * 1000),
        ("2026-11-23T10:00:00.1Z", T - 23456),
        ("2026-11-23T10:00:00.123456789Z", T),
        ("2026-11-23T10:00:00Z", T - 123456),
        ("2026-11-23T10:00Z", T - 123456),
        ("2026-11-23", T - 123456 - 36_000_000_000),
        (T // 1000, T // 1000 * 1000),
        (T // 1_000_000, T - 123456),
        (str(T // 1000), T // 1000 * 1000),
        (str(T // 1_000_000), T - 123456),
        (f"{T // 1_000_000}.5", T - 123456 + 500_000),
        (T // 1_000_000 + 0.5, T - 123456 + 500_000),
        (Micros(T), T),
    ],
)
def test_every_form_is_read(raw: object, expected: int) -> None:
    """ISO 8601 with an offset or in UTC, with a T or a space; seconds and milliseconds; as text too."""
    assert epoch_us(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        *(None, True, "", "yesterday", "2026-13-01", "2026-11-23T25:00:00Z", "23.11.2026", -1, 10**30, float("nan")),
        *(
            float("inf"),
            1e300,
            1e308,
            "9" * 5_000,
            "2026-11-23T10:00:00Z" + " " * 100,
            [],
            {},
            b"2026",
            "２０２６-11-23",
        ),
    ],
)
def test_nothing_else_is(raw: object) -> None:
    """The red twin: what is no time is none, and no error."""
    assert epoch_us(raw) is None


@given(json_values | st.text() | st.floats() | st.integers() | st.datetimes().map(str))
def test_whatever_it_is(raw: object) -> None:
    """A time within the years 1970 to 9999, or none."""
    found = epoch_us(raw)
    assert found is None or 0 <= found < LATEST


@given(st.datetimes(min_value=datetime(1970, 1, 2)))
def test_text_keeps_the_order_of_times(moment: datetime) -> None:
    """To the microsecond."""
    exact = (moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(
        microseconds=1
    )
    assert epoch_us(moment.isoformat()) == exact

"""The bulk path, the path line by line, and a window query written from the law find the same in plain logs."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from statemachine.bulk.workers import Workers
from tests.bulk.duckdb_oracle import MUTANTS, findings, mutated
from tests.bulk.logs import DrawnBy, plain_logs, plain_payload
from tests.bulk.test_equality import Result, by_line, in_bulk

EVENTS = 50_000


def codes(result: Result) -> set[tuple[int | None, str]]:
    """Line and code of every finding, none of which is there twice."""
    found = [(finding.line, finding.code) for finding in result.findings]
    assert len(found) == len(set(found))
    return set(found)


@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
@given(plain_logs())
def test_the_window_query_finds_the_same(lines: list[str]) -> None:
    """On random plain logs, in one block and in many."""
    expected = findings(lines)
    log = "\n".join(lines).encode()
    assert codes(by_line(log, "actions")) == expected
    assert codes(in_bulk(log, "actions")) == expected
    assert codes(in_bulk(log, "actions", size=500)) == expected


@pytest.fixture(scope="module")
def large() -> list[str]:
    """A log of 50 thousand events of 700 devices, from a fixed seed."""
    rng = random.Random(7)

    class Seeded(DrawnBy):
        def integer(self, low: int, high: int) -> int:
            return rng.randint(low, high)

    return [json.dumps(plain_payload(Seeded(), devices=700, messages=4 * EVENTS)) for _ in range(EVENTS)]


def test_on_a_large_log_too(large: list[str]) -> None:
    """Every kind of finding is among those of 50 thousand events, and they are the same, in processes as well."""
    expected = findings(large)
    log = "\n".join(large).encode()
    with Workers(2) as two:
        assert codes(in_bulk(log, "actions", size=2**18, workers=two)) == expected
    assert codes(by_line(log, "actions")) == expected
    every = {"SR111", "SR112", "SR113", "SR115", "SR121", "SR122", "SR123", "SR125", "SR201", "SR301", "SR321"}
    assert {code for _, code in expected} == every


@pytest.mark.parametrize("name", MUTANTS)
def test_a_query_that_is_wrong_in_one_thing_is_noticed(name: str) -> None:
    """The red twins: some random log tells a mutated query from the law."""

    def differs(lines: list[str]) -> bool:
        return findings(lines, mutated(name)) != codes(in_bulk("\n".join(lines).encode(), "actions"))

    unshrunk: Any = settings(
        max_examples=2_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(plain_logs(), differs, settings=unshrunk)

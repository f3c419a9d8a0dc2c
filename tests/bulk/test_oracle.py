"""The bulk path, the path line by line, and a window query written from the law find the same in plain logs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine.bulk.workers import Workers
from tests.bulk.duckdb_oracle import MODES, MUTANTS, findings, mutated, query_of
from tests.bulk.logs import DrawnBy, plain_logs, plain_payload
from tests.bulk.test_equality import Result, by_line, in_bulk

EVENTS = 50_000
DATA = Path(__file__).parent.parent / "data"


def codes(result: Result) -> set[tuple[int | None, str]]:
    """Line and code of every finding, none of which is there twice."""
    found = [(finding.line, finding.code) for finding in result.findings]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=100, deadline=None, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_the_window_query_finds_the_same(mode: str, data: st.DataObject) -> None:
    """On random plain logs, in one block and in many."""
    lines = data.draw(plain_logs(mode))
    expected = findings(lines, query_of(mode))
    log = "\n".join(lines).encode()
    assert codes(by_line(log, mode)) == expected
    assert codes(in_bulk(log, mode)) == expected
    assert codes(in_bulk(log, mode, size=500)) == expected


def large(mode: str) -> list[str]:
    """A log of 50 thousand events of 700 devices, from a fixed seed."""
    rng = random.Random(7)

    class Seeded(DrawnBy):
        def integer(self, low: int, high: int) -> int:
            return rng.randint(low, high)

    return [json.dumps(plain_payload(Seeded(), mode, devices=700, messages=4 * EVENTS)) for _ in range(EVENTS)]


ANY_MODE = {"SR111", "SR112", "SR113", "SR115", "SR121", "SR122", "SR123", "SR125", "SR201"}
ITS_OWN = {"actions": {"SR301", "SR321"}, "classic-device": set[str](), "classic-cloud": {"SR124", "SR313", "SR321"}}


@pytest.mark.parametrize("mode", MODES)
def test_on_a_large_log_too(mode: str) -> None:
    """Every kind of finding is among those of 50 thousand events, and they are the same, in processes as well."""
    lines = large(mode)
    expected = findings(lines, query_of(mode))
    log = "\n".join(lines).encode()
    with Workers(2) as two:
        assert codes(in_bulk(log, mode, size=2**18, workers=two)) == expected
    assert codes(by_line(log, mode)) == expected
    assert {code for _, code in expected} == ANY_MODE | ITS_OWN[mode]


@pytest.mark.parametrize("mode", ["actions", "classic-cloud"])  # in device-mode, Segment has copies without IDs only
def test_on_the_captures_too(mode: str) -> None:
    """Real traffic, every event."""
    paths = [*DATA.glob(f"segment-{mode}*.ndjson")]
    assert paths
    for path in paths:
        log = path.read_bytes()
        assert codes(by_line(log, mode)) == findings(log.decode().splitlines(), query_of(mode)) != set(), path.name


@pytest.mark.parametrize("name", MUTANTS)
def test_a_query_that_is_wrong_in_one_thing_is_noticed(name: str) -> None:
    """The red twins: some random log tells a mutated query from the law."""
    mode, query = MUTANTS[name][0], mutated(name)

    def differs(lines: list[str]) -> bool:
        return findings(lines, query) != codes(in_bulk("\n".join(lines).encode(), mode))

    unshrunk: Any = settings(
        max_examples=2_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(plain_logs(mode), differs, settings=unshrunk)

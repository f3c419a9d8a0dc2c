"""Order by time and filters: what is found is what a sorted, filtered log has."""

from __future__ import annotations

import json
import random
from typing import Any
from unittest.mock import patch

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import TABLES, Finding, Judge, Log
from statemachine.bulk.logs import Bulk, Found
from statemachine.bulk.order import Choice, Sorter
from statemachine.bulk.times import epoch_us
from statemachine.bulk.work import Held, Lines
from statemachine.bulk.workers import Workers
from statemachine.event import events_of
from statemachine.fields import AMPLITUDE, SEGMENT
from tests.bulk.logs import LogBytes, payloads
from tests.bulk.logs import lines as any_lines
from tests.test_log import S1

TIMES = ["2026-11-23T10:00:0%dZ", "2026-11-23 10:00:0%d.000", "179542800%d", "179542800%d000"]
SIZES: dict[str, Any] = {"RUN_EVENTS": 5, "CHUNK_EVENTS": 2, "MOST_RUNS": 3}
"""So that a small log takes every way that a large one does."""


@st.composite
def timed_lines(draw: st.DrawFn, mode: str) -> bytes:
    """A payload with a time, or with none that is readable; at times something else."""
    if draw(st.integers(0, 9)) == 0:
        return LogBytes(draw(any_lines(mode)))
    payload = draw(payloads(mode))
    keys = (
        ["client_event_time", "event_time", "time"] if mode == "classic-device" else ["originalTimestamp", "timestamp"]
    )
    for key in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2)):
        time: object = draw(st.sampled_from(TIMES)) % draw(st.integers(0, 9))
        payload[key] = draw(st.sampled_from([time, time, time, time, "soon", None]))
    return LogBytes(json.dumps(payload).encode("utf-8", "surrogatepass"))


def logs(mode: str) -> st.SearchStrategy[list[list[bytes]]]:
    """Several logs, each as its lines."""
    size = st.sampled_from([1, 4, 12])
    return st.lists(size.flatmap(lambda n: st.lists(timed_lines(mode), min_size=n, max_size=n)), min_size=1, max_size=3)


@attrs.frozen
class Result:
    """What is found, and how many events were read, left out, and without a time."""

    findings: list[Finding]
    read: int
    outside: int
    timeless: int


def checked(given_logs: list[list[bytes]], mode: str, choice: Choice) -> Result:
    """The result of the code under test, in order of time if so chosen."""
    bulk = Bulk(Workers(1), choice=choice)
    found = [Found(f"log {n}") for n, _ in enumerate(given_logs)]
    folded = []
    sorter = Sorter()
    for n, log in enumerate(given_logs):
        text = b"".join(line.replace(b"\n", b" ") + b"\n" for line in log)
        half = text.find(b"\n", len(text) // 2) + 1

        def works(text: bytes = text, half: int = half) -> list[Lines]:
            return [Lines(Held(part)) for part in (text[:half], text[half:]) if part]

        if choice.by_time:
            list(bulk.sort(sorter, n, found[n], works, works, mode))
        else:
            folded += [one.folded for one in bulk.log(found[n], works, works, mode)]
    folded += [one.folded for one in bulk.in_order(sorter, found)]
    sorter.close()
    findings = [finding for one in folded for _, verdict in one.verdicts for finding in verdict.findings]
    counts = (sum(one.outside for one in found), sum(one.timeless for one in found))
    return Result([f for f in findings if f.code != "SR114"], sum(one.read for one in folded), *counts)


def expected(given_logs: list[list[bytes]], mode: str, choice: Choice) -> Result:
    """The same by one stable sort and one judge, event by event."""
    rows: list[tuple[int, str, Any]] = []
    last, outside, timeless = -1, 0, 0
    for n, log in enumerate(given_logs):
        for number, line in enumerate(log, 1):
            text = line.replace(b"\n", b" ").removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
            for item in events_of(number, text) if text.strip() else ():
                unreadable = not hasattr(item, "time")
                time = None if unreadable else epoch_us(getattr(item, "time"))  # noqa: B009
                timeless += time is None and not unreadable and choice.is_timed
                last = last if time is None else time
                device = getattr(item, "device_id", None)
                is_asked = not choice.devices or (isinstance(device, str) and device in choice.devices)
                since, until = choice.since or -1, choice.until or 2**62
                if unreadable or (is_asked and (last == -1 or since <= last) and last < until):
                    rows.append((last, f"log {n}", item))
                else:
                    outside += 1
    if choice.by_time:
        rows.sort(key=lambda row: row[0])

    quiet = {f"log {n}": _quiet(log, mode) for n, log in enumerate(given_logs)}
    judge = Judge.of(mode)
    verdicts = [judge.event(item, file=file, quiet=quiet[file]) for _, file, item in rows]
    return Result([f for verdict in verdicts for f in verdict.findings], len(rows), outside, timeless)


def _quiet(log: list[bytes], mode: str) -> frozenset[str]:
    texts = ((n, line.replace(b"\n", b" ").rstrip(b"\r\n")) for n, line in enumerate(log, 1))
    found = Log("log", mode)
    list(found.verdicts([(n, text.removeprefix(b"\xef\xbb\xbf")) for n, text in texts if text.strip()], {}))
    return frozenset({"SR111"}) if found.finding else frozenset()


def choices() -> st.SearchStrategy[Choice]:
    """Filters and orders."""
    edge = st.integers(0, 9).map(lambda second: 1795428000_000000 + second * 1_000_000)
    devices = st.sampled_from([frozenset[str](), frozenset({"visitor-1"}), frozenset({"visitor-2", "a/b"})])
    return st.builds(Choice, devices, st.none() | edge, st.none() | edge, st.booleans()).filter(bool)


drawn_logs = st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(logs(mode), st.just(mode), choices()))


@settings(max_examples=250, deadline=None, suppress_health_check=[*HealthCheck])
@given(drawn_logs)
def test_what_is_found_is_what_a_sorted_and_filtered_log_has(
    drawn: tuple[list[list[bytes]], str, Choice],
) -> None:
    """On random logs; and what is left out is counted: nothing is lost."""
    given_logs, mode, choice = drawn
    with patch.multiple("statemachine.bulk.order", **SIZES), patch("statemachine.bulk.logs.SORTED_EVENTS", 4):
        result = checked(given_logs, mode, attrs.evolve(choice))
    wanted = expected(given_logs, mode, choice)
    assert result == wanted


MUTANTS: dict[str, Any] = {
    "statemachine.bulk.order._position": lambda row: (row[0], -row[1]),
    "statemachine.bulk.order.Choice._carried": lambda self, times: times,
    "statemachine.bulk.order.Choice._is_asked": lambda self, raw, position: True,
    "statemachine.bulk.order.Choice.is_window": False,
    "statemachine.bulk.work.epoch_us": lambda raw: 5,
    "statemachine.bulk.payloads._TIMES": {True: SEGMENT.time[::-1], False: AMPLITUDE.time[::-1]},
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(name: str) -> None:
    """The red twins: a sort that is not stable, a time that is not carried, a filter that lets everything through."""

    def differs(drawn: tuple[list[list[bytes]], str, Choice]) -> bool:
        given_logs, mode, choice = drawn
        wanted = expected(given_logs, mode, choice)
        with patch.multiple("statemachine.bulk.order", **SIZES), patch(name, MUTANTS[name]):
            result = checked(given_logs, mode, attrs.evolve(choice))
        return result != wanted

    unshrunk = settings(
        max_examples=2_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(drawn_logs, differs, settings=unshrunk)


def test_a_shuffled_log_is_judged_as_it_was_written() -> None:
    """Whatever the order of its lines."""
    lines = [
        json.dumps(
            {
                "anonymousId": "visitor-1",
                "timestamp": S1 + n,
                "messageId": f"m{n}",
                "integrations": {"Actions Amplitude": {"session_id": S1 + n // 3}},
            }
        ).encode()
        for n in range(300)
    ]
    shuffled = random.Random(5).sample(lines, len(lines))
    with patch.multiple("statemachine.bulk.order", **SIZES):
        assert checked([shuffled], "actions", Choice(by_time=True)).findings == []
        assert checked([shuffled[:150], shuffled[150:]], "actions", Choice(by_time=True)).findings == []
    assert checked([shuffled], "actions", Choice(devices=frozenset({"visitor-1"}))).findings != []

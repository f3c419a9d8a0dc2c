"""Every way to check a log finds the same: a line at a time, a log at a time, and in bulk, however it is cut."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import TABLES, Finding, Judge, Log
from statemachine.bulk.blocks import blocks, is_blank, lines_of, pieces
from statemachine.bulk.fold import Fold
from statemachine.bulk.logs import Bulk, Found
from statemachine.bulk.narrow import OTHER, OWN_DEVICE, Narrowing
from statemachine.bulk.work import Held, Lines, Work
from statemachine.bulk.workers import Workers
from statemachine.event import Event, events_of
from tests.bulk.logs import lines, logs
from tests.test_log import S1, actions

DATA = Path(__file__).parents[1] / "data"
LOGS = sorted(DATA.glob("*.ndjson"))


@attrs.frozen
class Result:
    """What a check says of a log."""

    findings: list[Finding]
    read: int
    unreadable: int
    repeated: int
    sessions: int
    mode: str
    why: str


def cut(log: bytes, size: int) -> list[bytes]:
    """A log's blocks of about `size` bytes; all at once, for a patch that a generator holds may outlast the test."""
    with patch("statemachine.bulk.blocks.BLOCK_BYTES", size):
        return list(blocks(pieces(io.BytesIO(log), is_live=False)))


def works(log: bytes, size: int) -> Iterator[Work]:
    """The same as pieces of work."""
    return (Lines(Held(block)) for block in cut(log, size))


def numbered(log: bytes) -> Iterator[tuple[int, bytes]]:
    """A log's lines that are not blank."""
    number = 0
    for block in cut(log, 2**22):
        for line in lines_of(block):
            number += 1
            if not is_blank(line):
                yield number, line


def by_line(log: bytes, mode: str | None = None) -> Result:
    """A verdict for every event, a line at a time."""
    counted: Counter[str] = Counter()
    found = Log("log", mode)
    findings: list[Finding] = []
    for verdict in found.verdicts(numbered(log), {}):
        findings += verdict.findings
        counted["read"] += 1
        counted["unreadable"] += not verdict.judged
        counted["repeated"] += verdict.is_repeat
        counted["sessions"] += verdict.starts_session
    findings += [found.finding] if found.finding else []
    read, bad, repeated, sessions = (counted[name] for name in ("read", "unreadable", "repeated", "sessions"))
    return Result(findings, read, bad, repeated, sessions, found.mode or "", found.why)


def in_bulk(
    log: bytes, mode: str | None = None, *, size: int = 2**22, workers: Workers | None = None, repeatable: bool = True
) -> Result:
    """The same in bulk."""
    bulk = Bulk(workers or Workers(1))
    found = Found("log")
    folded = [
        one.folded
        for one in bulk.log(found, lambda: works(log, size), (lambda: works(log, size)) if repeatable else None, mode)
    ]
    findings = [finding for one in folded for _, verdict in one.verdicts for finding in verdict.findings]
    return Result(
        findings + ([found.finding] if found.finding else []),
        sum(one.read for one in folded),
        sum(one.unreadable for one in folded),
        sum(len(one.repeated) for one in folded),
        sum(one.sessions for one in folded),
        found.mode,
        found.why,
    )


def checked(examples: int) -> Callable[[Any], Any]:
    """Random logs of a mode, so many."""

    def wrap(test: Any) -> Any:
        given_logs = given(st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(st.just(mode), logs(mode))))
        return settings(max_examples=examples, deadline=None, suppress_health_check=[*HealthCheck])(given_logs(test))

    return wrap


@checked(300)
def test_bulk_is_line_by_line(drawn: tuple[str, bytes]) -> None:
    """On random logs, in one block and in many, from a file and from a pipe; with the mode detected and said."""
    mode, log = drawn
    expected = by_line(log)
    for size, together in ((2**22, 1), (2**22, 10**9), (700, 2), (1, 1)):
        with patch("statemachine.bulk.fold.TOGETHER", together):
            assert in_bulk(log, size=size) == expected
    assert in_bulk(log, size=700, repeatable=False) == expected
    assert in_bulk(log, mode) == by_line(log, mode)


@pytest.fixture(scope="module")
def two() -> Iterator[Workers]:
    """Two processes."""
    with Workers(2) as workers:
        yield workers


def test_processes_change_nothing(two: Workers) -> None:
    """On random logs, cut into blocks that two processes narrow."""

    @checked(60)
    def one(drawn: tuple[str, bytes]) -> None:
        _, log = drawn
        assert in_bulk(log, size=300, workers=two) == by_line(log)

    one()


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_real_traffic_too(path: Path, two: Workers) -> None:
    """Every capture, in blocks and in processes."""
    log = path.read_bytes()
    expected = by_line(log)
    assert expected.read
    for workers in (None, two):
        assert in_bulk(log, size=5_000, workers=workers) == expected


@settings(max_examples=600, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(st.just(mode), lines(mode))))
def test_a_narrowed_line_is_what_its_definition_says(drawn: tuple[str, bytes]) -> None:
    """Whatever typed decoding reads is what `events_of` reads; where it would not, it abstains."""
    mode, line = drawn
    table = TABLES[mode]
    text = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    if is_blank(text):
        return
    batch = Narrowing(table).block(line + b"\n")
    fold = Fold(table, Bulk(Workers(1)).devices, Judge.of(mode).recent)
    seen = [fold.event(batch, n) if session != OTHER else None for n, session in enumerate(batch.session.tolist())]
    others = iter(batch.others)
    events = [next(others) if one is None else one for one in seen]
    expected = list(events_of(0, text))
    assert len(events) == len(expected)
    for one, other in zip(events, expected, strict=True):
        assert _key(one, table.session_id_field) == _key(other, table.session_id_field)


def _key(event: Any, field: str) -> tuple[object, ...]:
    if not isinstance(event, Event):
        return (event,)
    tag = None if repr(event.replay_id) == "UNSET" else event.replay_id
    values = (event.path, event.is_segment, event.device_id, getattr(event, field), tag)
    return tuple((type(value).__name__, repr(value)) for value in values)


MUTANTS: dict[str, Any] = {
    "statemachine.bulk.fold._relations": lambda raw, current: np.ones_like(raw),
    "statemachine.bulk.fold.key_of": lambda device: 1,
    "statemachine.bulk.fold._tags": lambda replay: np.minimum(replay, OWN_DEVICE),
    "statemachine.bulk.narrow.SECONDS_BELOW": 0,
    "statemachine.bulk.narrow.are_sound_device_ids": lambda devices: True,
    "statemachine.bulk.narrow.REPLAY_CAPTURED": "",
    "statemachine.bulk.narrow.events_of": lambda line, text: iter(()),
    "statemachine.bulk.payloads._is_utf8": lambda data: True,
    "statemachine.bulk.payloads._are_framed": lambda characters, ends: True,
    "statemachine.bulk.payloads._is_shallow": lambda line: True,
}
DEEP = b'{"anonymousId":"visitor-1","x":' + b"[" * 992 + b"]" * 992 + b"}"
UNFRAMED = b'{"anonymousId":"visitor-1"} {"anonymousId":"visitor-1"}\n{"anonymousId":\n"visitor-1"}\n'
SECONDS = b"\n".join(
    json.dumps(actions(session, None, device)).encode()
    for session, device in ((S1, "visitor-1"), (S1 // 1000, "visitor-2"))
)
DIGITS = b'{"anonymousId":"visitor-1","x":' + b"9" * 5_000 + b"}"


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(name: str) -> None:
    """The red twins: a fold or a narrowing that is wrong in one thing finds something else in some random log."""
    some = st.sampled_from([*TABLES]).flatmap(logs)
    some |= st.sampled_from([DEEP, DIGITS, UNFRAMED, SECONDS])

    def differs(log: bytes) -> bool:
        expected = by_line(log)
        with patch(name, MUTANTS[name]), patch.dict("statemachine.bulk.workers._narrowing", clear=True):
            try:
                with patch("statemachine.bulk.fold.TOGETHER", 1):
                    return in_bulk(log) != expected or in_bulk(log, size=300) != expected
            except Exception:
                return True

    unshrunk = settings(
        max_examples=3_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(some, differs, settings=unshrunk)


@pytest.mark.parametrize(("log", "unreadable"), [(DEEP, 1), (DIGITS, 1), (UNFRAMED, 3)])
def test_what_only_json_refuses_is_unreadable(log: bytes, unreadable: int) -> None:
    """Typed decoding passes over what it does not need; such a line is as unreadable in bulk as alone."""
    assert in_bulk(log) == by_line(log)
    assert in_bulk(log).unreadable == unreadable

"""Many logs at once, for a job costs a second: random ones and the captures; and what every one of them must give."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings

from statemachine import Finding, Judge, Verdict
from statemachine.entrypoints.spark.verdicts import as_utf8
from statemachine.errors import shortened
from statemachine.event import events_of
from statemachine.finding import LONGEST_ID
from tests.bulk.logs import logs
from tests.bulk.test_equality import LOGS, by_line, numbered
from tests.test_hostile import HOSTILE
from tests.test_log import S1, S2, actions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Line: TypeAlias = tuple[str, int, bytes]
"""Which log, which line, and what is on it."""
Told: TypeAlias = tuple[str | None, ...]
SCHEMA = "source string, number long, value binary"
SURROGATES = b"\n".join(
    json.dumps(actions(session, None, device)).encode() for device in ("\ud800", "\udfff") for session in (S2, S1)
)
"""Two device IDs that UTF-8 has not, each going back once."""


@attrs.frozen
class Result:
    """What was said of a log: every finding, and how much was read, unreadable and repeated."""

    findings: Counter[Told]
    counts: Counter[str]


def drawn(mode: str, count: int) -> dict[str, bytes]:
    """Random logs of a mode, and every capture that is one."""
    found = {path.name: log for path in LOGS if by_line(log := path.read_bytes()).mode == mode}
    found["hostile"] = b"\n".join(line for line in HOSTILE.values() if b"\n" not in line and len(line) < 10_000)
    found["surrogates"] = SURROGATES

    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(logs(mode))
    def collect(log: bytes) -> None:
        found[f"random {len(found)}"] = log

    collect()
    return found


def lines_of(found: dict[str, bytes]) -> list[Line]:
    """Their lines."""
    return [(name, number, line) for name, log in found.items() for number, line in numbered(log)]


def frame(spark: SparkSession, lines: Iterable[Line]) -> DataFrame:
    """Lines as a data frame."""
    return spark.createDataFrame(as_arrow(lines), SCHEMA)


def as_arrow(lines: Iterable[Line]) -> pa.Table:
    """Lines as an Arrow table."""
    kinds = (("source", pa.string()), ("number", pa.int64()), ("value", pa.binary()))
    columns = [*zip(*lines, strict=True)]
    return pa.table({name: pa.array(column, kind) for (name, kind), column in zip(kinds, columns, strict=True)})


def told(finding: Finding, line: int | None) -> Told:
    """A finding as it is compared."""
    texts = [finding.device_id, finding.session_id, finding.replay_id]
    ids = [None if one is None else as_utf8(str(one)) for one in texts]
    return (finding.code, None if line is None else str(line), finding.message, *ids, finding.state)


def line_by_line(lines: Iterable[Line], mode: str, *, expect_replay_ids: bool = False) -> dict[str, Result]:
    """What every log must give, judged a line at a time in the order given. SR111 and SR114 are as without a log."""
    judges: dict[str, Judge] = {}
    results: dict[str, Result] = {}
    for name, number, line in lines:
        judge = judges.setdefault(name, Judge.of(mode, expect_replay_ids=expect_replay_ids))
        result = results.setdefault(name, Result(Counter(), Counter()))
        for item in events_of(number, line):
            verdict = judge.event(item)
            result.findings.update(told(finding, verdict.line) for finding in verdict.findings)
            result.counts.update(counts_of(verdict))
    return results


def counts_of(verdict: Verdict) -> dict[str, int]:
    """What a verdict counts for."""
    return {"read": 1, "unreadable": not verdict.judged, "repeated": verdict.is_repeat, "accepted": verdict.accepted}


def of_rows(rows: Iterable[Any]) -> dict[str, Result]:
    """The same, of verdict rows."""
    results: dict[str, Result] = {}
    for row in rows:
        result = results.setdefault(row.source, Result(Counter(), Counter()))
        device = row.device_id and shortened(row.device_id, LONGEST_ID)
        result.counts.update(read=1, unreadable=not row.judged, repeated=row.repeated, accepted=row.accepted)
        for one in row.findings:
            state = row.state if row.state or not row.judged else "uninitialised"
            ids = (device, one.session_id, one.replay_id)
            result.findings[(one.code, str(row.line), one.message, *ids, state)] += 1
    return results

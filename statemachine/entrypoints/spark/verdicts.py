"""Narrow rows × what is kept of the devices → verdict rows: the fold, as Spark's processes run it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import pyarrow as pa

from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold
from statemachine.bulk.narrow import Narrowing
from statemachine.entrypoints.spark.rows import Job, raw_of
from statemachine.finding import Finding
from statemachine.log import Recent
from statemachine.table import State
from statemachine.verdict import Verdict

FINDING: Final = "code string, name string, severity string, message string, session_id string, replay_id string"
"""A finding, as Spark has it."""
DDL: Final = (
    "source string, file string, line long, path string, device_id string, session_id long, replay_id string, "
    "judged boolean, accepted boolean, repeated boolean, state string, replay_session_id long, "
    f"findings array<struct<{FINDING.replace(' ', ':').replace(',:', ', ')}>>"
)
"""A verdict row, as Spark has it, before the columns that are kept."""
_HERE: Final = "-"
"""In place of a file: where an event is, its row says."""
_FINDING = pa.struct([(one.split()[0], pa.string()) for one in FINDING.split(", ")])


def folded(job: Job, batches: Iterable[Any]) -> Iterator[Any]:
    """Fold record batches of narrow rows, sorted by source, then device, then order."""
    narrowing, source, fold = Narrowing(job.table), "", None
    for batch in batches:
        first = 0
        for name, rows in groupby(batch.column("source").to_pylist()):
            count = sum(1 for _ in rows)
            if fold is None or name != source:
                source = name
                fold = Fold(job.table, Devices(), Recent(), expect_replay_ids=job.expect_replay_ids)
            yield verdicts(job, narrowing, fold, batch.slice(first, count))
            first += count


def verdicts(job: Job, narrowing: Narrowing, fold: Fold, rows: Any) -> Any:
    """Fold one record batch of narrow rows, all of one source, in the order that they have."""
    raw = raw_of(rows, job.table)
    fold.session_places[_HERE] = job.session_place
    result = fold.batch(narrowing.narrowed(raw), lambda position: (_HERE, 1))
    by_position = dict(result.verdicts)
    repeated, refused = set(result.repeated), set(result.refused)
    states = [_state(fold, code) for code in result.state.tolist()]
    sessions = [now or None if state else None for now, state in zip(result.session.tolist(), states, strict=True)]
    count = rows.num_rows
    columns = {
        **{name: rows.column(name) for name in ("source", "file", "line", "path")},
        "device_id": _text(rows.column("device")),
        "session_id": rows.column("session"),
        "replay_id": _text(rows.column("replay")),
        "judged": pa.array([_judged(by_position.get(n)) for n in range(count)], pa.bool_()),
        "accepted": pa.array([n not in refused and _accepted(by_position.get(n)) for n in range(count)], pa.bool_()),
        "repeated": pa.array([n in repeated for n in range(count)], pa.bool_()),
        "state": pa.array(states, pa.string()),
        "replay_session_id": pa.array(sessions, pa.int64()),
        "findings": pa.array([_findings(by_position.get(n)) for n in range(count)], pa.list_(_FINDING)),
        **{name: rows.column(passed) for passed, name in job.kept},
    }
    return pa.RecordBatch.from_pydict(columns)


def _state(fold: Fold, code: int) -> str | None:
    configuration = fold.state_of(code)
    return None if configuration is None else State(configuration[0]).value


def _judged(verdict: Verdict | None) -> bool:
    return verdict is None or verdict.judged


def _accepted(verdict: Verdict | None) -> bool:
    return verdict is None or verdict.accepted


def _findings(verdict: Verdict | None) -> list[dict[str, str | None]]:
    return [_finding(one) for one in verdict.findings] if verdict is not None else []


def _finding(finding: Finding) -> dict[str, str | None]:
    return {
        "code": finding.code,
        "name": finding.rule.name,
        "severity": finding.rule.severity.value,
        "message": finding.message,
        "session_id": None if finding.session_id is None else as_utf8(str(finding.session_id)),
        "replay_id": None if finding.replay_id is None else as_utf8(finding.replay_id),
    }


def as_utf8(text: str) -> str:
    r"""Text that UTF-8 can hold: a lone surrogate becomes its six characters `\ud800`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _text(column: Any) -> Any:
    """Bytes of text as text."""
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        given = column.to_pylist()
        made = [None if text is None else as_utf8(text.decode("utf-8", "surrogatepass")) for text in given]
        return pa.array(made, pa.string())

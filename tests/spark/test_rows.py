"""Without Spark: narrow rows lose nothing, wherever they are divided, and what is carried goes on from there."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import TABLES, StatemachineError
from tests.bulk.logs import logs
from tests.test_log import S1, actions

if TYPE_CHECKING:
    from tests.spark.logs import Result

pytestmark = pytest.mark.usefixtures("packages")
SOURCE = "a log"
slow = settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
moded_logs = st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(st.just(mode), logs(mode)))


def in_rows(mode: str, log: bytes, seed: int) -> dict[str, Result]:
    """A log through narrow rows: divided by key, shuffled, sorted again, and carried from one batch to the next."""
    import pyarrow as pa

    from statemachine.bulk.narrow import Narrowing
    from statemachine.entrypoints.spark.carried import dumped, restored
    from statemachine.entrypoints.spark.rows import Job, narrowed
    from statemachine.entrypoints.spark.verdicts import verdicts
    from tests.spark.logs import as_arrow, lines_of, of_rows

    job, chance = Job(mode, False, (), ()), random.Random(seed)
    lines = lines_of({SOURCE: log})
    if not lines:
        return {}
    given = as_arrow(lines)
    given = given.rename_columns(["source", "line", "value"]).append_column("file", given.column("source"))
    rows = pa.Table.from_batches(narrowed(job, given.to_batches(max_chunksize=chance.choice([1, 3, 100]))))
    parts: dict[bytes, list[int]] = {}
    for n, key in enumerate(rows.column("key").to_pylist()):
        parts.setdefault(key, []).append(n)
    found = []
    for places in parts.values():
        chance.shuffle(places)
        part = rows.take(places).sort_by([("line", "ascending"), ("nth", "ascending")]).combine_chunks()
        kept = None
        for batch in part.to_batches(max_chunksize=chance.choice([1, 2, 50])):
            carried = restored(kept, job.table, 1_000)
            found += verdicts(job, Narrowing(job.table), carried.fold, batch).to_pylist()
            kept = dumped(carried, job.table)
    return of_rows(map(Row, found))


class Row:
    """A dictionary as Spark gives rows."""

    def __init__(self, values: dict[str, Any]) -> None:
        vars(self).update(values)
        self.findings = [type("Finding", (), one) for one in values.get("findings") or ()]


def alone(mode: str, log: bytes) -> dict[str, Result]:
    """The same a line at a time."""
    from tests.spark.logs import line_by_line, lines_of

    return line_by_line(lines_of({SOURCE: log}), mode)


def test_what_another_version_kept_is_refused() -> None:
    """So is what was kept for another mode, and what is no such thing at all."""
    from statemachine.entrypoints.spark.carried import VERSION, dumped, restored

    table = TABLES["actions"]
    kept = dumped(restored(None, table, 10), table)
    assert dumped(restored(kept, table, 10), table) == kept
    for data, other in (
        (bytes([VERSION + 1]) + kept[1:], table),
        (kept, TABLES["classic-cloud"]),
        (kept[:-1], table),
        (b"", table),
    ):
        with pytest.raises(StatemachineError, match="begin with a new checkpoint"):
            restored(data, other, 10)


@slow
@given(moded_logs, st.integers(0, 10))
def test_narrow_rows_are_line_by_line(drawn: tuple[str, bytes], seed: int) -> None:
    """On random logs, of any division into partitions and batches, with what is kept written and read in between."""
    assert in_rows(*drawn, seed) == alone(*drawn)


TRUE = b"\n".join(json.dumps(actions(session)).encode() for session in (S1, True, S1))
MUTANTS: dict[str, Any] = {
    "statemachine.entrypoints.spark.rows._outline": lambda value: None,
    "statemachine.entrypoints.spark.rows.is_int64": lambda value: isinstance(value, int) and abs(value) < 2**63,
    "statemachine.entrypoints.spark.rows.REPLAY_CAPTURED": "",
    "statemachine.entrypoints.spark.rows.digest_of": lambda device: random.randbytes(16),
    "statemachine.entrypoints.spark.carried.Recent.of": lambda older, newer, window: __import__(
        "statemachine.log", fromlist=["Recent"]
    ).Recent(window),
    "statemachine.entrypoints.spark.carried.Devices.restored": lambda columns: __import__(
        "statemachine.bulk.devices", fromlist=["Devices"]
    ).Devices(),
    "statemachine.entrypoints.spark.carried._text": lambda data: "",
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(name: str) -> None:
    """The red twins: rows that lose a type, keys that part a device, and state that is not carried."""

    def differs(drawn: tuple[str, bytes]) -> bool:
        expected = alone(*drawn)
        with patch(name, MUTANTS[name]):
            try:
                return in_rows(*drawn, 1) != expected
            except Exception:
                return True

    unshrunk = settings(
        max_examples=3_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(moded_logs | st.just(("actions", TRUE)), differs, settings=unshrunk)

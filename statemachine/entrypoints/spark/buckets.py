"""Narrow rows of a micro-batch, packed by bucket; and the stateful processor that folds a bucket's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Row
from pyspark.sql.streaming.stateful_processor import StatefulProcessor

from statemachine.bulk.narrow import Narrowing
from statemachine.entrypoints.spark.carried import dumped, restored
from statemachine.entrypoints.spark.rows import Job, narrowed
from statemachine.entrypoints.spark.verdicts import verdicts

PACKED: Final = "source string, bucket int, rows binary"
"""A packet of narrow rows, as Spark has it: an Arrow stream."""
VERDICTS: Final = "rows binary"
ROWS_AT_ONCE: Final = 65_536


def packed(job: Job, buckets: int, batches: Iterable[Any]) -> Iterator[Any]:
    """Narrow record batches of lines, and put every bucket's rows into a packet. Spark then moves few rows."""
    for rows in narrowed(job, batches):
        if not rows.num_rows:
            continue
        keys = np.frombuffer(b"".join(rows.column("key").to_pylist()), np.uint64)[::2]
        sources = rows.column("source").to_pylist()
        places: dict[tuple[str | None, int], list[int]] = {}
        for n, place in enumerate(zip(sources, (keys % np.uint64(buckets)).tolist(), strict=True)):
            places.setdefault(place, []).append(n)
        columns = {
            "source": pa.array([source for source, _ in places], pa.string()),
            "bucket": pa.array([bucket for _, bucket in places], pa.int32()),
            "rows": pa.array([_stream([rows.take(pa.array(found))]) for found in places.values()], pa.binary()),
        }
        yield pa.RecordBatch.from_pydict(columns)


def unpacked(batches: Iterable[Any]) -> Iterator[Any]:
    """The rows of packets."""
    for batch in batches:
        for packet in batch.column("rows").to_pylist():
            yield from pa.ipc.open_stream(packet)


def _stream(batches: list[Any]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return bytes(sink.getvalue())


def _sorted(rows: Any, order: list[str]) -> Any:
    """Rows as Spark sorts them: ascending, null first."""
    keys = {}
    for n, name in enumerate(order):
        keys[f"is there {n}"], keys[f"{n}"] = rows.column(name).is_valid(), rows.column(name)
    return rows.take(pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys]))


class Bucket(StatefulProcessor):
    """Folds what arrives of a bucket's devices, sorted, and keeps what the next micro-batch needs."""

    def __init__(self, job: Job, order: list[str], window: int) -> None:
        self._job = job
        self._order = order
        self._window = window

    def init(self, handle: Any) -> None:
        """Name the state. Called once a process and micro-batch."""
        self._kept = handle.getValueState("kept", "kept binary")
        self._narrowing = Narrowing(self._job.table)

    def handleInputRows(self, key: Any, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:  # noqa: N802, N803
        """Take the packets of one bucket; give a packet of verdict rows."""
        job = self._job
        arrived = pa.Table.from_batches([batch for row in rows for batch in pa.ipc.open_stream(bytes(row.rows))])
        arrived = _sorted(arrived, self._order)
        kept = self._kept.get()
        carried = restored(
            None if kept is None else bytes(kept[0]),
            job.table,
            self._window,
            expect_replay_ids=job.expect_replay_ids,
        )
        made = [
            verdicts(job, self._narrowing, carried.fold, batch)
            for batch in arrived.combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE)
        ]
        self._kept.update((dumped(carried, job.table),))
        yield Row(rows=_stream(made))

    def close(self) -> None:
        """Nothing is held open."""

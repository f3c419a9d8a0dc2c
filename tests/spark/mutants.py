"""Jobs that are wrong in one thing. Spark's processes import them from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import pyarrow as pa

from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold
from statemachine.bulk.narrow import Narrowing
from statemachine.entrypoints.spark import buckets, rows, verdicts
from statemachine.log import Recent

NO_TIES: tuple[str, ...] = ()


def no_order(job: rows.Job) -> list[str]:
    """Sort by device only."""
    return []


def folded_anew(job: rows.Job, batches: Iterable[Any]) -> Iterator[Any]:
    """Every record batch is folded as if it were the first."""
    for batch in batches:
        yield from verdicts.folded(job, [batch])


def folded_across(job: rows.Job, batches: Iterable[Any]) -> Iterator[Any]:
    """What is kept of one source is taken for another's."""
    narrowing, fold = Narrowing(job.table), Fold(job.table, Devices(), Recent())
    for batch in batches:
        yield verdicts.verdicts(job, narrowing, fold, batch)


def narrowed_to_numbers(job: rows.Job, batches: Iterable[Any]) -> Iterator[Any]:
    """What is no integer is not there."""
    for batch in rows.narrowed(job, batches):
        at = batch.schema.get_field_index("odd")
        readable = [None if odd is None or b'"code"' not in odd else odd for odd in batch.column("odd").to_pylist()]
        yield batch.set_column(at, "odd", pa.array(readable, pa.binary()))


class Forgetful(buckets.Bucket):
    """Keeps nothing from one micro-batch to the next."""

    def init(self, handle: Any) -> None:
        """Have no state."""
        super().init(handle)
        self._kept = Nothing()


class Unsorted(buckets.Bucket):
    """Takes events as they come."""

    def __init__(self, job: rows.Job, order: list[str], window: int) -> None:
        super().__init__(job, ["nth"], window)


@attrs.define
class Nothing:
    """A state that is always empty."""

    def get(self) -> None:
        """There is nothing."""

    def update(self, value: Any) -> None:
        """It is not kept."""

"""Folded batches → rows, one a device: what `check --by-device` writes.

| column | type | what |
| --- | --- | --- |
| `device_id` | text | null for all payloads together that name no device or are unreadable |
| `events` | int64 | its payloads, with those delivered again |
| `findings`, `errors`, `warnings` | int64 | of them; those that are selected |
| `codes` | map of text to int64 | how many findings of every code |
| `first_session_id`, `last_session_id` | int64 | its replay sessions, epoch milliseconds; null where there was none |
| `last_state` | text | the device's state after its last event; null where there was none |

In the order in which the devices first appear; about what this run has read. Some fifty bytes a device are kept in
memory, and as many for every code that it has; the device IDs are in a temporary file.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import numpy as np

from statemachine.bulk.columnar import ParquetFile, named, texts
from statemachine.bulk.devices import Devices
from statemachine.bulk.logs import Judged
from statemachine.bulk.narrow import NO_DEVICE, Batch
from statemachine.bulk.output import NO_STATE, STATES, Selects, states_of
from statemachine.errors import UnwritableFileError
from statemachine.rules import RULES, Severity

NUMBER: Final = "number"
"""The column of `Devices` with a device's number in this run, from 1; 0 before it is seen."""
CODES: Final = {code: n for n, code in enumerate(RULES)}
_MANY: Final = 2**16
_CHUNK_BYTES: Final = 2**24
_CODE_BITS: Final = 8
_KINDS: Final = {"events": np.uint32, "first": np.int64, "last": np.int64, "state": np.int8}


def schema() -> Any:
    """The columns, as pyarrow has them."""
    import pyarrow as pa

    kinds: dict[str, Any] = {
        "device_id": pa.string(),
        **dict.fromkeys(("events", "findings", "errors", "warnings"), pa.int64()),
        "codes": pa.map_(pa.string(), pa.int64()),
        **dict.fromkeys(("first_session_id", "last_session_id"), pa.int64()),
        "last_state": pa.dictionary(pa.int32(), pa.string()),
    }
    return pa.schema(list(kinds.items()))


class ByDevice:
    """The summary of a run by device, on its way to a file."""

    def __init__(self, path: str, selects: Selects, devices: Devices) -> None:
        """Begin; `devices` are those of the folds. Raises UnwritableFileError."""
        self.file = ParquetFile(path, schema())
        self._selects = selects
        self._devices = devices
        devices.with_columns(**{NUMBER: np.uint32})
        self._count = 0
        self._columns: dict[str, Any] = {name: np.zeros(1024, kind) for name, kind in _KINDS.items()}
        self._columns["state"][:] = NO_STATE
        try:
            self._names = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `discard`)
        except OSError as error:
            self.file.discard()
            raise self._unwritable(error) from error
        self._lengths = np.zeros(1024, np.uint32)
        self._noted = array("Q")
        self._codes, self._counts = np.zeros(0, np.uint64), np.zeros(0, np.int64)

    def batch(self, judged: Judged) -> None:
        """Count the payloads of a batch. Raises UnwritableFileError."""
        batch, folded = judged.batch, judged.folded
        numbers = np.append(0, self._numbers(batch)).astype(np.int64)
        own = batch.device.astype(np.int64) - NO_DEVICE  # 0 is no device
        columns = self._columns
        columns["events"][numbers] += np.bincount(own, minlength=len(numbers)).astype(np.uint32)
        states = states_of(judged)
        known = np.flatnonzero(states != NO_STATE)
        after = _last(own[known], states[known], len(numbers), NO_STATE)
        columns["state"][numbers] = np.where(after == NO_STATE, columns["state"][numbers], after)
        begun = known[folded.session[known] != 0]
        last = _last(own[begun], folded.session[begun], len(numbers), 0)
        first = _last(own[begun[::-1]], folded.session[begun[::-1]], len(numbers), 0)
        columns["first"][numbers] = np.where(columns["first"][numbers] == 0, first, columns["first"][numbers])
        columns["last"][numbers] = np.where(last == 0, columns["last"][numbers], last)
        for position, verdict in folded.verdicts:
            number = int(numbers[own[position]])
            chosen = (finding.code for finding in verdict.findings if self._selects(finding.code))
            self._noted.extend(number << _CODE_BITS | CODES[code] for code in chosen)
        if len(self._noted) >= max(_MANY, len(self._codes)):  # as many again: what is sorted stays in proportion
            self._add_up()

    def publish(self) -> None:
        """Write the rows, and give the file its name. Raises UnwritableFileError."""
        self._add_up()
        try:
            self._names.seek(0)
            for begin, names in self._chunks():
                self.file.write(self._rows(np.arange(begin, begin + len(names)), texts(names)))
        except OSError as error:
            raise self._unwritable(error) from error
        if self._columns["events"][0]:
            self.file.write(self._rows(np.zeros(1, np.int64), texts([None])))
        self.file.publish()

    def discard(self) -> None:
        """Leave nothing behind but what is published."""
        with suppress(OSError):  # what does not fit need not
            self._names.close()
        self.file.discard()

    def _numbers(self, batch: Batch) -> Any:
        """The numbers of a batch's devices; new ones get theirs, and their names are put by."""
        slots = self._devices.slots(batch.digests)
        numbers = self._devices.columns[NUMBER][slots]
        new = np.flatnonzero(numbers == 0)
        if len(new):
            _, first = np.unique(batch.device[batch.device != NO_DEVICE], return_index=True)
            new = new[np.argsort(first[new])]
            names = [batch.devices[n].encode("utf-8", "backslashreplace") for n in new.tolist()]
            self._grow(self._count + len(new) + 1)
            numbers[new] = np.arange(self._count + 1, self._count + 1 + len(new))
            self._devices.columns[NUMBER][slots] = numbers
            self._lengths[numbers[new]] = [len(name) for name in names]
            self._count += len(new)
            try:
                self._names.write(b"".join(names))
            except OSError as error:
                raise self._unwritable(error) from error
        return numbers

    def _grow(self, needed: int) -> None:
        more = max(needed, len(self._lengths) * 8 // 5) - len(self._lengths)
        if needed > len(self._lengths):
            self._lengths = np.append(self._lengths, np.zeros(more, np.uint32))
            for name, column in self._columns.items():
                empty = np.full(more, NO_STATE if name == "state" else 0, column.dtype)
                self._columns[name] = np.append(column, empty)

    def _add_up(self) -> None:
        """Put what was noted one by one to the counts, by device and code, in order."""
        if not self._noted:
            return
        codes = np.append(self._codes, np.frombuffer(self._noted, np.uint64))
        counts = np.append(self._counts, np.ones(len(self._noted), np.int64))
        self._noted = array("Q")
        self._codes, inverse = np.unique(codes, return_inverse=True)
        self._counts = np.zeros(len(self._codes), np.int64)
        np.add.at(self._counts, inverse, counts)

    def _chunks(self) -> Iterator[tuple[int, list[str | None]]]:
        """The names again, some at a time, and the number of the first of them."""
        begin = 1
        while begin <= self._count:
            ends = np.cumsum(self._lengths[begin : min(self._count + 1, begin + 2**16)], dtype=np.int64)
            many = max(1, int(np.searchsorted(ends, _CHUNK_BYTES)))
            data = self._names.read(int(ends[many - 1]))
            starts = [0, *ends[: many - 1].tolist()]
            yield begin, [data[a:b].decode() for a, b in zip(starts, ends[:many].tolist(), strict=True)]
            begin += many

    def _rows(self, numbers: Any, names: Any) -> Any:
        import pyarrow as pa

        first, last = (np.uint64(n) << np.uint64(_CODE_BITS) for n in (numbers[0], numbers[-1] + 1))
        here = slice(*np.searchsorted(self._codes, [first, last]).tolist())
        own = (self._codes[here] >> np.uint64(_CODE_BITS)).astype(np.int64) - int(numbers[0])
        codes = (self._codes[here] & np.uint64(2**_CODE_BITS - 1)).astype(np.int64)
        counts = self._counts[here]
        severity = np.array([RULES[code].severity.rank for code in CODES])[codes]
        offsets = np.append(0, np.cumsum(np.bincount(own, minlength=len(numbers)))).astype(np.int32)

        def total(chosen: Any) -> Any:
            return pa.array(np.bincount(own[chosen], counts[chosen], len(numbers)).astype(np.int64))

        found = {name: column[numbers] for name, column in self._columns.items()}
        columns = {
            "device_id": names,
            "events": pa.array(found["events"].astype(np.int64)),
            "findings": total(slice(None)),
            "errors": total(severity == Severity.ERROR.rank),
            "warnings": total(severity == Severity.WARNING.rank),
            "codes": pa.MapArray.from_arrays(
                pa.array(offsets), pa.array(list(CODES)).take(pa.array(codes)), pa.array(counts)
            ),
            "first_session_id": pa.array(found["first"], mask=found["first"] == 0),
            "last_session_id": pa.array(found["last"], mask=found["last"] == 0),
            "last_state": named(found["state"].astype(np.int32), STATES, found["state"] == NO_STATE),
        }
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=schema())

    def _unwritable(self, error: OSError) -> UnwritableFileError:
        return UnwritableFileError(f"the device IDs do not fit into a temporary file: {error.strerror}")


def _last(own: Any, values: Any, size: int, default: int) -> Any:
    """For every device of a batch the last of its values, in order."""
    found = np.full(size, default, np.int64)
    found[own] = values  # of several for one, the last is kept
    return found

"""What is kept of every device between batches: a few numbers in flat columns, found by the device ID's digest.

Fifty to a hundred bytes a device and mode, in an open hash table over numpy columns: a Python dictionary takes four
times as much. Above `SPILL_BYTES` the columns are files that the system maps into memory and writes out as it sees fit.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any, Final

import numpy as np

from statemachine.bounds import SPILL_BYTES
from statemachine.errors import UnwritableFileError

FIRST_SLOTS: Final = 4096
FULL: Final = 0.6
"""The share of slots that may be taken; then there are half as many again, and more."""
GROWTH: Final = 1.5
LOW, HIGH, READS = "low", "high", "reads"
_KEYS: Final = {LOW: np.uint64, HIGH: np.uint64, READS: np.uint32}


class Devices:
    """Columns of numbers by device, all 0 to begin with: `reads`, and whatever `with_columns` adds."""

    def __init__(self) -> None:
        self.count = 0
        self.columns: dict[str, Any] = {}
        self._slots = FIRST_SLOTS
        for name, kind in _KEYS.items():
            self.columns[name] = self._column(kind)

    def with_columns(self, **kinds: Any) -> None:
        """Add columns that are not there yet, by name and type."""
        for name, kind in kinds.items():
            if name not in self.columns:
                self.columns[name] = self._column(kind)

    def slots(self, digests: bytes) -> Any:
        """Where each of some distinct devices is; new ones are taken up. They hold until the next call."""
        low, high = _halves(digests)
        if (self.count + len(low)) > self._slots * FULL:
            self._grow(self.count + len(low))
        return self._find(low, high)

    def read(self, digests: bytes) -> list[int]:
        """How many events some devices sent, all of which are known."""
        found: list[int] = self.columns[READS][self._find(*_halves(digests))].tolist()
        return found

    def _find(self, low: Any, high: Any) -> Any:
        lows, highs = self.columns[LOW], self.columns[HIGH]
        place = (low % np.uint64(self._slots)).astype(np.int64)
        open_ = np.arange(len(low))
        while open_.size:
            at, own_low, own_high = place[open_], low[open_], high[open_]
            is_free = (lows[at] == 0) & (highs[at] == 0)
            # Of several that take one free slot, the last has it; all then see whose it is.
            lows[at[is_free]], highs[at[is_free]] = own_low[is_free], own_high[is_free]
            is_own = (lows[at] == own_low) & (highs[at] == own_high)
            self.count += int(np.count_nonzero(is_own & is_free))
            open_ = open_[~is_own]
            place[open_] = (place[open_] + 1) % self._slots
        return place

    def _grow(self, needed: int) -> None:
        old = self.columns
        taken = np.flatnonzero((old[LOW] != 0) | (old[HIGH] != 0))
        self._slots = int(max(self._slots, needed / FULL) * GROWTH)
        self.columns = {name: self._column(column.dtype) for name, column in old.items()}
        self.count = 0
        place = self._find(old[LOW][taken], old[HIGH][taken])
        for name, column in old.items():
            if name not in (LOW, HIGH):
                self.columns[name][place] = column[taken]

    def _column(self, kind: Any) -> Any:
        each = sum(column.dtype.itemsize for column in self.columns.values()) + np.dtype(kind).itemsize
        if each * self._slots < SPILL_BYTES:
            return np.zeros(self._slots, kind)
        size = self._slots * np.dtype(kind).itemsize
        try:
            with tempfile.TemporaryFile() as file:
                if hasattr(os, "posix_fallocate"):  # or a full disk would end the process when a page is written
                    os.posix_fallocate(file.fileno(), 0, size)
                return np.memmap(file, kind, "r+" if hasattr(os, "posix_fallocate") else "w+", shape=(self._slots,))
        except OSError as error:
            reason = f"what is kept of the devices does not fit into a temporary file of {size} bytes"
            raise UnwritableFileError(f"{reason}: {error.strerror}") from error

    def compact(self) -> dict[str, Any]:
        """Every column, of the taken slots only: what `restored` takes."""
        taken = self.taken()
        return {name: column[taken] for name, column in self.columns.items()}

    def taken(self) -> Any:
        """The slots that are taken, in order."""
        return np.flatnonzero((self.columns[LOW] != 0) | (self.columns[HIGH] != 0))

    @property
    def heard(self) -> int:
        """How many devices sent an event since this began: all, unless some are from an earlier run."""
        return int(np.count_nonzero(self.columns[READS]))

    @classmethod
    def restored(cls, columns: dict[str, Any]) -> Devices:
        """Devices again, from what `compact` gave."""
        made = cls()
        made.with_columns(**{name: column.dtype for name, column in columns.items()})
        made._grow(len(columns[LOW]))
        place = made._find(columns[LOW], columns[HIGH])
        for name, column in columns.items():
            made.columns[name][place] = column
        return made


def _halves(digests: bytes) -> tuple[Any, Any]:
    keys = np.frombuffer(digests, np.uint64)
    low, high = keys[::2].copy(), keys[1::2]
    low[(low == 0) & (high == 0)] = 1  # 0 is what a free slot holds
    return low, high

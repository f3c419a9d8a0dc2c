"""What is kept of devices is the same in memory and in files, and small."""

from __future__ import annotations

import errno
import os
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold
from statemachine.bulk.narrow import digest_of
from statemachine.errors import UnwritableFileError
from statemachine.log import Recent
from statemachine.machines import TABLES


def sessions_of(batches: list[list[int]]) -> tuple[dict[int, int], int]:
    """How often each device came, counted in a column through every growth; and how many there are."""
    devices = Devices()
    devices.with_columns(times=np.int64)
    for batch in batches:
        distinct = sorted(set(batch))
        slots = devices.slots(b"".join(digest_of(f"visitor-{n}") for n in distinct))
        devices.columns["times"][slots] += [batch.count(n) for n in distinct]
    known = sorted({n for batch in batches for n in batch})
    slots = devices.slots(b"".join(digest_of(f"visitor-{n}") for n in known))
    return dict(zip(known, devices.columns["times"][slots].tolist(), strict=True)), devices.count


@given(st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=60), max_size=12), st.booleans())
def test_every_device_has_its_own_numbers(batches: list[list[int]], spills: bool) -> None:
    """In memory, and in files that are mapped into it; with the table grown many times."""
    with (
        patch("statemachine.bulk.devices.FIRST_SLOTS", 4),
        patch("statemachine.bulk.devices.SPILL_BYTES", 0 if spills else 2**28),
    ):
        found, count = sessions_of(batches)
    everyone = [n for batch in batches for n in batch]
    assert found == {n: everyone.count(n) for n in set(everyone)}
    assert count == len(set(everyone))


def test_large_tables_are_files() -> None:
    """The red twin of the test above: it is not memory that both are."""
    with patch("statemachine.bulk.devices.SPILL_BYTES", 0):
        assert all(isinstance(column, np.memmap) for column in Devices().columns.values())
    assert not any(isinstance(column, np.memmap) for column in Devices().columns.values())


def test_a_full_disk_is_told() -> None:
    """Before anything is written into what is not there."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    disk, spills = patch("os.posix_fallocate", side_effect=full), patch("statemachine.bulk.devices.SPILL_BYTES", 0)
    with disk, spills, pytest.raises(UnwritableFileError, match="No space left"):
        Devices()


@pytest.mark.parametrize("mode", TABLES)
def test_a_device_takes_at_most_a_hundred_bytes(mode: str) -> None:
    """In one mode, whatever the fill of the table."""
    devices = Devices()
    Fold(TABLES[mode], devices, Recent())
    for begin in range(0, 60_000, 2_000):
        devices.slots(b"".join(digest_of(f"visitor-{n}") for n in range(begin, begin + 2_000)))
        size = sum(column.nbytes for column in devices.columns.values())
        if devices.count > 4_000:  # a small table has its least size
            assert size / devices.count <= 100

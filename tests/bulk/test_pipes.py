"""A pipe is read in large pieces while it is full, and at once when it is not."""

from __future__ import annotations

import io
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from statemachine.bulk.blocks import pieces

DATA = b"{}\n" * 200_000


@contextmanager
def piped(data: bytes, *, ends: bool) -> Iterator[io.BufferedReader[io.FileIO]]:
    """A pipe that someone fills with data, and then closes or keeps open."""
    read, write = os.pipe()

    def fill() -> None:
        with open(write, "wb", closefd=ends) as file:
            file.write(data)

    filling = threading.Thread(target=fill)
    filling.start()
    with io.BufferedReader(io.FileIO(read)) as stream:
        yield stream
    filling.join()
    if not ends:
        os.close(write)


def test_what_is_there_is_read_together() -> None:
    """All of it at once, where whoever writes is not too slow; the red twin takes what one look shows."""
    with piped(DATA, ends=True) as stream, patch("statemachine.bulk.blocks.MOMENT", 60.0):
        read = pieces(stream, is_live=True)
        found = [read(), *iter(read, b"")]
    assert (len(found), b"".join(found) == DATA) == (1, True)
    with piped(DATA, ends=True) as stream, patch("statemachine.bulk.blocks._has_more", lambda stream: False):
        read = pieces(stream, is_live=True)
        one_by_one = [read(), *iter(read, b"")]
    assert (b"".join(one_by_one) == DATA) is True
    assert len(one_by_one) > 2


def test_a_line_is_not_waited_for_longer_than_a_moment() -> None:
    """Though the pipe stays open: whoever writes may say no more for a day."""
    with piped(b"{}\n", ends=False) as stream:
        assert pieces(stream, is_live=True)() == b"{}\n"


def test_a_pipe_above_the_1024th_file_is_read_together_too() -> None:
    """In a process with many files open; `select.select`, the red twin, refuses such a pipe."""
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1024)]
    try:
        with piped(DATA, ends=True) as stream, patch("statemachine.bulk.blocks.MOMENT", 60.0):
            with pytest.raises(ValueError, match="out of range"):
                select.select([stream], [], [], 0)
            read = pieces(stream, is_live=True)
            found = [read(), *iter(read, b"")]
        assert (len(found), b"".join(found) == DATA) == (1, True)
    finally:
        for number in held:
            os.close(number)

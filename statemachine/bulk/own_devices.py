"""The SDK's own device IDs, by the device IDs of the events, where they differ: few in memory, the rest in a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from statemachine.bounds import DEVICES_IN_MEMORY as HELD_IN_MEMORY
from statemachine.errors import UnwritableFileError


class OwnDevices(MutableMapping[str, str]):
    """A mapping of text to text. Above `HELD_IN_MEMORY` all goes to a temporary database, which ends with this.

    Everything raises UnwritableFileError when that does not fit on its disk.
    """

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._rest: sqlite3.Connection | None = None

    def __getitem__(self, device: str) -> str:
        if self._rest is None:
            return self._held[device]
        with _fitting():  # reading makes room in memory, too
            found = self._rest.execute("SELECT own FROM own WHERE device = ?", (_bytes(device),)).fetchone()
        if found is None:
            raise KeyError(device)
        return _text(found[0])

    def __setitem__(self, device: str, own: str) -> None:
        if self._rest is None:
            self._held[device] = own
            if len(self._held) > HELD_IN_MEMORY:
                self._spill()
        else:
            self._put(self._rest, device, own)

    def __delitem__(self, device: str) -> None:
        """Nothing is ever taken out. Raises TypeError."""
        raise TypeError("what is kept of a device stays")

    def __iter__(self) -> Iterator[str]:
        if self._rest is None:
            yield from self._held
            return
        with _fitting():
            for (device,) in self._rest.execute("SELECT device FROM own ORDER BY rowid"):
                yield _text(device)

    def __len__(self) -> int:
        if self._rest is None:
            return len(self._held)
        with _fitting():
            found: int = self._rest.execute("SELECT count(*) FROM own").fetchone()[0]
        return found

    def _spill(self) -> None:
        with _fitting():
            rest = sqlite3.connect("", isolation_level=None)  # on disk, without a name
            rest.execute("PRAGMA journal_mode = OFF")  # nobody needs it after a crash
            rest.execute("CREATE TABLE own (device BLOB UNIQUE, own BLOB)")
        for device, own in self._held.items():
            self._put(rest, device, own)
        self._held, self._rest = {}, rest

    @staticmethod
    def _put(rest: sqlite3.Connection, device: str, own: str) -> None:
        with _fitting():
            rest.execute("INSERT OR REPLACE INTO own VALUES (?, ?)", (_bytes(device), _bytes(own)))


@contextmanager
def _fitting() -> Iterator[None]:
    """What goes wrong with the database, as what this package raises."""
    try:
        yield
    except sqlite3.Error as error:
        reason = f"the SDK's own device IDs do not fit into a temporary database: {error}"
        raise UnwritableFileError(reason) from error


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")

"""The SDK's own device IDs, by the device IDs of the events, where they differ: few in memory, the rest in a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, MutableMapping

from statemachine.bounds import DEVICES_IN_MEMORY as HELD_IN_MEMORY


class OwnDevices(MutableMapping[str, str]):
    """A mapping of text to text. Above `HELD_IN_MEMORY` all goes to a temporary database, which ends with this."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._rest: sqlite3.Connection | None = None

    def __getitem__(self, device: str) -> str:
        if self._rest is None:
            return self._held[device]
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
        for (device,) in self._rest.execute("SELECT device FROM own ORDER BY rowid"):
            yield _text(device)

    def __len__(self) -> int:
        if self._rest is None:
            return len(self._held)
        found: int = self._rest.execute("SELECT count(*) FROM own").fetchone()[0]
        return found

    def _spill(self) -> None:
        rest = sqlite3.connect("", isolation_level=None)  # on disk, without a name
        rest.execute("PRAGMA journal_mode = OFF")  # nobody needs it after a crash
        rest.execute("CREATE TABLE own (device BLOB UNIQUE, own BLOB)")
        for device, own in self._held.items():
            self._put(rest, device, own)
        self._held, self._rest = {}, rest

    @staticmethod
    def _put(rest: sqlite3.Connection, device: str, own: str) -> None:
        rest.execute("INSERT OR REPLACE INTO own VALUES (?, ?)", (_bytes(device), _bytes(own)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")

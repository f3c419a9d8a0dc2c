"""JSON in pieces → the same without escapes of lone surrogates: they become U+FFFD, which no ID may hold either.

The parser of HAR makes other characters of them, or refuses the whole file.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_PAIR_BYTES: Final = 12
_MARKS: Final = (b"\\ud", b"\\uD")


@attrs.define
class Paired:
    """Takes one piece after another. An escape that may go on in the next piece waits for it."""

    _rest: bytes = b""

    def of(self, piece: bytes) -> bytes:
        """What can be given of a piece; of an empty one, which is the last, all."""
        data = self._rest + piece
        cut = _unfinished(data) if piece else len(data)
        data, self._rest = data[:cut], data[cut:]
        if not any(mark in data for mark in _MARKS):
            return data
        return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], data)


def _unfinished(data: bytes) -> int:
    """Where the last escape begins that the next piece may go on with; else the length."""
    for at in range(max(0, len(data) - _PAIR_BYTES + 1), len(data)):
        before = data[:at]
        is_escape = data[at] == ord("\\") and (len(before) - len(before.rstrip(b"\\"))) % 2 == 0
        if is_escape and _may_go_on(data[at:]):
            return at
    return len(data)


def _may_go_on(escape: bytes) -> bool:
    if escape[1:2] not in (b"", b"u"):
        return False
    is_first_of_pair = escape[2:3] in b"dD" and escape[3:4] in b"89abAB"
    return len(escape) < 6 or (is_first_of_pair and escape[6:7] in (b"", b"\\"))

"""A timestamp, in whatever form a log has it → microseconds since 1970, UTC. Never raises on bad input."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from statemachine.bounds import LONGEST_TIME as _LONGEST
from statemachine.ids import SECONDS_BELOW

LATEST: Final = 253_402_300_800_000_000
"""The year 10000: no later time is read."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_NUMBER: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


class Micros(int):
    """An integer that is in microseconds already, as a column of timestamps gives it."""


def epoch_us(raw: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 text, or of seconds or milliseconds; None for anything else.

    Text may have a space for the T (Amplitude, warehouses); without an offset it is UTC.
    """
    found: int | None = None
    if isinstance(raw, Micros):
        found = int(raw)
    elif isinstance(raw, bool):
        return None
    elif isinstance(raw, int):
        found = raw * (1_000_000 if raw < SECONDS_BELOW else 1_000)
    elif isinstance(raw, float) and 0 <= raw < LATEST:
        found = round(raw * (1_000_000 if raw < SECONDS_BELOW else 1_000))
    elif isinstance(raw, str) and len(raw) <= _LONGEST:
        text = raw.strip()
        number = _NUMBER.fullmatch(text)
        if number:
            return epoch_us(float(text) if number[1] else int(text))
        found = _of_iso(text)
    return found if found is not None and 0 <= found < LATEST else None


def _of_iso(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1) + int(f"{fraction or 0:0<6}"[:6]) - _offset(zone)


def _offset(zone: str | None) -> int:
    """Microseconds that a zone is ahead of UTC."""
    if zone is None or zone.upper() in ("Z", "UTC"):
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000_000

"""Logs to measure with, the same on every run: `python -m tests.bench.data FILE --events N --devices N`.

Payloads as Segment sends them in Actions mode, about 915 bytes each, with a few of what the law finds: session IDs
that regress or are not there, replay IDs that are late or another device's. FILE ends in .ndjson or .parquet; Parquet
has the flat columns of a Segment warehouse.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from math import gcd
from typing import Any, Final

FIRST_SESSION: Final = 1_790_000_000_000
HALF_AN_HOUR: Final = 1_800_000
EVENTS_A_SESSION: Final = 5
ROWS_A_GROUP: Final = 131_072
STRIDE: Final = 7_368_787

Row = tuple[str, str | None, int | None, str | None, str]
"""anonymousId, context.device.id, session ID, replay ID, messageId."""

PAYLOAD: Final = (
    '{{"timestamp":"2026-11-23T14:48:32.227Z","integrations":{integrations},"event":"Cart Viewed","type":"track",'
    '"properties":{{{properties}"currency":"EUR","value":12.5}},"context":{{{device}"page":{{"path":"/actions",'
    '"referrer":"","search":"","title":"Shopping cart","url":"https://shop.example.com/actions"}},"userAgent":'
    '"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",'
    '"userAgentData":{{"mobile":false,"platform":"Linux"}},"locale":"en-US","library":{{"name":"analytics.js","version":'
    '"npm:next-1.84.3"}},"timezone":"UTC"}},"messageId":"{message}","anonymousId":"{anonymous}","userId":null,'
    '"sentAt":"2026-11-23T14:48:32.342Z","_metadata":{{"bundled":["Segment.io"],"unbundled":[],"bundledIds":[]}}}}\n'
)


def rows(events: int, devices: int, *, one_has_a_third: bool = False, back_every: int = 997) -> Iterator[Row]:
    """What tells the events apart. Devices take turns in a scattered order, or one of them has every third event.

    `back_every` is among how many events there is one whose session ID goes back.
    """
    stride = next(n for n in range(STRIDE, 2 * STRIDE) if gcd(n, devices) == 1)
    for n in range(events):
        turn, place = divmod(n, devices)
        number = place * stride % devices
        if one_has_a_third and n % 3 == 0:
            turn, number = n // 3 // 1_000, 0
        anonymous = f"{number:08x}-763d-408d-a0c5-{number * 48_271 % 2**48:012x}"
        device = f"device-{number:08x}" if number % 10 == 9 else None
        owner = device or anonymous
        session = FIRST_SESSION + number + turn // EVENTS_A_SESSION * HALF_AN_HOUR
        message = f"ajs-next-{n:013d}-763dc08d-60c5-4025-97b8-{n * 69_621 % 2**48:012x}"
        if n % 1_009 == 5:
            yield anonymous, device, None, None, message
        elif n % back_every == 13:
            yield anonymous, device, session - HALF_AN_HOUR, f"{owner}/{session}", message
        elif n % 1_511 == 7:
            yield anonymous, device, session, f"other-{number}/{session}", message
        elif turn % EVENTS_A_SESSION == 0 and turn and number % 50 == 3:
            yield anonymous, device, session, f"{owner}/{session - HALF_AN_HOUR}", message
        else:
            yield anonymous, device, session, f"{owner}/{session}", message


def payload(row: Row) -> str:
    """One line of NDJSON."""
    anonymous, device, session, replay, message = row
    return PAYLOAD.format(
        integrations="{}" if session is None else f'{{"Actions Amplitude":{{"session_id":{session}}}}}',
        properties="" if replay is None else f'"[Amplitude] Session Replay ID":"{replay}",',
        device="" if device is None else f'"device":{{"id":"{device}"}},',
        message=message,
        anonymous=anonymous,
    )


def write_ndjson(path: str, found: Iterator[Row]) -> None:
    """Write rows as payloads, a line each."""
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(map(payload, found))


def write_parquet(path: str, found: Iterator[Row]) -> None:
    """Write rows as the flat columns of a Segment warehouse."""
    import pyarrow as pa
    from pyarrow import parquet

    text = pa.string()
    names = ["anonymous_id", "context_device_id", "integrations_actions_amplitude_session_id"]
    names += ["amplitude_session_replay_id", "message_id", "event", "type", "context_user_agent", "context_page_url"]
    types = (text, text, pa.int64(), *[text] * 6)
    schema = pa.schema(list(zip(names, types, strict=True)))
    constant = ("Cart Viewed", "track", "Mozilla/5.0 (X11; Linux x86_64)", "https://shop.example.com/actions")
    with parquet.ParquetWriter(path, schema) as writer:
        while group := list(islice(found, ROWS_A_GROUP)):
            columns: list[Any] = [*zip(*group, strict=True), *([value] * len(group) for value in constant)]
            arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
            writer.write_table(pa.table(arrays, schema))


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--one-has-a-third", action="store_true")
    parser.add_argument("--back-every", type=int, default=997)
    asked = parser.parse_args()
    third, back = asked.one_has_a_third, asked.back_every
    found = rows(asked.events, asked.devices, one_has_a_third=third, back_every=back)
    (write_parquet if asked.file.endswith(".parquet") else write_ndjson)(asked.file, found)


if __name__ == "__main__":
    main()

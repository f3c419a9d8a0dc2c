"""Speed, as ratios measured side by side in one run: `make bench`.

1. `step` against the raw trigger of the `transitions` machine built from the same table, on the
   same events, in alternating rounds. The limit is 30: below it, exit 1.
2. `check` against parsing the same lines with `json.loads` alone: what judging adds to reading.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable

from statemachine import ACTIONS, CLASSIC_CLOUD, CLASSIC_DEVICE, Call, Judge, Log, Replay, Table, Trigger, step
from statemachine.interpreters.live import LiveReplay

EVENTS, ROUNDS, LINES = 5_000, 5, 100_000
LIMIT = 30


def events(seed: int = 1) -> list[Call]:
    """A stream that meets every guard: mostly the same session, some newer, some bad."""
    rng = random.Random(seed)
    current, calls = 1000, []
    for _ in range(EVENTS):
        draw = rng.random()
        current += 1 if 0.6 <= draw < 0.75 else 0
        raw = current if draw < 0.75 else current - 1 if draw < 0.9 else None if draw < 0.95 else "abc"
        calls.append(Call(Trigger.EVENT, raw))
    return calls


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def stepping(table: Table, calls: list[Call]) -> Callable[[], object]:
    """The events through `step`."""

    def work() -> None:
        replay, _ = step(table, Replay(table.begins), Call(Trigger.LOAD, 1000, "visitor-1"))
        for call in calls:
            replay, _ = step(table, replay, call)

    return work


def triggering(table: Table, calls: list[Call]) -> Callable[[], object]:
    """The events through the trigger of the `transitions` machine."""

    def work() -> None:
        live = LiveReplay(table)
        live.load(device_id="visitor-1", session_id=1000)
        event = live.event
        for call in calls:
            event(session_id=call.session_id)

    return work


def lines() -> list[bytes]:
    """Payloads of a thousand devices, 900 bytes each."""
    made = []
    for n in range(LINES):
        session = 1790000000000 + (n // 1000) // 10
        payload = {
            "type": "track",
            "messageId": f"ajs-next-{n}",
            "anonymousId": f"visitor-{n % 1000}",
            "integrations": {"Actions Amplitude": {"session_id": session}},
            "properties": {"[Amplitude] Session Replay ID": f"visitor-{n % 1000}/{session}"},
            "context": {"userAgent": "x" * 600},
        }
        made.append(json.dumps(payload).encode())
    return made


def judging(made: list[bytes]) -> None:
    """The lines through a log."""
    judges: dict[str, Judge] = {}
    for verdict in Log("bench").verdicts(enumerate(made, 1), judges):
        assert not verdict.findings


def main() -> int:
    """Print the ratios; return 1 if `step` is not far enough ahead."""
    calls = events()
    worst = float("inf")
    for table in (ACTIONS, CLASSIC_DEVICE, CLASSIC_CLOUD):
        ours, theirs = stepping(table, calls), triggering(table, calls)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
        ratio = statistics.median(b / a for a, b in pairs)
        worst = min(worst, ratio)
        each = statistics.median(a for a, _ in pairs) / EVENTS * 1e9
        print(
            f"{table.mode:<15} step {each:5.0f} ns an event; the transitions trigger takes {ratio:5.1f} times as long"
        )
    made = lines()
    pairs = [
        (seconds(lambda: deque(map(json.loads, made), maxlen=0)), seconds(lambda: judging(made))) for _ in range(3)
    ]
    ratio = statistics.median(b / a for a, b in pairs)
    rate = LINES / statistics.median(b for _, b in pairs)
    print(f"check: {rate:,.0f} lines a second, {ratio:.2f} times as long as json.loads alone")
    print(f"step is at least {worst:.0f} times as fast as the transitions trigger (limit {LIMIT})")
    return int(worst < LIMIT)


if __name__ == "__main__":
    sys.exit(main())

"""`json.loads` on every line, and a trigger of a `transitions` machine for every event. FILE.

One machine, whose model takes on each device's state in turn: a model for each device would take far longer to add.
Prints, beside the counts, the seconds that the loop took, so that a sample can be scaled.
"""

from __future__ import annotations

import json
import sys
import time

from tests.bench.steppers.transitions_machine import Session

if __name__ == "__main__":
    states: dict[str, tuple[str, int]] = {}
    codes: dict[str | None, int] = {}
    events = 0
    with open(sys.argv[1], "rb") as file:
        live = Session()
        began = time.perf_counter()
        for line in file:
            payload = json.loads(line)
            events += 1
            device = (payload["context"].get("device") or {}).get("id") or payload["anonymousId"]
            session = (payload["integrations"].get("Actions Amplitude") or {}).get("session_id")
            live.state, live.session_id = states.get(device, ("initialised", 0))
            live.event(raw=session)
            states[device] = live.state, live.session_id
            codes[live.code] = codes.get(live.code, 0) + 1
        seconds = time.perf_counter() - began
    print(
        json.dumps(
            {
                "events": events,
                "regressed": codes.get("SR201", 0),
                "missing": codes.get("SR111", 0),
                "seconds": seconds,
            }
        )
    )

"""What one writes first: `json.loads` on every line, and a dictionary of sessions. FILE, or - for standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

REPLAY_ID = "[Amplitude] Session Replay ID"


def counted(lines: Iterable[bytes]) -> dict[str, int]:
    """Count what is wrong."""
    sessions: dict[str, int] = {}
    events = regressed = late = mismatched = missing = 0
    for line in lines:
        payload: dict[str, Any] = json.loads(line)
        events += 1
        device = (payload["context"].get("device") or {}).get("id") or payload["anonymousId"]
        session = (payload["integrations"].get("Actions Amplitude") or {}).get("session_id")
        replay = payload["properties"].get(REPLAY_ID)
        before = sessions.get(device, 0)
        if session is None:
            missing += 1
        elif session < before:
            regressed += 1
        else:
            sessions[device] = session
            if replay is not None and replay != f"{device}/{session}":
                owner, _, tagged = replay.partition("/")
                if owner == device and session > before and int(tagged) < session and before in (int(tagged), 0):
                    late += 1
                else:
                    mismatched += 1
    return {"events": events, "regressed": regressed, "late": late, "mismatched": mismatched, "missing": missing}


if __name__ == "__main__":
    if sys.argv[1] == "-":
        print(json.dumps(counted(sys.stdin.buffer)))
    else:
        with open(sys.argv[1], "rb") as file:
            print(json.dumps(counted(file)))

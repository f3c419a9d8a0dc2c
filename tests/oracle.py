"""An independent count of findings in an event log, written from the law without its tables.

It shares no code with the package but the names of the fields, and is kept as plain as can be: one
dictionary a device, one `if` a rule. It knows well-formed payloads only.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

REPLAY_ID = "[Amplitude] Session Replay ID"


def count(path: Path, mode: str) -> Counter[str]:
    """Count the findings of one capture, by code."""
    found: Counter[str] = Counter()
    devices: dict[str, dict[str, Any]] = {}
    payloads = [json.loads(line) for line in path.read_text().splitlines()]
    key = {"actions": "Actions Amplitude", "classic-cloud": "Amplitude"}.get(mode, "")
    if not any(key in payload["integrations"] for payload in payloads):
        return Counter({"SR114": 1})
    for payload in payloads:
        device = payload["anonymousId"]
        known = devices.setdefault(device, {"session": 0, "tagged": False, "shell": None})
        session = payload["integrations"].get(key, {}).get("session_id")
        replay = payload["properties"].get(REPLAY_ID)
        if session is None:
            found["SR313" if mode == "classic-cloud" else "SR301"] += 1
            continue
        left = known["session"]
        if session < left:
            found["SR201"] += 1
        else:
            known["session"] = session
        if replay is None:
            if known["tagged"] or mode == "classic-cloud":
                found["SR123"] += 1
            continue
        known["tagged"] = True
        replay_device, _, replay_session = replay.partition("/")
        if mode == "classic-cloud" and known["shell"] is None:
            known["shell"] = replay_device
            found["SR124"] += replay_device != device
        if session < left:
            continue
        if replay_device != (known["shell"] or device):
            found["SR122"] += 1
        elif int(replay_session) != session:
            late = session > left and int(replay_session) == left
            found["SR125" if late else "SR122"] += 1
    return +found

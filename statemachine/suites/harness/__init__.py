"""The reference harnesses: `harness.js` for JavaScript, and `serve` for Python."""

from __future__ import annotations

import json
import sys
from typing import IO

import attrs

from statemachine.suites.adapter import Adapter, Observed, can_set_up


def serve(adapter: Adapter, source: IO[str] = sys.stdin, target: IO[str] = sys.stdout) -> None:
    """Speak the harness protocol for an adapter, until `bye` or the end of the input."""
    mode = ""
    for line in source:
        message = json.loads(line)
        if message["type"] == "bye":
            return
        if message["type"] == "hello":
            mode = message["mode"]
            reply = {"type": "hello", "version": 1, "sets_up": can_set_up(adapter)}
        elif message["type"] == "reset":
            adapter.start(mode, message["is_set_up"])
            reply = {"type": "ready"}
        else:
            seen = adapter.call(message["call"])
            values = attrs.asdict(seen) if isinstance(seen, Observed) else seen
            reply = {"type": "observed", **{key: value for key, value in values.items() if value is not None}}
        target.write(json.dumps(reply) + "\n")
        target.flush()

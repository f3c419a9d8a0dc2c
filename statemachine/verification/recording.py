"""Recorded call traces: what a page did, and what was observed after each call.

A line is a step of a call trace, or what `run --format jsonl` prints, or a step of a recording:
`{"call": {…}, "observed": {"session_id": …, "replay_id": …}}`. A file may hold several traces, told
apart by `trace`, of several modes, told apart by `mode`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from statemachine.errors import printable, shortened, shown
from statemachine.event import Unreadable, call_of, parsed
from statemachine.symbol import Call
from statemachine.table import Table

OBSERVATIONS: Final = ("state", "session_id", "replay_id", "accepted", "delivered", "findings")


@attrs.define
class Trace:
    """One page's calls, the line of each, and what was observed after it (nothing, in a mere call trace)."""

    name: str
    lines: list[int] = attrs.field(factory=list)
    calls: list[Call] = attrs.field(factory=list)
    observed: list[dict[str, Any]] = attrs.field(factory=list)


def traces_in(table: Table, lines: Iterable[tuple[int, bytes]]) -> tuple[list[Trace], list[str]]:
    """Read the traces of a table's mode from numbered lines; and say which lines hold no call of it."""
    traces: dict[str, Trace] = {}
    problems = []
    for number, text in lines:
        value = parsed(number, text)
        if isinstance(value, Unreadable):
            problems.append(f"line {number}: {value.reason}")
            continue
        record = value if isinstance(value, dict) else {}
        if record.get("mode", table.mode) != table.mode:
            continue
        recorded = isinstance(record.get("call"), dict)
        _, call = call_of(number, json.dumps(record["call"]).encode() if recorded else text, table.triggers)
        if isinstance(call, Unreadable):
            problems.append(f"line {number}: {call.reason}")
            continue
        seen = record.get("observed", record) if recorded else {}
        if not isinstance(seen, dict) or not _is_readable(seen):
            told = "expected an object, its state text, its findings an array of texts"
            problems.append(f"line {number}: observed is {shown(seen)}; {told}")
            continue
        name = str(record.get("trace", "trace"))
        trace = traces.setdefault(name, Trace(printable(shortened(name))))
        trace.lines.append(number)
        trace.calls.append(call)
        trace.observed.append({key: seen[key] for key in OBSERVATIONS if key in seen})
    return [*traces.values()], problems


def _is_readable(seen: dict[str, Any]) -> bool:
    """Whether what was observed has the types that can be compared; an ID may be of any."""
    findings = seen.get("findings", [])
    is_named = isinstance(seen.get("state", ""), str)
    return is_named and isinstance(findings, list) and all(isinstance(code, str) for code in findings)

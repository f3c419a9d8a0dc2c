"""Amplitude Session Replay through Segment, as machines that run.

    raw line → Event → Symbol → Step → Verdict → Report

Each destination mode is a `Table`; everything else reads it: `step` takes one call, `Judge` and
`Log` judge events, `live` gives a `transitions` object, `drawn` a diagram. See the README.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from statemachine.errors import IllFormedTableError, InvalidIdError, StatemachineError, UnknownNameError
    from statemachine.finding import Finding
    from statemachine.ids import (
        UNSET,
        Flaw,
        Parsed,
        ReplayId,
        device_id,
        device_id_warnings,
        format_replay_id,
        parse_device_id,
        parse_replay_id,
        parse_session_id,
        session_id,
    )
    from statemachine.interpreters.diagram import drawn
    from statemachine.interpreters.live import LiveReplay, live
    from statemachine.log import Judge, Log
    from statemachine.machines import ACTIONS, CLASSIC_CLOUD, CLASSIC_DEVICE, TABLES, table_of
    from statemachine.replay import Replay, start, step
    from statemachine.rules import RULES, Rule, Severity
    from statemachine.symbol import Call, Device, Kind, Symbol, Trigger
    from statemachine.table import Effect, Outcome, Region, Row, State, Table
    from statemachine.trace import TraceStep, judge_trace
    from statemachine.verdict import Verdict

__version__ = "0.1.0"

_HOMES: Final = {
    "errors": ("IllFormedTableError", "InvalidIdError", "StatemachineError", "UnknownNameError"),
    "finding": ("Finding",),
    "ids": (
        "Flaw",
        "Parsed",
        "ReplayId",
        "UNSET",
        "device_id",
        "device_id_warnings",
        "format_replay_id",
        "parse_device_id",
        "parse_replay_id",
        "parse_session_id",
        "session_id",
    ),
    "log": ("Judge", "Log"),
    "machines": ("ACTIONS", "CLASSIC_CLOUD", "CLASSIC_DEVICE", "TABLES", "table_of"),
    "replay": ("Replay", "start", "step"),
    "rules": ("RULES", "Rule", "Severity"),
    "symbol": ("Call", "Device", "Kind", "Symbol", "Trigger"),
    "table": ("Effect", "Outcome", "Region", "Row", "State", "Table"),
    "trace": ("TraceStep", "judge_trace"),
    "verdict": ("Verdict",),
    "interpreters.diagram": ("drawn",),
    "interpreters.live": ("LiveReplay", "live"),
}
"""Where the public names are: they are imported when first asked for, which keeps `import statemachine` quick."""


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ACTIONS",
    "CLASSIC_CLOUD",
    "CLASSIC_DEVICE",
    "RULES",
    "TABLES",
    "UNSET",
    "Call",
    "Device",
    "Effect",
    "Finding",
    "Flaw",
    "IllFormedTableError",
    "InvalidIdError",
    "Judge",
    "Kind",
    "LiveReplay",
    "Log",
    "Outcome",
    "Parsed",
    "Region",
    "Replay",
    "ReplayId",
    "Row",
    "Rule",
    "Severity",
    "State",
    "StatemachineError",
    "Symbol",
    "Table",
    "TraceStep",
    "Trigger",
    "UnknownNameError",
    "Verdict",
    "device_id",
    "device_id_warnings",
    "drawn",
    "format_replay_id",
    "judge_trace",
    "live",
    "parse_device_id",
    "parse_replay_id",
    "parse_session_id",
    "session_id",
    "start",
    "step",
    "table_of",
]

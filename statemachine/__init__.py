"""Amplitude Session Replay through Segment, as machines that run.

    raw line → Event → Symbol → Step → Verdict → Report

Each destination mode is a `Table`; everything else reads it: `step` takes one call, `Judge` and
`Log` judge events, `live` gives a `transitions` object, `drawn` a diagram. See the README.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
from statemachine.log import Judge, Log
from statemachine.machines import ACTIONS, CLASSIC_CLOUD, CLASSIC_DEVICE, TABLES, table_of
from statemachine.rules import RULES, Rule, Severity
from statemachine.step import Replay, start, step
from statemachine.symbol import Call, Device, Kind, Symbol, Trigger
from statemachine.table import Effect, Outcome, Region, Row, State, Table
from statemachine.trace import TraceStep, judge_trace
from statemachine.verdict import Verdict

if TYPE_CHECKING:
    from statemachine.interpreters.diagram import drawn
    from statemachine.interpreters.live import LiveReplay, live

__version__ = "0.1.0"

_LAZY: Final = {"live": "live", "LiveReplay": "live", "drawn": "diagram"}


def __getattr__(name: str) -> Any:
    """Import the interpreters when they are first asked for: they need more than attrs."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.interpreters.{_LAZY[name]}"), name)


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

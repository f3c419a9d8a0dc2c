"""A recorded trace against the specification: is it one of its behaviours? TLC decides, not `step`.

IDs become small numbers in the same order (the rule looks at nothing else), and what is no ID
becomes one of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from statemachine.ids import UNSET, parse_device_id, parse_replay_id, session_number
from statemachine.symbol import Call, Kind, Trigger, device_of
from statemachine.table import Table
from statemachine.verification import tlc
from statemachine.verification.bounds import MALFORMED, NOT_POPULATED, UNUSABLE_DEVICES
from statemachine.verification.recording import Trace
from statemachine.verification.result import Method, Result
from statemachine.verification.specification import MODULES, Model, folder
from statemachine.verification.temporary import temporary_folder

NOTHING: Final = -9
"""For an observed session ID that is none: nothing is equal to it."""
ABOUT_IDS: Final = frozenset({"SR104", "SR105"})
"""Findings of a load that are about its device ID alone: no specification has them."""
MODULE: Final = "Recorded"

_MODULE_TEXT: Final = """---- MODULE {module} ----
EXTENDS {extended}
VARIABLE taken
Calls == <<{calls}>>
TraceInit == Init /\\ taken = 0{begins}
TraceNext == taken < Len(Calls) /\\ taken' = taken + 1 /\\ Next /\\ call' = Calls[taken + 1]
TraceSpec == TraceInit /\\ [][TraceNext]_<<{variables}, taken>>
IsAsObserved == CASE taken = 0 -> TRUE
{observed}
====
"""


def check_trace(table: Table, trace: Trace) -> Result:
    """Whether a trace is a behaviour of its mode's specification; if not, up to which call it is."""
    ids = Ids(trace)
    name = f"{trace.name} is a behaviour of {MODULES[table.mode]}"
    with temporary_folder() as temporary:
        specs = Path(temporary)
        for path in folder().glob("*.tla"):
            (specs / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        (specs / f"{MODULE}.tla").write_text(_module(table, trace, ids), encoding="utf-8")
        devices = ", ".join(_tla(device) for device in ids.devices.values()) or _tla("device-1")
        sessions = ", ".join(map(str, ids.sessions.values())) or "1"
        configuration = specs / f"{MODULE}.cfg"
        configuration.write_text(
            f"SPECIFICATION TraceSpec\nCONSTANT Devices = {{{devices}}}\nCONSTANT Sessions = {{{sessions}}}\n"
            "INVARIANT IsAsObserved\n"
        )
        run = tlc.run(Model(configuration), specs=specs)
    bounds = f"{len(trace.calls)} calls, {sum(map(bool, trace.observed))} observed"
    held = run.violated is None and run.distinct == len(trace.calls) + 1
    detail, calls = "", tuple(trace.calls)
    if run.violated is not None:
        failing = run.trace[-1]["taken"]
        calls = calls[:failing]
        detail = _difference(trace, failing - 1, run.trace[-1], ids)
    elif not held:
        detail = f"the specification takes {run.distinct - 1} of the calls only"
        calls = calls[: run.distinct]
    states = f"{run.distinct or len(run.trace)} states"
    shown_calls = () if held else calls
    return Result(table.mode, name, Method.EXHAUSTIVE, "TLC", bounds, states, held, run.seconds, shown_calls, detail)


def _difference(trace: Trace, number: int, state: tlc.State, ids: Ids) -> str:
    numbers = {rank: session for session, rank in ids.sessions.items()}
    session = numbers.get(state["session"], state["session"])
    observed = ", ".join(f"{key} {_plain(value)}" for key, value in trace.observed[number].items())
    specified = f"state {state['state']}, session_id {session}, accepted {_plain(state['accepted'])}"
    specified += f", findings {_plain([*state['findings'], *state.get('set_up_findings', ())])}"
    return f"line {trace.lines[number]}: observed {observed}; specified {specified}"


def _plain(value: object) -> str:
    import json

    return json.dumps(value)[:200]


class Ids:
    """The IDs of a trace as the specification's: ranks for session IDs, names for device IDs."""

    def __init__(self, trace: Trace) -> None:
        replay_ids = [parse_replay_id(seen.get("replay_id")).value for seen in trace.observed]
        raws = [call.session_id for call in trace.calls] + [seen.get("session_id") for seen in trace.observed]
        numbers = {session_number(raw) or 0 for raw in raws} | {r.session_id for r in replay_ids if r is not None}
        self.sessions = {number: rank for rank, number in enumerate(sorted(n for n in numbers if n > 0), 1)}
        loads = (parse_device_id(call.device_id).value for call in trace.calls if call.trigger is Trigger.LOAD)
        devices = dict.fromkeys((*loads, *(r.device_id for r in replay_ids if r is not None)))
        self.devices = {device: f"device-{n}" for n, device in enumerate(devices, 1) if device is not None}

    def session(self, raw: object) -> int:
        """A session ID as its rank, or as one of its kind."""
        number = session_number(raw)
        return MALFORMED if number is None else self.sessions.get(number, number)

    def observed_session(self, raw: object) -> int:
        """An observed session ID as its rank."""
        return NOTHING if session_number(raw) is None else self.session(raw)

    def replay_id(self, raw: object) -> list[object]:
        """An observed replay ID in its parts; nothing for none."""
        if raw is None:
            return []
        found = parse_replay_id(raw).value
        return [NOTHING] if found is None else [self.devices[found.device_id], self.sessions[found.session_id]]


def _call(table: Table, call: Call, ids: Ids) -> list[object]:
    """A call as the specification writes it."""
    absent = NOT_POPULATED if table.unset is Kind.NOT_POPULATED and call.trigger is not Trigger.LOAD else 0
    session = absent if call.session_id is UNSET else ids.session(call.session_id)
    if call.trigger is Trigger.LOAD:
        device = UNUSABLE_DEVICES.get(device_of(call.device_id)) if parse_device_id(call.device_id).flaw else None
        return [str(call.trigger), ids.devices[str(call.device_id)] if device is None else device, session]
    takes_session = any(symbol.trigger is call.trigger and symbol.kind is not Kind.ANY for symbol in table.symbols)
    return [str(call.trigger), session] if takes_session else [str(call.trigger)]


def _condition(seen: dict[str, Any], ids: Ids) -> str:
    """What was observed, as a formula of the specification."""
    formulas: dict[str, Callable[[Any], str]] = {
        "state": lambda value: f"state = {_tla(value)}",
        "session_id": lambda value: f"session = {_tla(ids.observed_session(value))}",
        "replay_id": lambda value: f"CarriedReplayId = {_tla(ids.replay_id(value))}",
        "accepted": lambda value: f"accepted = {_tla(bool(value))}",
        "delivered": lambda value: f'("deliver" \\in effects) = {_tla(bool(value))}',
        "findings": lambda value: f"ReportedFindings = {_tla([code for code in value if code not in ABOUT_IDS])}",
    }
    return " /\\ ".join(formulas[key](value) for key, value in seen.items()) or "TRUE"


def _tla(value: object) -> str:
    """A value as TLA+ writes it. Text loses every character that could end it: nothing observed can be a formula."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"<<{', '.join(map(_tla, value))}>>"
    return '"' + re.sub(r"[^A-Za-z0-9_ ./-]", "?", str(value))[:100] + '"'


def _module(table: Table, trace: Trace, ids: Ids) -> str:
    """The module that has the trace as its only behaviour."""
    is_set_up = any(call.trigger in table.setup for call in trace.calls)
    begins = " /\\ <<replay_plugin, segment_plugin, amplitude_destination>> = " if table.setup else ""
    begins += ("NothingSetUp" if is_set_up else "AsDocumented") if table.setup else ""
    observed = "\n".join(f"    [] taken = {n} -> {_condition(seen, ids)}" for n, seen in enumerate(trace.observed, 1))
    return _MODULE_TEXT.format(
        module=MODULE,
        extended=MODULES[table.mode],
        calls=", ".join(_tla(_call(table, call, ids)) for call in trace.calls),
        begins=begins,
        variables="vars" if table.setup else "core",
        observed=observed,
    )

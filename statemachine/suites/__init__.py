"""The law's properties, to run against any integration. Needs the extra `suites`.

An `Adapter` makes an implementation drivable: `start`, then `call` after `call`, each with what can be
observed of it. `suite_of(mode, adapter)` is a Hypothesis stateful suite of it: its `TestCase` runs
on its standard input and output; `statemachine conform` runs one.

    class TestMine(suite_of("actions", MyAdapter).TestCase):
        settings = settings(max_examples=300)

The strategies give IDs, calls, call traces and event streams. `hostile` says which: False sound ones only,
True hostile ones only, None both, mixed.

A failing run ends in `LawBrokenError`: the invariant, the call trace that shows it, shrunk, what the law
expected and what was observed, and the trace in both forms that can be pasted.
"""

from statemachine.suites.adapter import Adapter, Observed
from statemachine.suites.invariants import INVARIANTS
from statemachine.suites.judge import LawBrokenError, Lockstep
from statemachine.suites.program import HarnessError, Program
from statemachine.suites.run import run_suite
from statemachine.suites.strategies import (
    call_traces,
    calls,
    device_ids,
    event_streams,
    hostile_device_ids,
    hostile_session_ids,
    malformed_session_ids,
    session_ids,
    sound_session_ids,
)
from statemachine.suites.suite import Suite, suite_of

__all__ = [
    "INVARIANTS",
    "Adapter",
    "HarnessError",
    "LawBrokenError",
    "Lockstep",
    "Observed",
    "Program",
    "Suite",
    "call_traces",
    "calls",
    "device_ids",
    "event_streams",
    "hostile_device_ids",
    "hostile_session_ids",
    "malformed_session_ids",
    "run_suite",
    "session_ids",
    "sound_session_ids",
    "suite_of",
]

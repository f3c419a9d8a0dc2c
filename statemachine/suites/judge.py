"""An implementation and the law in lockstep: the same calls, and the first one that breaks an invariant."""

from __future__ import annotations

import json
import pprint
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from statemachine.errors import InvalidIdError
from statemachine.event import as_call_trace, call_of
from statemachine.machines import table_of
from statemachine.replay import Replay, start, step
from statemachine.suites.adapter import Adapter, Observed
from statemachine.suites.invariants import CODES, MEANINGS, TOTAL, WELL_FORMED, Moment, expected_of, violated
from statemachine.symbol import Call
from statemachine.table import Outcome, Table


class LawBrokenError(AssertionError):
    """An implementation broke an invariant. `trace` is what was called, up to and including that call."""

    def __init__(
        self,
        mode: str,
        is_set_up: bool,
        invariants: list[str],
        trace: tuple[Call, ...],
        expected: Observed,
        seen: str,
        outcome: Outcome,
    ) -> None:
        self.mode = mode
        self.is_set_up: bool = is_set_up
        invariant = invariants[0]
        self.invariant: str = invariant
        self.invariants: tuple[str, ...] = tuple(invariants)
        """All that are broken at this moment, `invariant` first."""
        self.trace = trace
        self.also: tuple[LawBrokenError, ...] = ()
        """What else was seen to be broken, by other streams: the shortest known of each."""
        self.moves: tuple[Mapping[str, Any], ...] = ()
        """The moves of a visit in a browser, up to the one that broke the law."""
        self.adapter = "adapter"
        """What to write in Python for the implementation."""
        self.code: str | None = CODES.get(invariant)
        """The finding that a log would show of it, where there is one."""
        steps = list(as_call_trace(trace))
        decided = ("accepted" if outcome.accepted else "refused") + "".join(f", {code}" for code in outcome.findings)
        self.expected: str = f"{_told(expected)} ({decided})"
        """What the law asks for at the last call, in words."""
        self.observed = seen
        """What was observed there, in words."""
        self._told = [
            f"{invariant}{f' ({self.code})' if self.code else ''}: {MEANINGS[invariant]}",
            f"  the law:  {self.expected}",
            f"  observed: {seen}",
            f"The calls, as a trace for `statemachine run {mode} FILE`:",
            *(json.dumps(step, default=repr) for step in steps),
        ]
        super().__init__(invariant)

    def __str__(self) -> str:
        """What broke, the calls, and how to have them again in Python."""
        set_up = "" if self.is_set_up else ", is_set_up=False"
        head = f"Lockstep({self.mode!r}, {self.adapter}{set_up}).run("
        names = "Lockstep, Program" if self.adapter.startswith("Program(") else "Lockstep"
        imports = [f"from statemachine.suites import {names}"]
        again: list[Any] = list(as_call_trace(self.trace))
        if self.moves:
            imports = ["from statemachine.suites.browser import visit"]
            head, again = f"visit(site, {self.mode!r},", list(self.moves)
        code = pprint.pformat(again, sort_dicts=False, width=100).splitlines()
        return "\n".join([*self._told, "In Python:", *imports, head, *(f"    {line}" for line in code), ")"])


def _told(observed: Observed) -> str:
    shown = {key: value for key, value in attrs.asdict(observed).items() if value is not None}
    shown["replay_id"] = shown["replay_id"] or None if "replay_id" in shown else ...
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in shown.items() if value is not ...)


class Law:
    """The law of one page: every call, and what was observed of it, is compared with it."""

    def __init__(self, mode: str, *, is_set_up: bool = True) -> None:
        """Start a page of a mode, in cloud-mode with its shell set up or not. Raises UnknownNameError."""
        self.table: Table = table_of(mode)
        self.is_set_up: bool = is_set_up
        self.replay: Replay = Replay(self.table.begins) if is_set_up else start(self.table)
        self.seen: Observed = Observed(0, "")
        self.trace: tuple[Call, ...] = ()

    def judge(self, call: Call, observe: Callable[[], Observed | Mapping[str, Any]]) -> Observed:
        """Take a call, and what `observe` says of it. Returns that; raises LawBrokenError when it is not lawful.

        What `observe` raises is what the implementation raised.
        """
        self.trace = (*self.trace, call)
        before, was = self.replay, self.seen
        self.replay, outcome = step(self.table, before, call)
        try:
            answer = observe()
            self.seen = answer if isinstance(answer, Observed) else Observed.of(answer)
        except Exception as error:
            nothing = Moment(call, before, self.replay, outcome, was, was)
            name = WELL_FORMED if isinstance(error, InvalidIdError) else TOTAL
            raise self._broken([name], nothing, f"{type(error).__name__}: {error}") from error
        moment = Moment(call, before, self.replay, outcome, was, self.seen)
        broken = violated(moment)
        if broken:
            raise self._broken(broken, moment, _told(self.seen))
        return self.seen

    def _broken(self, invariants: list[str], moment: Moment, seen: str) -> LawBrokenError:
        mode, expected = self.table.mode, expected_of(moment)
        return LawBrokenError(mode, self.is_set_up, invariants, self.trace, expected, seen, moment.outcome)


class Lockstep(Law):
    """One page: every call goes to the implementation and to the law, and both are compared."""

    def __init__(self, mode: str, adapter: Adapter, *, is_set_up: bool = True) -> None:
        """Start a page of a mode, in cloud-mode with its shell set up or not. Raises UnknownNameError."""
        super().__init__(mode, is_set_up=is_set_up)
        self.adapter = adapter
        adapter.start(mode, is_set_up)

    def call(self, call: Call) -> Observed:
        """Take a call. Returns what was observed; raises LawBrokenError when that is not lawful."""
        (record,) = as_call_trace([call])
        return self.judge(call, lambda: self.adapter.call(record))

    def run(self, steps: Iterable[dict[str, Any]]) -> None:
        """Take the steps of a call trace. Raises LawBrokenError; ValueError for what is no step of the mode."""
        for number, record in enumerate(steps, 1):
            _, call = call_of(number, json.dumps(record).encode(), self.table.triggers)
            if not isinstance(call, Call):
                raise ValueError(f"step {number}: {call.reason}")
            self.call(call)

    def close(self) -> None:
        """End the page."""
        self.adapter.close()

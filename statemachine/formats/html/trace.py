"""The calls of one page → a page: those of a trace, and those that show what breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from statemachine.bounds import MOST_FINDINGS, MOST_STEPS
from statemachine.errors import printable, shown
from statemachine.event import as_call_trace, call_of
from statemachine.finding import LONGEST_ID
from statemachine.formats.html.chart import Walk, named
from statemachine.formats.html.page import Page, Step, Subject, Told, counted, verdict_of, worst_first
from statemachine.formats.html.rows import id_shown
from statemachine.replay import Replay, begin
from statemachine.rules import RULES
from statemachine.symbol import Call
from statemachine.table import Effect, Table
from statemachine.trace import TraceStep, described, judge_trace


def page_of_trace(table: Table, name: str, lines: Sequence[tuple[int, bytes]], problem: str | None = None) -> Page:
    """The page of a call trace, given as numbered lines. `problem` is what kept it from being read whole."""
    steps = list(judge_trace(table, lines))
    walk = Walk(table)
    ways = _ways(walk, lines)
    counts = Counter(code for step in steps for code in step.findings)
    device = name
    subject = Subject(
        device,
        table.mode,
        len(steps),
        dict(counts),
        tuple(_step(step, own, name) for step, own in zip(steps[:MOST_STEPS], ways, strict=False)),
        *_sessions(steps),
    )
    told = [
        Told(code, _message(step, code), device, table.mode, name, step.line)
        for step in steps
        for code in step.findings
    ]
    found = worst_first(dict(counts), dict.fromkeys(counts, 1))
    return Page(
        title=f"The calls of {name}, in {table.title}",
        verdict=verdict_of(found),
        told=f"{counted(len(steps), 'call')} read = {len(steps):,} taken or told",
        facts=(("calls", len(steps)), ("findings", len(told))),
        counts=found,
        total=len(steps),
        unit="call",
        subject_unit="trace",
        subjects=(subject,),
        subjects_in_all=1,
        findings=tuple(told[:MOST_FINDINGS]),
        findings_in_all=len(told),
        warnings=(printable(f"cannot read {problem}"),) if problem else (),
        charts=(walk.chart(),),
    )


def subject_of(walk: Walk, name: str, calls: Sequence[Call], start: Replay | None = None, note: str = "") -> Subject:
    """Calls that show what breaks, the last of them with a note on how; set up as `start`, or as a trace is."""
    replay = begin(walk.table, calls) if start is None else start
    steps = []
    codes: Counter[str] = Counter()
    for n, (call, record) in enumerate(zip(calls, as_call_trace(calls), strict=True), 1):
        before = replay
        replay, outcome, ways = walk.step(before, call)
        codes.update(outcome.findings)
        step = Step(
            call=_named(call, before, record),
            state=replay.state.value,
            accepted=outcome.accepted,
            line=n,
            session_id=_session(record),
            now=replay.session_id,
            replay_id=None if Effect.UNTAGGED in outcome.effects else replay.replay_id,
            found=tuple((code, RULES[code].means) for code in outcome.findings),
            ways=ways,
        )
        steps.append(step)
    if steps:
        steps[-1] = attrs.evolve(steps[-1], note=note)
    sessions = [step.now for step in steps if step.now] or [0]
    return Subject(name, walk.table.mode, len(steps), dict(codes), tuple(steps), sessions[0], sessions[-1])


def _ways(walk: Walk, lines: Iterable[tuple[int, bytes]]) -> list[tuple[tuple[int, ...], str]]:
    """For each line, the way that its call takes, and what it is in words."""
    read = [call_of(number, text, walk.table.triggers) for number, text in lines]
    replay = begin(walk.table, (call for _, call in read if isinstance(call, Call)))
    found: list[tuple[tuple[int, ...], str]] = []
    for value, call in read:
        if not isinstance(call, Call):
            found.append(((), described(value)))
            continue
        before = replay
        replay, _, ways = walk.step(before, call)
        found.append((ways, _named(call, before, value)))
    return found


def _named(call: Call, before: Replay, record: object) -> str:
    device = record.get("device_id") if isinstance(record, dict) else None
    return named(call, before) + (f", device {shown(device)}" if device is not None else "")


def _session(record: object) -> int | str | None:
    raw = record.get("session_id") if isinstance(record, dict) else None
    return raw if type(raw) is int and abs(raw) < 2**53 else None if raw is None else shown(raw)


def _step(step: TraceStep, way: tuple[tuple[int, ...], str], name: str) -> Step:
    ways, call = way
    return Step(
        call=call,
        state=step.state,
        accepted=step.accepted,
        file=printable(name),
        line=step.line,
        session_id=_session(step.call),
        now=step.session_id,
        replay_id=None if step.replay_id is None else id_shown(step.replay_id),
        found=tuple((code, _message(step, code)) for code in step.findings),
        ways=ways,
    )


def _message(step: TraceStep, code: str) -> str:
    return printable(step.reason[:LONGEST_ID]) if step.reason else RULES[code].means


def _sessions(steps: list[TraceStep]) -> tuple[int, int]:
    own = [step.session_id for step in steps if step.session_id]
    return (own[0], own[-1]) if own else (0, 0)

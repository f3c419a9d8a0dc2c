"""What was proved, or judged by suites, and what breaks it → a page."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from statemachine.formats.html.chart import Walk
from statemachine.formats.html.page import Check, Page, Subject, counted
from statemachine.formats.html.trace import subject_of
from statemachine.machines import TABLES
from statemachine.replay import Replay
from statemachine.symbol import Call


@attrs.frozen
class Shown:
    """A check, and the calls that show how it fails; `start` is the replay before them, if not that of a trace.

    `note` is said at the last of them, a line a paragraph.
    """

    check: Check
    calls: tuple[Call, ...] = ()
    start: Replay | None = None
    note: str = ""


def page_of_checks(title: str, verdict: str, told: str, shown: Sequence[Shown], warnings: Sequence[str] = ()) -> Page:
    """The page of what was checked, with a subject for every way to fail; checks that fail alike share theirs."""
    walks: dict[str, Walk] = {}
    subjects: dict[tuple[str, tuple[Call, ...]], tuple[int, Subject]] = {}
    checks = []
    for one in shown:
        check = one.check
        if not check.holds and one.calls:
            key = (check.mode, one.calls)
            if key not in subjects:
                walk = walks.setdefault(check.mode, Walk(TABLES[check.mode]))
                name = f"{check.mode}: {check.property}"
                subjects[key] = len(subjects), subject_of(walk, name, one.calls, one.start, one.note or check.detail)
            check = attrs.evolve(check, subject=subjects[key][0])
        checks.append(check)
    failing = sum(not check.holds for check in checks)
    return Page(
        title=title,
        verdict=verdict,
        told=told,
        facts=(("checked", len(checks)), ("hold", len(checks) - failing), ("fail", failing)),
        counts=(),
        total=len(checks),
        unit="call",
        subject_unit="counterexample",
        subjects=tuple(subject for _, subject in subjects.values()),
        subjects_in_all=len(subjects),
        checks=tuple(checks),
        warnings=tuple(warnings),
        charts=tuple(walk.chart() for walk in walks.values()),
    )


def verdict_of_checks(shown: Sequence[Shown]) -> str:
    """What was proved in one sentence."""
    failing = sum(not one.check.holds for one in shown)
    if failing:
        return f"{counted(failing, 'check')} of {len(shown):,} failed"
    return "The check holds" if len(shown) == 1 else f"All {len(shown):,} checks hold"

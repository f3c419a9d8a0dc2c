"""What a page shows, whatever made it: a log, a call trace, an integration that was judged, a proof."""

from __future__ import annotations

import attrs

from statemachine.interpreters.diagram.dot import Place
from statemachine.rules import RULES, Severity
from statemachine.table import Table


@attrs.frozen
class Step:
    """One event of a device, or one call of a page, and what came of it.

    `session_id` is the call's own (epoch milliseconds, or its text where it is none), `now` the replay session after
    it (0 for none), `replay_id` what the event carries. `accepted` is None where nothing was decided: a repeated
    delivery, an unreadable line. `found` are codes and messages. `ways` number the places in the chart of the mode
    that the step takes. `after_gap` says that events before it are left out.
    """

    call: str
    state: str | None = None
    accepted: bool | None = None
    file: str = ""
    line: int | None = None
    path: str = "$"
    session_id: int | str | None = None
    now: int = 0
    replay_id: str | None = None
    found: tuple[tuple[str, str], ...] = ()
    ways: tuple[int, ...] = ()
    after_gap: bool = False
    note: str = ""


@attrs.define
class Session:
    """One session of a device: its ID (epoch milliseconds), its events, and what was found at them, by code.

    An event is in the session in which the replay is after it. `states` are those after its events.
    """

    id: int
    events: int = 0
    counts: dict[str, int] = attrs.field(factory=dict)
    states: set[str] = attrs.field(factory=set)


@attrs.frozen
class Subject:
    """One device of a log, one call trace, or one counterexample. `counts` are findings by code.

    `events` is how many there are, of which `steps` are held, and `sessions_in_all` how many sessions, of which
    `sessions` are held, in order. `first` and `last` are session IDs, epoch milliseconds, 0 for none.
    """

    name: str
    mode: str
    events: int
    counts: dict[str, int]
    steps: tuple[Step, ...] = ()
    first: int = 0
    last: int = 0
    sessions: tuple[Session, ...] = ()
    sessions_in_all: int = 0
    is_device: bool = True
    """False for the payloads of a log that have no device ID: they are no device."""

    def of(self, severity: Severity) -> int:
        """How many findings of a severity it has."""
        return sum(n for code, n in self.counts.items() if RULES[code].severity is severity)


@attrs.frozen
class Told:
    """One finding in the list of all."""

    code: str
    message: str
    subject: str
    mode: str
    file: str
    line: int | None
    session_id: int | str | None = None
    state: str | None = None


@attrs.frozen
class File:
    """One input: in which mode it was judged, and why in that one."""

    name: str
    mode: str
    why: str
    read: int
    judged: int
    unreadable: int
    findings: int


@attrs.frozen
class Bucket:
    """One bar of the timeline, from `start` on (epoch milliseconds): events by session ID, findings by severity."""

    start: int
    events: int
    errors: int
    warnings: int
    infos: int


@attrs.frozen
class Timeline:
    """Bars of `width` milliseconds. `outside` are events whose session ID is none, or far from all others."""

    buckets: tuple[Bucket, ...]
    width: int
    outside: int


@attrs.frozen
class Check:
    """One property that was proved or held, or was not; where it was not, `subject` is the number of what shows it."""

    mode: str
    property: str
    method: str
    tool: str
    bounds: str
    states: str
    holds: bool
    detail: str = ""
    code: str | None = None
    subject: int | None = None


@attrs.frozen
class Count:
    """All findings of one code: how many, in how many of the subjects."""

    code: str
    findings: int
    subjects: int

    @property
    def severity(self) -> Severity:
        """How bad they are."""
        return RULES[self.code].severity


@attrs.frozen
class Chart:
    """The drawing of a mode, and the places in it that steps take."""

    table: Table
    places: tuple[Place, ...]


@attrs.frozen
class Page:
    """All of it. `facts` are numbers with their names; `warnings` are what makes the rest less than it seems."""

    title: str
    verdict: str
    told: str
    facts: tuple[tuple[str, int], ...]
    counts: tuple[Count, ...]
    total: int
    """Events, calls or payloads that the counts are of."""
    unit: str
    """What one of these is: `event`, `call`."""
    subject_unit: str
    """What a subject is: `device`, `trace`, `counterexample`."""
    subjects: tuple[Subject, ...] = ()
    subjects_in_all: int = 0
    """Those with findings."""
    devices_in_all: int = 0
    """Of a log: those with findings and those without."""
    findings: tuple[Told, ...] = ()
    findings_in_all: int = 0
    files: tuple[File, ...] = ()
    checks: tuple[Check, ...] = ()
    timeline: Timeline | None = None
    warnings: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()


def codes_in(page: Page) -> list[str]:
    """The codes that a page names anywhere, those with the highest severity first."""
    found = dict.fromkeys(count.code for count in page.counts)
    found |= dict.fromkeys(check.code for check in page.checks if check.code)
    found |= dict.fromkeys(code for subject in page.subjects for code in sorted(subject.counts))
    return sorted(found, key=lambda code: -RULES[code].severity.rank)


def states_in(page: Page) -> list[str]:
    """The states that a page names anywhere."""
    found = {step.state for subject in page.subjects for step in subject.steps if step.state}
    found |= {state for subject in page.subjects for session in subject.sessions for state in session.states}
    return sorted(found | {finding.state for finding in page.findings if finding.state})


def worst_first(counts: dict[str, int], subjects: dict[str, int]) -> tuple[Count, ...]:
    """Counts by code, the highest severity and the largest number first."""
    found = [Count(code, n, subjects.get(code, 0)) for code, n in counts.items()]
    return tuple(sorted(found, key=lambda count: (-count.severity.rank, -count.findings, count.code)))


def verdict_of(counts: tuple[Count, ...]) -> str:
    """The page in one short sentence."""
    if not counts:
        return "No findings"
    parts = []
    for severity in Severity:
        n = sum(count.findings for count in counts if count.severity is severity)
        if n:
            parts.append(counted(n, {"info": "note"}.get(severity.value, severity.value)))
    return ", ".join(parts)


def counted(n: int, name: str) -> str:
    """A number with its noun."""
    return f"{n:,} {name}" if n == 1 else f"{n:,} {name}s"

"""A page → what its script needs, as JSON in columns, harmless inside of a script element."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from statemachine.formats.html.page import Page, Session, Subject, Timeline, codes_in
from statemachine.rules import RULES, Severity

_DATA: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""What could end a script element, or a line of one; inside of JSON's strings only these five can stand."""
_LARGE: Final = re.compile(r"(?<![\d.])([1-9][0-9]{4,14})(?![\d.])")
"""Session IDs and lengths of time in messages, which would make each of them another text."""


@attrs.define
class _Texts:
    """Texts by number, each once."""

    known: dict[str, int] = attrs.field(factory=dict)

    def one(self, text: str) -> int:
        """The number of a text."""
        return self.known.setdefault(text, len(self.known))

    def said(self, message: str) -> list[int]:
        """A message, as the number of what it has in common with others, and the large numbers between its parts."""
        parts = _LARGE.split(message)
        return [self.one("\0".join(parts[::2])), *map(int, parts[1::2])]

    def all(self, texts: Iterable[str | None]) -> list[int | None]:
        """The numbers of a column."""
        return [None if text is None else self.one(text) for text in texts]


def data(page: Page) -> str:
    """What the script needs, as JSON in columns, harmless inside of a script element."""
    texts = _Texts()
    known = {(subject.mode, subject.name): n for n, subject in enumerate(page.subjects)}
    findings = page.findings
    packed = {
        "unit": page.unit,
        "subjectUnit": page.subject_unit,
        "devicesInAll": page.devices_in_all,
        "devicesHeld": sum(subject.is_device for subject in page.subjects),
        "axis": _axis(page.timeline),
        "rules": {code: [RULES[code].name, RULES[code].severity.value] for code in codes_in(page)},
        "charts": {
            chart.table.mode: [[p.states, p.arrows, p.said_in, p.first, p.count] for p in chart.places]
            for chart in page.charts
        },
        "arrives": {chart.table.mode: chart.table.arrives for chart in page.charts},
        "subjects": [_subject(subject, texts) for subject in page.subjects],
        "findings": {
            "code": [one.code for one in findings],
            "subject": [known.get((one.mode, one.subject), -1) for one in findings],
            "name": texts.all(one.subject for one in findings),
            "file": texts.all(one.file for one in findings),
            "line": [one.line for one in findings],
            "session": [one.session_id for one in findings],
            "state": texts.all(one.state for one in findings),
            "message": [texts.said(one.message) for one in findings],
        },
    }
    packed["texts"] = [*texts.known]
    return json.dumps(packed, separators=(",", ":")).translate(_DATA)


def _subject(subject: Subject, texts: _Texts) -> dict[str, Any]:
    steps = subject.steps
    return {
        "name": subject.name,
        "mode": subject.mode,
        "events": subject.events,
        "worst": [subject.of(severity) for severity in Severity],
        "codes": subject.counts,
        "first": subject.first,
        "last": subject.last,
        "sessionsInAll": subject.sessions_in_all,
        "sessions": _sessions(subject.sessions, texts),
        "steps": {
            "call": texts.all(step.call for step in steps),
            "state": texts.all(step.state for step in steps),
            "ok": [None if step.accepted is None else int(step.accepted) for step in steps],
            "file": texts.all(step.file for step in steps),
            "line": [step.line for step in steps],
            "path": _sparse((n, step.path) for n, step in enumerate(steps) if step.path != "$"),
            "session": [step.session_id for step in steps],
            "now": [step.now for step in steps],
            "replay": [_replay(subject.name, step.replay_id) for step in steps],
            "found": _sparse(
                (n, [(code, texts.said(message)) for code, message in step.found])
                for n, step in enumerate(steps)
                if step.found
            ),
            "ways": [step.ways for step in steps],
            "gaps": [n for n, step in enumerate(steps) if step.after_gap],
            "notes": _sparse((n, step.note) for n, step in enumerate(steps) if step.note),
        },
    }


def _sessions(sessions: Sequence[Session], texts: _Texts) -> dict[str, Any]:
    return {
        "id": [one.id for one in sessions],
        "events": [one.events for one in sessions],
        "states": [sorted(map(texts.one, one.states)) for one in sessions],
        "codes": _sparse((n, one.counts) for n, one in enumerate(sessions) if one.counts),
    }


def _axis(timeline: Timeline | None) -> tuple[int, int] | None:
    """From when to when the timeline goes; None where there is none."""
    if timeline is None or not timeline.buckets:
        return None
    return timeline.buckets[0].start, timeline.buckets[-1].start + timeline.width


def _sparse(given: Iterable[tuple[int, Any]]) -> dict[int, Any]:
    return dict(given)


def _replay(device: str, replay_id: str | None) -> int | str | None:
    """A replay ID of the subject's own device is its session ID alone."""
    if replay_id is None:
        return None
    own, _, session = replay_id.rpartition("/")
    is_number = session.isascii() and session.isdigit() and len(session) < 16 and str(int(session)) == session
    return int(session) if own == device and is_number else replay_id

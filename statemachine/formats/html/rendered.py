"""A page → one file of HTML: no request leaves it, and nothing from data is markup or code in it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any, Final

from statemachine import __version__
from statemachine.formats.html.chart import svg
from statemachine.formats.html.page import Page, Subject, Timeline, codes_in, counted
from statemachine.formats.html.words import sentence
from statemachine.rules import PAGE, RULES, Severity

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST: Final = 253_402_300_800_000
_DATA: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""What could end a script element, or a line of one; inside of JSON's strings only these five can stand."""
BAR: Final = 12
"""Width of a bar of the timeline, in its own units."""
HEIGHT: Final = 96


def utc(milliseconds: int) -> str:
    """A time for people; nothing for one that is none."""
    if not 0 < milliseconds < _LATEST:
        return ""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%d %H:%M:%S UTC")


def lasting(milliseconds: int) -> str:
    """A length of time for people, rounded down to its unit."""
    units = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000))
    name, size = next((unit for unit in units if milliseconds >= 2 * unit[1]), ("second", 1_000))
    return counted(milliseconds // size, name)


def rendered(page: Page) -> str:
    """A page as HTML, in ASCII. Raises MissingExtraError without Graphviz, ImportError without Jinja."""
    import jinja2  # only this report needs it

    folder = files("statemachine.formats.html")
    style, script = (folder.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    strict = jinja2.StrictUndefined
    environment = jinja2.Environment(autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"utc": utc, "thousands": "{:,}".format, "counted": counted, "lasting": lasting}
    environment.globals |= {"len": len}
    template = environment.from_string(folder.joinpath("page.html.jinja").read_text("utf-8"))
    text = template.render(
        page=page,
        problems=[(count, RULES[count.code], sentence(count, page.total, page.unit)) for count in page.counts],
        rules=[RULES[code] for code in codes_in(page)],
        failing=[check for check in page.checks if not check.holds],
        source=PAGE,
        version=__version__,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=data(page),
        charts=[(chart.table, svg(chart.table)) for chart in page.charts],
        bars=_bars(page.timeline) if page.timeline else [],
        bar=BAR,
        height=HEIGHT,
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def data(page: Page) -> str:
    """What the script needs, as JSON in columns, harmless inside of a script element."""
    texts: dict[str, int] = {}

    def number(text: str | None) -> int | None:
        return None if text is None else texts.setdefault(text, len(texts))

    known = {(subject.mode, subject.name): n for n, subject in enumerate(page.subjects)}
    findings = page.findings
    packed = {
        "unit": page.unit,
        "subjectUnit": page.subject_unit,
        "rules": {code: [RULES[code].name, RULES[code].severity.value] for code in codes_in(page)},
        "charts": {
            chart.table.mode: [[p.states, p.arrows, p.said_in, p.first, p.count] for p in chart.places]
            for chart in page.charts
        },
        "arrives": {chart.table.mode: chart.table.arrives for chart in page.charts},
        "subjects": [_subject(subject, number) for subject in page.subjects],
        "findings": {
            "code": [one.code for one in findings],
            "subject": [known.get((one.mode, one.subject), -1) for one in findings],
            "name": [number(one.subject) for one in findings],
            "file": [number(one.file) for one in findings],
            "line": [one.line for one in findings],
            "session": [one.session_id for one in findings],
            "message": [one.message for one in findings],
        },
    }
    packed["texts"] = [*texts]
    return json.dumps(packed, separators=(",", ":")).translate(_DATA)


def _subject(subject: Subject, number: Callable[[str | None], int | None]) -> dict[str, Any]:
    steps = subject.steps
    return {
        "name": subject.name,
        "mode": subject.mode,
        "events": subject.events,
        "worst": [subject.of(severity) for severity in Severity],
        "codes": subject.counts,
        "first": subject.first,
        "last": subject.last,
        "steps": {
            "call": [number(step.call) for step in steps],
            "state": [number(step.state) for step in steps],
            "ok": [None if step.accepted is None else int(step.accepted) for step in steps],
            "file": [number(step.file) for step in steps],
            "line": [step.line for step in steps],
            "path": _sparse((n, step.path) for n, step in enumerate(steps) if step.path != "$"),
            "session": [step.session_id for step in steps],
            "now": [step.now for step in steps],
            "replay": [_replay(subject.name, step.replay_id) for step in steps],
            "found": _sparse((n, step.found) for n, step in enumerate(steps) if step.found),
            "ways": [step.ways for step in steps],
            "gaps": [n for n, step in enumerate(steps) if step.after_gap],
            "notes": _sparse((n, step.note) for n, step in enumerate(steps) if step.note),
        },
    }


def _sparse(given: Iterable[tuple[int, Any]]) -> dict[int, Any]:
    return dict(given)


def _replay(device: str, replay_id: str | None) -> int | str | None:
    """A replay ID of the subject's own device is its session ID alone."""
    if replay_id is None:
        return None
    own, _, session = replay_id.rpartition("/")
    is_number = session.isascii() and session.isdigit() and len(session) < 16 and str(int(session)) == session
    return int(session) if own == device and is_number else replay_id


def _bars(timeline: Timeline) -> list[dict[str, Any]]:
    """The bars of the timeline, in units of its drawing: findings below, what is in order above them."""
    highest = max((max(b.events, b.errors + b.warnings + b.infos) for b in timeline.buckets), default=0) or 1
    found = []
    for n, bucket in enumerate(timeline.buckets):
        parts: list[dict[str, Any]] = []
        top = float(HEIGHT)
        flagged = bucket.errors + bucket.warnings + bucket.infos
        kinds = (("error", bucket.errors), ("warning", bucket.warnings), ("info", bucket.infos))
        for name, count in (*kinds, ("sound", max(bucket.events - flagged, 0))):
            height = round(count / highest * HEIGHT, 2)
            top -= height
            if count:
                parts.append({"name": name, "y": round(top, 2), "height": max(height, 1)})
        found.append({"x": n * BAR, "bucket": bucket, "parts": parts})
    return found

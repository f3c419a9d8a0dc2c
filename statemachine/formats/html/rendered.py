"""A page → one file of HTML: no request leaves it, and nothing from data is markup or code in it."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any, Final

from statemachine import __version__
from statemachine.formats.html.chart import svg
from statemachine.formats.html.packed import data
from statemachine.formats.html.page import Page, Timeline, codes_in, counted, states_in
from statemachine.formats.html.words import listed, sentence
from statemachine.rules import MEASUREMENTS, PAGE, RULES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST: Final = 253_402_300_800_000
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


def capitalized(text: str) -> str:
    """A text that begins a line; the rest of it stays."""
    return text[:1].upper() + text[1:]


def rendered(page: Page) -> str:
    """A page as HTML, in ASCII. Raises MissingExtraError without Graphviz, ImportError without Jinja."""
    import jinja2  # only this report needs it

    folder = files("statemachine.formats.html")
    style, script = (folder.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    strict = jinja2.StrictUndefined
    environment = jinja2.Environment(autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"utc": utc, "thousands": "{:,}".format, "counted": counted}
    environment.filters |= {"lasting": lasting, "capitalized": capitalized}
    environment.globals |= {"len": len}
    template = environment.from_string(folder.joinpath("page.html.jinja").read_text("utf-8"))
    text = template.render(
        page=page,
        problems=[(count, RULES[count.code], sentence(count, page.total, page.unit)) for count in page.counts],
        rules=[RULES[code] for code in codes_in(page)],
        states=states_in(page),
        listed=listed(page),
        cut=any(len(subject.sessions) < subject.sessions_in_all for subject in page.subjects),
        failing=[check for check in page.checks if not check.holds],
        source=PAGE,
        measurements=MEASUREMENTS,
        version=__version__,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=data(page),
        charts=[(chart.table, svg(chart.table)) for chart in page.charts],
        bars=_bars(page.timeline) if page.timeline else [],
        highest=max((bucket.events for bucket in page.timeline.buckets), default=0) if page.timeline else 0,
        bar=BAR,
        height=HEIGHT,
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


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

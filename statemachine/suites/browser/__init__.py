"""The suites in a real browser: an integration with the real SDKs, in headless Chromium. Needs the extra `browser`.

    with Chromium("node_modules") as chromium:
        site = chromium.site("mine.js")
        visit(site, "actions", [{"move": "load"}, {"move": "track", "session_ids": [2000]}])
        run_visits(site, "actions", examples=50)

A visit is a list of moves (`statemachine.suites.browser.visit` says which there are). Every one is judged by the
law: the session and the replay ID of the SDK, and what went over the wire.
"""

from statemachine.suites.browser.chromium import BrowserError, Chromium, Site, missing
from statemachine.suites.browser.explore import run_visits, short_visits, survey, visits
from statemachine.suites.browser.visit import Move, Visit, visit

__all__ = [
    "BrowserError",
    "Chromium",
    "Move",
    "Site",
    "Visit",
    "missing",
    "run_visits",
    "short_visits",
    "survey",
    "visit",
    "visits",
]

"""A visit: moves of a visitor's pages in Chromium, each judged by the law.

A move is a JSON object:

    {"move": "load", "session_id": 1000}          the first page; `session_id` is the stored one (Actions)
    {"move": "load", "writes_cookie": false}      Segment is configured to keep sessions in localStorage only
    {"move": "track", "session_ids": [2000]}      events in one tick, with what Segment fills in as their
                                                  session IDs; without any, one event as it comes
    {"move": "track", "held": 50, …}              held so many milliseconds by an enrichment of another plugin
    {"move": "track", "bare": true}               with all integrations off (Actions); past the shell (cloud-mode)
    {"move": "track", "explicit": 2000}           cloud-mode: with a session ID of the caller's
    {"move": "wait", "ms": 1800000}               until so long after the last event
    {"move": "reload"}, {"move": "switch tab"}    cookies and storage stay; two tabs share them
    {"move": "reset"}                             analytics.reset()

As in specs/reality.md, 1000 is the session of the first page, whatever it is in epoch milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

from playwright.sync_api import Page

from statemachine.ids import NO_SESSION, UNSET, session_number
from statemachine.suites.adapter import Observed
from statemachine.suites.browser.chromium import Site, Visitor
from statemachine.suites.browser.wire import DESTINATIONS, Sent
from statemachine.suites.judge import Law, LawBrokenError
from statemachine.symbol import Call, Trigger

Move: TypeAlias = Mapping[str, Any]

DEVICE: Final = "visitor-1"
FIRST_SESSION: Final = 1000
"""What a move calls the session of the first page."""
TURN: Final = 100
"""Milliseconds of the fake clock that pass at a time."""
STARTED_WITHIN: Final = 5_000
"""Milliseconds of the fake clock."""
DELIVERED_WITHIN: Final = 1_500
"""Milliseconds of the fake clock. Amplitude's SDK sends once a second."""


class Tab:
    """One page of a visitor, and the law of it."""

    def __init__(self, page: Page, mode: str) -> None:
        self.page = page
        self.law = Law(mode)
        self.tags = mode == "classic-cloud"
        """Whether events carry a replay ID, as was seen: then one without it has none."""


class Visit:
    """One visitor of a site, move by move."""

    def __init__(self, site: Site, mode: str) -> None:
        """Come to a site. Nothing is loaded before the first move."""
        self.mode = mode
        self.site = site
        self.visitor: Visitor = site.visitor()
        self.writes_cookie: bool = True
        self.first_session: int = FIRST_SESSION
        self.tabs: list[Tab] = []
        """The one in front comes first."""
        self.events: int = 0
        self._since_event = 0

    def make(self, move: Move) -> None:
        """Make a move. Raises LawBrokenError."""
        kind = move["move"]
        if kind == "load":
            self.writes_cookie = move.get("writes_cookie", True)
            self._load(self.visitor.context.new_page(), {"device_id": DEVICE, "session_id": move.get("session_id")})
        elif kind == "track":
            self._track(move)
        elif kind == "wait":
            self.visitor.fast_forward(max(move["ms"] - self._since_event, 0))
            self._since_event = move["ms"]
        elif kind == "reload":
            self._load(self.tabs.pop(0).page)
        elif kind == "switch tab" and len(self.tabs) == 1:
            self._load(self.visitor.context.new_page())
        elif kind == "switch tab":
            self.tabs.reverse()
        elif kind == "reset":
            self.tabs[0].page.evaluate("() => page.reset()")
        else:
            raise ValueError(f"{kind!r} is no move")

    def close(self) -> None:
        """Leave the site."""
        self.visitor.close()

    def _pass(self, page: Page, milliseconds: int) -> None:
        self.visitor.run_for(page, milliseconds)
        self._since_event += milliseconds

    def _load(self, page: Page, stored: dict[str, Any] | None = None) -> None:
        """Open a page, or load it again. The law is told the IDs that the page then had."""
        page.goto(f"https://{self.site.host}/")
        if stored:
            self.visitor.stop_clock()
        page.evaluate("options => page.start(...options)", [self.mode, self.writes_cookie, stored])
        had: dict[str, Any] = {"error": f"the integration did not come to its end within {STARTED_WITHIN} ms"}
        for _ in range(0, STARTED_WITHIN, TURN):
            self._pass(page, TURN)
            if started := page.evaluate("() => page.started && ({...page})"):
                had = started
                self._pass(page, TURN)  # the published ones do not await the replay's own beginning
                break
        session = had.get("session_id")
        if stored and self.mode != "actions":
            self.first_session = session_number(session) or 0
        tab = Tab(page, self.mode)
        self.tabs.insert(0, tab)
        call = Call(Trigger.LOAD, UNSET if session is None else session, had.get("device_id", UNSET))
        values = page.evaluate("() => page.observe()")

        def observe() -> Observed:
            if had["error"]:
                raise RuntimeError(had["error"])
            seen = Observed.of(values)
            return Observed(seen.session_id, seen.replay_id, 0)  # how often a load sets it is the SDK's own business

        tab.law.judge(call, observe)

    def _track(self, move: Move) -> None:
        tab = self.tabs[0]
        given = [self._actual(raw) for raw in move.get("session_ids", [UNSET])]
        names = [f"event {self.events + n}" for n, _ in enumerate(given, 1)]
        self.events += len(given)
        options = {key: move[key] for key in ("held", "bare") if key in move}
        if "explicit" in move:
            options["explicit"] = self._actual(move["explicit"])
        ids = [{} if raw is UNSET else {"session_id": raw} for raw in given]
        events = [{"name": name, **options, **known} for name, known in zip(names, ids, strict=True)]
        self._since_event = 0
        tab.page.evaluate("events => page.track(events)", events)
        for milliseconds in (TURN + move.get("held", 0), TURN, DELIVERED_WITHIN - 2 * TURN):
            self._pass(tab.page, milliseconds)
        values = tab.page.evaluate("() => page.observe()")
        for name, raw in zip(names, given, strict=True):
            arrived = [one for one in self.visitor.sent if one.name == name and one.host in DESTINATIONS[self.mode]]
            call = self._call(raw, arrived, bool(move.get("bare")))
            if self.mode == "actions":  # with another session ID than Segment's it is another event
                arrived = [one for one in arrived if one.session_id == call.session_id]
            tagged = next((one.replay_id for one in arrived if one.replay_id is not None), None)
            tab.tags = tab.tags or tagged is not None
            alone, is_last = len(given) == 1, name == names[-1]
            changes = changes_of(tab.law.seen.session_id, values["sets"]) if alone else None
            tab.law.judge(call, partial(event_seen, values, call, tagged, tab.tags, len(arrived), changes, is_last))

    def _actual(self, raw: object) -> object:
        """A session ID of a move in epoch milliseconds. Text stays text."""
        return raw - FIRST_SESSION + self.first_session if isinstance(raw, int) else raw

    def _call(self, given: object, arrived: list[Sent], is_bare: bool) -> Call:
        """The call that an event was, with the session ID that it left with."""
        if is_bare and self.mode == "classic-cloud":
            return Call(Trigger.BYPASS)
        if given is not UNSET and (self.mode == "actions" or not arrived):
            return Call(Trigger.EVENT, given)
        return Call(Trigger.EVENT, arrived[0].session_id if arrived else UNSET)


def changes_of(before: int | None, sets: list[object]) -> int:
    """How often the replay's session was set, where it only grew as one change.

    One event can take an SDK through two sessions: told a newer one, it finds that its time is over.
    """
    numbers = [session_number(one) or NO_SESSION for one in sets]
    grows = all(earlier < later for earlier, later in pairwise([before or NO_SESSION, *numbers]))
    return min(1, len(sets)) if grows else len(sets)


def event_seen(
    values: dict[str, Any],
    call: Call,
    tagged: str | None,
    tags: bool,
    delivered: int,
    changes: int | None,
    is_last: bool,
) -> Observed:
    """What was seen of an event. Of several in a tick, only the last shows the SDK; the others, what it was set to."""
    seen = Observed.of(values)
    number = session_number(call.session_id)
    meanwhile = number if number in map(session_number, values["sets"]) else None
    return Observed(
        seen.session_id if is_last else meanwhile,
        tagged or "" if tags else seen.replay_id if is_last else None,
        delivered,
        changes,
    )


def visit(site: Site, mode: str, moves: Iterable[Move]) -> Visit:
    """Make a visit. Returns it, closed; raises LawBrokenError, with the moves up to the one that broke the law."""
    made: list[Move] = []
    one = Visit(site, mode)
    try:
        for move in moves:
            made.append(move)
            one.make(move)
    except LawBrokenError as broken:
        broken.moves = tuple(made)
        raise
    finally:
        one.close()
    return one

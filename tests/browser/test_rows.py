"""The rows of specs/reality.md with the real SDKs: found by random visits, and shrunk."""

from __future__ import annotations

import json
from collections.abc import Callable

import attrs
import pytest
from hypothesis import find, settings

from statemachine.log import Log
from statemachine.suites import LawBrokenError
from statemachine.suites.browser import Move, Site, Visit, visit, visits
from statemachine.suites.browser.wire import SEGMENT
from tests.browser.explored import Explored

EXAMPLES = 60
"""Random visits within which each defect is found."""
LOAD, STALE = {"move": "load", "session_id": 1000}, {"move": "load", "session_id": 1000, "writes_cookie": False}
IN_SECONDS = {"SR115"}  # what the small session IDs of the rows look like
NEW_VISITOR = {"move": "load"}


def track(*ids: object, **more: object) -> Move:
    """Events in one tick."""
    return {"move": "track", **({"session_ids": list(ids)} if ids else {}), **more}


def wait(milliseconds: int) -> Move:
    """Nothing happens."""
    return {"move": "wait", "ms": milliseconds}


@attrs.frozen
class Row:
    """A row: an integration, what it breaks, and the shortest visit."""

    number: str
    mode: str
    integration: str
    invariant: str
    moves: list[Move]
    kinds: tuple[Move, ...] = ()
    """The moves that it is looked for among, where others would show another defect first; else all of the mode."""
    hostile: bool = False


ONE_BY_ONE = (track(), track(2000), track(1500), {"move": "reload"}, {"move": "switch tab"})
ROWS = [
    Row("1", "actions", "captured_once.js", "monotonic", [LOAD, track(2000), track(1500)], ONE_BY_ONE),
    Row("2", "actions", "published/actions.js", "delivered", [LOAD, track()]),
    Row("3", "actions", "published/actions_with_timeout.js", "monotonic", [LOAD, track(2000, 1500)],
        (*ONE_BY_ONE, track(2000, 1500))),
    Row("4", "actions", "published/actions_with_timeout.js", "responsive", [LOAD, track(2000, held=50)]),
    Row("5", "actions", "stored_inside_the_timer.js", "responsive", [LOAD, track(2000)]),
    Row("6", "actions", "published/actions_with_timeout.js", "monotonic", [STALE, track(2000), track(1500)],
        ONE_BY_ONE),
    Row("7", "actions", "text.js", "monotonic", [LOAD, track(999)]),
    Row("8", "actions", "published/actions_with_timeout.js", "well-formed",
        [{"move": "load", "session_id": "abc"}, track()], ONE_BY_ONE, hostile=True),
    Row("9", "actions", "tagged_first.js", "well-formed", [LOAD, track(2000)]),
    Row("11", "classic-device", "published/classic_device.js", "responsive", [NEW_VISITOR, wait(1800001), track()]),
    Row("12", "classic-cloud", "never_removed.js", "delivered", [NEW_VISITOR, track()]),
    Row("12, before init", "classic-cloud", "removed_before_init.js", "delivered", [NEW_VISITOR, track()]),
    Row("14", "classic-cloud", "published/classic_cloud.js", "monotonic", [NEW_VISITOR, track(999)]),
]  # fmt: skip


BY_NUMBER = {row.number: row for row in ROWS}


def codes(one: Visit) -> set[str]:
    """What `check` finds in what a visit sent to Segment."""
    log = Log("-", one.mode)
    lines = [json.dumps(sent.payload).encode() for sent in one.visitor.sent if sent.host == SEGMENT]
    found = {finding.code for verdict in log.verdicts(enumerate(lines, 1), {}) for finding in verdict.findings}
    return found | ({log.finding.code} if log.finding else set())


@pytest.mark.parametrize("number", BY_NUMBER)
def test_a_row_is_found_and_shrunk(number: str, site_of: Callable[..., Site]) -> None:
    """Random visits find the defect, and shrink to a stream no longer than the row's."""
    row = BY_NUMBER[number]
    explored = Explored(site_of(row.integration), row.mode)
    found = find(
        visits(row.mode, hostile=row.hostile, moves=row.kinds),
        lambda moves: row.invariant in explored.broken_by(moves),
        settings=settings(max_examples=EXAMPLES, database=None, derandomize=True),
    )
    assert found == row.moves
    assert row.invariant in Explored(explored.site, row.mode).broken_by(found)  # made again, not remembered


SOUND = {"actions": "actions.js", "classic-device": "classic_device.js", "classic-cloud": "classic_cloud.js"}


@pytest.mark.parametrize("number", BY_NUMBER)
def test_what_we_recommend_passes_the_stream_of_a_row(number: str, site_of: Callable[..., Site]) -> None:
    """The red twins' streams again, through the snippet of the mode."""
    row = BY_NUMBER[number]
    visit(site_of(SOUND[row.mode]), row.mode, row.moves)


def test_row_2_is_lost_for_minutes(site_of: Callable[..., Site]) -> None:
    """Segment tries again and again: after a minute the event still has not left."""
    one = Visit(site_of("published/actions.js"), "actions")
    one.make(LOAD)
    with pytest.raises(LawBrokenError):
        one.make(track(2000))
    one.visitor.run_for(one.tabs[0].page, 60_000)
    sent = list(one.visitor.sent)
    one.close()
    assert sent == []


def test_row_6_does_not_show_on_a_bare_address(site_of: Callable[..., Site]) -> None:
    """There is one cookie only on 127.0.0.1; on a registrable domain the snippet's is shadowed by Segment's."""
    visit(site_of("published/actions_with_timeout.js", "127.0.0.1"), "actions", BY_NUMBER["6"].moves)


def test_row_7_also_misses_a_newer_session(site_of: Callable[..., Site]) -> None:
    """1000 after "999": as text, it is no newer."""
    with pytest.raises(LawBrokenError) as caught:
        visit(site_of("text.js"), "actions", [{"move": "load", "session_id": 999}, track(1000)])
    assert caught.value.invariant == "responsive"


def test_row_8_is_stuck(site_of: Callable[..., Site]) -> None:
    """From a malformed cookie on, no session ID is ever accepted."""
    one = Visit(site_of("published/actions_with_timeout.js"), "actions")
    for move in ({**STALE, "session_id": "abc"}, track(2000), track(3000)):
        with pytest.raises(LawBrokenError):
            one.make(move)
        assert one.tabs[0].page.evaluate("() => page.observe().session_id") == "abc"
    one.close()


def test_row_9_is_what_check_finds_in_the_wire(site_of: Callable[..., Site]) -> None:
    """SR125 for the event that opens the session; nothing for the snippet's."""
    one = Visit(site_of("tagged_first.js"), "actions")
    for move in (LOAD, track(1000)):
        one.make(move)
    with pytest.raises(LawBrokenError):
        one.make(track(2000))
    one.close()
    assert codes(one) - IN_SECONDS == {"SR125"}
    assert codes(visit(site_of("actions.js"), "actions", [LOAD, track(1000), track(2000)])) == IN_SECONDS


@pytest.mark.parametrize("name", ["published/classic_device.js", "classic_device.js"])
def test_row_11_a_lower_session_is_never_followed(name: str, site_of: Callable[..., Site]) -> None:
    """Event and replay disagree, which is lawful: the replay stays where it was."""
    one = visit(site_of(name), "classic-device", [NEW_VISITOR, track(500)])
    assert [sent.session_id for sent in one.visitor.sent if sent.host != SEGMENT] == [one.first_session - 500]
    assert one.tabs[0].law.seen.session_id == one.first_session


def test_row_13_has_neither_id_on_the_wire(site_of: Callable[..., Site]) -> None:
    """Past the shell: `check` says SR313, for the snippet's page as well."""
    for name in ("classic_cloud.js", "published/classic_cloud.js"):
        one = visit(site_of(name), "classic-cloud", [NEW_VISITOR, track(), track(bare=True)])
        assert "SR313" in codes(one)
        assert one.visitor.sent[-1].replay_id is None


def test_row_14_an_event_with_a_session_of_its_own_has_no_replay_id(site_of: Callable[..., Site]) -> None:
    """With the published page; with the snippet it is tagged, and a newer one is followed."""
    moves = [NEW_VISITOR, track(explicit=2000)]
    with pytest.raises(LawBrokenError) as caught:
        visit(site_of("published/classic_cloud.js"), "classic-cloud", moves)
    assert "well-formed" in caught.value.invariants
    visit(site_of("classic_cloud.js"), "classic-cloud", moves)


def test_row_15_is_found_on_the_wire(site_of: Callable[..., Site]) -> None:
    """Random visits to the snippet's own page find the reset after which device and replay disagree."""
    site = site_of("actions.js")
    found = find(
        visits("actions", hostile=False, moves=[track(2000), {"move": "reset"}, {"move": "reload"}]),
        lambda moves: "SR122" in codes(visit(site, "actions", moves)),
        settings=settings(max_examples=EXAMPLES, database=None, derandomize=True),
    )
    assert found == [LOAD, {"move": "reset"}, track(2000)]


@pytest.mark.parametrize("mode", SOUND)
def test_row_15_in_every_mode(mode: str, site_of: Callable[..., Site]) -> None:
    """`reset()` gives a new anonymousId; the replay keeps the device, until the page is loaded again."""
    one = Visit(site_of(SOUND[mode]), mode)
    devices = []
    for moves in ([NEW_VISITOR, track()], [{"move": "reset"}, track()], [{"move": "reload"}, track()]):
        for move in moves:
            one.make(move)
        replay_id = one.tabs[0].law.seen.replay_id or ""
        sent = [each.payload["anonymousId"] for each in one.visitor.sent if each.host == SEGMENT]
        devices.append((sent[-1], replay_id.split("/")[0]))
    one.close()
    (before, own), (after, kept), (_, renewed) = devices
    assert before == own == kept == "visitor-1"
    assert after != before
    assert renewed == (after if mode == "actions" else renewed)


def test_what_is_remembered_is_what_a_visit_shows(site_of: Callable[..., Site]) -> None:
    """Every move on the way to a defect and past it: no answer differs from that of a visit made for it alone."""
    site = site_of("published/actions_with_timeout.js")
    sound, broken, past = [LOAD, track(2000)], [LOAD, track(2000, 1500)], [LOAD, track(2000, 1500), track()]
    explored = Explored(site, "actions")
    assert [explored.broken_by(moves) for moves in (past, broken, [*sound, track()], sound)] == [
        Explored(site, "actions").broken_by(moves) for moves in (past, broken, [*sound, track()], sound)
    ]
    assert "monotonic" in explored.broken_by(past)
    assert explored.broken_by(sound) == ()

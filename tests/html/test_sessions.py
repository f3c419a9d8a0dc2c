"""Sessions and sound devices in the report: what is listed, what is left out, and how they are found and drawn."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

from statemachine.entrypoints.cli import main
from statemachine.errors import visible
from statemachine.formats.html import log, packed, rows
from statemachine.formats.html.log import kept
from statemachine.formats.html.packed import data
from statemachine.formats.html.page import Page, Session
from statemachine.formats.html.words import listed
from tests.html.conftest import PHONE, Open, lines
from tests.test_log import R1, R2, S1, S2, S3, actions

DATA = Path(__file__).parents[1] / "data"
SOUND = [actions(S1, f"sound-{n}/{S1}", f"sound-{n}") for n in range(3)]
LATE = [actions(S1, R1), actions(S2, R1), actions(S2, R2), actions(S1, R2), actions(S3, f"visitor-1/{S3}")]


def report(*payloads: object) -> str:
    """The report on some payloads."""
    return CliRunner().invoke(main, ["check", "-", "--format", "html"], input=lines(*payloads)).stdout


def test_a_session_has_its_events_its_findings_and_its_states(pages: list[Page]) -> None:
    """That is the session in which the replay is after the event: one that is refused does not leave it."""
    report(*LATE)
    (subject,) = pages[0].subjects
    assert subject.sessions == (
        Session(S1, 1, {}, {"session_active"}),
        Session(S2, 3, {"SR125": 1, "SR201": 1}, {"rolled_over", "session_active"}),
        Session(S3, 1, {}, {"rolled_over"}),
    )


def test_sound_devices_are_listed_after_the_others(pages: list[Page], monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the bound, and what is not listed is counted."""
    report(*SOUND, *LATE)
    assert [subject.name for subject in pages[0].subjects] == ["visitor-1", "sound-0", "sound-1", "sound-2"]
    assert all(len(subject.steps) == subject.events for subject in pages[0].subjects)
    assert listed(pages[0]) == ["One device has findings.", "The 3 without findings are listed too."]
    monkeypatch.setattr(rows, "MOST_SUBJECTS", 2)
    report(*SOUND, *LATE)
    assert [subject.name for subject in pages[1].subjects] == ["visitor-1", "sound-0"]
    assert listed(pages[1])[1] == "Of the 3 without findings, 1 is listed."
    monkeypatch.setattr(rows, "MOST_SUBJECTS", 1)
    report(*SOUND, *LATE)
    assert listed(pages[2])[1] == "The 3 without findings are not listed."


def test_payloads_without_a_device_are_no_device(pages: list[Page]) -> None:
    """They have rows of their own, are not counted, and are told apart: no ID, and an empty one."""
    report(*SOUND, "nonsense", actions(S1, None, ""), actions(S1, None, None))
    names = [(subject.name, subject.is_device) for subject in pages[0].subjects if subject.counts]
    assert names == [(rows.NO_DEVICE, False), (rows.EMPTY, False)]
    assert listed(pages[0]) == [
        *("No device has findings.", "The 3 without findings are listed too."),
        "Payloads without a device ID have a row of their own.",
    ]
    assert json.loads(data(pages[0]))["devicesHeld"] == pages[0].devices_in_all == 3


def test_of_too_many_sessions_those_with_findings_are_kept(pages: list[Page], monkeypatch: pytest.MonkeyPatch) -> None:
    """An even share for each device, in order; the number of all is told."""
    monkeypatch.setattr(log, "MOST_SESSIONS", 5)
    many = [actions(S1 + n * 1_000, f"visitor-1/{S1 + (n - n // 10 % 2) * 1_000}") for n in range(40)]
    report(*many)
    (subject,) = pages[0].subjects
    assert subject.sessions_in_all == 40
    assert len(subject.sessions) == 5
    assert all(session.counts for session in subject.sessions)
    assert sorted(subject.sessions, key=lambda one: one.id) == list(subject.sessions)
    assert "Of 40 sessions, 5 are listed, those with findings first." in listed(pages[0])


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 10))
def test_what_is_kept_is_in_order_and_within_the_bound(flagged: list[bool], most: int) -> None:
    """No sound session is kept while one with findings is not."""
    sessions = [Session(n, 1, {"SR201": 1} if has else {}) for n, has in enumerate(flagged)]
    found = kept(sessions, most)
    assert len(found) == min(most, len(sessions))
    assert [one.id for one in found] == sorted(one.id for one in found)
    left = [one for one in sessions if one not in found]
    assert not (any(one.counts for one in left) and any(not one.counts for one in found))


def test_sessions_are_searched_and_filtered(open_report: Open) -> None:
    """By session ID, by replay ID, by code and by state; each leaves what it says, and a click walks to the session."""
    opened = open_report(report(*SOUND, *LATE))
    tab = opened.page
    tab.click("#by-sessions")
    found, count = tab.locator("#list tbody tr"), tab.locator("#count")
    assert count.inner_text() == "6 sessions"
    for text in (f"visitor-1/{S3}", f"{S3}"):
        tab.fill("#text", text)
        expect(count).to_have_text("1 of 6 sessions")
    found.locator("button").click()
    assert tab.locator("#at").inner_text() == "5 of 5"
    tab.click("#back")
    tab.fill("#text", "")
    expect(count).to_have_text("6 sessions")
    tab.select_option("#code", "SR125")
    assert found.count() == 1
    tab.select_option("#state", "session_active")
    assert found.count() == 1
    tab.select_option("#code", "")
    assert found.count() == 5
    tab.select_option("#state", "rolled_over")
    assert found.count() == 2
    tab.click("#by-findings")
    assert count.inner_text() == "1 of 2 findings"
    tab.click("#by-subjects")
    assert count.inner_text() == "1 of 4 devices"
    tab.select_option("#state", "")
    tab.fill("#text", f"sound-2/{S1}")  # a device by a replay ID
    expect(count).to_have_text("1 of 4 devices")
    assert opened.said == []


def test_the_timeline_draws_a_bar_a_session_with_its_findings(open_report: Open) -> None:
    """Where it begins, up to the device's next, marked where it has findings; it follows the filter, and opens."""
    opened = open_report(report(*SOUND, *LATE))
    tab = opened.page
    strips = tab.locator("#lanes .strip")
    assert strips.count() == 4
    bars = strips.first.locator(".session")
    assert bars.count() == 3
    assert [bars.nth(n).locator(".mark").count() for n in range(3)] == [0, 2, 0]
    boxes = [bars.nth(n).bounding_box() for n in range(3)]
    for one, after in itertools.pairwise(boxes):
        assert one is not None
        assert after is not None
        assert abs(one["x"] + one["width"] - after["x"]) < 1.5
    assert "3 events, 1 error, 1 warning" in (bars.nth(1).get_attribute("title") or "")
    tab.fill("#text", "sound")
    expect(strips).to_have_count(3)
    tab.fill("#text", "nobody")
    expect(strips).to_have_count(0)
    tab.fill("#text", "")
    expect(strips).to_have_count(4)
    bars.nth(2).click()
    assert tab.locator("#at").inner_text() == "5 of 5"
    assert tab.locator("#trace-strip .session.on").count() == 1
    assert opened.said == []


def test_many_sessions_are_drawn_as_few(open_report: Open) -> None:
    """Those that begin together share a bar, which says so; without sharing there would be as many bars as sessions."""
    many = [actions(S1 + n * 10_000, f"visitor-1/{S1 + n * 10_000}") for n in range(500)]
    text = report(*many, *LATE[:2])
    tab = open_report(text).page
    bars = tab.locator("#lanes .session")
    assert 10 < bars.count() <= 60
    assert "sessions, from 2026" in (bars.first.get_attribute("title") or "")
    tab.click("#by-sessions")
    assert tab.locator("#list tbody tr").count() == 50


def test_a_session_whose_next_is_left_out_has_no_length(open_report: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is not known where it ends; that is said. Where all are listed, the bars are as long as the axis."""
    many = [actions(S1 + n * 1_000_000, f"visitor-1/{S1 + n * 1_000_000}") for n in range(40)]
    widths = "[...document.querySelectorAll('#lanes .session')].reduce((sum, one) => sum + one.offsetWidth, 0)"
    whole = open_report(report(*many)).page
    assert whole.evaluate(widths) > 600
    assert "without a length" not in whole.locator("#lane-legend").inner_text()
    monkeypatch.setattr(log, "MOST_SESSIONS", 5)
    cut = open_report(report(*many)).page
    assert cut.evaluate(widths) < 60
    assert "without a length" in cut.locator("#lane-legend").inner_text()
    assert cut.locator("#lanes .strip").get_attribute("title") == "40 sessions, 5 of them drawn; no findings"


def test_what_finds_nothing_says_why(open_report: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which devices the page has, how many it leaves out, and what to do; one that has all says that instead."""
    tab = open_report(report(*SOUND, *LATE)).page
    tab.fill("#text", "sound-9")
    nothing = tab.locator("#list .nothing")
    expect(nothing).to_contain_text("No device on this page has “sound-9”.")
    assert "All devices of the run are on this page (4)." in nothing.inner_text()
    assert "--device" not in nothing.inner_text()
    tab.get_by_role("button", name="Clear the filters").click()
    assert tab.locator("#count").inner_text() == "4 devices"
    monkeypatch.setattr(rows, "MOST_SUBJECTS", 2)
    opened = open_report(report(*SOUND, *LATE))
    opened.page.fill("#text", "sound-2")
    nothing = opened.page.locator("#list .nothing")
    expect(nothing).to_contain_text("This page lists 2 devices of 4, the worst first, and leaves out 2.")
    assert "--device ID --format html" in nothing.inner_text()
    assert opened.violations() == []


def test_lists_of_sessions_can_be_read_by_everyone(open_report: Open) -> None:
    """Axe finds nothing in them, at phone width, and nothing is wider than the page."""
    opened = open_report(report(*SOUND, *LATE, actions(S1, None, "x" * 300)), PHONE, "dark")
    opened.page.click("#by-sessions")
    assert opened.violations() == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


HEBREW = "\u05d0\u05d1\u05d2"


def test_data_do_not_reorder_the_words_around_them(open_report: Open, tmp_path: Path) -> None:
    """A file in Hebrew stands before its line, as written; without isolation it stands behind: the red twin."""
    path = tmp_path / HEBREW
    path.write_text(lines(*LATE))
    text = CliRunner().invoke(main, ["check", str(path), "--format", "html"]).stdout
    gaps = """() => {
      const name = document.querySelector("#list tbody bdi"), after = document.createRange();
      name.firstChild.data = name.firstChild.data.split("/").pop();
      after.selectNode(name.nextSibling);
      return after.getBoundingClientRect().left - name.getBoundingClientRect().left;
    }"""
    tab = open_report(text).page
    tab.click("#by-findings")
    assert tab.evaluate(gaps) > 0
    tab.evaluate("document.querySelectorAll('bdi').forEach((one) => { one.style.unicodeBidi = 'normal'; })")
    assert tab.evaluate(gaps) < 0


def test_whatever_unicode_has_as_ignorable_is_shown(open_report: Open) -> None:
    """Every character of that property, as the browser knows it; and the letters of all scripts stay."""
    tab = open_report(report()).page
    ignorable: list[int] = tab.evaluate(
        "[...Array(0x110000).keys()].filter((n) => /\\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(n)))"
    )
    assert len(ignorable) > 4_000
    assert [hex(n) for n in ignorable if visible(chr(n)) == chr(n)] == []
    assert [n for n in ignorable if chr(n).isprintable()]  # the red twin: what Python says is not enough


_PIECES = st.integers(0, 10**17) | st.sampled_from(["x", " ", ".", "-", "0", "\\", "é"])


@given(st.lists(_PIECES).map(lambda pieces: "".join(map(str, pieces))))
def test_a_message_is_packed_and_read_back(text: str) -> None:
    """Its large numbers stand apart; put together again it is what it was."""
    texts = packed._Texts()
    number, *numbers = texts.said(text)
    parts = [*texts.known][number].split("\0")
    assert "".join(part + str(one) for part, one in zip(parts, [*numbers, ""], strict=True)) == text
    assert all(one < 2**53 for one in numbers)

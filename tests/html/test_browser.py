"""A report in Chromium, from disk: found, filtered, walked; nothing leaves it, and all can read it."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import jinja2
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from statemachine.entrypoints.cli import main
from statemachine.formats.html import packed, rendered
from statemachine.formats.html.page import Page, Subject, Told
from statemachine.formats.html.trace import page_of_trace
from statemachine.machines import ACTIONS
from tests.html.conftest import DESKTOP, PHONE, Open, lines
from tests.test_log import R1, S1, S2, actions

PUBLISHED = Path(__file__).parents[1] / "data" / "segment-actions-published.ndjson"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def published() -> str:
    """The report on the capture of the vendor's published snippet."""
    return report(str(PUBLISHED))


def report(*arguments: str, given: str | None = None) -> str:
    """What `check --format html` prints."""
    return CliRunner().invoke(main, ["check", *arguments, "--format", "html"], input=given).stdout


def at(tab: Tab) -> str:
    """Which step is shown."""
    return tab.locator("#at").inner_text()


def test_a_newcomer_finds_the_cause_of_late_replay_ids(open_report: Open, published: str) -> None:
    """From what is wrong, in words, to an event that shows it, to the fix that names the timer."""
    tab = open_report(published).page
    problem = tab.locator(".problem", has_text="35 of 112 events carry the replay ID of the session before")
    assert "setTimeout" in problem.inner_text()
    problem.get_by_role("button").click()
    assert tab.locator("#count").inner_text() == "35 of 46 findings"
    tab.locator("#list tbody button").first.click()
    assert "begins here, but the replay ID is still that of session" in tab.locator("#now").inner_text()
    assert "behind the replay session" in tab.locator("#now").inner_text()
    tab.locator("#now .finding a").click()
    assert tab.url.endswith("#rule-SR125")
    assert "setTimeout" in tab.locator("#rule-SR125").inner_text()


def test_filters_leave_what_they_say(open_report: Open, published: str) -> None:
    """By text, severity and code; and back again."""
    tab = open_report(published).page
    rows = tab.locator("#list tbody tr")
    assert rows.count() == 8
    tab.select_option("#code", "SR122")
    assert rows.count() == 1
    tab.select_option("#code", "")
    tab.select_option("#severity", "error")
    assert rows.count() == 7
    tab.click("#by-findings")
    assert tab.locator("#count").inner_text() == "11 of 46 findings"
    tab.fill("#text", "no such thing")
    tab.wait_for_selector(".nothing")
    tab.fill("#text", "ndjson:10")
    tab.select_option("#severity", "")
    expect(tab.locator("#count")).to_have_text(re.compile(r"^[1-9] of 46 findings$"))
    assert all(":10" in text for text in rows.all_inner_texts())


def test_arrow_keys_walk_and_the_step_is_announced(open_report: Open, published: str) -> None:
    """Forward, back, to both ends and no further; the diagram lights the step and the way to it."""
    tab = open_report(published).page
    tab.locator("#list tbody button").first.click()
    tab.keyboard.press("Home")
    assert at(tab) == "1 of 14"
    assert tab.locator("#chart .on").count() > 0
    assert tab.locator("#chart .been").count() == 0
    tab.keyboard.press("ArrowLeft")
    assert at(tab) == "1 of 14"
    for key, expected in (("ArrowRight", 2), ("ArrowDown", 3), ("ArrowUp", 2), ("End", 14), ("ArrowDown", 14)):
        tab.keyboard.press(key)
        assert at(tab) == f"{expected} of 14"
        assert tab.locator("#live").inner_text().startswith(f"Step {expected} of 14, line ")
        assert tab.locator("#steps tr[aria-current=step] th").inner_text() == str(expected)
    assert tab.locator("#chart .been").count() > 0
    assert tab.locator("#chart [data-at=rolled_over].on, #chart [data-at=session_active].on").count() == 1
    assert tab.url.endswith("#device=1&step=14")


def test_a_link_goes_to_a_step(open_report: Open, published: str) -> None:
    """The address names device and step; one that names nothing shows the list."""
    assert at(open_report(published, fragment="#device=2&step=5").page) == "5 of 14"
    assert open_report(published, fragment="#device=99&step=5").page.locator("#list").is_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_it(open_report: Open, published: str, size: object, scheme: str) -> None:
    """Axe finds nothing, in the list and in a trace; and it finds a colour that is too pale, and a missing name."""
    opened = open_report(published, size, scheme)
    assert opened.violations() == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.page.locator("summary").first.click()
    opened.page.locator("#list tbody button").first.click()
    opened.page.keyboard.press("ArrowRight")
    assert opened.violations() == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.said == []
    opened.page.evaluate("document.querySelector('#trace-told').style.color = '#777777'")
    opened.page.evaluate("document.querySelector('#back').textContent = ''")
    assert {found.split(":")[0] for found in opened.violations()} == {"color-contrast", "button-name"}


def test_nothing_leaves_the_page(open_report: Open, published: str, server: tuple[str, list[str]]) -> None:
    """No request, whatever is done; the policy stops one that markup would make, and without it, it arrives."""
    address, arrived = server
    opened = open_report(published)
    opened.page.locator("#list tbody button").first.click()
    opened.page.pdf()
    assert (opened.said, [url for url in opened.asked if not url.startswith("data:")]) == ([], [])
    leaking = published.replace("<main>", f"<main><img alt='' src='{address}x'><script>alert(1)</script>")
    stopped = open_report(leaking)
    assert [said for said in stopped.said if "Content Security Policy" not in said] == []
    assert (len(stopped.said), arrived) == (2, [])
    open_report(leaking.replace('http-equiv="Content-Security-Policy"', 'name="none"'))
    assert arrived == ["/x"]


def test_hostile_names_stay_text(open_report: Open, tmp_path: Path) -> None:
    """In the list, the findings, the steps and the files; nothing of them becomes an element or runs."""
    path = tmp_path / "<img src=x onerror=alert(2)>.ndjson"
    named = f"{HOSTILE}\u202e"
    path.write_text(lines(actions(S1, f"{named}/{S1}", named), actions(S2, R1), actions(S1), actions(HOSTILE, HOSTILE)))
    opened = open_report(report(str(path)))
    tab = opened.page
    assert tab.locator("#list").get_by_text(HOSTILE).count() == 1
    assert not tab.get_by_text("\u202e").count()
    assert tab.locator("#lanes").get_by_text(HOSTILE).count() == 1
    tab.locator("#list tbody button").first.click()
    tab.click("#back")
    tab.click("#by-sessions")
    tab.fill("#text", HOSTILE)
    expect(tab.locator("#list .nothing").get_by_text(HOSTILE)).to_have_count(1)
    tab.fill("#text", "")
    tab.click("#by-findings")
    tab.locator("#list tbody button").last.click()
    assert (tab.locator("img").count(), opened.said, opened.asked) == (0, [], [])
    assert tab.locator("#files th[scope=row]").inner_text().endswith("<img src=x onerror=alert(2)>.ndjson")


def test_a_page_that_does_not_escape_is_caught(open_report: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twins: with either escape off, a name becomes an element."""
    page = attrs.evolve(page_of_trace(ACTIONS, HOSTILE, []), warnings=(HOSTILE,))
    assert open_report(rendered.rendered(page)).page.locator("img").count() == 0
    with monkeypatch.context() as patched:
        patched.setattr(packed, "_DATA", {})
        assert open_report(rendered.rendered(page)).page.locator("img").count() > 0
    whole = jinja2.Environment
    monkeypatch.setattr(jinja2, "Environment", lambda **options: whole(**{**options, "autoescape": False}))
    assert open_report(rendered.rendered(page)).page.locator("img").count() > 0


def test_a_call_whose_name_is_blank_is_walked(open_report: Open) -> None:
    """It is shown quoted: the walk looks at the first letter of a name."""
    calls = [b'{"call": ""}', b'{"call": " ", "session_id": 5}', b'{"call": "event"}']
    opened = open_report(rendered.rendered(page_of_trace(ACTIONS, "trace", list(enumerate(calls, 1)))))
    opened.page.locator("#list tbody button").first.click()
    for heading in ('"": refused', '" " session_id=5: refused', "Event"):
        assert opened.page.locator("#now h3").inner_text().startswith(heading)
        opened.page.keyboard.press("ArrowRight")
    assert opened.said == []


def many() -> Page:
    """A page with as much as it may list."""
    page = page_of_trace(ACTIONS, "trace", [(n, b'{"call": "event"}') for n in range(1, 20_001)])
    (long,) = page.subjects
    subjects = (long, *(Subject(f"device-{n}", "actions", 9, {"SR202": 50}) for n in range(1_999)))
    told = [Told("SR202", f"message {n}", f"device-{n % 1_999}", "actions", "log", n) for n in range(100_000)]
    return attrs.evolve(page, subjects=subjects, findings=tuple(told))


MOST_ELEMENTS = 3_000


def test_a_hundred_thousand_findings_are_a_bounded_page(open_report: Open) -> None:
    """Whatever is shown of them, the page has few elements: the list has pages, and so has a long trace."""
    opened = open_report(rendered.rendered(many()))
    tab = opened.page

    def elements() -> int:
        found: int = tab.evaluate("document.querySelectorAll('*').length")
        return found

    assert elements() < MOST_ELEMENTS
    tab.click("#by-findings")
    assert tab.locator("#count").inner_text() == "100,000 findings"
    tab.click("#page-after")
    assert tab.locator("#page-now").inner_text() == "Page 2 of 2,000"
    tab.fill("#text", "message 99999")
    expect(tab.locator("#count")).to_have_text("1 of 100,000 findings")
    assert elements() < MOST_ELEMENTS
    tab.fill("#text", "")
    tab.click("#by-subjects")
    tab.locator("#list tbody button").first.click()
    for button in ("#last", "#before", "#first"):
        tab.click(button)
        assert tab.locator("#steps tr[aria-current=step]").count() == 1
        assert elements() < MOST_ELEMENTS
    assert opened.said == []


def test_it_prints(open_report: Open, tmp_path: Path) -> None:
    """On paper nothing scrolls and nothing is pressed; what is wrong, and why, is all there, within the sheet."""
    named_at_length = tmp_path / f"{'long-' * 20}name.ndjson"
    named_at_length.write_bytes(PUBLISHED.read_bytes())
    published = report(str(named_at_length))
    opened = open_report(published, {"width": 720, "height": 1000})
    tab = opened.page
    tab.emulate_media(media="print")
    assert not tab.locator("button:visible:not(.link), select:visible, input:visible").count()
    assert tab.locator(".problem:visible").count() == 3
    scrolling = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 1).length"
    assert tab.evaluate(scrolling) == 0
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.pdf(format="A4").startswith(b"%PDF")
    on_screen = open_report(published.replace("@media print", "@media (min-width: 99999px)"))
    on_screen.page.emulate_media(media="print")
    assert on_screen.page.locator("button:visible:not(.link)").count()


def test_it_opens_without_a_script(open_report: Open, published: str) -> None:
    """What is wrong and what it means needs no script; that the list does is said."""
    tab = open_report(published.replace('"use strict";', "throw 0;")).page  # the policy refuses a changed script
    assert tab.locator(".problem").count() == 3
    assert tab.locator("#rule-SR125").is_visible()

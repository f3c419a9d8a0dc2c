"""What a page says, without a browser: it is what the run found, and its steps are those of `step`."""

from __future__ import annotations

import itertools
import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from statemachine.bulk.output import Rows
from statemachine.entrypoints.cli import main
from statemachine.formats.html import log, rendered, rows, words
from statemachine.formats.html.chart import svg
from statemachine.formats.html.packed import data
from statemachine.formats.html.page import Chart, Count, Page, Subject
from statemachine.formats.html.trace import page_of_trace
from statemachine.interpreters.diagram.dot import place_of
from statemachine.interpreters.diagram.picture import picture_of
from statemachine.machines import ACTIONS, TABLES
from statemachine.rules import RULES
from statemachine.table import Table
from tests.html.conftest import lines
from tests.test_log import R1, S1, S2, S3, actions

DATA = Path(__file__).parents[1] / "data"
CAPTURES = sorted(DATA.glob("*.ndjson"))


def check(*arguments: str, given: str | None = None) -> Result:
    """Run `check --format html`."""
    return CliRunner().invoke(main, ["check", *arguments, "--format", "html"], input=given)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_page_tells_what_the_json_report_tells(capture: Path, pages: list[Page]) -> None:
    """Counts, findings with their places and messages, and devices are those of `--format json`."""
    report = check(str(capture))
    told = json.loads(CliRunner().invoke(main, ["check", str(capture), "--format", "json"]).stdout)
    (page,) = pages
    assert report.exit_code in (0, 1)
    assert {count.code: count.findings for count in page.counts} == told["summary"]["findings"]
    found = Counter((f["code"], f["line"], f["message"]) for f in told["findings"])
    assert Counter((f.code, f.line, f.message) for f in page.findings) == found
    in_steps = Counter((code, step.line, said) for s in page.subjects for step in s.steps for code, said in step.found)
    assert in_steps == Counter({key: n for key, n in found.items() if key[1] is not None})
    devices = {f["device_id"] for f in told["findings"] if f["line"] is not None}
    assert {subject.name for subject in page.subjects if subject.counts} == devices
    named = [subject for subject in page.subjects if subject.name != rows.NO_DEVICE]
    assert len(named) == page.devices_in_all == told["summary"]["devices"]
    assert sum(subject.sessions_in_all for subject in page.subjects) == told["summary"]["sessions"]
    assert page.subjects_in_all == len(devices)
    if page.timeline:
        bars = page.timeline.buckets
        assert sum(bar.events for bar in bars) + page.timeline.outside == told["summary"]["read"]
        assert 0 < sum(bar.errors + bar.warnings + bar.infos for bar in bars) <= len(told["findings"])
    assert f"{told['summary']['read']} read = {told['summary']['judged']} judged" in page.told


def broken_ways(page: Page) -> list[str]:
    """The steps whose way does not lead from the state before to the state after, or that have none."""
    places = {chart.table.mode: chart.places for chart in page.charts}
    found = []
    for subject in page.subjects:
        before = None
        for step in subject.steps:
            own = [place for place in (places[subject.mode][n] for n in step.ways) if place.states[0] in STATES]
            if before is not None and own and own[0].states[0] != before:
                found.append(f"{subject.name}:{step.line} begins elsewhere")
            if step.accepted is not None and (not own or (step.state and own[-1].states[1] != step.state)):
                found.append(f"{subject.name}:{step.line} ends elsewhere")
            before = step.state or before
    return found


STATES = set(ACTIONS.regions[0].states)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_every_step_takes_a_way_from_the_state_before_to_the_state_after(capture: Path, pages: list[Page]) -> None:
    """The ways through the drawing join; a way too short by a step does not."""
    check(str(capture))
    (page,) = pages
    assert not broken_ways(page)
    for subject in page.subjects[:1]:
        moved = tuple(attrs.evolve(step, ways=subject.steps[n - 1].ways) for n, step in enumerate(subject.steps))
        assert broken_ways(attrs.evolve(page, subjects=(attrs.evolve(subject, steps=moved),)))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_row_has_its_place_in_the_drawing(table: Table) -> None:
    """The states, an arrow and the very words of its label are there, by the names that the script looks for."""
    root = ET.fromstring(svg(table))  # noqa: S314
    drawn = {at: element for element in root.iter() if (at := element.get("data-at"))}
    assert not [element for element in root.iter() if element.get("id") or element.tag.endswith("title")]
    for number, region in enumerate(table.regions):
        for row in region.rows:
            for state in row.sources:
                place = place_of(table, number, state, row)
                assert set(place.states) <= set(drawn)
                assert not place.arrows or set(place.arrows) & set(drawn)
                if not place.count:
                    continue
                texts = ["".join(t.itertext()) for t in drawn[place.said_in].iter() if t.tag.endswith("}text")]
                said = " ".join(" ".join(texts[place.first : place.first + place.count]).split())
                assert said in words_of(table, number, state, row), (said, row)


def words_of(table: Table, number: int, state: str, row: Any) -> list[str]:
    """The label of a row in the picture, without the number of the call."""
    picture = picture_of(table, number, {(number, state, row): [0]})
    labels = [label for node in picture.nodes for label in node.inside]
    labels += [label for edge in picture.edges for label in edge.labels]
    return [" ".join(label.text.split()) for label in labels if label.taken]


def test_every_code_has_a_sentence() -> None:
    """A person would say it, for one and for more."""
    assert set(words.SENTENCES) == set(RULES)
    for code in RULES:
        for n in (1, 35):
            said = words.sentence(Count(code, n, 1), 112, "event")
            assert said.startswith(str(n))
            assert "|" not in said
    late = words.sentence(Count("SR125", 35, 8), 112, "event")
    assert late == "35 of 112 events carry the replay ID of the session before"


@given(st.lists(st.integers(0, 300), unique=True).map(sorted), st.integers(0, 60))
def test_what_is_held_of_a_device_is_around_its_findings(at: list[int], most: int) -> None:
    """Intervals are in order, apart, within the budget; and what they hold ends with findings, the first ones."""
    found = log.around(at, most)
    assert sum(end - start for start, end in found) <= most
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(found))
    held = [position for position in at if any(start <= position < end for start, end in found)]
    assert held == at[: len(held)]
    assert all(end - 1 in at for _, end in found)


def test_what_a_baseline_knows_is_not_on_the_page(tmp_path: Path, pages: list[Page]) -> None:
    """Neither in the numbers, nor in the lists, nor at an event; what is new is."""
    known = [actions(S1, R1), actions(S2, R1), actions(S1, R1)]
    new = [actions(S2, f"visitor-2/{S2}", "visitor-2"), actions(S1, None, "visitor-2")]
    log_file, accepted = tmp_path / "log.ndjson", str(tmp_path / "accepted.json")
    log_file.write_text(lines(*known))
    check(str(log_file), "--write-baseline", accepted)
    log_file.write_text(lines(*known, *new))
    result = check(str(log_file), "--baseline", accepted)
    assert result.exit_code == 1
    whole, page = pages
    assert {finding.code for finding in whole.findings} == {"SR201", "SR125"}
    assert [finding.code for finding in page.findings] == ["SR201", "SR123"]
    subject, known_one = page.subjects
    assert (subject.name, known_one.name, page.subjects_in_all) == ("visitor-2", "visitor-1", 1)
    assert known_one.counts == {}
    assert [[code for code, _ in step.found] for step in subject.steps] == [[], ["SR201", "SR123"]]


def test_a_page_that_holds_less_says_so(pages: list[Page], monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the budgets: the worst devices, the events around findings, errors first; and the numbers of all."""
    monkeypatch.setattr(rows, "MOST_SUBJECTS", 2)
    monkeypatch.setattr(rows, "MOST_FINDINGS", 3)
    monkeypatch.setattr(log, "MOST_STEPS_EACH", 12)
    quiet = [actions(S1, f"{name}/{S1}", name) for name in ("worst", "bad-1", "bad-2") for _ in range(20)]
    payloads = [*quiet, *[actions(S1 - 1, None, name) for name in ("worst", "bad-1", "worst", "bad-2")]]
    payloads += [actions(S2, f"bad-2/{S1}", "bad-2"), actions(S2, f"worst/{S2}", "worst")]
    result = check("-", given=lines(*payloads))
    (page,) = pages
    assert [subject.name for subject in page.subjects] == ["worst", "bad-2"]
    assert (page.subjects_in_all, [f.code for f in page.findings]) == (3, ["SR201"] * 3)
    (worst, other) = page.subjects
    assert (worst.events, len(worst.steps), worst.steps[0].after_gap) == (23, 10, True)
    assert [step.call for step in other.steps if step.after_gap] == ["event"]
    assert "3 devices have findings; the worst 2 of them are listed." in result.stdout
    assert "Of 9 findings, 3 are listed, errors first." in result.stdout
    assert not [way for way in broken_ways(page) if "begins" in way]


def test_a_trace_of_calls_is_a_page(pages: list[Page], tmp_path: Path) -> None:
    """Each line is a step, with its call in words; one that is no call is told, and takes no way."""
    calls = [
        {"call": "load", "device_id": "visitor-1", "session_id": 0},
        {"call": "event"},
        {"call": "settle", "session_id": S2},
    ]
    calls.append({"call": "event", "session_id": S1})
    path = tmp_path / "trace.jsonl"
    path.write_text(lines(*calls) + "nonsense\n")
    result = CliRunner().invoke(main, ["run", "actions", str(path), "--format", "html"])
    (page,) = pages
    (subject,) = page.subjects
    assert result.exit_code == 1
    said = ['load, session absent, device "visitor-1"', "event, session not populated", "settle, session newer"]
    assert [step.call for step in subject.steps] == [*said, "event, session older", "not taken"]
    assert [len(step.ways) for step in subject.steps] == [1, 1, 1, 1, 0]
    assert [count.code for count in page.counts] == ["SR201", "SR901"]
    assert not broken_ways(attrs.evolve(page, subjects=(attrs.evolve(subject, steps=subject.steps[:4]),)))


HOSTILE = "</script><img src=x onerror=alert(1)>\u2028\u202e\ud800&<!--"


@given(st.text(st.sampled_from('<>&\u2028\u2029/!-scriptx\ud800"'), max_size=40))
def test_nothing_from_data_ends_its_element(text: str) -> None:
    """The data have none of the characters with which markup begins, and are the same when they are read."""
    subject = Subject(text, "actions", 0, {})
    page = attrs.evolve(page_of_trace(ACTIONS, "trace", []), subjects=(subject,))
    packed = data(page)
    assert not set("<>&\u2028\u2029") & set(packed)
    assert packed.isascii()
    assert json.loads(packed)["subjects"][0]["name"] == text


def test_a_file_of_any_bytes_is_a_page(pages: list[Page]) -> None:
    """Unreadable lines, strange IDs and lone surrogates are told; the page is ASCII, so that any output takes it."""
    payloads = [actions(HOSTILE, HOSTILE, HOSTILE), actions({"a": 1}, 5, "a/b"), actions(2**70, R1), actions(S1, R1), 7]
    result = check("-", given=lines(*payloads) + "{\n\x00\n[]\n")
    (page,) = pages
    assert result.exit_code == 1
    assert result.stdout.isascii()
    assert "<img" not in result.stdout
    assert {"SR901", "SR902", "SR112", "SR102"} <= {count.code for count in page.counts}
    assert {count.code: count.subjects for count in page.counts}["SR901"] == 0
    assert sum(count.findings for count in page.counts) == len(page.findings)


def test_an_empty_log_is_a_page() -> None:
    """Nothing to judge is said."""
    assert "there was nothing to judge" in check("-", given="").stdout


def test_nothing_stays_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the run: the report, an interrupt (which the page tells), a full disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = lines(actions(S1, R1), actions(S2, R1), actions(S1))
    assert check("-", given=given).exit_code == 1
    assert not list(tmp_path.iterdir())

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Rows, "batch", interrupted)
        result = check("-", given=given)
    assert (result.exit_code, list(tmp_path.iterdir())) == (130, [])
    assert "interrupted; the counts are those up to here" in result.stdout

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    result = check("-", given=given)
    assert (result.exit_code, result.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "No space left on device" in result.stderr


@pytest.mark.parametrize("missing", ["jinja2", "pyarrow", "pygraphviz"])
def test_without_the_extra_it_says_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, before anything is read."""
    monkeypatch.setitem(sys.modules, missing, None)
    for arguments in (["check", "-"], ["run", "actions", "-"]):
        result = CliRunner().invoke(main, [*arguments, "--format", "html"], input="")
        assert result.exit_code == 2
        assert "session-replay-statemachine[html]" in result.stderr


def test_a_carried_state_draws_no_way_that_is_not_known(pages: list[Page], tmp_path: Path) -> None:
    """With `--state`, a device's first event of a run may not be its first: what came before is in no row."""
    first, second = tmp_path / "1.ndjson", tmp_path / "2.ndjson"
    first.write_text(lines(actions(S2, f"visitor-1/{S2}")))
    state = str(tmp_path / "state")
    check(str(first), "--state", state)
    second.write_text(lines(actions(S1), actions(S3, f"visitor-1/{S3}")))
    check(str(first), str(second), "--state", state)
    (refused, newer) = pages[-1].subjects[0].steps
    assert (refused.found[0][0], refused.ways) == ("SR201", ())
    assert len(newer.ways) == 1


def test_charts_are_those_of_the_modes_that_were_read(pages: list[Page]) -> None:
    """A page has no drawing that nothing in it takes."""
    check(*map(str, CAPTURES[:1]))
    assert [chart.table.mode for chart in pages[0].charts] == ["actions"]
    assert isinstance(pages[0].charts[0], Chart)


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(1_000, "1 second"), (119_000, "119 seconds"), (120_000, "2 minutes"), (172_800_000, "2 days")],
)
def test_a_length_of_time_is_said_in_a_unit_of_its_size(milliseconds: int, said: str) -> None:
    """From two of a unit on."""
    assert rendered.lasting(milliseconds) == said


@pytest.mark.parametrize(("milliseconds", "said"), [(S1, "2026-09-21 14:13:20 UTC"), (0, ""), (-1, ""), (2**53, "")])
def test_a_time_is_said_where_it_is_one(milliseconds: int, said: str) -> None:
    """A session ID that is no time has none."""
    assert rendered.utc(milliseconds) == said

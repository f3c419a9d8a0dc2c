"""The baseline: what is accepted is known again wherever it stands, and nothing else is."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st

from statemachine import baseline
from statemachine.baseline import SCHEMA, Baseline
from statemachine.errors import UnreadableFileError
from statemachine.finding import Finding
from statemachine.formats import FORMATS
from tests.formats.findings import findings
from tests.test_cli import invoke, log
from tests.test_log import R1, S1, S2, S3, actions


@attrs.frozen
class Place:
    """A log and its baseline."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.ndjson"

    @property
    def baseline(self) -> Path:
        return self.folder / "accepted.json"

    def check(self, *arguments: str, form: str = "json") -> Result:
        """Check the log."""
        return invoke("check", str(self.log), "--format", form, *arguments)

    def accept(self, *payloads: object) -> Result:
        """Make the log, and accept what is found in it."""
        self.log.write_text(log(*payloads))
        return self.check("--write-baseline", str(self.baseline))

    def compare(self, *payloads: object, arguments: tuple[str, ...] = (), form: str = "json") -> Result:
        """Make another log, and check it with the baseline."""
        self.log.write_text(log(*payloads))
        return self.check("--baseline", str(self.baseline), *arguments, form=form)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder for a test."""
    return Place(tmp_path)


def summary(result: Result) -> dict[str, Any]:
    """The summary of a run."""
    read: dict[str, Any] = json.loads(result.stdout)["summary"]
    return read


def lines(result: Result) -> list[tuple[str, int]]:
    """Code and line of what was reported."""
    return [(finding["code"], finding["line"]) for finding in json.loads(result.stdout)["findings"]]


BROKEN = (actions(S2), actions(S1))


def test_what_is_accepted_is_not_reported_and_does_not_fail(place: Place) -> None:
    """Writing reports what it accepts, and ends with 0; then it is counted as known, and the file is as it was."""
    first = place.accept(*BROKEN)
    assert (first.exit_code, lines(first)) == (0, [("SR201", 2)])
    assert "1 finding is accepted" in first.stderr
    content = place.baseline.read_bytes()
    again = place.compare(*BROKEN)
    assert (again.exit_code, lines(again)) == (0, [])
    assert (summary(again)["known"], summary(again)["gone"], summary(again)["findings"]) == (1, 0, {})
    assert again.stderr == ""
    assert place.baseline.read_bytes() == content


def test_new_findings_are_reported_and_fail(place: Place) -> None:
    """Lines before and after do not matter; another device, session or code does."""
    place.accept(*BROKEN)
    other = (actions(S2, device="visitor-2"), actions(S1, device="visitor-2"))
    result = place.compare(actions(S1, device="visitor-3"), *BROKEN, *other, actions(S1 + 1))
    assert (result.exit_code, lines(result)) == (1, [("SR201", 5), ("SR201", 6)])
    assert summary(result)["known"] == 1


def test_a_fingerprint_with_the_line_in_it_would_be_noticed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: with the line in it, what is accepted is new as soon as a line comes before it."""
    monkeypatch.setattr(baseline, "fingerprint", lambda finding: f"{finding.line:024x}")
    place.accept(*BROKEN)
    assert place.compare(*BROKEN).exit_code == 0
    assert place.compare(actions(S1, device="visitor-3"), *BROKEN).exit_code == 1


def test_one_more_than_is_accepted_is_new(place: Place) -> None:
    """Of equal findings as many are known as there were."""
    place.accept(*BROKEN, actions(S1))
    result = place.compare(*BROKEN, actions(S1), actions(S1))
    assert (lines(result), summary(result)["known"]) == ([("SR201", 4)], 2)


def test_what_no_longer_occurs_is_told(place: Place) -> None:
    """How many, of the codes that were looked for; not where a part of the events was looked at."""
    place.accept(*BROKEN, actions(S2, device="a/b"))
    sound = (actions(S1), actions(S2))
    result = place.compare(*sound)
    assert summary(result)["gone"] == 2
    assert "2 of the baseline are gone; write it again to forget them" in result.stderr
    assert summary(place.compare(*sound, arguments=("--ignore", "SR1")))["gone"] == 1
    filtered = place.compare(*sound, arguments=("--device", "visitor-1"))
    assert "gone" not in filtered.stderr
    assert "gone" not in summary(filtered)
    renewed = place.compare(*sound, arguments=("--write-baseline", str(place.baseline)))
    assert renewed.exit_code == 0
    assert json.loads(place.baseline.read_text())["findings"] == {}


def test_a_baseline_is_renewed_with_what_is_known_and_what_is_new(place: Place) -> None:
    """With both options only what is new is reported, and all is accepted."""
    place.accept(*BROKEN)
    more = (*BROKEN, actions(S1 - 1))
    result = place.compare(*more, arguments=("--write-baseline", str(place.baseline)))
    assert (result.exit_code, lines(result)) == (0, [("SR201", 3)])
    assert "2 findings are accepted" in result.stderr
    assert lines(place.compare(*more)) == []


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_how_many_are_known(place: Place, form: str) -> None:
    """In words or as a number; a CSV, which has no place for it, on standard error."""
    place.accept(*BROKEN)
    told = place.compare(*BROKEN, form=form)
    assert "1 known, not reported" in told.output or '"known": 1' in told.output
    assert told.exit_code == 0
    without = place.check(form=form)
    assert "known, not reported" not in without.output
    assert '"known"' not in without.output


def test_rows_have_all_findings(place: Place) -> None:
    """The baseline is about the report and the status; `--output` and `--by-device` say what was judged."""
    place.accept(*BROKEN)
    rows, devices = place.folder / "rows.parquet", place.folder / "devices.parquet"
    result = place.compare(*BROKEN, arguments=("--output", str(rows), "--by-device", str(devices)))
    assert (result.exit_code, lines(result)) == (0, [])
    assert pq.read_table(rows)["codes"].to_pylist() == [[], ["SR201"]]
    assert pq.read_table(devices)["findings"].to_pylist() == [1]


def test_with_a_state_each_run_is_compared_with_the_whole_baseline(place: Place) -> None:
    """What earlier runs had is not told to be gone; a baseline of new files only is not written."""
    place.accept(*BROKEN, actions(S3), actions(S1))
    day1, day2 = place.folder / "1.ndjson", place.folder / "2.ndjson"
    day1.write_text(log(*BROKEN))
    day2.write_text(log(actions(S3), actions(S1), actions(S2)))
    options = ("--state", str(place.folder / "state"), "--baseline", str(place.baseline), "--format", "json")
    assert lines(invoke("check", str(day1), *options)) == []
    second = invoke("check", str(day1), str(day2), *options)
    assert lines(second) == [("SR201", 3)]
    assert "gone" not in second.stderr
    refused = invoke("check", str(day1), "--state", str(place.folder / "s"), "--write-baseline", str(place.baseline))
    assert (refused.exit_code, (place.folder / "s").exists()) == (2, False)


BAD = {
    "empty": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "bytes": b"\x89PNG\r\n\xff\x00",
    "another version": b'{"version": 2, "findings": {}}',
    "no version": b'{"findings": {}}',
    "no code": b'{"version": 1, "findings": {"\\u001b[2J": {}}}',
    "no fingerprint": b'{"version": 1, "findings": {"SR201": {"x": 1}}}',
    "no count": b'{"version": 1, "findings": {"SR201": {"000000000000000000000000": 0}}}',
    "a fraction": b'{"version": 1, "findings": {"SR201": {"000000000000000000000000": 1.5}}}',
    "more": b'{"version": 1, "findings": {}, "\\u202e": 1}',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_baseline_is_one_line_and_exit_2(place: Place, name: str) -> None:
    """It is named, and nothing is judged."""
    place.baseline.write_bytes(BAD[name])
    result = place.compare(*BROKEN)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"statemachine: {place.baseline} is no baseline that can be read: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr[:-1].isprintable()


def test_a_baseline_that_is_not_there_is_one_line_and_exit_2(place: Place) -> None:
    """So is a folder, and a name that is none."""
    place.log.write_text(log(*BROKEN))
    for path in ("no-such-file", str(place.folder)):
        result = place.check("--baseline", path)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), path
        assert result.stderr.startswith("statemachine: cannot read the baseline")


def test_a_baseline_is_written_whole_or_not_at_all(place: Place) -> None:
    """Not where an input could not be read, nor where it would replace one; what stood there stays."""
    place.accept(*BROKEN)
    content = place.baseline.read_bytes()
    bad = place.folder / "bad.ndjson"
    bad.write_bytes(b"\x1f\x8b is no gzip")
    result = place.check(str(bad), "--write-baseline", str(place.baseline))
    assert result.exit_code == 2
    assert f"{place.baseline} was not written: not every event was judged" in result.stderr
    assert place.baseline.read_bytes() == content
    given = place.log.read_bytes()
    for option in ("--baseline", "--write-baseline"):
        both = place.check(option, str(place.log))
        assert (both.exit_code, both.stdout) == (2, "")
        assert "it cannot be both" in both.stderr
    assert place.log.read_bytes() == given
    nowhere = place.check("--write-baseline", str(place.folder / "no" / "such.json"))
    assert (nowhere.exit_code, nowhere.stderr.count("\n")) == (2, 1)
    assert lines(nowhere) == [("SR201", 2)]


@pytest.mark.parametrize("option", ["--baseline", "--write-baseline", "--output", "--by-device", "--state"])
def test_a_path_with_a_nul_is_no_traceback(place: Place, option: str) -> None:
    """No command line has one, but a configuration may."""
    place.log.write_text(log(*BROKEN))
    result = place.check(option, "a\x00b")
    assert result.exit_code == 2
    assert "Error: Invalid value" in result.stderr
    assert '"a\\x00b" has a NUL, and is no path' in result.stderr


def test_only_selected_codes_are_accepted(place: Place) -> None:
    """What is not reported is not accepted either."""
    place.log.write_text(log(actions(S1, R1), actions(S2, R1), actions(S1, R1)))
    place.check("--ignore", "SR2", "--write-baseline", str(place.baseline))
    assert {*json.loads(place.baseline.read_text())["findings"]} == {"SR125"}


@given(st.lists(findings, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_a_baseline_knows_each_finding_as_often_as_it_was_accepted(given: list[Finding], random: Any) -> None:
    """In any order, and on any line; it is valid, reads back, and its bytes do not depend on the order."""
    accepted, shuffled = Baseline(), Baseline()
    for finding in given:
        accepted.add(finding)
    moved = [attrs.evolve(finding, line=random.randrange(1, 99), message="other") for finding in given]
    random.shuffle(moved)
    for finding in moved:
        shuffled.add(finding)
    content = accepted.encoded()
    assert content == shuffled.encoded()
    jsonschema.validate(json.loads(content), SCHEMA)
    read = Baseline.decoded(content, "accepted.json")
    assert read.size(lambda code: True) == len(given)
    assert [read.take(finding) for finding in (*moved, *moved)] == [True] * len(given) + [False] * len(given)
    assert read.size(lambda code: True) == 0


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
@settings(max_examples=100)
def test_any_bytes_are_a_baseline_or_a_reason(content: bytes) -> None:
    """No other exception comes of them."""
    with suppress(UnreadableFileError):
        Baseline.decoded(content, "b")

"""SARIF: valid, with what code scanning needs, and written as it is found."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import attrs
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statemachine.finding import Finding
from statemachine.formats import sarif, writer_of
from statemachine.rules import RULES
from tests.formats.findings import findings, hostile, written
from tests.test_cli import REGRESSED, invoke, log
from tests.test_log import bare

_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(_SCHEMA)
RELATIVE = re.compile(r"(?:[A-Za-z0-9_.~/-]|%[0-9A-F]{2})+")
"""What a URI of a file below the working directory is made of."""


def run_of(text: str) -> dict[str, Any]:
    """The one run of a valid log."""
    read = json.loads(text)
    VALIDATOR.validate(read)
    (run,) = read["runs"]
    return dict(run)


def unescaped(text: str) -> str:
    """A message as a viewer shows it (3.11.5, 3.11.6)."""
    text = re.sub(r"\\([\\\[\]])", r"\1", text) if re.search(r"\\[\[\]]", text) else text
    return text.replace("{{", "{").replace("}}", "}")


def links(text: str) -> list[str]:
    """What a viewer would make links and placeholders of."""
    return re.findall(r"(?<!\\)\[[^\]]*(?<!\\)\]\([^)]*\)", text) + re.findall(r"\{\d+\}", text.replace("{{", ""))


def well_formed(text: str) -> str:
    """Text without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


@given(st.lists(findings, max_size=3), st.lists(hostile, max_size=2))
@settings(max_examples=100)
def test_whatever_the_data_it_is_valid_and_reads_back(given: list[Finding], problems: list[str]) -> None:
    """A result a finding; no data is a link or a placeholder."""
    text = written("sarif", given, tuple(problems))
    assert text.isascii()
    run = run_of(text)
    json.dumps(run, ensure_ascii=False).encode("utf-8")
    rules = run["tool"]["driver"]["rules"]
    for finding, result in zip(given, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        shown = f"{finding.message}. Fix: {finding.rule.fix}"
        assert unescaped(result["message"]["text"]) == well_formed(shown)
        assert links(result["message"]["text"]) == []
        (location,) = result["locations"]
        assert location["physicalLocation"].get("region", {}).get("startLine") == finding.line
        about = result["properties"]
        for name in ("device_id", "session_id", "replay_id", "state"):
            value = getattr(finding, name)
            assert about.get(name) == (well_formed(value) if isinstance(value, str) else value)
    (invocation,) = run["invocations"]
    told = [unescaped(one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    assert told == [well_formed(problem) for problem in problems]
    assert invocation["executionSuccessful"] is not bool(problems)


def test_a_message_that_is_left_as_it_is_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: data as it comes is a link; a log that lacks what SARIF requires is not valid."""
    given = [Finding("SR101", "[a](https://evil.example)"), Finding("SR101", "{0}")]
    monkeypatch.setattr(sarif, "message", lambda text: {"text": text})
    results = run_of(written("sarif", given))["results"]
    assert all(links(result["message"]["text"]) for result in results)
    broken = json.loads(written("sarif", given))
    for path in (("version",), ("runs", 0, "tool"), ("runs", 0, "results", 0, "message")):
        changed = json.loads(json.dumps(broken))
        *steps, last = path
        place = changed
        for step in steps:
            place = place[step]
        del place[last]
        assert not VALIDATOR.is_valid(changed)


@given(hostile)
@settings(max_examples=200)
def test_a_file_below_the_working_directory_is_a_relative_uri(name: str) -> None:
    """It is percent-encoded, and its bytes are those of the path; no part of it reads as a scheme."""
    path = os.path.normpath(name)
    given = sarif.uri(name)
    if os.path.isabs(path) or path.startswith(os.pardir):
        assert given.startswith("file:///") or RELATIVE.fullmatch(given)
        return
    assert RELATIVE.fullmatch(given)
    try:
        assert unquote_to_bytes(given) == os.fsencode(path)
    except UnicodeEncodeError:
        assert unquote_to_bytes(given) == path.encode("utf-8", "surrogatepass")


def test_a_uri_that_is_a_path_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: as it stands, the name of a file may be a scheme, or no URI."""
    monkeypatch.setattr(sarif, "quote", bytes.decode)
    assert not any(RELATIVE.fullmatch(sarif.uri(name)) for name in ("a:b", "a b", "☃", "%41?"))


def test_other_files_are_absolute_uris(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """But one that is named absolutely and stands below the working directory is relative, too."""
    monkeypatch.chdir(tmp_path)
    assert sarif.uri(str(tmp_path / "logs" / "a b.ndjson")) == sarif.uri("./logs/a b.ndjson") == "logs/a%20b.ndjson"
    assert sarif.uri("../a.ndjson") == (tmp_path.parent / "a.ndjson").as_uri()
    assert sarif.uri("/a:b") == "file:///a%3Ab"


@given(findings, st.integers(1, 1_000))
@settings(max_examples=50)
def test_a_result_keeps_its_fingerprint_when_lines_move(finding: Finding, line: int) -> None:
    """Nor do other words change it; another code, device, session or replay ID does."""

    def name(given: Finding) -> Any:
        (result,) = run_of(written("sarif", [given]))["results"]
        assert len({*result["partialFingerprints"].values()}) == 1
        return result["partialFingerprints"]["primaryLocationLineHash"]

    assert name(attrs.evolve(finding, line=line, message="other")) == name(finding)
    others = [
        attrs.evolve(finding, device_id="other"),
        attrs.evolve(finding, session_id="other"),
        attrs.evolve(finding, replay_id="other"),
        attrs.evolve(finding, code="SR101" if finding.code != "SR101" else "SR102"),
    ]
    assert name(finding) not in {name(other) for other in others}


def test_all_rules_come_with_their_remedy() -> None:
    """In the order of the catalogue, each with its level and help as text and as Markdown."""
    driver = run_of(written("sarif", []))["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [*RULES]
    for rule in driver["rules"]:
        ours = RULES[rule["id"]]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert ours.fix in unescaped(rule["help"]["text"])
        assert {"text", "markdown"} <= {*rule["help"]}


def test_what_code_scanning_needs_is_there() -> None:
    """A message, one location with a URI and a line, a fingerprint; how the run ended; the summary."""
    result = invoke("check", "-", "--format", "sarif", given=REGRESSED)
    run = run_of(result.stdout)
    (found,) = run["results"]
    assert (found["ruleId"], found["level"]) == ("SR201", "error")
    assert found["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, result.exit_code)
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["properties"]["summary"]["read"] == 2


def test_a_finding_about_a_whole_log_has_no_region() -> None:
    """It has a file, and that is all."""
    (found,) = run_of(invoke("check", "-", "--format", "sarif", given=log(bare())).stdout)["results"]
    assert found["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "-"}}}]
    assert found["level"] == "note"


def test_an_input_that_cannot_be_read_is_a_notification(tmp_path: Path) -> None:
    """The execution is then not successful, and the results of the others are there."""
    bad = tmp_path / "bad.ndjson"
    bad.write_bytes(b"\x1f\x8b is no gzip")
    run = run_of(invoke("check", str(bad), "-", "--format", "sarif", given=REGRESSED).stdout)
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"], len(run["results"])) == (False, 2, 1)
    (told,) = invocation["toolExecutionNotifications"]
    assert str(bad) in told["message"]["text"]


def test_a_result_is_written_when_it_is_found() -> None:
    """Nothing is held back: memory does not grow with findings."""
    pieces: list[str] = []
    writer = writer_of("sarif", pieces.append)
    for n in range(1, 4):
        writer.finding(Finding("SR201", "m", "log", n))
        assert f'"startLine": {n}' in pieces[-1]

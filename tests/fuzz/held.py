"""What is true of every run over hostile input, whatever is read and written: `holds`, the one property of all fuzzers.

The status is 0, 1 or 2, and nothing but SystemExit leaves the command. What was read is judged or unreadable. Good
events around the hostile bytes are judged as without them. Reports can be read by what reads them, and hold nothing of
the data but as text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, NoReturn
from xml.etree import ElementTree

import attrs
from click.testing import CliRunner

from statemachine import RULES
from statemachine.entrypoints.cli import main
from statemachine.formats.csv import FORMULA, HEADER
from tests.test_log import S1, S2, actions

WITNESS: Final = "witness-1f0c5a52e7"
"""The device of the good events: no hostile bytes know it."""
GOOD: Final = json.dumps(actions(S2, None, WITNESS, timestamp="2026-11-23T10:00:00Z")).encode()
REGRESSED: Final = json.dumps(actions(S1, None, WITNESS, timestamp="2026-11-23T10:00:01Z")).encode()
PAIR: Final = GOOD + b"\n" + REGRESSED + b"\n"
"""Good events of one device: the session of the second is older, which is a finding of its line."""
FOLDER: Final = "{folder}"
"""In arguments: where the files of a case are."""


@attrs.frozen
class Outcome:
    """What a command did: its status, what it printed, and what it raised besides SystemExit."""

    status: int
    output: bytes
    errors: str
    raised: BaseException | None = None


Run = Callable[[list[str], bytes | None], Outcome]


def command_line(arguments: list[str], given: bytes | None) -> Outcome:
    """Run a command in this process."""
    result = CliRunner().invoke(main, arguments, input=given)
    raised = None if isinstance(result.exception, SystemExit) else result.exception
    return Outcome(result.exit_code, result.stdout_bytes, result.stderr_bytes.decode(), raised)


@attrs.frozen
class Case:
    """One run: its arguments, the files that it finds, and its standard input.

    `form` is the format of the report. `witnessed` is where the regression among good events stands: the end of the
    file's name, and its line; None where there are none.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = attrs.field(factory=dict)
    given: bytes | None = None
    form: str = "jsonl"
    witnessed: tuple[str, int] | None = None
    steps: int | None = None
    """Of a call trace: how many lines it has that are not blank."""


def holds(case: Case, run: Run = command_line) -> None:
    """Run a case. Raises AssertionError where the property is broken, and what the command raised."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in case.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        arguments = [argument.replace(FOLDER, folder) for argument in case.arguments]
        outcome = run([*arguments, "--format", case.form], case.given)
    if outcome.raised is not None:
        raise outcome.raised
    assert outcome.status in (0, 1, 2), outcome.status
    assert _is_harmless(outcome.errors), outcome.errors
    assert not COMMAND_OF_CI.search(outcome.errors), outcome.errors
    text = outcome.output.decode()
    if not text and case.witnessed is None:
        assert outcome.status == 2, "nothing was printed"
        assert outcome.errors, "and nothing was said"
        return
    if case.steps is not None and case.form == "jsonl":
        _is_a_trace(text, case.steps, is_whole=outcome.status != 2)
        return
    findings = READ[case.form](text)
    if case.witnessed is not None:
        assert findings is not None
        assert outcome.status != 0, "the regression is no finding"
        _is_witnessed(findings, *case.witnessed)


def _is_harmless(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


Findings = list[dict[str, Any]] | None


def _is_witnessed(findings: list[dict[str, Any]], file: str, line: int) -> None:
    """The good events are judged as they are alone: one finding, on its line."""
    found = [(one["code"], one["line"]) for one in findings if one["device_id"] == WITNESS]
    assert found == [("SR201", line)], found
    assert all(one["file"].endswith(file) for one in findings if one["device_id"] == WITNESS)


def _strictly(text: str) -> Any:
    return json.loads(text, parse_constant=_no_json)


def _no_json(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


def _counted(findings: list[dict[str, Any]], summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The equation holds, and every finding is counted."""
    assert summary["read"] == summary["judged"] + summary["unreadable"], summary
    assert min(summary["judged"], summary["unreadable"]) >= 0, summary
    assert Counter(one["code"] for one in findings) == summary["findings"], summary
    return findings


def _json_lines(text: str) -> Findings:
    *findings, last = map(_strictly, text.splitlines())
    return _counted(findings, last["summary"])


def _json(text: str) -> Findings:
    report = _strictly(text)
    return _counted(report["findings"], report["summary"])


def _sarif(text: str) -> Findings:
    (run,) = _strictly(text)["runs"]
    findings = [
        {
            "code": result["ruleId"],
            "line": result["locations"][0]["physicalLocation"].get("region", {}).get("startLine"),
            "device_id": result["properties"].get("device_id"),
            "file": result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        }
        for result in run["results"]
    ]
    return _counted(findings, run["properties"]["summary"])


EQUATION: Final = re.compile(r"(\d+) read = (\d+) judged(?: \(\d+ delivered again\))? \+ (\d+) unreadable")


def _text(text: str) -> Findings:
    assert _is_harmless(text)
    if "read = " in text:
        (counts,) = set(EQUATION.findall(text))
        read, judged, unreadable = map(int, counts)
        assert read == judged + unreadable
    return None


COMMAND: Final = re.compile(r"::(?:error|warning|notice) file=[^:,]+(?:,line=\d+)?,title=(SR\d{3}) [\w-]+::[^\n]*")


def _github(text: str) -> Findings:
    """Nothing of the data is a command of its own."""
    assert all(COMMAND.fullmatch(line) for line in text.splitlines() if line.lstrip().startswith("::"))
    assert not any("##[" in line and not line.startswith("::") for line in text.splitlines())
    return _text(text)


COMMAND_OF_CI: Final = re.compile(r"^\s*::|##[A-Za-z]*\[", re.MULTILINE)


def _lines(text: str) -> Findings:
    """Nothing of it is a command to CI, which looks for them in all that is printed."""
    assert not COMMAND_OF_CI.search(text), COMMAND_OF_CI.search(text)
    return _text(text)


def _markdown(text: str) -> Findings:
    """A renderer makes of it nothing but what is ours: no HTML, no pictures, no links."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inner = [child.type for token in rendered for child in token.children or ()]
    assert not {"html_block", "html_inline", "image", "link_open"} & {*inner, *(token.type for token in rendered)}
    return _lines(text)


def _junit(text: str) -> Findings:
    assert text.isascii()
    assert _is_harmless(text)
    for element in ElementTree.fromstring(text).iter():  # noqa: S314 (what is read is ours, and has no entities)
        assert element.tag in ELEMENTS, element.tag
        assert _is_harmless("".join((element.text or "", *element.attrib.values())))
    return None


ELEMENTS: Final = {
    *("testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "system-out"),
}


def _csv(text: str) -> Findings:
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == HEADER
    for row in rows:
        assert len(row) == len(HEADER)
        assert row[0] in RULES
        for cell in row:
            assert _is_harmless(cell)
            assert not cell.lstrip(" ").startswith(tuple(FORMULA)) or cell.startswith("'") or _is_number(cell), cell
    return None


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+", cell) is not None


class _Elements(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self.scripts = 0
        self.data = ""
        self._is_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag,), *((tag, name) for name, _ in attributes)}
        self.scripts += tag == "script"
        self._is_data = ("type", "application/json") in attributes

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False


def _html(text: str) -> Findings:
    """Every element and attribute is one that pages of good logs and traces have."""
    found = _Elements(text)
    known = elements_of_good_pages()
    assert found.found <= known, found.found - known
    assert found.scripts == 2, found.scripts
    _strictly(found.data)
    assert text.isascii()
    return None


_of_good_pages: set[tuple[str, ...]] = set()


def elements_of_good_pages() -> set[tuple[str, ...]]:
    """The elements of pages of the captures, with and without findings, and of a trace that is broken off."""
    if not _of_good_pages:
        data = Path(__file__).parents[1] / "data"
        for name in ("segment-actions-published", "segment-classic-cloud", "segment-classic-device"):
            found = command_line(["check", f"{data / name}.ndjson", "--format", "html"], None)
            _of_good_pages.update(_Elements(found.output.decode()).found)
        for given in (b"", b'{"call":"load","device_id":"visitor-1","session_id":5}\nnothing\n'):
            for command in (["check", "-"], ["run", "actions", "-"]):
                found = command_line([*command, "--format", "html"], given)
                _of_good_pages.update(_Elements(found.output.decode()).found)
        given = PAIR + b"nothing\n"
        for more in ([], ["--expect-replay-ids"], ["--order", "time"], ["--select", "SR9"]):
            found = command_line(["check", "-", *more, "--format", "html"], given)
            _of_good_pages.update(_Elements(found.output.decode()).found)
    return _of_good_pages


def _is_a_trace(text: str, steps: int, *, is_whole: bool) -> None:
    """Every line is a step."""
    found = [_strictly(line)["step"] for line in text.splitlines()]
    assert found == list(range(len(found)))
    assert len(found) == steps or not is_whole, (len(found), steps)


READ: Final[dict[str, Callable[[str], Findings]]] = {
    "jsonl": _json_lines,
    "json": _json,
    "sarif": _sarif,
    "text": _lines,
    "github": _github,
    "markdown": _markdown,
    "junit": _junit,
    "csv": _csv,
    "html": _html,
}
"""Each format: what reads it, and gives its findings if they can be had."""

"""Every format on real traffic: the same findings in each."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import pytest

from statemachine.formats import FORMATS, UTF_8
from tests.formats import test_csv, test_junit, test_markdown, test_sarif
from tests.test_captures import CAPTURES, DATA
from tests.test_cli import invoke


def _in_json(text: str) -> Counter[str]:
    return Counter(finding["code"] for finding in json.loads(text)["findings"])


def _in_lines(text: str) -> Counter[str]:
    return Counter(json.loads(line)["code"] for line in text.splitlines()[:-1])


def _in_text(text: str) -> Counter[str]:
    return Counter(re.findall(r"^\S+: (SR\d{3}) [a-z-]+: ", text, re.MULTILINE))


def _in_github(text: str) -> Counter[str]:
    return Counter(re.findall(r"^::\w+ .*title=(SR\d{3})", text, re.MULTILINE))


def _in_sarif(text: str) -> Counter[str]:
    return Counter(result["ruleId"] for result in test_sarif.run_of(text)["results"])


def _in_junit(text: str) -> Counter[str]:
    told = {case.name[:5]: one.text for suite in test_junit.suites(text) for case in suite for one in case.result}
    return Counter({code: _cases(text) for code, text in told.items()})


def _cases(text: str) -> int:
    first, more = text.split("\n\n")[0].splitlines(), re.search(r"and (\d+) more", text)
    return len(first) if more is None else len(first) - 1 + int(more[1])


def _in_markdown(text: str) -> Counter[str]:
    assert {"table_open", "bullet_list_open"} <= {token.type for token in test_markdown.tokens(text)}
    return Counter({code: int(n) for code, n in re.findall(r"^\| (SR\d{3}) \| .*? \| .*? \| (\d+) \|", text, re.M)})


def _in_csv(text: str) -> Counter[str]:
    return Counter(row[0] for row in test_csv.rows(text)[1:])


def _in_html(text: str) -> Counter[str]:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return Counter(json.loads(data)["findings"]["code"])


READERS: dict[str, Callable[[str], Counter[str]]] = {
    "text": _in_text,
    "json": _in_json,
    "jsonl": _in_lines,
    "github": _in_github,
    "sarif": _in_sarif,
    "junit": _in_junit,
    "markdown": _in_markdown,
    "csv": _in_csv,
    "html": _in_html,
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", CAPTURES)
def test_every_format_has_the_known_findings_of_a_capture(name: str, form: str) -> None:
    """Read back, they are as many of each code; the equation is told; a format that is not for terminals is ASCII."""
    result = invoke("check", str(DATA / name), "--format", form, "--fail-on", "info")
    assert READERS[form](result.stdout) == CAPTURES[name][1]
    if form not in ("json", "jsonl", "sarif"):
        assert "judged + 0 unreadable" in result.output
    assert result.stdout.isascii() or form in UTF_8 | {"text", "github"}


def test_an_entry_of_a_har_is_no_line_of_it() -> None:
    """GitHub and SARIF give a line of plain lines alone; else the message says which payload it is."""
    for name, has_lines in (("segment-actions-published.ndjson", True), ("segment-actions-published.har", False)):
        annotations = invoke("check", str(DATA / name), "--format", "github").stdout
        results = test_sarif.run_of(invoke("check", str(DATA / name), "--format", "sarif").stdout)["results"]
        places = [result["locations"][0]["physicalLocation"] for result in results]
        assert all(("region" in place) is has_lines for place in places)
        assert (",line=" in annotations) is has_lines
        assert ("::number 13 in the file: " in annotations) is not has_lines
        assert any(one["message"]["text"].startswith("number 13 in the file: ") for one in results) is not has_lines


def test_a_finding_that_is_left_out_would_be_noticed() -> None:
    """The red twin: one finding fewer in the log, and each format has other counts."""
    name = "segment-actions-vendor-wrapper.ndjson"
    lines = (DATA / name).read_text().splitlines()
    for form, reader in READERS.items():
        fewer = reader(invoke("check", "-", "--format", form, given="\n".join(lines[: len(lines) // 2])).stdout)
        assert 0 < fewer["SR201"] < CAPTURES[name][1]["SR201"], form

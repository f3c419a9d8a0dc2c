"""Markdown: data is text to a renderer, and a report fits into a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from statemachine.bounds import MARKDOWN_CHARACTERS
from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.formats import markdown
from statemachine.rules import RULES
from tests.formats.findings import findings, hostile, written
from tests.test_cli import LATE, REGRESSED, invoke

RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
assert RENDERER.linkify is not None
RENDERER.linkify.set({"fuzzy_link": True, "fuzzy_email": True})


def tokens(text: str) -> Iterator[Token]:
    """What a renderer makes of it, in order."""

    def flat(given: Iterable[Token]) -> Iterator[Token]:
        for token in given:
            yield token
            yield from flat(token.children or ())

    return flat(RENDERER.parse(text))


def skeleton(text: str) -> list[tuple[str, str]]:
    """All of it but what stands in code."""
    return [(t.type, t.content if t.type == "text" else "") for t in tokens(text)]


def codes(text: str) -> list[str]:
    """What stands in code."""
    return [t.content for t in tokens(text) if t.type == "code_inline"]


def tamed(given: list[Finding]) -> list[Finding]:
    """The same findings with harmless data."""
    files: dict[str, str] = {}
    return [
        attrs.evolve(f, file=files.setdefault(f.file, f"file{len(files)}"), message="m", device_id=None, replay_id=None)
        for f in given
    ]


@given(st.lists(findings, max_size=4), st.lists(hostile, max_size=2))
@example([Finding("SR201", "`@user`", "a|b")], ["#1"])
@settings(max_examples=200)
def test_data_is_nothing_but_text(given: list[Finding], problems: list[str]) -> None:
    """Rendered, a report has the parts that it has with harmless data; all data stands in code, and reads back."""
    text = written("markdown", given, tuple(problems))
    text.encode("utf-8")
    assert skeleton(text) == skeleton(written("markdown", tamed(given), ("p",) * len(problems)))
    shown = codes(text)
    for finding in given:
        line = "" if finding.line is None else f":{finding.line}"
        assert printable(finding.message) in shown
        assert f"{printable(finding.file)}{line}" in shown
    for problem in problems:
        assert printable(problem) in shown


def test_data_outside_of_code_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: the same data as it comes, or escaped only, is a link to a renderer."""
    given = [Finding("SR201", "www.example.com <b>x</b> ![a](b)")]
    assert not {"link_open", "html_inline", "image"} & {token.type for token in tokens(written("markdown", given))}
    monkeypatch.setattr(markdown, "code", lambda text, more="": f"{text}{more}")
    assert {"link_open", "html_inline", "image"} <= {token.type for token in tokens(written("markdown", given))}
    monkeypatch.setattr(markdown, "code", lambda text, more="": markdown.escaped(f"{text}{more}"))
    assert "link_open" in {token.type for token in tokens(written("markdown", given))}


def test_our_own_words_are_shown_as_they_are() -> None:
    """No rule's name, fix or reason is taken for markup."""
    for code, rule in RULES.items():
        text = written("markdown", [Finding(code, "m")])
        assert not {"html_inline", "link_open", "em_open", "strong_open"} & {t.type for t in tokens(text)}, code
        plain = ["".join(c.content for c in t.children or ()) for t in tokens(text) if t.type == "inline"]
        assert {rule.name, rule.fix, rule.matters} <= {*plain}, code


def test_a_report_is_never_too_long_and_says_what_is_left_out() -> None:
    """Whatever the data: findings beyond the first of a code are counted, and lines beyond the limit."""
    long = "\U000e0001`" * 10_000
    given = [Finding(code, long, f"{long}{n}", n) for code in RULES for n in range(1, 40)]
    text = written("markdown", given, (long,) * 100)
    assert len(text) <= MARKDOWN_CHARACTERS
    assert text.endswith("more lines of this report are left out: it would be too long.*\n")
    few = written("markdown", [Finding("SR201", "m", f"log{n}", n) for n in range(1, 31)])
    assert "\nand 25 more.\n" in few
    assert "\nand 10 more files.\n" in few
    assert "left out" not in few


def test_a_report_without_a_limit_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: the same data is longer than a ticket takes."""
    monkeypatch.setattr(markdown, "MARKDOWN_CHARACTERS", 10**9)
    given = [Finding(code, "x`" * 1_000, "log" * 99, n) for code in RULES for n in range(1, 6)]
    assert len(written("markdown", given)) > 65_536


def test_it_begins_with_what_matters() -> None:
    """How many findings, the equation, a table by code, the worst first."""
    lines = invoke("check", "-", "--format", "markdown", given=LATE + "\n" + REGRESSED).stdout.splitlines()
    assert lines[0] == "### Session Replay: 4 findings"
    assert lines[2] == "4 read = 4 judged + 0 unreadable"
    assert [line.split(" | ")[:4] for line in lines if line.startswith("| SR")] == [
        ["| SR201", "session-id-regressed", "error", "1"],
        ["| SR123", "replay-id-missing", "warning", "2"],
        ["| SR125", "replay-id-late", "warning", "1"],
    ]
    assert invoke("check", "-", "--format", "markdown", given="").stdout.startswith("### Session Replay: no findings")

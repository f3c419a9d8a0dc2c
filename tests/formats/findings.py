"""Findings with hostile data, and what a format makes of them."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from statemachine.finding import Finding
from statemachine.formats import writer_of
from statemachine.report import Summary
from statemachine.rules import RULES

PIECES: Final = (
    *("\x00", "\x1b[2J", "\x7f", "\u202eabc", "\ud800", "\udcff", "\ufffe", "\ufeff", "\u2028", "\r", "\n", "\t", " "),
    *("]]>", "<!--", "-->", "&lt;", "&#0;", "<img src=x onerror=1>", "<script>", "</failure>", '"', "'", "\\", "%41"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "＝1", ";=1", ",", "|", "`", "``", "```", "$`x`$", "~~", "**", "_", "#1", "- "),
    *("@user", "https://evil.example", "www.example.com", "a@example.com", "[a](https://evil.example)", "![a](b)"),
    *("\u3164", "\u2800", "\u05d0\u0661", "{0}", "{{", "}", "[", "](", "a:b", "../", "/", "//", "é", "☃", "😀"),
)
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=4).map("".join).filter(bool)
"""Text that means something to a renderer, a spreadsheet, a parser or a terminal."""

findings = st.builds(
    Finding,
    st.sampled_from([*RULES]),
    hostile,
    hostile,
    st.none() | st.integers(1, 10**9),
    st.none() | hostile,
    st.none() | st.integers(-1, 2**53) | hostile,
    st.none() | hostile,
    st.sampled_from([None, "initialised", "session_active", "rolled_over"]),
)


def summary_of(given: list[Finding], problems: tuple[str, ...] = ()) -> Summary:
    """The summary of a run that reported these findings."""
    summary = Summary(problems=[*problems], status=2 if problems else int(bool(given)))
    for finding in given:
        summary.finding(finding, finding.device_id)
    return summary


def written(form: str, given: list[Finding], problems: tuple[str, ...] = (), **options: Any) -> str:
    """What a format makes of some findings."""
    pieces: list[str] = []
    writer = writer_of(form, pieces.append, **options)
    for finding in given:
        writer.finding(finding)
    writer.close(summary_of(given, problems))
    return "".join(pieces)

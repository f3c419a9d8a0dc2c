"""The catalogue of findings, one anchor a rule, from `statemachine.rules`."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from docs.building.markdown import plain
from statemachine.rules import PAGE, RULES, Example, Rule

FAMILIES: Final = {"SR1": "Identifiers", "SR2": "Order", "SR3": "The destination mode", "SR9": "Input"}
"""What the first digit of a code says."""
LINKS: Final = {
    "law.md": "[law.md](../specs/law.md)",
    "the measurements": "[the measurements](../specs/reality.md)",
    "the page": f"[the page]({PAGE})",
}


def findings() -> str:
    """Every rule, in sections by the first digit of its code."""
    parts: list[str] = []
    for family, rules in groupby(RULES.values(), lambda rule: rule.code[:3]):
        parts += [f"## {FAMILIES[family]}: {family}xx", *(_section(rule) for rule in rules)]
    return "\n\n".join(parts)


def _section(rule: Rule) -> str:
    return "\n\n".join(
        [
            f"({rule.code.lower()})=\n### {rule.code} {rule.name}",
            f"*{rule.severity.value.capitalize()}.* {plain(rule.means)}",
            f"**Why it matters.** {plain(rule.matters)}",
            f"**Fix.** {plain(rule.fix)}",
            f"**Source.** {_source(rule.source)}",
            _example("Fails", rule.failing),
            _example("Passes", rule.passing),
        ]
    )


def _source(source: str) -> str:
    text = plain(source)
    for name, link in LINKS.items():
        text = text.replace(name, link, 1)
    return text


def _example(title: str, example: Example) -> str:
    lines = "\n".join(example.lines)
    return f"**{title}**, read by `{example.command}`:\n\n```text\n{lines}\n```"

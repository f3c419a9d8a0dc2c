"""Findings as annotations of GitHub, by its workflow commands."""

from __future__ import annotations

from typing import Final

import attrs

from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.report import Summary, Write, line_of, numbered_message, told
from statemachine.rules import Severity

_GITHUB_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


@attrs.define
class GitHub:
    """Workflow commands, which GitHub shows as annotations."""

    write: Write

    def finding(self, finding: Finding) -> None:
        """Write one annotation."""
        rule = finding.rule
        place = f"file={_github_property(finding.file)}"
        place += f",line={line}" if (line := line_of(finding)) is not None else ""
        text = _github_data(f"{numbered_message(finding)}. Fix: {rule.fix}")
        self.write(f"::{_GITHUB_LEVEL[rule.severity]} {place},title={finding.code} {rule.name}::{text}\n")

    def close(self, summary: Summary) -> None:
        """Write the equation that shows nothing is lost."""
        self.write(told(summary) + "\n")


def _github_data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")

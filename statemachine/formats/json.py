"""Findings and the summary as JSON: one object, or an object a line."""

from __future__ import annotations

import json

import attrs

from statemachine.finding import Finding
from statemachine.report import Summary, Write, as_dict


@attrs.define
class JsonLines:
    """One finding a line, then one line with the summary."""

    write: Write

    def finding(self, finding: Finding) -> None:
        """Write one finding as an object."""
        self.write(json.dumps(as_dict(finding)) + "\n")

    def close(self, summary: Summary) -> None:
        """Write the summary."""
        self.write(json.dumps({"summary": summary.as_dict()}) + "\n")


@attrs.define
class Json:
    """One object: the findings, written as they come, and the summary."""

    write: Write
    _opening: str = '{"findings": [\n'

    def finding(self, finding: Finding) -> None:
        """Write one finding as an element."""
        self.write(self._opening + json.dumps(as_dict(finding)))
        self._opening = ",\n"

    def close(self, summary: Summary) -> None:
        """Close the array and write the summary."""
        opening = "" if self._opening == ",\n" else self._opening
        self.write(f'{opening}\n], "summary": {json.dumps(summary.as_dict())}}}\n')

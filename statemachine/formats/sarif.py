"""Findings as SARIF 2.1.0, for code scanning and for viewers of it.

Rules come first, then results as they are found, so that memory does not grow with them; how the run went comes last.
GitHub shows 5,000 results of a file, and refuses one with more than 25,000: `--select`, `--ignore` and `--baseline`
make them fewer. It takes results of one code, device, session and replay ID in a file for one alert.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import attrs

from statemachine import __version__
from statemachine.baseline import fingerprint
from statemachine.finding import Finding
from statemachine.formats.markdown import escaped
from statemachine.report import Summary, Write, line_of, numbered_message
from statemachine.rules import RULES, Rule, Severity

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_INDEX: Final = {code: n for n, code in enumerate(RULES)}


def _head() -> str:
    driver = {
        "name": "session-replay-statemachine",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    log, run = {"$schema": SCHEMA, "version": "2.1.0"}, {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits"}
    return f'{json.dumps(log)[:-1]}, "runs": [{json.dumps(run)[:-1]}, "results": [\n'


@attrs.define
class Sarif:
    """One log with one run."""

    write: Write
    _before: str = attrs.field(factory=_head)

    def finding(self, finding: Finding) -> None:
        """Write one result."""
        rule = finding.rule
        place: dict[str, Any] = {"artifactLocation": {"uri": uri(finding.file)}}
        line = line_of(finding)
        if line is not None:
            place["region"] = {"startLine": line}
        about = {name: getattr(finding, name) for name in ("device_id", "session_id", "replay_id", "state")}
        name = fingerprint(finding)
        result = {
            "ruleId": finding.code,
            "ruleIndex": _INDEX[finding.code],
            "level": _LEVEL[rule.severity],
            "message": message(f"{numbered_message(finding)}. Fix: {rule.fix}"),
            "locations": [{"physicalLocation": place}],
            # The second is the one that GitHub reads.
            "partialFingerprints": {"finding/v1": name, "primaryLocationLineHash": name},
            "properties": {key: whole(value) for key, value in about.items() if value is not None},
        }
        self.write(self._before + json.dumps(result))
        self._before = ",\n"

    def close(self, summary: Summary) -> None:
        """Write how the run went."""
        invocation = {
            "executionSuccessful": not summary.problems,
            "exitCode": summary.status,
            "toolExecutionNotifications": [{"level": "error", "message": message(one)} for one in summary.problems],
        }
        rest = {"invocations": [invocation], "properties": {"summary": summary.as_dict()}}
        opening = "" if self._before == ",\n" else self._before
        self.write(f"{opening}\n], {json.dumps(rest)[1:]}]}}\n")


def _rule(rule: Rule) -> dict[str, Any]:
    told = {"Why it matters": rule.matters, "Fix": rule.fix, "Source": rule.source}
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": message(rule.means),
        "fullDescription": message(f"{rule.means} {rule.matters}"),
        "help": {
            **message("\n\n".join(f"{name}: {text}" for name, text in told.items())),
            "markdown": "\n\n".join(f"**{name}**: {escaped(text)}" for name, text in told.items()),
        },
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"tags": ["session-replay"], "problem.severity": _PROBLEM[rule.severity]},
    }


def message(text: str) -> dict[str, str]:
    """Text as a message: what would read as a placeholder or as a link is escaped, as SARIF has it (3.11.5, 3.11.6)."""
    text = whole(text).replace("{", "{{").replace("}", "}}")
    return {"text": re.sub(r"([\\\[\]])", r"\\\1", text) if "](" in text else text}


def whole(value: Any) -> Any:
    r"""A value as UTF-8 can have it: a lone surrogate becomes its six characters `\ud800`."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def uri(file: str) -> str:
    """Where a file is: relative to the working directory for what is below it, else absolute."""
    path = os.path.normpath(file)
    if os.path.isabs(path):
        relative = os.path.relpath(path)
        path = path if relative.startswith(os.pardir) else relative
    elif path.startswith(os.pardir):
        path = os.path.abspath(path)
    quoted = quote(_bytes(Path(path).as_posix()))
    return f"file://{quoted}" if os.path.isabs(path) else quoted


def _bytes(path: str) -> bytes:
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # no name of a file, but that of an archive's member
        return path.encode("utf-8", "surrogatepass")

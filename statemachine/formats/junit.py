"""Findings as JUnit XML, as Jenkins and GitLab read it: a test suite a file, a test case a rule in it.

A rule in a file keeps its name from run to run, so that a dashboard can tell what is new, what is mended and what has
been failing since when; a finding a case would be other cases every time, and a sound log a report without a test. A
case fails from `--fail-on` on; findings below that stand in its output. It shows the first ones, and counts all: memory
grows with files and rules, not with findings. The cases are the selected rules that a log can break. The first suite
is of the run itself: an input that could not be read whole is an error there. Counts stand before what they count,
so that nothing is written before the end. It is ASCII; what XML 1.0 cannot hold stands escaped, as in text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import attrs

from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.report import Summary, Tally, Write, told
from statemachine.rules import RULES, Severity

SHOWN: Final = 20
"""Findings that a case shows."""
RUN: Final = "statemachine check"
"""The suite of the run itself."""


@attrs.define
class _Case:
    """A rule in a file: its first findings, and how many there are."""

    first: list[str] = attrs.field(factory=list)
    count: int = 0

    def told(self, code: str) -> str:
        more = [f"… and {self.count - len(self.first)} more"] if self.count > len(self.first) else []
        rule = RULES[code]
        return "\n".join([*self.first, *more, "", rule.means, rule.matters, f"Fix: {rule.fix}"])


@attrs.define
class JUnit:
    """Holds the first findings of each rule in each file, and writes all at the end."""

    write: Write
    selects: Callable[[str], bool] = lambda code: True
    fail_on: Severity = Severity.ERROR
    _found: dict[str, dict[str, _Case]] = attrs.field(factory=dict)

    def finding(self, finding: Finding) -> None:
        """Count one finding, and hold it if it is one of the first."""
        case = self._found.setdefault(finding.file, {}).setdefault(finding.code, _Case())
        case.count += 1
        if len(case.first) < SHOWN:
            line = "" if finding.line is None else f":{finding.line}"
            device = "" if finding.device_id is None else f" (device {finding.device_id})"
            case.first.append(printable(f"{finding.file}{line}: {finding.message}{device}"))

    def close(self, summary: Summary) -> None:
        """Write the suites."""
        codes = [code for code, rule in RULES.items() if self.selects(code) and not rule.failing.is_trace]
        suites = {file: {code: self._case(file, code) for code in codes} for file in summary.files}
        failures = {file: sum(map(self._fails, cases, cases.values())) for file, cases in suites.items()}
        problems = summary.problems
        own_tests = max(1, len(problems))
        xml = _Xml(self.write)
        tests = own_tests + sum(map(len, suites.values()))
        with xml.element("testsuites", **_counts(tests, sum(failures.values()), len(problems))):
            with xml.element("testsuite", name=RUN, **_counts(own_tests, 0, len(problems))):
                xml.properties({"told": told(summary), **summary.as_dict()})
                for problem in problems:
                    with xml.element("testcase", name=problem, classname=RUN):
                        xml.text("error", problem, message=problem, type="input")
                if not problems:
                    xml.text("testcase", "", name="every input was read whole", classname=RUN)
            for file, cases in suites.items():
                with xml.element("testsuite", name=file, **_counts(len(cases), failures[file], 0)):
                    xml.properties(_facts(summary.files[file]))
                    for code, case in cases.items():
                        self._write(xml, file, code, case)

    def _case(self, file: str, code: str) -> _Case:
        return self._found.get(file, {}).get(code, _Case())

    def _fails(self, code: str, case: _Case) -> bool:
        return case.count > 0 and RULES[code].severity.rank >= self.fail_on.rank

    def _write(self, xml: _Xml, file: str, code: str, case: _Case) -> None:
        with xml.element("testcase", name=f"{code} {RULES[code].name}", classname=file):
            if self._fails(code, case):
                message = f"{case.count} times, first {case.first[0]}" if case.count > 1 else case.first[0]
                xml.text("failure", case.told(code), message=message, type=RULES[code].severity.value)
            elif case.count:
                xml.text("system-out", case.told(code))


def _counts(tests: int, failures: int, errors: int) -> dict[str, str]:
    return {"tests": str(tests), "failures": str(failures), "errors": str(errors)}


def _facts(tally: Tally) -> dict[str, object]:
    names = ("mode", "why", "read", "judged", "unreadable", "repeated", "findings")
    return {name: getattr(tally, name) for name in names}


class _Xml:
    """XML in ASCII, an element a line, of text that is printable."""

    def __init__(self, write: Write) -> None:
        self._generator = XMLGenerator(_Ascii(write), "us-ascii", short_empty_elements=True)
        self._generator.startDocument()

    @contextmanager
    def element(self, tag: str, /, **attributes: str) -> Iterator[None]:
        self._start(tag, attributes)
        self._generator.ignorableWhitespace("\n")
        yield
        self._end(tag)

    def text(self, tag: str, text: str, /, **attributes: str) -> None:
        """An element with nothing but text, whose line feeds stay."""
        self._start(tag, attributes)
        if text:
            self._generator.characters("\n".join(map(printable, text.split("\n"))))
        self._end(tag)

    def properties(self, values: dict[str, object]) -> None:
        with self.element("properties"):
            for name, value in values.items():
                self.text("property", "", name=name, value=value if isinstance(value, str) else json.dumps(value))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        shown = {name: printable(value) for name, value in attributes.items()}
        self._generator.startElement(tag, AttributesImpl(shown))

    def _end(self, tag: str) -> None:
        self._generator.endElement(tag)
        self._generator.ignorableWhitespace("\n")


class _Ascii(io.TextIOBase):
    """Takes what a generator writes: other characters become references."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def write(self, text: str) -> int:
        self._write(text.encode("ascii", "xmlcharrefreplace").decode("ascii"))
        return len(text)

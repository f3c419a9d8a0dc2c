"""Verdicts → what people and tools read: counts, and one writer a format.

A writer takes findings as they come and the summary at the end, so that memory does not grow with
findings. Everything that came from the input is escaped for where it goes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from statemachine.errors import SHOWN_CHARACTERS, printable, shortened
from statemachine.finding import Finding
from statemachine.rules import RULES, Severity

if TYPE_CHECKING:
    from statemachine.bulk.devices import Devices
    from statemachine.bulk.fold import Folded, Places

WORST_DEVICES: Final = 10
Write = Callable[[str], object]


@attrs.define
class Tally:
    """What was counted for one file."""

    read: int = 0
    unreadable: int = 0
    repeated: int = 0
    findings: int = 0
    outside: int = 0
    """Payloads that a filter left out: they are not among those read."""
    timeless: int = 0
    """Events without a time of their own, where times matter."""
    mode: str = ""
    why: str = ""

    @property
    def judged(self) -> int:
        """Payloads judged: read = judged + unreadable. A repeated delivery has its first verdict."""
        return self.read - self.unreadable


@attrs.define
class Device:
    """A device with findings, as the summary shows it."""

    name: str
    events: int = 0
    findings: int = 0


@attrs.define
class Summary:
    """The counts of one run: `total`, and by code, device and file. Only reported findings count."""

    total: Tally = attrs.field(factory=Tally)
    sessions: int = 0
    codes: Counter[str] = attrs.field(factory=Counter)
    devices: int = 0
    noted: dict[bytes, Device] = attrs.field(factory=dict)
    """The devices with findings, by the digest of their ID."""
    files: dict[str, Tally] = attrs.field(factory=dict)
    finished_before: int | None = None
    """How many files an earlier run had finished; None where none is carried on."""
    is_filtered: bool = False
    is_timed: bool = False

    def folded(self, folded: Folded, places: Places) -> None:
        """Count what came of a batch."""
        unreadable = Counter(places.at(n)[0] for n, verdict in folded.verdicts if not verdict.judged)
        repeated = Counter(places.at(n)[0] for n in folded.repeated)
        for file, read in places.counts():
            for tally in (self.total, self.files.setdefault(file, Tally())):
                tally.read += read
                tally.unreadable += unreadable[file]
                tally.repeated += repeated[file]
        self.sessions += folded.sessions

    def left_out(self, file: str, outside: int, timeless: int) -> None:
        """Count the events of a file that a filter left out, and those without a time."""
        for tally in (self.total, self.files.setdefault(file, Tally())):
            tally.outside += outside
            tally.timeless += timeless

    def finding(self, finding: Finding, device_id: str | None) -> None:
        """Count one reported finding, for the device that its verdict names."""
        self.codes[finding.code] += 1
        self.total.findings += 1
        self.files.setdefault(finding.file, Tally()).findings += 1
        if device_id:
            from statemachine.bulk.narrow import digest_of  # the summaries of other commands have no devices

            digest = digest_of(device_id)
            if digest not in self.noted:
                self.noted[digest] = Device(_device_key(device_id))
            self.noted[digest].findings += 1

    def counted(self, devices: Devices) -> None:
        """Note how many devices there are, and how many events those with findings sent."""
        self.devices = devices.heard
        reads = devices.read(b"".join(self.noted))
        for device, events in zip(self.noted.values(), reads, strict=True):
            device.events = events

    def named(self, file: str, mode: str, why: str) -> None:
        """Note in which mode a file was judged, and why in that one."""
        tally = self.files.setdefault(file, Tally())
        tally.mode, tally.why = mode, why

    def worst(self) -> Severity | None:
        """The highest severity reported, or None."""
        return max((RULES[code].severity for code in self.codes), key=lambda s: s.rank, default=None)

    def as_dict(self) -> dict[str, Any]:
        """The summary as the JSON formats print it."""
        before = {} if self.finished_before is None else {"finished_before": self.finished_before}
        return {
            **before,
            "read": self.total.read,
            "judged": self.total.judged,
            "unreadable": self.total.unreadable,
            **({"outside": self.total.outside} if self.is_filtered else {}),
            **({"timeless": self.total.timeless} if self.is_timed else {}),
            "devices": self.devices,
            "sessions": self.sessions,
            "findings": dict(sorted(self.codes.items())),
        }


def _device_key(device_id: str) -> str:
    """A device as the summary holds and shows it: as it is, or its beginning and what tells it from others."""
    if len(device_id) <= SHOWN_CHARACTERS:
        return device_id
    digest = hashlib.sha256(device_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{shortened(device_id)} sha256 {digest}"


class Writer(Protocol):
    """A format: findings as they come, then the summary."""

    def finding(self, finding: Finding) -> None:
        """Write one finding."""

    def close(self, summary: Summary) -> None:
        """Write what comes after the last finding."""


def as_dict(finding: Finding) -> dict[str, Any]:
    """A finding as the JSON formats print it."""
    rule = finding.rule
    return {
        "code": finding.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "file": finding.file,
        "line": finding.line,
        "device_id": finding.device_id,
        "session_id": finding.session_id,
        "replay_id": finding.replay_id,
        "state": finding.state,
        "message": finding.message,
        "fix": rule.fix,
    }


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


_GITHUB_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


@attrs.define
class GitHub:
    """Workflow commands, which GitHub shows as annotations."""

    write: Write

    def finding(self, finding: Finding) -> None:
        """Write one annotation."""
        rule = finding.rule
        place = f"file={_github_property(finding.file)}"
        place += f",line={finding.line}" if finding.line is not None else ""
        text = _github_data(f"{finding.message}. Fix: {rule.fix}")
        self.write(f"::{_GITHUB_LEVEL[rule.severity]} {place},title={finding.code} {rule.name}::{text}\n")

    def close(self, summary: Summary) -> None:
        """Write the equation that shows nothing is lost."""
        self.write(told(summary) + "\n")


def _github_data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def equation(tally: Tally) -> str:
    """Lines read = judged + unreadable, in words."""
    repeated = f" ({tally.repeated} delivered again)" if tally.repeated else ""
    return f"{tally.read} read = {tally.judged} judged{repeated} + {tally.unreadable} unreadable"


def told(summary: Summary) -> str:
    """The equation, and what is beside it: events outside of a filter, and such without a time."""
    outside = f"; {summary.total.outside} outside the filter" if summary.is_filtered else ""
    timeless = f"; {summary.total.timeless} without a time, left in their place" if summary.total.timeless else ""
    return f"{equation(summary.total)}{outside}{timeless}"


@attrs.define
class Text:
    """A linter's output for people: findings with their fix, then tables `width` characters wide."""

    write: Write
    styled: Callable[[str, Severity], str] = lambda text, severity: text
    width: int = 160
    _fixes_told: set[str] = attrs.field(factory=set)

    def finding(self, finding: Finding) -> None:
        """Write `file:line: CODE name: message`, and, the first time, the fix."""
        rule = finding.rule
        place = printable(finding.file) + (f":{finding.line}" if finding.line is not None else "")
        code = self.styled(f"{finding.code} {rule.name}", rule.severity)
        fix = "" if finding.code in self._fixes_told else f"    fix: {rule.fix}\n"
        self._fixes_told.add(finding.code)
        self.write(f"{place}: {code}: {printable(finding.message)}\n{fix}")

    def close(self, summary: Summary) -> None:
        """Write the tables per code, device and file, and the equation."""
        codes = [(code, RULES[code].name, RULES[code].severity.value, n) for code, n in sorted(summary.codes.items())]
        self._table(("code", "name", "severity", "findings"), codes)
        bad = sorted(summary.noted.values(), key=lambda device: -device.findings)
        self._table(("device", "events", "findings"), [(d.name, d.events, d.findings) for d in bad[:WORST_DEVICES]])
        if len(bad) > WORST_DEVICES:
            self.write(f"… and {len(bad) - WORST_DEVICES} more devices with findings\n")
        files = [(f, t.mode, t.read, t.judged, t.unreadable, t.findings) for f, t in summary.files.items()]
        self._table(("file", "mode", "read", "judged", "unreadable", "findings"), files)
        for file, tally in summary.files.items():
            self.write(f"{printable(file)}: mode {tally.mode}, {printable(tally.why)}\n")
        if summary.finished_before:
            n = summary.finished_before
            self.write(f"{n} {'file was' if n == 1 else 'files were'} finished before, and not judged again\n")
        counts = {"device": summary.devices, "session": summary.sessions, "finding": summary.total.findings}
        counted = ", ".join(f"{n} {name}" if n == 1 else f"{n} {name}s" for name, n in counts.items())
        self.write(f"\n{told(summary)}; {counted}\n")
        if summary.codes:
            self.write("What a code means, and how to fix it: statemachine explain CODE\n")

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
        self.write(table_text(header, rows, self.width))


def table_text(header: tuple[str, ...], rows: Sequence[tuple[object, ...]], width: int = 160, title: str = "") -> str:
    """A table for people, `width` characters wide, after an empty line; nothing for no rows."""
    from rich.console import Console  # slow to import, and only text for people needs it
    from rich.table import Table
    from rich.text import Text as Cell

    if not rows:
        return ""
    table = Table(box=None, pad_edge=False, title=title or None, title_justify="left", title_style="")
    for name, value in zip(header, rows[0], strict=True):
        table.add_column(name, justify="right" if isinstance(value, int) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Cell(printable(str(value))) for value in row))
    console = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n" + "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

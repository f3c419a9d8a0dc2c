"""Verdicts → counts, and what a writer of a format is.

A writer takes findings as they come and the summary at the end, so that memory does not grow with
findings. `statemachine.formats` has one a format.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from statemachine.errors import SHOWN_CHARACTERS, shortened
from statemachine.finding import Finding
from statemachine.rules import RULES, Severity

if TYPE_CHECKING:
    from statemachine.bulk.devices import Devices
    from statemachine.bulk.fold import Folded, Places

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
    is_tagged: bool = False
    """Whether an event carries a replay ID, or that none does is a finding already."""
    is_filtered: bool = False
    is_timed: bool = False
    known: int | None = None
    """Findings that a baseline covers, and that are not reported; None without a baseline."""
    gone: int | None = None
    """Findings of the baseline that no longer occur; None where not all that it covers was judged."""
    notes: list[str] = attrs.field(factory=list)
    """What is to be said of the run besides its findings."""
    problems: list[str] = attrs.field(factory=list)
    """Why not every input was judged whole."""
    status: int = 0
    """The exit status."""

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
            **({} if self.known is None else {"known": self.known}),
            **({} if self.gone is None else {"gone": self.gone}),
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


NO_LINES: Final = (".har", ".parquet", ".gz", ".zst")
"""What files end with whose payloads are on no line that an editor shows: entries, rows, lines of what is packed."""


def line_of(finding: Finding) -> int | None:
    """The line of a finding as other tools show the file, from 1; None where they show no such line."""
    return None if finding.file.lower().endswith(NO_LINES) else finding.line


def numbered_message(finding: Finding) -> str:
    """What a finding says, after which payload of the file it is about, where no line says so."""
    is_said = finding.line is None or line_of(finding) is not None
    return finding.message if is_said else f"number {finding.line} in the file: {finding.message}"


def equation(tally: Tally) -> str:
    """Lines read = judged + unreadable, in words."""
    repeated = f" ({tally.repeated} delivered again)" if tally.repeated else ""
    return f"{tally.read} read = {tally.judged} judged{repeated} + {tally.unreadable} unreadable"


def told(summary: Summary) -> str:
    """The equation, and what is beside it: events outside of a filter, such without a time, findings that are known."""
    outside = f"; {summary.total.outside} outside the filter" if summary.is_filtered else ""
    timeless = f"; {summary.total.timeless} without a time, left in their place" if summary.total.timeless else ""
    known = "" if summary.known is None else f"; {summary.known} known, not reported"
    return f"{equation(summary.total)}{outside}{timeless}{known}"

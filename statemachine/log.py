"""Many lines → verdicts: which mode a log is in, deliveries that repeat, and every device's state.

Order is as read, within a device. Memory grows with devices, not with events: one small record a
device, a window of recent message IDs, and, while a log has shown no session ID yet, its lines in
a temporary file.

How the mode is detected: by the first payload that has `integrations["Actions Amplitude"]`
(actions) or `integrations.Amplitude.session_id` (classic-cloud). A log with neither is
classic-device, whose session IDs go straight to Amplitude; so are Amplitude's own shapes, which do
not say how an event came in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Final

import attrs

from statemachine.event import Event, Unreadable, event_of, events_of
from statemachine.finding import Finding
from statemachine.ids import NO_SESSION, session_number
from statemachine.machines import CLASSIC_DEVICE, TABLES, table_of
from statemachine.table import Table
from statemachine.verdict import Verdict, Visitor, judge, unreadable

WINDOW: Final = 65_536
"""A payload delivered again is recognised among at least this many message IDs before it."""
HELD_IN_MEMORY: Final = 2**20
"""Bytes of a log's beginning that are held in memory before they go to a temporary file."""

Line = tuple[int, bytes]


@attrs.define
class Judge:
    """Judges the events of one mode, over as many logs as are given to it, in the order given."""

    table: Table
    expect_replay_ids: bool = False
    visitors: dict[str, Visitor] = attrs.field(factory=dict, repr=False)
    recent: Recent = attrs.field(factory=lambda: Recent(), repr=False)
    lines: int = 0
    """How many lines `line` has taken: the number of the last."""

    @classmethod
    def of(cls, mode: str, *, expect_replay_ids: bool = False) -> Judge:
        """A judge for a mode by name. Raises UnknownNameError."""
        return cls(table_of(mode), expect_replay_ids)

    def line(self, text: str | bytes, *, file: str = "-") -> list[Verdict]:
        """Judge the next line of NDJSON: a verdict for every payload in it.

        Never raises on bad input; TypeError if it is neither text nor bytes.
        """
        if not isinstance(text, (str, bytes)):
            raise TypeError(f"a line is str or bytes, not {type(text).__name__}; `payload` takes what json gives")
        self.lines += 1
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return [self.event(item, file=file) for item in events_of(self.lines, raw)]

    def payload(self, payload: object, *, file: str = "-") -> Verdict:
        """Judge one payload that is parsed already. It counts as a line. Never raises on bad input."""
        self.lines += 1
        return self.event(event_of(self.lines, "$", payload), file=file)

    def event(self, item: Event | Unreadable, *, file: str = "-", quiet: frozenset[str] = frozenset()) -> Verdict:
        """Judge one event, or report why it could not be read."""
        if isinstance(item, Unreadable):
            return unreadable(item, file)
        device = item.device_id if isinstance(item.device_id, str) else ""
        if isinstance(item.message_id, str) and item.message_id and self.recent.repeats(device, item.message_id):
            return Verdict(True, True, item.line, device, is_repeat=True)
        before = self.visitors.get(device)
        after, verdict = judge(
            self.table, before, item, file=file, expect_replay_ids=self.expect_replay_ids, quiet=quiet
        )
        if after is not before and after is not None:
            self.visitors[device] = after
        return verdict


class Recent:
    """The message IDs seen last, as hashes: a bounded window of two generations."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._older: set[int] = set()
        self._newer: set[int] = set()

    def repeats(self, device: str, message_id: str) -> bool:
        """Say whether this device's message was seen in the window, and remember it."""
        key = hash((device, message_id))
        if key in self._newer or key in self._older:
            return True
        self._newer.add(key)
        if len(self._newer) >= self._window:
            self._older, self._newer = self._newer, set()
        return False


@attrs.define
class Log:
    """One log being read. `mode`, `why` and `finding` are known once `verdicts` has begun."""

    file: str
    mode: str | None = None
    why: str = "as asked"
    finding: Finding | None = None
    """SR114, where no event of the whole log carries a session ID."""

    def verdicts(
        self, lines: Iterable[Line], judges: dict[str, Judge], *, expect_replay_ids: bool = False
    ) -> Iterator[Verdict]:
        """Judge numbered lines, in order. `judges` holds one judge a mode, shared between logs."""
        rest = iter(lines)
        with tempfile.SpooledTemporaryFile(HELD_IN_MEMORY) as held:
            events, has_sessions = self._hold_until_session(rest, held)
            mode = self.mode = self.mode or CLASSIC_DEVICE.mode
            judging = judges.setdefault(mode, Judge.of(mode, expect_replay_ids=expect_replay_ids))
            quiet = frozenset[str]() if has_sessions else frozenset({"SR111"})
            if events and not has_sessions:
                message = f"none of {events} events carries a session ID: only device IDs were checked"
                self.finding = Finding("SR114", message, self.file)
            for number, text in _held_lines(held):
                for item in events_of(number, text):
                    yield judging.event(item, file=self.file, quiet=quiet)
        for number, text in rest:
            for item in events_of(number, text):
                yield judging.event(item, file=self.file)

    def _hold_until_session(self, lines: Iterator[Line], held: IO[bytes]) -> tuple[int, bool]:
        """Put lines aside up to the first that carries a session ID; return the events in them, and if one does."""
        events = 0
        hint: Event | None = None
        for number, text in lines:
            held.write(b"%d %d\n" % (number, len(text)))
            held.write(text)
            carries = False
            for item in events_of(number, text):
                if isinstance(item, Event):
                    events += 1
                    self._detect(item, NO_SESSION + 1)
                    carries = carries or self._carries(item)
                    raws = (item.actions_session_id, item.amplitude_session_id)
                    if hint is None and any(session_number(raw) != NO_SESSION for raw in raws):
                        hint = item
            if carries:
                return events, True
        if hint is not None:
            self._detect(hint, None)
            return events, self._carries(hint)
        if self.mode is None:
            self.why = "detected: no payload has a session ID" if events else "there is no event in it"
        return events, False

    def _carries(self, event: Event) -> bool:
        if self.mode is None:
            return False
        raw = getattr(event, table_of(self.mode).session_id_field)
        return session_number(raw) != NO_SESSION

    def _detect(self, event: Event, least: int | None) -> None:
        """Take the mode from an event with a session ID of at least `least`; None: from whatever is there."""
        if self.mode is not None:
            return
        for table in TABLES.values():
            if event.is_segment and table.detected and _is_session(getattr(event, table.session_id_field), least):
                self.mode, self.why = table.mode, f"detected: line {event.line} has {table.session_id_at}"
                return
        if not event.is_segment and _is_session(event.amplitude_session_id, least):
            self.mode = CLASSIC_DEVICE.mode
            self.why = f"detected: line {event.line} is an Amplitude event, which shows the shared core only"


def _is_session(raw: object, least: int | None) -> bool:
    """Whether a raw session ID may decide the mode: a sound one first, a malformed one for want of any."""
    number = session_number(raw)
    return number != NO_SESSION if least is None else number is not None and number >= least


def _held_lines(held: IO[bytes]) -> Iterator[Line]:
    held.seek(0)
    while header := held.readline():
        number, length = header.split()
        yield int(number), held.read(int(length))

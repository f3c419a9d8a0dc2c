"""Many lines → verdicts: which mode a log is in, deliveries that repeat, and every device's state.

Order is as read, within a device. Memory grows with devices (and the length of their IDs), not with
events: one small record a device, a window of recent message IDs, and, while a log has shown no
session ID yet, its lines in a temporary file.

How the mode is detected: by the first payload that has `integrations["Actions Amplitude"]`
(actions) or `integrations.Amplitude.session_id` (classic-cloud). A log with neither is
classic-device, whose session IDs go straight to Amplitude; so are Amplitude's own shapes, which do
not say how an event came in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

import attrs

from statemachine.bounds import HELD_IN_MEMORY as HELD_IN_MEMORY
from statemachine.bounds import WINDOW as WINDOW
from statemachine.errors import UnreadableFileError, printable
from statemachine.event import Event, Unreadable, event_of, events_of
from statemachine.fields import Shape, session_place
from statemachine.finding import Finding
from statemachine.ids import NO_SESSION, session_number
from statemachine.machines import CLASSIC_DEVICE, TABLES, table_of
from statemachine.table import Table
from statemachine.verdict import Verdict, Visitor, judge, unreadable

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
        if (
            isinstance(item.message_id, str)
            and item.message_id
            and self.recent.repeats(hash((device, item.message_id)))
        ):
            return Verdict(True, True, item.line, device, is_repeat=True)
        before = self.visitors.get(device)
        after, verdict = judge(
            self.table, before, item, file=file, expect_replay_ids=self.expect_replay_ids, quiet=quiet
        )
        if after is not before and after is not None:
            self.visitors[device] = after
        return verdict


class Recent:
    """The messages seen last, as hashes of device and message ID: a bounded window of two generations."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._older: set[int] = set()
        self._newer: set[int] = set()

    def repeats(self, key: int) -> bool:
        """Say whether this message was seen in the window, and remember it."""
        if key in self._newer or key in self._older:
            return True
        self._newer.add(key)
        if len(self._newer) >= self._window:
            self._older, self._newer = self._newer, set()
        return False

    @property
    def generations(self) -> tuple[set[int], set[int]]:
        """What it remembers, the older half first: what `of` takes."""
        return self._older, self._newer

    @classmethod
    def of(cls, older: set[int], newer: set[int], window: int = WINDOW) -> Recent:
        """Go on from what `generations` gave."""
        made = cls(window)
        made._older, made._newer = older, newer
        return made

    def takes(self, keys: list[int]) -> bool:
        """Remember many messages at once, when that is as one by one and none was seen before; else do nothing."""
        found = set(keys)
        if len(found) < len(keys) or not (found.isdisjoint(self._newer) and found.isdisjoint(self._older)):
            return False
        while len(keys) >= (room := self._window - len(self._newer)):
            self._older, self._newer, keys = self._newer.union(keys[:room]), set(), keys[room:]
        self._newer.update(keys)
        return True


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
        """Judge numbered lines, in order. `judges` holds one judge a mode, shared between logs.

        Raises UnreadableFileError when the temporary file fails (a full disk). An interrupt while
        lines are held is raised after their verdicts.
        """
        rest = iter(lines)
        try:
            with tempfile.SpooledTemporaryFile(HELD_IN_MEMORY) as held:
                beginning, interrupt = _held_until_session(rest, held, self.mode)
                mode = self.mode or (beginning.table or CLASSIC_DEVICE).mode
                asked, self.mode = self.mode, mode
                self.why, self.finding = beginning.conclusion(self.file, asked, beginning.events)
                judging = judges.setdefault(mode, Judge.of(mode, expect_replay_ids=expect_replay_ids))
                quiet = frozenset({"SR111"}) if beginning.table is None else frozenset[str]()
                for number, text in _held_lines(held):
                    for item in events_of(number, text):
                        yield judging.event(item, file=self.file, quiet=quiet)
        except OSError as error:
            reason = f"its lines up to the first session ID do not fit into a temporary file: {error.strerror}"
            raise UnreadableFileError(f"{printable(self.file)}: {reason}") from error
        if interrupt is not None:
            raise interrupt
        for number, text in rest:
            for item in events_of(number, text):
                yield judging.event(item, file=self.file)


@attrs.define
class Beginning:
    """What the lines up to the first session ID showed. `table` is None when there was none."""

    asked: str | None
    events: int = 0
    table: Table | None = None
    why: str = ""
    shape: Shape | None = None
    """Where the fields are, if that is named: in a table's columns, or by the user."""
    _is_sound: bool = False

    def shows_mode(self, number: int, text: bytes) -> bool:
        """Look at a line; say whether it has a sound session ID. One that is not sound decides for want of any."""
        is_sound = [self.shows(event) for event in events_of(number, text)]  # all are counted
        return any(is_sound)

    def shows(self, event: Event | Unreadable) -> bool:
        """Look at one event, likewise."""
        if isinstance(event, Unreadable):
            return False
        self.events += 1
        for table in () if self._is_sound else _tables_shown_by(event, self.asked):
            session = session_number(getattr(event, table.session_id_field))
            decides = session is not None and session > NO_SESSION
            if not self._is_sound and (decides or (session != NO_SESSION and self.table is None)):
                self.table, self.why, self._is_sound = table, _why(table, event, self.place(table)), decides
        return self._is_sound

    def place(self, table: Table) -> str:
        """Where the session IDs are, if that is named."""
        return "" if self.shape is None else session_place(self.shape, table.session_id_field)

    def conclusion(self, file: str, asked: str | None, events: int) -> tuple[str, Finding | None]:
        """Why the log's mode is what it is; and SR114 when none of its events has a session ID."""
        finding = None
        if self.table is None and events:
            place = self.place(CLASSIC_DEVICE if asked is None else table_of(asked))
            finding = Finding("SR114", without_session_ids(events, place), file)
        if asked is not None:
            return "as asked", finding
        if self.table is not None:
            return f"detected: {self.why}", finding
        return ("detected: no payload has a session ID" if events else "there is no event in it"), finding


def without_session_ids(events: int | str, place: str = "") -> str:
    """What SR114 says of a log of so many events; of the place where session IDs were looked for, if it is named."""
    there = f" at {place}" if place else ""
    return f"none of {events} events carries a session ID{there}: only device IDs were checked"


def _held_until_session(
    lines: Iterator[Line], held: IO[bytes], asked: str | None
) -> tuple[Beginning, KeyboardInterrupt | None]:
    """Put lines aside up to the first with a sound session ID; also say whether that was interrupted."""
    beginning = Beginning(asked)
    try:
        for number, text in lines:
            held.write(b"%d %d\n%b" % (number, len(text), text))  # in one piece, whenever an interrupt comes
            if beginning.shows_mode(number, text):
                break
    except KeyboardInterrupt as interrupt:
        return beginning, interrupt
    return beginning, None


def _tables_shown_by(event: Event, asked: str | None) -> list[Table]:
    """The tables whose session ID this event may carry."""
    if asked is not None:
        return [table_of(asked)]
    shows = event.is_segment and event.shows_mode
    return [table for table in TABLES.values() if table.detected] if shows else [CLASSIC_DEVICE]


def _why(table: Table, event: Event, place: str) -> str:
    if event.is_segment and event.shows_mode:
        return f"line {event.line} has {place or table.session_id_at}"
    if event.is_segment:
        return f"line {event.line} has a session ID that shows the shared core only (--mode says which mode it is)"
    return f"line {event.line} is an Amplitude event, which shows the shared core only"


def _held_lines(held: IO[bytes]) -> Iterator[Line]:
    held.seek(0)
    while header := held.readline():
        number, length = header.split()
        yield int(number), held.read(int(length))

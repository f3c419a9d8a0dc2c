"""The rows of a run of `check` → a page: its devices, the worst first, with their sessions and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any, Final

import attrs
import numpy as np

from statemachine.bounds import MOST_SESSIONS, MOST_STEPS, MOST_STEPS_EACH
from statemachine.errors import printable, visible
from statemachine.finding import Finding
from statemachine.formats.html.chart import Walk
from statemachine.formats.html.page import (
    File,
    Page,
    Session,
    Subject,
    Told,
    counted,
    verdict_of,
    worst_first,
)
from statemachine.formats.html.rows import Found, Listing, batches, found_in, is_device, keys_of, mode_and_name
from statemachine.formats.html.steps import step_of
from statemachine.machines import TABLES
from statemachine.replay import Replay
from statemachine.report import Summary, told

AROUND: Final = 8
"""Events before a finding that are held, where not all are."""
_ALL: Final = (
    *("file", "line", "path", "mode", "device_id", "session_id", "session_id_text", "replay_id", "judged"),
    *("accepted", "repeated", "state", "replay_session_id", "codes", "messages"),
)


@attrs.define
class _Chosen:
    """A device that is listed: its events, its sessions, and where its findings are among them."""

    key: str
    most: int
    """Sessions that are held of it, at the end."""
    events: int = 0
    first: int = 0
    last: int = 0
    at: list[int] = attrs.field(factory=list)
    held: list[tuple[int, int]] = attrs.field(factory=list)
    """From which event to which is held."""
    rows: list[tuple[int, dict[str, Any]]] = attrs.field(factory=list)
    sessions: list[Session] = attrs.field(factory=list)
    sessions_in_all: int = 0

    def event(self, session: int, state: str | None, codes: Sequence[str]) -> None:
        """Take the next event: the replay session after it, 0 for none, and what was found at it."""
        if codes and len(self.at) < MOST_STEPS_EACH:
            self.at.append(self.events)
        self.events += 1
        if not session:
            return
        self.first, self.last = self.first or session, session
        if not self.sessions or self.sessions[-1].id != session:
            if len(self.sessions) >= 2 * self.most:
                self.sessions = kept(self.sessions, self.most)
            self.sessions.append(Session(session))
            self.sessions_in_all += 1
        now = self.sessions[-1]
        now.events += 1
        if state is not None:
            now.states.add(state)
        for code in codes:
            now.counts[code] = now.counts.get(code, 0) + 1

    def hold(self, most: int) -> int:
        """Decide which events to hold, no more than `most`; return how many."""
        is_whole = self.events <= most or not self.at
        self.held = [(0, min(self.events, most))] if is_whole else around(self.at, most)
        return sum(end - start for start, end in self.held)


def around(at: list[int], most: int) -> list[tuple[int, int]]:
    """Intervals that end with the positions `at`, in order, and hold no more than `most` together."""
    found: list[tuple[int, int]] = []
    for position in at:
        end = found[-1][1] if found else 0
        start = max(position - AROUND, end)
        if position + 1 - start > most:
            break
        most -= position + 1 - start
        if found and start == end:
            found[-1] = (found[-1][0], position + 1)
        else:
            found.append((start, position + 1))
    return found


def kept(sessions: list[Session], most: int) -> list[Session]:
    """No more than `most` of some sessions, in their order: those with findings first, then the first ones."""
    chosen = sorted(range(len(sessions)), key=lambda n: not sessions[n].counts)[:most]
    return [sessions[n] for n in sorted(chosen)]


def page_of(rows: IO[bytes], summary: Summary, of_logs: list[Finding], *, carried: bool) -> Page:
    """The page of a run whose rows are in a file. `of_logs` are findings about whole logs.

    `carried` says that an earlier run may have seen the devices: then the state before a first event is not known.
    """
    found = found_in(rows)
    listing = Listing(found)
    share = MOST_SESSIONS // max(len(found.listed), 1)
    chosen = {key: _Chosen(key, share) for key in found.listed}
    for batch in batches(rows, *_ALL):
        listing.batch(batch)
        _look(batch, chosen)
    left = MOST_STEPS
    for one in chosen.values():
        left -= one.hold(min(MOST_STEPS_EACH, left))
    if chosen:
        _fill(rows, chosen)
    walks = {mode: Walk(TABLES[mode]) for mode in TABLES}
    subjects = tuple(_subject(one, found, walks, carried) for one in chosen.values())
    modes = {name: tally.mode for name, tally in summary.files.items()}
    whole = [Told(f.code, f.message, "(the whole log)", modes[f.file], visible(f.file), None) for f in of_logs]
    counts = worst_first(dict(summary.codes), found.devices)
    used = dict.fromkeys([tally.mode for tally in summary.files.values() if tally.mode])
    files = tuple(
        File(visible(name), t.mode, printable(t.why), t.read, t.judged, t.unreadable, t.findings)
        for name, t in summary.files.items()
    )
    shown = [counted(len(files), "file")] if len(files) > 1 else [one.name for one in files]
    facts = {"payloads read": summary.total.read, "devices": summary.devices, "sessions": summary.sessions}
    return Page(
        title=f"Session Replay in {printable(shown[0])}" if shown else "Session Replay",
        verdict=verdict_of(counts),
        told=told(summary),
        facts=(*facts.items(), ("findings", summary.total.findings)),
        counts=counts,
        total=summary.total.read,
        unit="event",
        subject_unit="device",
        subjects=subjects,
        subjects_in_all=found.subjects,
        devices_in_all=summary.devices,
        findings=(*listing.told, *whole),
        findings_in_all=summary.total.findings,
        files=files,
        timeline=listing.timeline(),
        warnings=tuple(printable(one) for one in (*summary.notes, *summary.problems)),
        charts=tuple(walks[mode].chart() for mode in used),
    )


def _positions(batch: Any, chosen: dict[str, _Chosen]) -> tuple[Any, Any]:
    """The rows of the chosen devices, and whose each is (an index)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = pc.fill_null(pc.index_in(keys_of(batch), pa.array(list(chosen), pa.string())), -1).to_numpy()
    rows = np.flatnonzero(own >= 0)
    return rows, own[rows]


def _look(batch: Any, chosen: dict[str, _Chosen]) -> None:
    """Count the events and sessions of the chosen devices, and note where their findings are."""
    import pyarrow.compute as pc

    if not chosen:
        return
    rows, own = _positions(batch, chosen)
    has = pc.list_value_length(batch["codes"]).to_numpy()[rows] > 0
    codes = iter(batch["codes"].take(rows[has]).to_pylist())
    state = batch["state"].combine_chunks()
    names = [*state.dictionary.to_pylist(), None]  # the last is that of no state
    states = pc.fill_null(state.indices, len(names) - 1).to_numpy()[rows]
    now = pc.fill_null(batch["replay_session_id"], 0).to_numpy()[rows]
    devices = list(chosen.values())
    for index, session, number, flagged in zip(own.tolist(), now.tolist(), states.tolist(), has.tolist(), strict=True):
        devices[index].event(session, names[number], next(codes) if flagged else ())


def _fill(held: IO[bytes], chosen: dict[str, _Chosen]) -> None:
    """Read the events that are held."""
    devices = list(chosen.values())
    seen = [0] * len(devices)
    for batch in batches(held, *_ALL):
        rows, own = _positions(batch, chosen)
        picked = []
        for row, index in zip(rows.tolist(), own.tolist(), strict=True):
            position = seen[index]
            seen[index] += 1
            if any(start <= position < end for start, end in devices[index].held):
                picked.append((row, index, position))
        if picked:
            taken = batch.take([row for row, _, _ in picked]).to_pylist()
            for (_, index, position), row in zip(picked, taken, strict=True):
                devices[index].rows.append((position, row))


def _subject(one: _Chosen, found: Found, walks: dict[str, Walk], carried: bool) -> Subject:
    mode, name = mode_and_name(one.key)
    walk, steps, expected = walks[mode], [], 0
    replay: Replay | None = None if carried else Replay(walk.table.begins)
    for position, row in one.rows:
        is_gap, expected = position != expected, position + 1
        step, replay = step_of(row, walk, None if is_gap else replay, is_gap)
        steps.append(step)
    counts, sessions = found.by_code.get(one.key, {}), tuple(kept(one.sessions, one.most))
    more = (one.first, one.last, sessions, one.sessions_in_all, is_device(one.key))
    return Subject(name, mode, one.events, counts, tuple(steps), *more)

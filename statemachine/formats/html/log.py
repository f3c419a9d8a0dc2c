"""The rows of a run of `check` → a page: the worst devices, with the events around their findings."""

from __future__ import annotations

from typing import IO, Any, Final

import attrs
import numpy as np

from statemachine.bounds import MOST_STEPS, MOST_STEPS_EACH
from statemachine.errors import printable
from statemachine.finding import Finding
from statemachine.formats.html.chart import Walk
from statemachine.formats.html.page import (
    File,
    Page,
    Subject,
    Told,
    counted,
    verdict_of,
    worst_first,
)
from statemachine.formats.html.rows import Found, Listing, batches, found_in, keys_of, mode_and_name
from statemachine.formats.html.steps import step_of
from statemachine.machines import TABLES
from statemachine.report import Summary, told
from statemachine.step import Replay

AROUND: Final = 8
"""Events before a finding that are held, where not all are."""
_ALL: Final = (
    *("file", "line", "path", "mode", "device_id", "session_id", "session_id_text", "replay_id", "judged"),
    *("accepted", "repeated", "state", "replay_session_id", "codes", "messages"),
)


@attrs.define
class _Chosen:
    """One of the worst devices: how many events it has, and where its findings are among them."""

    key: str
    events: int = 0
    first: int = 0
    last: int = 0
    at: list[int] = attrs.field(factory=list)
    held: list[tuple[int, int]] = attrs.field(factory=list)
    """From which event to which is held."""
    rows: list[tuple[int, dict[str, Any]]] = attrs.field(factory=list)

    def hold(self, most: int) -> int:
        """Decide which events to hold, no more than `most`; return how many."""
        self.held = [(0, self.events)] if self.events <= most else around(self.at, most)
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


def page_of(rows: IO[bytes], summary: Summary, of_logs: list[Finding], *, carried: bool) -> Page:
    """The page of a run whose rows are in a file. `of_logs` are findings about whole logs.

    `carried` says that an earlier run may have seen the devices: then the state before a first event is not known.
    """
    found = found_in(rows)
    listing = Listing(found)
    chosen = {key: _Chosen(key) for key in found.worst}
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
    whole = [Told(f.code, f.message, "(the whole log)", summary.files[f.file].mode, f.file, None) for f in of_logs]
    counts = worst_first(dict(summary.codes), found.devices)
    used = dict.fromkeys([tally.mode for tally in summary.files.values() if tally.mode])
    files = tuple(
        File(printable(name), t.mode, printable(t.why), t.read, t.judged, t.unreadable, t.findings)
        for name, t in summary.files.items()
    )
    shown = [counted(len(files), "file")] if len(files) > 1 else [one.name for one in files]
    facts = {"payloads read": summary.total.read, "devices": summary.devices, "sessions": summary.sessions}
    return Page(
        title=f"Session Replay in {shown[0]}" if shown else "Session Replay",
        verdict=verdict_of(counts),
        told=told(summary),
        facts=(*facts.items(), ("findings", summary.total.findings)),
        counts=counts,
        total=summary.total.read,
        unit="event",
        subject_unit="device",
        subjects=subjects,
        subjects_in_all=found.subjects,
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
    """Count the events of the chosen devices, and note where their findings are."""
    import pyarrow.compute as pc

    if not chosen:
        return
    rows, own = _positions(batch, chosen)
    has = pc.list_value_length(batch["codes"]).to_numpy()[rows] > 0
    now = pc.fill_null(batch["replay_session_id"], 0).to_numpy()[rows]
    devices = list(chosen.values())
    for index, flagged, session in zip(own.tolist(), has.tolist(), now.tolist(), strict=True):
        one = devices[index]
        if flagged and len(one.at) < MOST_STEPS_EACH:
            one.at.append(one.events)
        one.events += 1
        if session:
            one.first, one.last = one.first or session, session


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
    return Subject(name, mode, one.events, found.by_code[one.key], tuple(steps), one.first, one.last)

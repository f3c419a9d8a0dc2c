"""A verdict for every event: one device's step, its replay ID, and what to say about both.

`judge` is pure: (table, visitor, event) → (visitor, verdict). A `Visitor` is all that is kept of a
device between events. Behaviour comes from the tables; this module names what they saw.
"""

from __future__ import annotations

import attrs

from statemachine.event import REPLAY_CAPTURED, Event, Unreadable
from statemachine.finding import Finding, Seen
from statemachine.ids import (
    NO_SESSION,
    SECONDS_BELOW,
    UNSET,
    device_id_warnings,
    format_replay_id,
    parse_device_id,
    parse_replay_id,
    session_number,
)
from statemachine.machines.tag import TAG_FINDINGS, Passage, Tag
from statemachine.replay import Replay, step
from statemachine.symbol import Call, Kind, Trigger, kind_of
from statemachine.table import Outcome, Table


@attrs.frozen
class Verdict:
    """What was decided about one payload. `judged` is False when it could not be read.

    `replay` is the device's replay after the event, or None when its device ID is none;
    `starts_session` says that the replay took up a new session with it.
    """

    judged: bool
    accepted: bool
    line: int
    device_id: str | None = None
    findings: tuple[Finding, ...] = ()
    replay: Replay | None = None
    starts_session: bool = False
    is_repeat: bool = False


@attrs.frozen
class Visitor:
    """What is kept of one device between events."""

    replay: Replay
    carries_replay_id: bool = False
    replay_device_id: str | None = None
    """Cloud-mode: the shell's device ID, as in this visitor's first replay ID."""


def unreadable(item: Unreadable, file: str = "-") -> Verdict:
    """The verdict on a payload that could not be read."""
    message = item.reason if item.path == "$" else f"at {item.path}: {item.reason}"
    return Verdict(False, False, item.line, None, (Finding(item.code, message, file, item.line),))


def judge(
    table: Table,
    visitor: Visitor | None,
    event: Event,
    *,
    file: str = "-",
    expect_replay_ids: bool = False,
    quiet: frozenset[str] = frozenset(),
    session_place: str = "",
) -> tuple[Visitor | None, Verdict]:
    """Judge one event of a log: return the visitor after it, and the verdict. Never raises.

    `visitor` is None for a device's first event, which implies its load. `expect_replay_ids` asks
    for a replay ID on every event in a session (cloud-mode always does). Findings whose code is in
    `quiet` are left out. `session_place` says in words where the session ID is, if not where payloads have it.
    """
    raw: object = getattr(event, table.session_id_field)
    before = Replay(table.begins) if visitor is None else visitor.replay
    loaded = before
    if visitor is None:
        loaded, load = implied_load(table, before, event.device_id, raw)
        if not load.accepted:
            codes = [*load.findings, *_stateless(event, raw)]
            seen = Seen(table, event, raw, before, before, None, Tag.MISSING, file, session_place)
            device = event.device_id if isinstance(event.device_id, str) else None
            return None, Verdict(True, False, event.line, device, seen.findings(codes, quiet))
        visitor = Visitor(loaded)
    trigger = table.arrives_unset if raw is UNSET else table.arrives
    replay, outcome = step(table, loaded, Call(trigger, raw))
    starts = replay.session_id != before.session_id
    expected = expect_replay_ids or table.always_tagged or visitor.carries_replay_id
    replay_device, own = _replay_device(table, visitor, event)
    tag = _tag_of(event.replay_id, replay_device, before, replay, expected)
    regresses = kind_of(raw, loaded.session_id) is Kind.OLDER
    finding = TAG_FINDINGS[_passage_of(trigger, regresses, replay, starts)][tag]
    codes = [*outcome.findings, *_stateless(event, raw), *([finding] if finding else ())]
    if own is not visitor.replay_device_id and own != event.device_id and table.own_device_finding:
        codes.append(table.own_device_finding)
    carries = visitor.carries_replay_id or tag not in (Tag.MISSING, Tag.EXPECTED, Tag.MALFORMED)
    if replay is not visitor.replay or carries is not visitor.carries_replay_id or own is not visitor.replay_device_id:
        visitor = Visitor(replay, carries, own)
    if not codes:
        return visitor, Verdict(True, outcome.accepted, event.line, replay.device_id, (), replay, starts)
    seen = Seen(table, event, raw, before, replay, replay_device, tag, file, session_place)
    findings = seen.findings(codes, quiet)
    return visitor, Verdict(True, outcome.accepted, event.line, replay.device_id, findings, replay, starts)


def implied_load(table: Table, replay: Replay, device_id: object, raw: object) -> tuple[Replay, Outcome]:
    """The load that a device's first event implies; a malformed session ID is the event's flaw, not its."""
    sound = session_number(raw) is not None or parse_device_id(device_id).value is None
    return step(table, replay, Call(Trigger.LOAD, raw if sound else UNSET, device_id))


def _stateless(event: Event, raw: object) -> list[str]:
    """The codes of what is wrong with an event whatever came before it."""
    device = parse_device_id(event.device_id).value
    codes = list(device_id_warnings(device)) if device is not None else []
    if 0 < (session_number(raw) or 0) < SECONDS_BELOW:
        codes.append("SR115")
    if event.is_segment and event.name == REPLAY_CAPTURED:
        codes.append("SR321")
    return codes


def _passage_of(trigger: Trigger, regresses: bool, replay: Replay, starts: bool) -> Passage:
    if starts:
        return Passage.STARTS
    if not replay.session_id:
        return Passage.OUTSIDE
    if trigger is Trigger.BYPASS:
        return Passage.BYPASSES
    return Passage.REGRESSES if regresses else Passage.CONTINUES


def _replay_device(table: Table, visitor: Visitor, event: Event) -> tuple[str | None, str | None]:
    """What the replay ID's device part must be; and, where the SDK has its own, what that is."""
    if not (table.own_device_id and event.is_segment):
        return visitor.replay.device_id, visitor.replay_device_id
    own = visitor.replay_device_id
    if own is None and event.replay_id is not UNSET:
        parsed = parse_replay_id(event.replay_id).value
        own = parsed.device_id if parsed is not None else None
    return own, own


def _tag_of(raw: object, device: str | None, before: Replay, after: Replay, expected: bool) -> Tag:
    """Classify an event's replay ID; `device` is what its device part must be."""
    if raw is UNSET or raw is None:
        return Tag.EXPECTED if expected else Tag.MISSING
    if raw == format_replay_id(device, after.session_id):
        return Tag.MATCHES
    parsed = parse_replay_id(raw).value
    if parsed is None:
        return Tag.MALFORMED
    if parsed.device_id != device:
        return Tag.OTHER_DEVICE
    if parsed.session_id > after.session_id:
        return Tag.AHEAD
    # A device's first event cannot show which session was left: any earlier one may be it.
    return Tag.JUST_LEFT if before.session_id in (parsed.session_id, NO_SESSION) else Tag.BEHIND

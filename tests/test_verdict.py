"""`judge`: the whole verdict on one event, and the visitor after it, by example."""

from __future__ import annotations

import attrs
import pytest

from statemachine import ACTIONS, CLASSIC_CLOUD, UNSET, Finding, State, Verdict
from statemachine.event import Event, Unreadable
from statemachine.ids import SECONDS_BELOW
from statemachine.replay import Replay
from statemachine.table import Table
from statemachine.verdict import Visitor, implied_load, judge, unreadable

S1, S2, S3 = 1790000000000, 1790001800000, 1790003600000
PLACE = 'integrations["Actions Amplitude"].session_id'


def event(session: object = S1, replay: object = UNSET, device: object = "visitor-1", **more: object) -> Event:
    """An event of a Segment payload, on line 7, with its session ID where any mode looks for it."""
    given = {
        "line": 7,
        "path": "$",
        "is_segment": True,
        "device_id": device,
        "actions_session_id": session,
        "amplitude_session_id": session,
        "replay_id": replay,
        "name": "E",
        "message_id": UNSET,
    }
    return Event(**{**given, **more})  # type: ignore[arg-type]


def active(session: int = S1, device: str = "visitor-1", table: Table = ACTIONS) -> Replay:
    """A replay in a session that it began with."""
    return Replay((State.SESSION_ACTIVE, *table.begins[1:]), device, session)


def judged(table: Table, *events: Event, **options: object) -> tuple[Visitor | None, list[Verdict]]:
    """The visitor after some events, and their verdicts."""
    visitor, verdicts = None, []
    for one in events:
        visitor, verdict = judge(table, visitor, one, **options)  # type: ignore[arg-type]
        verdicts.append(verdict)
    return visitor, verdicts


def codes(table: Table, *events: Event, **options: object) -> list[list[str]]:
    """The codes of each event's findings."""
    return [[finding.code for finding in verdict.findings] for verdict in judged(table, *events, **options)[1]]


def test_a_sound_event_has_a_whole_verdict() -> None:
    """Judged, accepted, with its line, its device, and the replay after it; the first one starts the session."""
    visitor, verdicts = judged(ACTIONS, event(), event())
    assert visitor == Visitor(active())
    assert verdicts == [
        Verdict(True, True, 7, "visitor-1", (), active(), True),
        Verdict(True, True, 7, "visitor-1", (), active(), False),
    ]


def test_an_event_with_a_finding_has_a_whole_verdict() -> None:
    """As a sound one has, with the finding: its code, message, file, place and state."""
    _, verdicts = judged(ACTIONS, event(S2), event(S1, "visitor-1/5"), file="log")
    message = f"session ID {S1} at {PLACE} is 1800000 ms behind the replay session {S2}"
    found = Finding("SR201", message, "log", 7, "visitor-1", S1, "visitor-1/5", "session_active")
    assert verdicts[1] == Verdict(True, False, 7, "visitor-1", (found,), active(S2), False)


def test_an_event_that_starts_a_session_with_a_finding_says_so() -> None:
    """Rolled over, and late with its replay ID."""
    _, verdicts = judged(ACTIONS, event(S1), event(S2, f"visitor-1/{S1}"), file="log")
    assert verdicts[1].starts_session
    assert [(f.code, f.state) for f in verdicts[1].findings] == [("SR125", "rolled_over")]


def test_a_first_event_whose_load_is_refused_leaves_no_visitor() -> None:
    """It is judged, not accepted, with all that is wrong with it; the next event begins again."""
    visitor, verdicts = judged(ACTIONS, event("x", device="a/b"), file="log", session_place="sid")
    assert visitor is None
    device = "device ID \"a/b\" has '/' (U+002F SOLIDUS) at position 1 (counted from 0); expected one or more of"
    known = ("log", 7, "a/b", "x", None, "uninitialised")
    (verdict,) = verdicts
    assert attrs.evolve(verdict, findings=()) == Verdict(True, False, 7, "a/b")
    slash, malformed = verdict.findings
    assert (slash.code, malformed.code) == ("SR102", "SR112")
    assert slash.message == f"{device} a-z A-Z 0-9 _ - . | @ : ="
    assert malformed.message.startswith("session ID at sid: ")
    for finding in verdict.findings:
        assert attrs.astuple(finding)[2:] == known


def test_a_device_that_is_no_text_is_not_a_verdict_s_device() -> None:
    """The finding shows it; the verdict has none."""
    _, (verdict,) = judged(ACTIONS, event(device=5))
    assert verdict.device_id is None
    assert [finding.code for finding in verdict.findings] == ["SR103"]


@pytest.mark.parametrize("session", [1, SECONDS_BELOW - 1])
def test_a_session_id_below_the_year_1973_is_taken_for_seconds(session: int) -> None:
    """Whether the device is sound or not."""
    assert codes(ACTIONS, event(session)) == [["SR115"]]
    assert codes(ACTIONS, event(session, device="a/b-c")) == [["SR102", "SR115"]]


@pytest.mark.parametrize("session", [SECONDS_BELOW, S1])
def test_from_1973_on_it_is_milliseconds(session: int) -> None:
    """The bound itself is no second."""
    assert codes(ACTIONS, event(session)) == [[]]


def test_what_is_left_out_and_where_an_id_is_are_the_caller_s() -> None:
    """`quiet` drops a code, `session_place` is told in place of the payload's own, nothing is expected unless asked."""
    assert codes(ACTIONS, event(S2), event(S1), quiet=frozenset({"SR201"})) == [[], []]
    _, verdicts = judged(ACTIONS, event(S2), event(S1), session_place="sid")
    assert "at sid is" in verdicts[1].findings[0].message
    _, verdicts = judged(ACTIONS, event(S2), event(S1))
    assert verdicts[1].findings[0].file == "-"
    assert codes(ACTIONS, event()) == [[]]
    assert codes(ACTIONS, event(), expect_replay_ids=True) == [["SR123"]]


def test_an_event_that_changes_nothing_leaves_the_same_visitor() -> None:
    """Not an equal one: whoever keeps millions keeps them once."""
    first, _ = judge(ACTIONS, None, event(replay=f"visitor-1/{S1}"))
    second, _ = judge(ACTIONS, first, event(replay=f"visitor-1/{S1}"))
    assert second is first


def test_the_shell_s_device_is_learnt_once_whatever_came_before() -> None:
    """After an event from Amplitude with a replay ID, the first of Segment's still tells the shell's device."""
    exported = event(replay=f"visitor-1/{S1}", is_segment=False)
    shell, another = f"shell-1/{S1}", f"shell-2/{S1}"
    visitor, verdicts = judged(CLASSIC_CLOUD, exported, event(replay=shell), event(replay=another))
    assert visitor == Visitor(active(table=CLASSIC_CLOUD), True, "shell-1")
    assert [[f.code for f in verdict.findings] for verdict in verdicts] == [[], ["SR124"], ["SR122"]]
    differs, other = verdicts[1].findings[0], verdicts[2].findings[0]
    assert differs.message == 'the shell\'s device ID "shell-1" is not anonymousId "visitor-1"'
    assert other.message == 'replay ID has the device "shell-2"; expected "shell-1"'


def test_a_replay_id_that_is_none_tells_no_device() -> None:
    """The shell's stays unknown, and the finding is that of the text."""
    visitor, _ = judged(CLASSIC_CLOUD, event(replay="nothing"))
    assert visitor is not None
    assert visitor.replay_device_id is None
    assert codes(CLASSIC_CLOUD, event(replay="nothing")) == [["SR121"]]


@pytest.mark.parametrize(
    ("device", "raw", "accepted", "session"),
    [
        ("visitor-1", S1, True, S1),
        ("visitor-1", "x", True, 0),  # the event's flaw, said with the event
        ("visitor-1", None, True, 0),
        ("a/b", "x", False, 0),
    ],
)
def test_the_load_that_a_first_event_implies(device: str, raw: object, accepted: bool, session: int) -> None:
    """It takes the event's IDs, but for a malformed session of a sound device: that would be said twice."""
    after, outcome = implied_load(ACTIONS, Replay(ACTIONS.begins), device, raw)
    assert (outcome.accepted, after.session_id) == (accepted, session)
    assert codes(ACTIONS, event("x")) == [["SR112"]]


@pytest.mark.parametrize(("path", "message"), [("$", "no JSON"), ("$[2]", "at $[2]: no JSON")])
def test_what_cannot_be_read_has_a_verdict_too(path: str, message: str) -> None:
    """Not judged, not accepted, with its place; a payload within a line says where in it."""
    item = Unreadable(7, path, "SR901", "no JSON")
    assert unreadable(item) == Verdict(False, False, 7, None, (Finding("SR901", message, "-", 7),))
    assert unreadable(item, "log").findings == (Finding("SR901", message, "log", 7),)


CLOUD_PLACE = "integrations.Amplitude.session_id"
MESSAGES: dict[str, tuple[Table, tuple[Event, ...], str, str]] = {
    "ahead by a millisecond": (
        ACTIONS,
        (event(S1), event(S1, f"visitor-1/{S1 + 1}")),
        "SR122",
        f"replay ID has the session {S1 + 1}, 1 ms ahead of the event's {S1}",
    ),
    "stuck": (
        ACTIONS,
        (event(S1), event(S2), event(S2, f"visitor-1/{S1}")),
        "SR122",
        f"replay ID has the session {S1}, stuck 1800000 ms behind the event's {S2}",
    ),
    "of another device": (
        ACTIONS,
        (event(S1, f"visitor-2/{S1}"),),
        "SR122",
        'replay ID has the device "visitor-2"; expected "visitor-1"',
    ),
    "late": (
        ACTIONS,
        (event(S1), event(S2, f"visitor-1/{S1}")),
        "SR125",
        f"session {S2} begins here, but the replay ID is still that of session {S1}",
    ),
    "not there": (
        ACTIONS,
        (event(UNSET),),
        "SR301",
        f"session ID at {PLACE} is not there; expected epoch milliseconds",
    ),
    "zero": (
        CLASSIC_CLOUD,
        (event(0),),
        "SR111",
        f"session ID at {CLOUD_PLACE} is 0; expected epoch milliseconds",
    ),
    "null": (
        CLASSIC_CLOUD,
        (event(None),),
        "SR111",
        f"session ID at {CLOUD_PLACE} is null; expected epoch milliseconds",
    ),
}


@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_says_what_was_seen_and_what_was_expected(what: str) -> None:
    """Which part, which way, and by how much."""
    table, events, code, message = MESSAGES[what]
    _, verdicts = judged(table, *events)
    assert [(finding.code, finding.message) for finding in verdicts[-1].findings] == [(code, message)]


def test_a_finding_repeats_the_ids_as_they_were() -> None:
    """A long device whole; a session ID that is no text as it is shown."""
    device = "visitor-" + "1" * 200
    _, (verdict,) = judged(ACTIONS, event(5.5, device=device))
    assert [(finding.device_id, finding.session_id) for finding in verdict.findings] == [(device, "5.5")]

"""Event logs: shapes, modes, devices, redelivery, and each rule that only a log can show."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from statemachine import Finding, Judge, Log
from statemachine.log import Recent
from statemachine.machines import TABLES

REPLAY_ID = "[Amplitude] Session Replay ID"
S1, S2, S3 = 1790000000000, 1790001800000, 1790003600000


def actions(
    session: object = S1, replay: object = None, device: object = "visitor-1", **more: object
) -> dict[str, Any]:
    """A Segment payload in Actions mode."""
    properties = {} if replay is None else {REPLAY_ID: replay}
    integrations = {"Actions Amplitude": {"session_id": session}}
    return {"type": "track", "anonymousId": device, "integrations": integrations, "properties": properties, **more}


def cloud(session: object = S1, replay: object = None, device: str = "visitor-1") -> dict[str, Any]:
    """A Segment payload in cloud-mode."""
    return {**actions(None, replay, device), "integrations": {"Amplitude": {"session_id": session}}}


def bare(device: str = "visitor-1", replay: object = None) -> dict[str, Any]:
    """A Segment payload without any session ID."""
    return {**actions(None, replay, device), "integrations": {}}


def amplitude(
    session: object = S1, replay: str | None = None, device: str = "visitor-1", **more: Any
) -> dict[str, Any]:
    """An Amplitude event."""
    properties = {} if replay is None else {REPLAY_ID: replay}
    return {"event_type": "E", "device_id": device, "session_id": session, "event_properties": properties, **more}


def findings_of(*values: object, mode: str | None = None, expect_replay_ids: bool = False) -> list[Finding]:
    """The findings of a log with these lines."""
    log = Log("log", mode)
    lines = [(n, v if isinstance(v, bytes) else json.dumps(v).encode()) for n, v in enumerate(values, 1)]
    verdicts = list(log.verdicts(lines, {}, expect_replay_ids=expect_replay_ids))
    return [f for verdict in verdicts for f in verdict.findings] + ([log.finding] if log.finding else [])


def codes(*values: object, **options: Any) -> list[tuple[str, int | None]]:
    """Code and line of every finding."""
    return [(finding.code, finding.line) for finding in findings_of(*values, **options)]


R1, R2, R3 = (f"visitor-1/{s}" for s in (S1, S2, S3))


@pytest.mark.parametrize("kind", ["track", "page", "screen", "identify", "group", "alias"])
def test_every_segment_call_is_an_event(kind: str) -> None:
    """The six calls of Segment's specification are judged alike."""
    assert codes(actions(S2), {**actions(S1), "type": kind}) == [("SR201", 2)]


def test_arrays_batches_and_single_payloads_are_read_alike() -> None:
    """A line may hold one payload, an array, or a batch body; the path says which one is meant."""
    for line, path in (([actions(S2), actions(S1)], "$[1]"), ({"batch": [actions(S2), actions(S1)]}, "$.batch[1]")):
        (finding,) = findings_of(line)
        assert (finding.code, finding.line) == ("SR201", 1)
        assert path in finding.message


def test_a_body_with_two_arrays_is_read_whole() -> None:
    """Neither array hides the other."""
    lines = findings_of({"batch": [actions(S2), actions(S1)], "events": [amplitude(S2, device="a/b")]})
    assert [(f.code, f.message.split(":")[0]) for f in lines] == [
        ("SR201", "at $.batch[1]"),
        ("SR102", "at $.events[0]"),
    ]


def test_amplitude_shapes_name_their_own_device_and_session() -> None:
    """Export lines and HTTP V2 bodies are read by `device_id` and `session_id`, in the shared core."""
    assert codes(amplitude(S2), amplitude(S1)) == [("SR201", 2)]
    assert codes({"events": [amplitude(S2), amplitude(S1)]}) == [("SR201", 1)]
    assert codes(amplitude(S1, "other/1790000000000")) == [("SR122", 1)]


def test_the_device_is_the_one_that_segment_prefers() -> None:
    """`context.device.id`, where present, is the device; else `anonymousId`."""
    mobile = {"context": {"device": {"id": "phone-1"}}}
    (finding,) = findings_of(actions(S2, **mobile), actions(S1, **mobile))
    assert finding.device_id == "phone-1"
    assert codes(actions(S2, **mobile), actions(S1)) == []


def test_each_device_has_its_own_session() -> None:
    """Sessions of interleaved devices are not compared with each other."""
    assert codes(actions(S2, device="a-first"), actions(S1, device="b-second"), actions(S2, device="a-first")) == []


def test_the_mode_is_detected_from_the_first_session_id() -> None:
    """The first payload with a session ID decides, however many come before it."""
    for payload, mode in ((actions(), "actions"), (cloud(), "classic-cloud"), (amplitude(), "classic-device")):
        log = Log("log")
        list(log.verdicts([(n, json.dumps(v).encode()) for n, v in enumerate([bare(), payload], 1)], {}))
        assert log.mode == mode
        assert "line 2" in log.why


@pytest.mark.parametrize("raw", [None, 0, "garbage", {"x": 1}])
def test_a_missing_or_malformed_session_id_does_not_decide_the_mode(raw: object) -> None:
    """One bad payload of another shape leaves the good ones in their own mode."""
    found = codes(cloud(raw, device="visitor-9"), actions(S2), actions(S1))
    assert found == [("SR301", 1), ("SR201", 3)]


def test_events_before_the_first_session_id_are_judged_in_the_mode_found_later() -> None:
    """What was held back is judged as what it was: past the shell, in cloud-mode."""
    assert codes(bare(), cloud(S1, R1)) == [("SR313", 1)]
    assert codes(bare(), actions()) == [("SR301", 1)]


def test_a_log_without_session_ids_says_so_once() -> None:
    """SR114 once, SR111 never; the device IDs were checked all the same."""
    assert codes(*[bare()] * 5) == [("SR114", None)]
    assert codes(bare("a/b"), bare("a/b")) == [("SR102", 1), ("SR102", 2), ("SR114", None)]
    assert codes() == []


def test_one_session_id_is_enough_for_the_others_to_be_missed() -> None:
    """The red twin of SR114: with one ID in the log, each missing one is reported."""
    lines = [amplitude(None), amplitude(S1), amplitude(None)]
    assert codes(*lines) == [("SR111", 1), ("SR111", 3)]


def test_a_payload_delivered_again_is_judged_once() -> None:
    """The same message of the same device, though a newer session came between, is no regression."""
    first = actions(S1, messageId="m1")
    lines = [first, actions(S2, messageId="m2"), first]
    assert codes(*lines) == []
    assert codes(first, actions(S2, messageId="m2"), {**first, "messageId": "m3"}) == [("SR201", 3)]
    assert codes(amplitude(S1, insert_id="i"), amplitude(S2), amplitude(S1, insert_id="i")) == []
    assert codes(amplitude(S1, uuid="i"), amplitude(S2), amplitude(S1, uuid="i")) == []


def test_the_same_message_id_of_another_device_is_another_payload() -> None:
    """Devices are not mixed up by message IDs that collide."""
    assert codes(actions(S1, messageId="m"), actions("abc", device="visitor-2", messageId="m")) == [("SR112", 2)]


def test_the_window_of_message_ids_is_bounded_and_long_enough() -> None:
    """At least `window` IDs back are remembered, and never more than twice as many."""
    recent = Recent(window=100)
    for n in range(1_000):
        assert not recent.repeats(n)
        assert n < 100 or recent.repeats(n - 99)
        assert len(recent._older) + len(recent._newer) <= 200


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([actions(S1, R1), actions(S2, R2), actions(S2, R2)], []),
        ([actions(S1, R1), actions(S2, R1), actions(S2, R2)], [("SR125", 2)]),
        ([actions(S1, R1), actions(S2, R1), actions(S2, R1)], [("SR125", 2), ("SR122", 3)]),
        ([actions(S1, R1), actions(S2, R2), actions(S3, R1)], [("SR122", 3)]),
        ([actions(S2, R1)], [("SR125", 1)]),
        ([actions(S1, R2)], [("SR122", 1)]),
        ([actions(S1, f"other/{S1}")], [("SR122", 1)]),
        ([actions(S2, R2), actions(S1, R1)], [("SR201", 2)]),
        ([actions(S2, R2), actions(S1, "nonsense")], [("SR201", 2), ("SR121", 2)]),
        ([actions(S1, 5)], [("SR121", 1)]),
        ([actions(S1), actions(S1, R1), actions(S1)], [("SR123", 3)]),
        ([actions(S1), actions(S1, "nonsense"), actions(S1)], [("SR121", 2)]),
        ([actions(S1, R1), actions(None)], [("SR111", 2), ("SR123", 2)]),
        ([actions(S1), actions(None, f"other/{S1}")], [("SR111", 2), ("SR122", 2)]),
    ],
)
def test_the_replay_id_is_judged_against_the_state_after_the_event(
    lines: list[dict[str, Any]], expected: list[tuple[str, int]]
) -> None:
    """Late, stuck, ahead, of another device, malformed, missing: each by its own code, one cause once."""
    assert codes(*lines) == expected


def test_replay_ids_are_expected_when_the_user_says_so() -> None:
    """Elsewhere than in cloud-mode a first missing replay ID is only missed on request."""
    assert codes(actions()) == []
    assert codes(actions(), expect_replay_ids=True) == [("SR123", 1)]


def test_in_cloud_mode_the_shell_keeps_its_own_device() -> None:
    """It is told once that it differs, and must stay; an untagged event is always missed."""
    tagged = [cloud(S1, f"shell/{S1}"), cloud(S2, f"shell/{S2}")]
    assert codes(*tagged) == [("SR124", 1)]
    assert codes(*tagged, cloud(S2, f"changed/{S2}")) == [("SR124", 1), ("SR122", 3)]
    assert codes(cloud()) == [("SR123", 1)]
    assert codes(cloud(S1, R1), bare()) == [("SR313", 2)]


def test_device_mode_through_segment_has_a_device_of_its_own_too() -> None:
    """amplitude-js makes its own device ID, so a replay ID with it is no mismatch; a change of it is."""
    lines = [bare(replay=f"uuidR/{S1}"), bare(replay=f"uuidR/{S1}"), bare(replay=f"other/{S1}")]
    assert codes(*lines, mode="classic-device") == [("SR122", 3), ("SR114", None)]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (actions(S1, device=""), ["SR101"]),
        (actions(S1, device=None), ["SR101"]),
        (actions(S1, device=5), ["SR103"]),
        (actions(S1, device="a/b"), ["SR102"]),
        (actions("abc", device="a/b"), ["SR102", "SR112"]),
        (actions(S1, device="null"), ["SR104", "SR105"]),
        (actions("abc"), ["SR112"]),
        (actions(-1), ["SR113"]),
        (actions(1790000000), ["SR115"]),
        (actions("1790000000"), ["SR115"]),
        (actions(S1, event="[Amplitude] Replay Captured"), ["SR321"]),
        ({"event_type": "[Amplitude] Replay Captured", "device_id": "visitor-1", "session_id": S1}, []),
    ],
)
def test_what_is_wrong_with_a_single_event(payload: dict[str, Any], expected: list[str]) -> None:
    """Identifiers, units and names are judged on the first event as on any other."""
    assert [code for code, _ in codes(payload)] == expected


def test_a_finding_carries_where_and_what() -> None:
    """Place, IDs, state, and a message with what was seen and what was expected."""
    finding = findings_of(actions(S2, R2), actions(S1, R2))[0]
    assert (finding.file, finding.line, finding.device_id, finding.session_id) == ("log", 2, "visitor-1", S1)
    assert (finding.replay_id, finding.state) == (R2, "session_active")
    assert all(text in finding.message for text in (str(S1), str(S2), "1800000 ms", "Actions Amplitude"))


def test_a_judge_takes_a_line_or_a_payload_at_a_time() -> None:
    """The validation core without files: a verdict for every payload, lines counted as they come."""
    judge = Judge.of("actions")
    assert [v.accepted for v in judge.line(json.dumps([actions(S1), actions(S2), actions(S1)]))] == [True, True, False]
    assert judge.line("{")[0].findings[0].code == "SR901"
    assert judge.line(b"\xff")[0].judged is False
    regressed = judge.payload(actions(S1))
    assert [(f.code, f.line) for f in regressed.findings] == [("SR201", 4)]
    assert judge.payload(None).judged is False
    with pytest.raises(TypeError, match="payload"):
        judge.line({})  # type: ignore[arg-type]


def test_state_goes_on_from_one_log_to_the_next() -> None:
    """A device's second file continues its first."""
    judges: dict[str, Judge] = {}
    found: Counter[str] = Counter()
    for session in (S2, S1):
        lines = [(1, json.dumps(actions(session)).encode())]
        found.update(f.code for v in Log("part").verdicts(lines, judges) for f in v.findings)
    assert found == {"SR201": 1}


def test_every_mode_takes_the_same_sound_log() -> None:
    """No mode finds anything in a sound Amplitude export."""
    for mode in TABLES:
        assert codes(amplitude(S1, R1), amplitude(S2, R2), mode=mode) == []

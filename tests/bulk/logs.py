"""Random logs: typical payloads of every shape around the current sessions, with everything that can be wrong."""

from __future__ import annotations

import json
from typing import Any, Protocol

from hypothesis import strategies as st

from statemachine.suites.strategies import hostile_device_ids, json_values, malformed_session_ids
from tests.test_hostile import HOSTILE
from tests.test_log import S1, actions, amplitude, bare, cloud

MINUTE = 60_000
DEVICES = ["visitor-1", "visitor-2", "visitor-3", "visitor-4", "abc", "a/b"]
SHAPES = {"actions": actions, "classic-cloud": cloud, "classic-device": amplitude}

sessions: st.SearchStrategy[Any] = st.integers(-3, 6).map(lambda n: S1 + n * 30 * MINUTE)
odd_sessions: st.SearchStrategy[Any] = st.one_of(
    st.just(S1 // 1000),
    sessions.map(str),
    sessions.map(float),
    st.sampled_from([None, 0, -1, -2, 5, True, 2**53, 2**70, "abc"]),
    malformed_session_ids,
)


@st.composite
def payloads(draw: st.DrawFn, mode: str) -> dict[str, Any]:
    """One payload of a mode, mostly in order."""
    is_odd = st.integers(0, 19).map(lambda n: n == 7)
    device = draw(hostile_device_ids if draw(is_odd) else st.sampled_from(DEVICES))
    session = draw(odd_sessions if draw(is_odd) else sessions)
    usual = "other device" if mode == "classic-cloud" else "own"
    tagged = draw(st.sampled_from([usual, "no", usual, usual, "own", "other session", "other device", "odd"]))
    replay: object = None
    if tagged == "odd":
        replay = draw(st.sampled_from(["", "x", "a/b/1", 5, f"visitor-1/0{S1}"]) | json_values)
    elif tagged != "no":
        owner = draw(st.sampled_from(["shell-1", "shell-1", "shell-2"])) if tagged == "other device" else device
        replay = f"{owner}/{draw(sessions) if tagged == 'other session' else session}"
    made = draw(st.just(bare)) if draw(is_odd) and mode != "classic-device" else SHAPES[mode]
    payload = made(device=device, replay=replay) if made is bare else made(session, replay, device)  # type: ignore[operator]
    if draw(st.booleans()):
        payload["messageId" if mode != "classic-device" else "insert_id"] = f"m-{draw(st.integers(0, 12))}"
    if draw(is_odd):
        payload["event"] = "[Amplitude] Replay Captured"
    if draw(is_odd):
        payload["context"] = draw(st.sampled_from([None, {}, {"device": {"id": "visitor-2"}}, {"device": 5}, [], "x"]))
    if draw(is_odd):
        payload[draw(st.sampled_from(["traits", "properties", "integrations", "type", "event", "call", "uuid"]))] = (
            draw(json_values)
        )
    return payload


@st.composite
def lines(draw: st.DrawFn, mode: str) -> bytes:
    """A line of a log: a payload, several, or something else."""
    kind = draw(st.integers(0, 19))
    if kind == 0:
        return draw(
            st.sampled_from([*HOSTILE.values(), b"", b"   ", b"\xef\xbb\xbf", b"{}", b"[{"]) | st.binary(max_size=30)
        ).replace(b"\n", b" ")
    if kind == 1:
        batch = draw(st.lists(payloads(mode), max_size=3))
        return json.dumps(draw(st.sampled_from([batch, {"batch": batch}, {"events": batch, "batch": batch}]))).encode()
    text = json.dumps(draw(payloads(mode)), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if kind == 2:
        return text[: draw(st.integers(0, len(text)))]
    return (
        draw(st.sampled_from([b"", b" ", b"\xef\xbb\xbf"])) + text + draw(st.sampled_from([b"", b"\r", b" "]))
        if kind == 3
        else text
    )


class LogBytes(bytes):
    """A log whose text in a report is not longer than it need be."""

    def __repr__(self) -> str:
        return bytes.__repr__(self if len(self) < 2_000 else self[:2_000] + b"...")


def logs(mode: str) -> st.SearchStrategy[LogBytes]:
    """A log, with the last line ended or not."""
    some = st.sampled_from([1, 3, 8, 15, 25]).flatmap(lambda size: st.lists(lines(mode), min_size=size, max_size=size))
    return st.builds(lambda found, end: LogBytes(b"\n".join(found) + end), some, st.sampled_from([b"", b"\n"]))


class DrawnBy(Protocol):
    """Where a plain payload's choices come from: Hypothesis, or a seeded generator."""

    def integer(self, low: int, high: int) -> int:
        """One of `low` to `high`, both included."""


def plain_payload(drawn: DrawnBy, mode: str, *, devices: int = 3, messages: int = 15) -> dict[str, Any]:
    """A payload of a mode that the window query knows: device IDs are sound, session IDs integers or none at all."""

    def is_odd(one_in: int = 12) -> bool:
        return drawn.integer(1, one_in) == one_in

    device = f"visitor-{drawn.integer(1, devices)}"
    session: int | None = S1 + drawn.integer(-3, 6) * 30 * MINUTE
    owner = f"shell-{drawn.integer(1, 10) // 10}" if mode == "classic-cloud" and not is_odd() else device
    replay: str | None = f"{owner}/{session}"
    if is_odd():
        odd = (None, 0, -1, -2, 5, S1 // 1000, 2**53 - 1, 2**53, -(2**62))
        session = odd[drawn.integer(0, len(odd) - 1)]
    if is_odd(3):
        odd_replays = (
            *(None, None, "", "x", f"{owner}/", f"{owner}/0{S1}", f"/{S1}", "a/b/1", f"é/{S1}", f"{owner}/{2**53}"),
            *(f"{owner}/{S1 + n * 30 * MINUTE}" for n in range(-3, 6)),
            f"visitor-{drawn.integer(1, devices)}/{S1}",
        )
        replay = odd_replays[drawn.integer(0, len(odd_replays) - 1)]
    payload: dict[str, Any] = SHAPES[mode](session, replay, device)  # type: ignore[operator]
    message = f"m-{drawn.integer(0, messages)}" if drawn.integer(0, 1) else None
    if mode == "classic-device":
        if is_odd(20):
            del payload["session_id"]
        if is_odd(20):
            payload["event_type"] = "[Amplitude] Replay Captured"
        return payload if message is None else {**payload, ("$insert_id", "uuid")[drawn.integer(0, 1)]: message}
    if is_odd(20):
        key = {"actions": "Actions Amplitude", "classic-cloud": "Amplitude"}[mode]
        payload["integrations"] = ({}, {key: {}}, None)[drawn.integer(0, 2)]
    if is_odd(20):
        payload["event"] = "[Amplitude] Replay Captured"
    if is_odd(20):
        payload["context"] = ({}, {"device": {"id": "visitor-1"}}, {"device": {"id": None}})[drawn.integer(0, 2)]
    return payload if message is None else {**payload, "messageId": message}


@st.composite
def plain_logs(draw: st.DrawFn, mode: str) -> list[str]:
    """The lines of a log that the window query knows."""

    class Drawn(DrawnBy):
        def integer(self, low: int, high: int) -> int:
            return draw(st.integers(low, high))

    size = draw(st.sampled_from([0, 1, 2, 4, 8, 16, 30]))
    return [json.dumps(plain_payload(Drawn(), mode), ensure_ascii=draw(st.booleans())) for _ in range(size)]

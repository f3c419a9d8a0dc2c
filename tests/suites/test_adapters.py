"""The suites as a product: adapters in Python, what a failure says, and the strategies."""

from __future__ import annotations

import json
import re
import unittest
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import statemachine.suites
from statemachine import ACTIONS, CLASSIC_CLOUD, TABLES, UNSET, Call, Judge, Trigger, UnknownNameError, parse_session_id
from statemachine.bounds import LAST_WORDS
from statemachine.suites import (
    LawBrokenError,
    Lockstep,
    Observed,
    call_traces,
    event_streams,
    malformed_session_ids,
    run_suite,
    suite_of,
)
from statemachine.suites.invariants import AGREES, INVARIANTS, TOTAL, WELL_FORMED
from statemachine.suites.run import MOST_SERIOUS_FIRST
from tests.properties.implementations import (
    AcceptsSlash,
    ByHand,
    CapturedOnce,
    DropsUnpopulated,
    FollowsBack,
    LostRollOver,
    Stepped,
)

LOAD = {"call": "load", "device_id": "visitor-1", "session_id": 1}
NEWER = {"call": "event", "session_id": 3}


class TestByHand(suite_of("actions", ByHand).TestCase):  # type: ignore[misc]
    """The suite of a sound integration, as a user subclasses it: pytest collects it."""

    settings = settings(max_examples=25, stateful_step_count=10, deadline=None)


def test_the_suite_runs_under_unittest_too() -> None:
    """A sound integration passes; a broken one fails with what broke."""
    for adapter, wrong in ((ByHand, 0), (CapturedOnce, 1)):
        case: Any = suite_of("actions", adapter).TestCase
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        failures = result.failures + result.errors
        assert len(failures) == wrong
        assert not wrong or "The calls, as a trace for `statemachine run actions FILE`" in failures[0][1]


def test_every_invariant_has_its_place_among_the_serious() -> None:
    """None is left out of the choice of what to tell."""
    assert {*MOST_SERIOUS_FIRST} == {*INVARIANTS, AGREES}


SHORTEST = {
    (CapturedOnce, False): ("monotonic", 3),
    (FollowsBack, False): ("monotonic", 2),
    (LostRollOver, True): ("responsive", 2),
    (DropsUnpopulated, True): ("delivered", 1),
    (AcceptsSlash, True): ("well-formed", 1),
}


@pytest.mark.parametrize(("variant", "hostile"), SHORTEST)
def test_a_run_ends_in_the_shortest_stream_that_breaks_the_invariant(variant: type[ByHand], hostile: bool) -> None:
    """Shrunk by Hypothesis, then looked for among all short streams."""
    with pytest.raises(LawBrokenError) as caught:
        run_suite("actions", variant, examples=1_000, hostile=hostile, seed=1)
    assert (caught.value.invariant, len(caught.value.trace)) == SHORTEST[variant, hostile]


def test_a_failure_says_what_where_and_how_to_see_it_again() -> None:
    """The invariant and its finding, expected and observed, the trace as a file and as Python that runs."""
    lockstep = Lockstep("actions", CapturedOnce())
    with pytest.raises(LawBrokenError) as caught:
        lockstep.run([LOAD, NEWER, {"call": "event", "session_id": 2}])
    broken, text = caught.value, str(caught.value)
    assert (broken.invariant, broken.code, len(broken.trace)) == ("monotonic", "SR201", 3)
    assert 'the law:  session_id 3, replay_id "visitor-1/3", delivered 1, set_session_calls 0 (refused, SR201)' in text
    assert 'observed: session_id 2, replay_id "visitor-1/2", delivered 1, set_session_calls 1' in text
    lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"call"')]
    assert lines == [LOAD, NEWER, {"call": "event", "session_id": 2}]
    (code,) = re.findall(r"In Python:\n(.*)", text, re.DOTALL)
    with pytest.raises(LawBrokenError) as again:
        exec(code, {"adapter": CapturedOnce()})  # noqa: S102
    assert str(again.value) == text


class Scripted:
    """An adapter that shows what it is told to."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def start(self, mode: str, is_set_up: bool) -> None:
        pass

    def call(self, call: dict[str, Any]) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


GOOD = {"session_id": 1, "replay_id": "visitor-1/1", "delivered": 0, "set_session_calls": 0}


@pytest.mark.parametrize(
    ("answer", "invariant"),
    [
        (GOOD, None),
        (Observed(1, "visitor-1/1", 0, 0), None),
        ({}, None),
        ({**GOOD, "session_id": "1"}, None),
        ({**GOOD, "session_id": 2, "replay_id": "visitor-1/2"}, AGREES),
        ({**GOOD, "replay_id": "visitor-1/2"}, WELL_FORMED),
        ({**GOOD, "replay_id": None}, WELL_FORMED),
        ({**GOOD, "session_id": "abc"}, WELL_FORMED),
        ({**GOOD, "session_id": -1}, WELL_FORMED),
        ({**GOOD, "delivered": 1}, "delivered"),
        ({**GOOD, "set_session_calls": 1}, "quiet"),
        ({**GOOD, "replay_id": 5}, TOTAL),
        ({**GOOD, "delivered": "once"}, TOTAL),
        (RuntimeError("boom"), TOTAL),
    ],
)
def test_what_is_shown_after_a_load_is_judged(answer: object, invariant: str | None) -> None:
    """What is right passes, what is not shown is not judged, and what is wrong has a name."""
    lockstep = Lockstep("actions", Scripted(answer))
    if invariant is None:
        lockstep.run([LOAD])
        return
    with pytest.raises(LawBrokenError) as caught:
        lockstep.run([LOAD])
    assert caught.value.invariant == invariant


def test_a_step_that_is_none_is_misuse() -> None:
    """Settling is not a call of device-mode."""
    with pytest.raises(ValueError, match="step 1"):
        Lockstep("classic-device", Stepped()).run([{"call": "settle"}])


def test_an_adapter_that_cannot_set_up_is_only_given_pages_that_are() -> None:
    """In cloud-mode no set-up call reaches it."""
    seen = []

    class Whole(Stepped):
        sets_up = False

        def start(self, mode: str, is_set_up: bool) -> None:
            assert is_set_up
            super().start(mode, is_set_up)

        def call(self, record: dict[str, Any]) -> Observed:
            seen.append(record["call"])
            return super().call(record)

    case: Any = suite_of("classic-cloud", Whole).TestCase
    case.settings = settings(max_examples=50, deadline=None, database=None)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.wasSuccessful(), result.failures + result.errors
    assert {*seen} == {"load", "event"}


@given(call_traces(CLASSIC_CLOUD))
@settings(max_examples=50)
def test_drawn_traces_are_call_traces(trace: list[Call]) -> None:
    """Each begins with a load or a set-up call, and what begins set up stays so."""
    sets_up = trace[0].trigger in CLASSIC_CLOUD.setup
    assert sets_up or trace[0].trigger is Trigger.LOAD
    assert sets_up or not any(call.trigger in CLASSIC_CLOUD.setup for call in trace)


SOME = settings(phases=[Phase.generate], max_examples=2_000, database=None)
"""To find one, not the shortest."""
READABLE = 10_000
"""Characters: Hypothesis warns of an example that is much longer."""


def is_sound(call: Call) -> bool:
    """Whether its session ID is one, or none."""
    return parse_session_id(call.session_id).value not in (None, -1)


@given(st.data())
@settings(max_examples=50)
def test_call_traces_are_sound_or_hostile_as_asked(data: Any) -> None:
    """Sound ones have sound session IDs only; hostile ones have none that is sound."""
    sound, hostile = (data.draw(call_traces(ACTIONS, hostile=hostile)) for hostile in (False, True))
    assert all(is_sound(call) for call in sound)
    assert not any(is_sound(call) for call in hostile)


@pytest.mark.parametrize("careless", [r"^[0-9]{1,16}$", r"\s*[0-9]+", r"\+?[0-9]+", r"0x[0-9]+", r"[0-9]+(_[0-9]+)+"])
def test_hostile_session_ids_have_what_careless_code_takes(careless: str) -> None:
    """A `$` is also before a last line break; and what Number and int read as five, or ten, is no session ID."""

    def takes(raw: object) -> bool:
        return isinstance(raw, str) and bool(re.match(careless, raw)) and parse_session_id(raw).value is None

    assert takes(find(malformed_session_ids, takes, settings=SOME))


def test_call_traces_are_mixed_unless_asked() -> None:
    """One trace has session IDs of both kinds."""

    def has_both(trace: list[Call]) -> bool:
        kinds = {is_sound(call) for call in trace if call.session_id is not UNSET}
        return len(kinds) == 2 and len(str(trace)) < READABLE

    trace = find(call_traces(ACTIONS), has_both, settings=SOME)
    assert len(trace) >= 2


def findings_of(mode: str, stream: list[dict[str, Any]]) -> list[str]:
    """What a judge of the mode finds in a stream, as payloads; as lines it must be the same."""
    judges = Judge.of(mode), Judge.of(mode)
    as_payloads = [finding.code for payload in stream for finding in judges[0].payload(payload).findings]
    lines = [json.dumps(payload) for payload in stream]
    assert [f.code for line in lines for verdict in judges[1].line(line) for f in verdict.findings] == as_payloads
    return as_payloads


@pytest.mark.parametrize("mode", TABLES)
def test_nothing_is_found_in_sound_streams(mode: str) -> None:
    """Whatever their devices, sessions and deliveries; and every event of them is judged and accepted."""

    @given(event_streams(mode, hostile=False))
    @settings(max_examples=100)
    def is_quiet(stream: list[dict[str, Any]]) -> None:
        assert findings_of(mode, stream) == []
        judge = Judge.of(mode)
        verdicts = [judge.payload(payload) for payload in stream]
        assert all(verdict.judged and verdict.accepted for verdict in verdicts)

    is_quiet()


@pytest.mark.parametrize("mode", TABLES)
def test_sound_streams_roll_over_and_deliver_again(mode: str) -> None:
    """They are not sound for want of what could go wrong."""

    def shows(stream: list[dict[str, Any]]) -> bool:
        judge = Judge.of(mode)
        verdicts = [judge.payload(payload) for payload in stream]
        rolled = any(v.replay is not None and v.replay.state.value == "rolled_over" for v in verdicts)
        return rolled and any(v.is_repeat for v in verdicts) and len({v.device_id for v in verdicts}) > 1

    assert len(find(event_streams(mode, hostile=False), shows, settings=SOME)) >= 3


@pytest.mark.parametrize("mode", TABLES)
@pytest.mark.parametrize("hostile", [True, None])
def test_hostile_streams_are_judged_and_some_are_at_fault(mode: str, hostile: bool | None) -> None:
    """The judge never raises on them. The red twin: device, session and replay IDs are each found fault with."""

    @given(event_streams(mode, hostile=hostile))
    @settings(max_examples=100)
    def is_judged(stream: list[dict[str, Any]]) -> None:
        findings_of(mode, stream)

    is_judged()

    def finds(code: str) -> Callable[[list[dict[str, Any]]], bool]:
        return lambda stream: len(str(stream)) < READABLE and code in findings_of(mode, stream)

    for code in ("SR102", "SR112", "SR121"):
        assert find(event_streams(mode, hostile=hostile), finds(code), settings=SOME)


def test_a_stream_of_no_mode_is_refused_at_once() -> None:
    """Not only when it is drawn from."""
    with pytest.raises(UnknownNameError, match="no mode"):
        event_streams("other")


def test_every_strategy_is_exported() -> None:
    """IDs, calls, call traces and event streams, sound and hostile."""
    names = {"device_ids", "hostile_device_ids", "sound_session_ids", "hostile_session_ids", "malformed_session_ids"}
    names |= {"session_ids", "calls", "call_traces", "event_streams"}
    assert names <= {*statemachine.suites.__all__}


def test_what_an_integration_threw_is_told_in_part() -> None:
    """A long text is cut, and says how long it was; a short one is as it is."""
    assert Observed.of({"raised": "x" * 5_000}).raised == "x" * LAST_WORDS + "… (5000 characters)"
    assert Observed.of({"raised": "TypeError: no"}).raised == "TypeError: no"

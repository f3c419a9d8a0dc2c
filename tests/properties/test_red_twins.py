"""Each property has a red twin: broken integrations that the same checks catch, shrunk to the least."""

from __future__ import annotations

from random import Random

import attrs
import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from statemachine import UNSET, Call, Trigger
from statemachine.suites import INVARIANTS, LawBrokenError, Lockstep, suite_of
from statemachine.suites.strategies import ACCEPTED
from tests.properties import implementations as broken
from tests.properties.implementations import ByHand

Trace = list[Call]

CATCHING = settings(max_examples=1_000, stateful_step_count=20, phases=[Phase.generate], report_multiple_bugs=False)
"""The first violation is enough: the least traces are found, and asserted, above."""


@attrs.frozen
class Twin:
    """A broken integration, the invariant that it breaks, and the least trace that shows it."""

    variant: type[ByHand]
    invariant: str
    least: tuple[object, ...]
    """The device ID of the load, unless it plays no part; then the session IDs, the load's first."""
    sessions: st.SearchStrategy[object] = st.integers(1, 10_000)
    devices: st.SearchStrategy[str] = st.just("visitor-1")
    again: Call | None = None
    """A second load, mixed in among the events."""


TWINS = (
    Twin(broken.CapturedOnce, "monotonic", (1, 3, 2)),
    Twin(broken.FollowsBack, "monotonic", (2, 1)),
    Twin(broken.LessOrEqual, "quiet", (1, 1)),
    Twin(broken.StringComparison, "responsive", ("999", "1000"), st.integers(999, 20_000).map(str)),
    Twin(broken.StringComparison, "monotonic", ("1000", "999"), st.sampled_from(["1000", "999"])),
    Twin(broken.LostRollOver, "responsive", (1, 2)),
    Twin(broken.DropsUnpopulated, "delivered", (1, UNSET), st.sampled_from([1, UNSET])),
    Twin(broken.ReplayIdBeforeSession, "well-formed", (0,), st.integers(0, 10)),
    Twin(broken.AcceptsSlash, "well-formed", ("/", 1), devices=st.text(ACCEPTED + "/", min_size=1, max_size=5)),
    Twin(broken.ChangesDevice, "stable device", (1, "load again"), again=Call(Trigger.LOAD, 1, "visitor-2")),
    Twin(
        broken.LoadsAgainForward,
        "rejections change nothing",
        (1, "load again"),
        again=Call(Trigger.LOAD, 20_000, "visitor-1"),
    ),
)


def traces(twin: Twin) -> st.SearchStrategy[Trace]:
    """A load, then events."""
    load = st.builds(Call, st.just(Trigger.LOAD), twin.sessions, twin.devices)
    event = st.builds(Call, st.just(Trigger.EVENT), twin.sessions)
    rest = st.lists(st.one_of(event, st.just(twin.again)) if twin.again else event, max_size=6)
    return st.builds(lambda first, others: [first, *others], load, rest)


def broken_by(variant: type[ByHand], trace: Trace) -> str | None:
    """The name of the first invariant that a trace shows to be broken."""
    lockstep = Lockstep("actions", variant())
    try:
        for call in trace:
            lockstep.call(call)
    except LawBrokenError as violation:
        return violation.invariant
    return None


def least_trace(twin: Twin) -> Trace:
    """The shrunk trace that shows the twin's defect."""
    return find(
        traces(twin),
        lambda candidate: broken_by(twin.variant, candidate) == twin.invariant,
        settings=settings(max_examples=5_000),
        random=Random(1),
    )


def least_of(twin: Twin, trace: Trace) -> tuple[object, ...]:
    """A trace in the form in which a twin writes it."""
    device = () if trace[0].device_id == "visitor-1" else (trace[0].device_id,)
    rest = ("load again" if call.trigger is Trigger.LOAD else call.session_id for call in trace[1:])
    return (*device, trace[0].session_id, *rest)


@pytest.mark.parametrize("twin", TWINS, ids=[f"{t.variant.__name__}-{t.invariant}" for t in TWINS])
def test_a_broken_integration_is_caught_by_its_least_trace(twin: Twin) -> None:
    """The invariant that the defect breaks is violated, and the shrunk trace is the known least one."""
    assert least_of(twin, least_trace(twin)) == twin.least


@pytest.mark.parametrize("twin", TWINS, ids=[f"{t.variant.__name__}-{t.invariant}" for t in TWINS])
def test_the_least_trace_passes_on_a_sound_integration(twin: Twin) -> None:
    """What shows the defect is the defect, not the trace: the guard by hand passes it."""
    assert broken_by(ByHand, least_trace(twin)) is None


@pytest.mark.parametrize("variant", dict.fromkeys([twin.variant for twin in TWINS]), ids=lambda v: v.__name__)
def test_the_stateful_suite_catches_a_broken_integration(variant: type[ByHand]) -> None:
    """The very suite that passes on our machines fails on each broken variant."""
    with pytest.raises(LawBrokenError):
        run_state_machine_as_test(suite_of("actions", variant), settings=CATCHING)


def test_the_stateful_suite_catches_an_integration_that_raises() -> None:
    """*Total*: an implementation that raises on malformed input fails the suite."""
    with pytest.raises(LawBrokenError):
        run_state_machine_as_test(suite_of("actions", broken.Throws), settings=CATCHING)
    lockstep = Lockstep("actions", broken.Throws())
    with pytest.raises(LawBrokenError) as caught:
        lockstep.run([{"call": "load", "device_id": "visitor-1"}, {"call": "event", "session_id": "abc"}])
    assert caught.value.invariant == "total"


def test_every_invariant_has_a_red_twin() -> None:
    """No invariant stands without a variant that breaks it and no other."""
    assert {twin.invariant for twin in TWINS} == set(INVARIANTS)

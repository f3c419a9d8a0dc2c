"""The stateful suite: random calls against one implementation, every invariant after each."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from statemachine import Call, Table, Trigger
from tests.properties.implementations import Implementation, Observed
from tests.properties.invariants import check
from tests.properties.strategies import calls


class Suite(RuleBasedStateMachine):
    """Subclasses name the table, and make the implementation that is judged."""

    table: ClassVar[Table]

    def implementation(self) -> Implementation:
        """Make the implementation, before its load."""
        raise AssertionError("a suite must say what it judges")

    @initialize(sound=st.booleans(), session=st.sampled_from([0, 1, "1000"]))
    def begin(self, sound: bool, session: object) -> None:
        """Half of the runs begin loaded: hostile loads alone would seldom let an event through."""
        self.judged = self.implementation()
        self.seen = Observed()
        if sound:
            self.step(Call(Trigger.LOAD, session, "visitor-1"))

    @rule(data=st.data(), trigger_number=st.integers(0, 6))
    def call(self, data: Any, trigger_number: int) -> None:
        triggers = self.table.triggers
        trigger = triggers[trigger_number % len(triggers)]
        self.take(data, trigger)

    @rule(data=st.data())
    def event(self, data: Any) -> None:
        self.take(data, Trigger.EVENT)

    def take(self, data: Any, trigger: Trigger) -> None:
        """Draw a call of this trigger, and take it."""
        self.step(data.draw(calls(trigger, self.seen.session_id), label=str(trigger)))

    def step(self, call: Call) -> None:
        """Take a call, and check every invariant."""
        before, self.seen = self.seen, self.judged.call(call)
        check(before, call, self.seen)

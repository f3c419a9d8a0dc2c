"""The stateful suite: random calls against one implementation, every invariant after each."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from statemachine import Table, Trigger
from tests.properties.implementations import Implementation, Observed
from tests.properties.invariants import check
from tests.properties.strategies import calls


class Suite(RuleBasedStateMachine):
    """Subclasses name the table, and make the implementation that is judged."""

    table: ClassVar[Table]

    def implementation(self) -> Implementation:
        """Make the implementation, before its load."""
        raise AssertionError("a suite must say what it judges")

    @initialize()
    def begin(self) -> None:
        self.judged = self.implementation()
        self.seen = Observed()

    @rule(data=st.data(), trigger_number=st.integers(0, 6))
    def call(self, data: Any, trigger_number: int) -> None:
        triggers = self.table.triggers
        trigger = triggers[trigger_number % len(triggers)]
        self.take(data, trigger)

    @rule(data=st.data())
    def event(self, data: Any) -> None:
        self.take(data, Trigger.EVENT)

    def take(self, data: Any, trigger: Trigger) -> None:
        """Draw a call of this trigger, take it, and check every invariant."""
        call = data.draw(calls(trigger, self.seen.session_id), label=str(trigger))
        before, self.seen = self.seen, self.judged.call(call)
        check(before, call, self.seen)

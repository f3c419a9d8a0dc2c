"""The stateful suite: random calls against one implementation, in lockstep with the law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from statemachine.machines import table_of
from statemachine.suites.adapter import Adapter, can_set_up
from statemachine.suites.judge import Lockstep
from statemachine.suites.strategies import calls
from statemachine.symbol import Call, Trigger


class Suite(RuleBasedStateMachine):
    """A stateful suite of one mode. Subclasses set `mode`, and `adapter`, which makes the implementation."""

    mode: ClassVar[str]
    adapter: ClassVar[Callable[[], Adapter]]

    @initialize(sound=st.booleans(), session=st.sampled_from([0, 1, "1000"]), sets_up=st.booleans())
    def begin(self, sound: bool, session: object, sets_up: bool) -> None:
        """Half of the runs begin loaded: hostile loads alone would seldom let an event through."""
        table = table_of(self.mode)
        adapter = type(self).adapter()
        sets_up = sets_up and bool(table.setup) and can_set_up(adapter)
        self.triggers = [trigger for trigger in table.triggers if sets_up or trigger not in table.setup]
        self.lockstep = Lockstep(self.mode, adapter, is_set_up=not sets_up)
        if sound:
            self.lockstep.call(Call(Trigger.LOAD, session, "visitor-1"))

    @rule(data=st.data(), number=st.integers(0, 6))
    def call(self, data: Any, number: int) -> None:
        """Take a call of any trigger."""
        self._take(data, self.triggers[number % len(self.triggers)])

    @rule(data=st.data())
    def event(self, data: Any) -> None:
        """Take an event: most of what pages do."""
        self._take(data, Trigger.EVENT)

    def _take(self, data: Any, trigger: Trigger) -> None:
        current = self.lockstep.replay.session_id
        self.lockstep.call(data.draw(calls(trigger, current), label=str(trigger)))

    def teardown(self) -> None:
        """End the page."""
        if hasattr(self, "lockstep"):
            self.lockstep.close()


def suite_of(mode: str, adapter: Callable[[], Adapter]) -> type[Suite]:
    """A suite of a mode for whatever `adapter` makes, called without arguments. Raises UnknownNameError.

    Its `TestCase` is a `unittest.TestCase`, which pytest collects as well.
    """
    table_of(mode)
    return type(f"Suite[{mode}]", (Suite,), {"mode": mode, "adapter": staticmethod(adapter)})

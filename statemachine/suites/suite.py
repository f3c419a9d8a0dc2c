"""The stateful suite: random calls against one implementation, in lockstep with the law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from statemachine.ids import SESSION_ID_MAX
from statemachine.machines import table_of
from statemachine.suites.adapter import Adapter, can_set_up
from statemachine.suites.judge import Lockstep
from statemachine.suites.strategies import TODAY, calls
from statemachine.symbol import Call, Trigger

RUN: Final = settings(
    # Explaining a failure takes ten times as long as finding it, and adds nothing to its trace.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    stateful_step_count=20,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
"""How the suites run, unless their user says otherwise."""


class Suite(RuleBasedStateMachine):
    """A stateful suite of one mode. Subclasses set `mode`, and `adapter`, which makes the implementation."""

    mode: ClassVar[str]
    adapter: ClassVar[Callable[[], Adapter]]
    hostile: ClassVar[bool] = True
    """Whether IDs may be malformed."""
    made: ClassVar[Callable[[], object]] = staticmethod(lambda: None)
    """Called at the end of every page."""

    @initialize(
        first=st.sampled_from(["sound load", "load", "anything"]),
        session=st.sampled_from([0, 1, "1000", TODAY, SESSION_ID_MAX - 1]),
        sets_up=st.booleans(),
        data=st.data(),
    )
    def begin(self, first: str, session: object, sets_up: bool, data: Any) -> None:
        """A third of the runs begin loaded, a third with a load: else few events, and few bad loads, would count."""
        table = table_of(self.mode)
        adapter = type(self).adapter()  # pyright: ignore[reportAttributeAccessIssue]  # it is static, or a class
        sets_up = sets_up and bool(table.setup) and can_set_up(adapter)
        self.triggers: list[Trigger] = [trigger for trigger in table.triggers if sets_up or trigger not in table.setup]
        self.lockstep: Lockstep = Lockstep(self.mode, adapter, is_set_up=not sets_up)
        if first == "sound load":
            self.lockstep.call(Call(Trigger.LOAD, session, "visitor-1"))
        elif first == "load":
            self._take(data, Trigger.LOAD)

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
        kinds = None if self.hostile else False
        self.lockstep.call(data.draw(calls(trigger, current, hostile=kinds), label=str(trigger)))

    def teardown(self) -> None:
        """End the page."""
        if hasattr(self, "lockstep"):
            self.lockstep.close()
        type(self).made()  # pyright: ignore[reportAttributeAccessIssue]  # it is static


def suite_of(mode: str, adapter: Callable[[], Adapter], *, hostile: bool = True) -> type[Suite]:
    """A suite of a mode for whatever `adapter` makes, called without arguments. Raises UnknownNameError.

    Without `hostile` every ID is a sound one: what breaks then is not about malformed input.

    Its `TestCase` is a `unittest.TestCase`, which pytest collects as well.
    """
    table_of(mode)
    made: type[Suite] = type(
        f"Suite[{mode}]", (Suite,), {"mode": mode, "adapter": staticmethod(adapter), "hostile": hostile}
    )
    made.TestCase.settings = RUN
    return made

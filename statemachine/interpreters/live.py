"""The `transitions` reading: a table as the object that users of that package know.

Every row of the table becomes a transition of a `transitions.Machine`, with the row's guard as its
condition; a rejected row becomes a transition whose condition refuses. So the triggers (`load`,
`event`, `settle`, …), `state`, `is_…`, `may_…` and the `on_enter_…` callbacks work as usual, and a
trigger returns whether the call was accepted. Equal to `step`, call by call, by test.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import attrs
from transitions import EventData, Machine

from statemachine.errors import UnknownNameError, shown
from statemachine.ids import NO_SESSION, UNSET, format_replay_id, session_number
from statemachine.machines import table_of
from statemachine.step import Replay
from statemachine.symbol import Call, Device, Kind, Symbol, Trigger, device_of, kind_of, load_kind_of
from statemachine.table import Configuration, Effect, Row, Table

_ANY: Final = (Kind.ANY,)


class LiveReplay:
    """A live session of one page, driven by its triggers; each takes `session_id` and `device_id`.

    `session_id` is the replay session in epoch milliseconds, 0 for none. `accepted`, `effects` and
    `findings` are those of the last call. `machine` is the `transitions.Machine` of the replay.
    """

    state: str

    def __init__(self, table: Table) -> None:
        self.table = table
        self.device_id: str | None = None
        self.session_id: int = NO_SESSION
        self.accepted = True
        self.effects: tuple[Effect, ...] = ()
        self.findings: tuple[str, ...] = ()
        self._parts = tuple(_Part() for _ in table.regions[1:])
        self._configuration: Configuration = table.initial
        self._symbol: Symbol | None = None
        self._taken: list[Row] = []
        models: tuple[LiveReplay | _Part, ...] = (self, *self._parts)
        self.machine, *self._part_machines = (
            self._machine_of(n, model, state) for n, (model, state) in enumerate(zip(models, table.begins, strict=True))
        )
        self.machine.prepare_event.append(self._prepare)
        self.machine.finalize_event.append(self._finalize)

    @property
    def replay_id(self) -> str | None:
        """`<deviceId>/<sessionId>`, or None while there is no session."""
        return format_replay_id(self.device_id, self.session_id)

    @property
    def configuration(self) -> Configuration:
        """The state of every region, the replay's first."""
        return (self.state, *(part.state for part in self._parts))

    @property
    def replay(self) -> Replay:
        """The same state as `step` has it."""
        return Replay(self.configuration, self.device_id, self.session_id)

    def __getattr__(self, name: str) -> Any:
        """Only reached for names that the machine did not bind: say which triggers there are."""
        triggers = ", ".join(trigger.value for trigger in self.table.triggers)
        raise AttributeError(f"{type(self).__name__} has no {name!r}; the triggers of this mode are {triggers}")

    def _machine_of(self, region: int, model: LiveReplay | _Part, initial: str) -> Machine:
        machine = Machine(
            model,
            states=[str(getattr(state, "value", state)) for state in self.table.regions[region].states],
            initial=str(getattr(initial, "value", initial)),
            auto_transitions=False,
            send_event=True,
            ignore_invalid_triggers=True,
        )
        for row in self.table.regions[region].rows:
            for source in row.sources:
                self._add(machine, region, row, source)
        return machine

    def _add(self, machine: Machine, region: int, row: Row, source: str) -> None:
        conditions = [partial(self._guard, row=row, region=region)]
        if not row.accepted:
            conditions.append(partial(self._refuse, row=row))
        renews = Effect.SET_REPLAY_SESSION in row.effects
        target = row.target if row.target is not None and (row.target != source or renews) else None
        machine.add_transition(
            row.trigger.value,
            str(getattr(source, "value", source)),
            target if target is None else str(getattr(target, "value", target)),
            conditions=conditions,
            before=partial(self._take, row=row),
        )

"""The `transitions` reading: a table as the object that users of that package know.

Every row of the table becomes a transition of a `transitions.Machine`, with the row's guard as its
condition; a rejected row becomes a transition whose condition refuses. So the triggers (`load`,
`event`, `settle`, …), `state`, `is_…`, `may_…` and the `on_enter_…` callbacks work as usual, and a
trigger returns whether the call was accepted. Equal to `step`, call by call, by test.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from transitions import EventData, Machine

from statemachine.ids import NO_SESSION, UNSET, format_replay_id, session_number
from statemachine.machines import table_of
from statemachine.replay import Replay
from statemachine.symbol import Kind, Symbol, Trigger, device_of, kind_of, load_kind_of
from statemachine.table import Configuration, Effect, Row, Table

_ARGUMENTS = {"session_id", "device_id"}


class _Part:
    """The model of a region other than the replay's own."""

    state: str


class LiveReplay:
    """A live session of one page, driven by its triggers; they take `session_id` and `device_id`.

    `session_id` is the replay session in epoch milliseconds, 0 for none; inside an `on_enter_…`
    callback it is already the new one. `accepted`, `effects` and `findings` are those of the last
    call, once its trigger has returned. `machine` is the `transitions.Machine` of the replay:
    `machine.on_enter_rolled_over(f)` calls `f(event_data)` at every roll-over. A trigger raises TypeError
    for any other argument, and RuntimeError inside a callback of another.
    """

    state: str
    load: Callable[..., bool]
    event: Callable[..., bool]
    settle: Callable[..., bool]
    bypass: Callable[..., bool]
    add_session_replay: Callable[..., bool]
    add_segment: Callable[..., bool]
    remove_amplitude: Callable[..., bool]
    may_load: Callable[..., bool]
    may_event: Callable[..., bool]
    may_settle: Callable[..., bool]

    def __init__(self, table: Table, begins: Configuration | None = None) -> None:
        self.table = table
        self.device_id: str | None = None
        self.session_id: int = NO_SESSION
        self.accepted: bool = True
        self.effects: tuple[Effect, ...] = ()
        self.findings: tuple[str, ...] = ()
        self._without_kind = {symbol.trigger for symbol in table.symbols if symbol.kind is Kind.ANY}
        self._raw: object = UNSET
        self._raw_device: object = UNSET
        self._symbol = Symbol(Trigger.LOAD)
        self._taken: list[Row] = []
        self._busy = False
        self._parts = tuple(_Part() for _ in table.regions[1:])
        begins = table.begins if begins is None else begins
        self.machine: Machine = self._machine_of(0, self, begins[0])
        self._part_machines = [self._machine_of(n, part, begins[n]) for n, part in enumerate(self._parts, 1)]
        self._before = self.configuration
        self.machine.prepare_event.append(self._prepare)
        self.machine.finalize_event.append(self._finalise)

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

    def _machine_of(self, region: int, model: LiveReplay | _Part, initial: str) -> Machine:
        states = [str(state) for state in self.table.regions[region].states]
        machine = Machine(
            model, states, str(initial), auto_transitions=False, send_event=True, ignore_invalid_triggers=True
        )
        for row in self.table.regions[region].rows:
            for source in row.sources:
                machine.add_transition(
                    str(row.trigger),
                    str(source),
                    _entered(row, source),
                    conditions=[partial(self._guard, row, region), partial(self._accept, row)],
                    before=partial(self._do, row),
                )
        return machine

    def _prepare(self, data: EventData) -> None:
        trigger = Trigger(data.event.name)
        if data.args or not data.kwargs.keys() <= _ARGUMENTS:
            raise TypeError(f"{trigger} takes the keywords {', '.join(sorted(_ARGUMENTS))} and nothing else")
        if data.event is self.machine.events.get(data.event.name):  # not when it is only asked: may_…
            if self._busy:
                raise RuntimeError(f"{trigger} was fired inside a callback of another trigger")
            self._busy = True
        self._raw, self._raw_device = data.kwargs.get("session_id", UNSET), data.kwargs.get("device_id", UNSET)
        if trigger is Trigger.LOAD:
            self._symbol = Symbol(trigger, load_kind_of(self._raw), device_of(self._raw_device))
        elif trigger in self._without_kind:
            self._symbol = Symbol(trigger)
        else:
            kind = kind_of(self._raw, self.session_id)
            self._symbol = Symbol(trigger, self.table.unset if kind is Kind.NOT_POPULATED else kind)
        self._before = self.configuration
        self._taken = []

    def _guard(self, row: Row, region: int, data: EventData) -> bool:
        return row.matches(self._before, region, self._symbol)

    def _accept(self, row: Row, data: EventData) -> bool:
        if not row.accepted:
            self._taken.append(row)
        return row.accepted

    def _do(self, row: Row, data: EventData) -> None:
        self._taken.append(row)
        if Effect.INIT_REPLAY in row.effects:
            self.device_id = str(self._raw_device)
            self.session_id = max(session_number(self._raw) or NO_SESSION, NO_SESSION)
        if Effect.SET_REPLAY_SESSION in row.effects:
            self.session_id = session_number(self._raw) or NO_SESSION

    def _finalise(self, data: EventData) -> None:
        self._busy = False
        for part, machine in zip(self._parts, self._part_machines, strict=True):
            if data.event.name in machine.events:
                getattr(part, data.event.name)()
        self.accepted = bool(data.result)
        self.effects = tuple(dict.fromkeys(effect for row in self._taken for effect in row.effects))
        self.findings = tuple(code for row in self._taken for code in row.findings)


def _entered(row: Row, source: str) -> str | None:
    """The state that a row enters; None for an internal transition, which calls no callbacks.

    A row that sets the replay session enters its target even from the target: a second roll-over
    is one.
    """
    if row.target is None or (row.target == source and Effect.SET_REPLAY_SESSION not in row.effects):
        return None
    return str(row.target)


def live(mode: str) -> LiveReplay:
    """Return a live session of a mode, set up as documented. Raises UnknownNameError."""
    return LiveReplay(table_of(mode))

"""A table as formulas of z3: one step, on session IDs that are any integers.

Everything is read from the rows: where they apply, what they lead to, what they do and say. What is
written here is only what the words mean: a kind, as a comparison of integers, and the two effects
that move a session ID.
"""

from __future__ import annotations

from typing import Any, Final

import attrs
import z3

from statemachine.replay import Replay
from statemachine.symbol import Call, Device, Kind, Trigger
from statemachine.table import Effect, Row, State, Table
from statemachine.verification.bounds import symbol_of

_FORMS: Final = ("number", "absent", "not_populated", "malformed")
"""What a session ID is given as; -1 and 0 are numbers."""

Formula = Any
"""A z3 expression; z3 has no types of its own for it."""


@attrs.frozen
class Moment:
    """The replay at one moment: a number for the state of each region, and the IDs."""

    regions: tuple[Formula, ...]
    has_device: Formula
    device: Formula
    session: Formula

    @classmethod
    def of(cls, table: Table, name: str) -> Moment:
        """Unknowns for every part, with `name` in theirs."""
        regions = tuple(z3.Int(f"{region.name} {name}") for region in table.regions)
        return cls(regions, z3.Bool(f"has device {name}"), z3.Int(f"device {name}"), z3.Int(f"session {name}"))


@attrs.frozen
class Given:
    """The call: which trigger, and its IDs. The session ID is any integer, or none, or no integer."""

    trigger: Formula
    form: Formula
    session: Formula
    device_class: Formula
    device: Formula

    @classmethod
    def any(cls) -> Given:
        """Unknowns for every part."""
        return cls(*(z3.Int(f"given {name}") for name in ("trigger", "form", "session", "device class", "device")))


class Step:
    """One step of a table: `before`, `given` and `after` are unknowns, `transition` relates them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.before, self.after, self.given = Moment.of(table, "before"), Moment.of(table, "after"), Given.any()
        self.matches = [[self._matches(n, row) for row in region.rows] for n, region in enumerate(table.regions)]
        pairs = [
            (row, match)
            for region, matches in zip(table.regions, self.matches, strict=True)
            for row, match in zip(region.rows, matches, strict=True)
        ]
        self.effects = {effect: z3.Or([match for row, match in pairs if effect in row.effects]) for effect in Effect}
        replay = zip(table.regions[0].rows, self.matches[0], strict=True)
        self.accepted = z3.Or([match for row, match in replay if row.accepted])
        self.domain = z3.And(self._in_range(self.before), self._is_call())
        self.transition = z3.And(self.domain, *self._regions_after(), *self._ids_after())

    def is_in(self, moment: Moment, state: str) -> Formula:
        """That a state of any region holds."""
        for region, unknown in zip(self.table.regions, moment.regions, strict=True):
            if state in region.states:
                return unknown == region.states.index(state)
        return z3.BoolVal(False)

    def is_in_session(self, moment: Moment) -> Formula:
        """That a session is being recorded."""
        return z3.Or(self.is_in(moment, State.SESSION_ACTIVE), self.is_in(moment, State.ROLLED_OVER))

    def calls(self, *triggers: Trigger) -> Formula:
        """That the call is one of these."""
        return z3.Or([self.given.trigger == self._number_of(t) for t in triggers if t in self.table.triggers])

    def kind(self, kind: Kind, trigger: Trigger) -> Formula:
        """That the given session ID is of a kind: the meaning of `kind_of`, and of `load_kind_of`."""
        given, current = self.given.session, self.before.session
        number = self._has_form("number")
        absent = z3.Or(self._has_form("absent"), z3.And(number, given == 0))
        if trigger is Trigger.LOAD or self.table.unset is Kind.ABSENT:
            absent = z3.Or(absent, self._has_form("not_populated"))
        meanings = {
            Kind.NEWER: z3.And(number, given > 0, given > current),
            Kind.SAME: z3.And(number, given > 0, given == current),
            Kind.OLDER: z3.And(number, given > 0, given < current),
            Kind.PRESENT: z3.And(number, given > 0),
            Kind.ABSENT: absent,
            Kind.NOT_POPULATED: self._has_form("not_populated"),
            Kind.OUT_OF_SESSION: z3.And(number, given == -1),
            Kind.MALFORMED: z3.Or(self._has_form("malformed"), z3.And(number, given < -1)),
            Kind.ANY: z3.BoolVal(True),
        }
        return meanings[kind]

    def is_at(self, replay: Replay, call: Call) -> Formula:
        """That the step is this call on this replay."""
        symbol = symbol_of(self.table, replay, call)
        number = call.session_id if isinstance(call.session_id, int) else None
        return z3.And(
            *(self.is_in(self.before, state) for state in replay.configuration),
            self.before.has_device == (replay.device_id is not None),
            self.before.session == replay.session_id,
            self.given.trigger == self._number_of(call.trigger),
            self._has_form("not_populated") if number is None else self._has_form("number"),
            self.given.session == (number or 0),
            self.given.device_class == [*Device].index(symbol.device) if symbol.device is not Device.ANY else True,
        )

    def _has_form(self, form: str) -> Formula:
        return self.given.form == _FORMS.index(form)

    def _number_of(self, trigger: Trigger) -> int:
        return self.table.triggers.index(trigger)

    def _matches(self, region: int, row: Row) -> Formula:
        kinds = {symbol.kind for symbol in self.table.symbols if symbol.trigger is row.trigger}
        parts = [
            self.given.trigger == self._number_of(row.trigger),
            z3.Or([self.before.regions[region] == self.table.regions[region].states.index(s) for s in row.sources]),
            z3.Or([self.kind(kind, row.trigger) for kind in row.kinds if kind in kinds]),
        ]
        if row.trigger is Trigger.LOAD:
            parts.append(z3.Or([self.given.device_class == [*Device].index(device) for device in row.devices]))
        if row.given:
            parts.append(z3.Or([self.is_in(self.before, state) for state in row.given]))
        return z3.And(parts)

    def _in_range(self, moment: Moment) -> Formula:
        sizes = [len(region.states) for region in self.table.regions]
        return z3.And([z3.And(u >= 0, u < size) for u, size in zip(moment.regions, sizes, strict=True)])

    def _is_call(self) -> Formula:
        classes = {symbol.device for symbol in self.table.symbols if symbol.trigger is Trigger.LOAD}
        return z3.And(
            self.given.trigger >= 0,
            self.given.trigger < len(self.table.triggers),
            self.given.form >= 0,
            self.given.form < len(_FORMS),
            z3.Or([self.given.device_class == [*Device].index(device) for device in classes]),
        )

    def _regions_after(self) -> list[Formula]:
        after = []
        for n, region in enumerate(self.table.regions):
            value = self.before.regions[n]
            for row, match in zip(region.rows, self.matches[n], strict=True):
                if row.target is not None:
                    value = z3.If(match, region.states.index(row.target), value)
            after.append(self.after.regions[n] == value)
        return after

    def _ids_after(self) -> list[Formula]:
        loads, sets = self.effects[Effect.INIT_REPLAY], self.effects[Effect.SET_REPLAY_SESSION]
        given, before, after = self.given, self.before, self.after
        loaded = z3.If(self.kind(Kind.PRESENT, Trigger.LOAD), given.session, 0)
        return [
            after.session == z3.If(loads, loaded, z3.If(sets, given.session, before.session)),
            after.has_device == z3.Or(before.has_device, loads),
            after.device == z3.If(loads, given.device, before.device),
        ]

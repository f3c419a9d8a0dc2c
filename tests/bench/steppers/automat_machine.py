"""A machine of Automat by hand. It has no guards: an event is classified first, and is an input of its kind."""

from __future__ import annotations

from typing import Protocol

import attrs
from automat import TypeMachineBuilder

from tests.bench.steppers.handwritten_class import SESSION_ID_MAX, number_of


class Inputs(Protocol):
    """What an event can be."""

    def newer(self, session_id: int) -> str | None:
        """A greater session ID."""

    def same(self) -> str | None:
        """The current one."""

    def refused(self, code: str) -> str | None:
        """None to take up."""


@attrs.define
class Core:
    """What is kept beside the state."""

    session_id: int = 1000


_builder = TypeMachineBuilder(Inputs, Core)
_active, _rolled_over = _builder.state("session_active"), _builder.state("rolled_over")


@_active.upon(Inputs.newer).to(_rolled_over)
def _roll(inputs: Inputs, core: Core, session_id: int) -> str | None:
    core.session_id = session_id
    return None


@_rolled_over.upon(Inputs.newer).loop()
def _roll_again(inputs: Inputs, core: Core, session_id: int) -> str | None:
    core.session_id = session_id
    return None


@_active.upon(Inputs.same).loop()
def _stay(inputs: Inputs, core: Core) -> str | None:
    return None


@_rolled_over.upon(Inputs.same).to(_active)
def _confirm(inputs: Inputs, core: Core) -> str | None:
    return None


@_active.upon(Inputs.refused).loop()
def _refuse(inputs: Inputs, core: Core, code: str) -> str | None:
    return code


@_rolled_over.upon(Inputs.refused).loop()
def _refuse_again(inputs: Inputs, core: Core, code: str) -> str | None:
    return code


_machine = _builder.build()


def _take(live: Inputs, core: Core, raw: object) -> str | None:
    number = raw if type(raw) is int else number_of(raw)
    if number is None or number > SESSION_ID_MAX or number < -1:
        return live.refused("SR112")
    if number > core.session_id:
        return live.newer(number)
    if number == core.session_id:
        return live.same()
    return live.refused("SR201" if number > 0 else "SR113" if number else "SR111")


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    core = Core()
    live = _machine(core)
    for raw in raws:
        _take(live, core, raw)
    return core.session_id


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    core = Core()
    live = _machine(core)
    return [_take(live, core, raw) for raw in raws]

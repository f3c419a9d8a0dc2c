"""A statechart of sismic by hand, with guards and actions in its own language."""

from __future__ import annotations

from typing import Any

from sismic.interpreter import Interpreter
from sismic.io import import_from_yaml

from tests.bench.steppers.handwritten_class import SESSION_ID_MAX, number_of

CHART = f"""
statechart:
  name: replay
  preamble: |
    session_id = 1000
    code = None
  root state:
    name: root
    initial: session_active
    transitions:
      - event: seen
        guard: event.number is None or event.number > {SESSION_ID_MAX} or event.number < -1
        action: code = 'SR112'
      - event: seen
        guard: event.number is not None and 0 < event.number < session_id
        action: code = 'SR201'
      - event: seen
        guard: event.number == 0
        action: code = 'SR111'
      - event: seen
        guard: event.number == -1
        action: code = 'SR113'
    states:
      - name: session_active
        transitions:
          - event: seen
            guard: event.number is not None and session_id < event.number <= {SESSION_ID_MAX}
            target: rolled_over
            action: |
              session_id = event.number
              code = None
          - event: seen
            guard: event.number == session_id
            action: code = None
      - name: rolled_over
        transitions:
          - event: seen
            guard: event.number is not None and session_id < event.number <= {SESSION_ID_MAX}
            target: rolled_over
            action: |
              session_id = event.number
              code = None
          - event: seen
            guard: event.number == session_id
            target: session_active
            action: code = None
"""


def prepared(raws: list[object]) -> list[object]:
    """The events as this takes them."""
    return raws


def _loaded() -> Any:
    live: Any = Interpreter(import_from_yaml(CHART))
    live.execute()
    return live


def drive(raws: list[object]) -> object:
    """Take them all: what is timed."""
    live = _loaded()
    for raw in raws:
        live.queue("seen", number=number_of(raw))
        live.execute_once()
    return live.context["session_id"]


def codes(raws: list[object]) -> list[str | None]:
    """The code of each: what is compared."""
    live, found = _loaded(), []
    for raw in raws:
        live.queue("seen", number=number_of(raw))
        live.execute_once()
        found.append(live.context["code"])
    return found

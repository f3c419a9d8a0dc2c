"""One event at a time, in one process, taking turns: `python -m tests.bench.stepping EVENTS ROUNDS` prints JSON.

The CPU seconds an event of every stepper, of each round. Every stepper takes the same events and has to say the same of
each; one that does not ends the run. The slow ones take fewer of them.
"""

from __future__ import annotations

import json
import random
import sys
import time
from importlib import import_module
from typing import Any, Final

STEPPERS: Final = {
    "handwritten_class": ("if and else, a class on `__slots__`", 1),
    "handwritten_function": ("if and else, a pure function", 1),
    "ours": ("`step`", 1),
    "automat_machine": ("automat", 10),
    "transitions_machine": ("transitions, a machine by hand", 20),
    "transitions_live": ("transitions, `LiveReplay`", 20),
    "sismic_chart": ("sismic", 100),
}
"""By module: what it is, and by how many times fewer events it takes."""


def events(count: int, seed: int = 1) -> list[object]:
    """Session IDs that meet every guard: mostly the current one, some newer, some bad."""
    rng = random.Random(seed)
    current = 1000
    raws: list[object] = []
    bad: tuple[object, ...] = (None, 0, -1, -2, "abc", 1000.5, True, 2**53)
    for _ in range(count):
        draw = rng.random()
        current += 1 if 0.6 <= draw < 0.75 else 0
        raws.append(current if draw < 0.75 else current - 1 if draw < 0.9 else str(current) if draw < 0.92 else None)
        if draw >= 0.96:
            raws[-1] = rng.choice(bad)
    return raws


def disagreement(raws: list[object], steppers: dict[str, Any]) -> str | None:
    """The stepper that says something else than the first of some event, and of which; or None."""
    expected: list[str | None] | None = None
    for name, stepper in steppers.items():
        found = stepper.codes(stepper.prepared(raws))
        expected = found if expected is None else expected
        for raw, one, other in zip(raws, found, expected, strict=True):
            if one != other:
                return f"{name} says {one} of {raw!r}, not {other}"
    return None


def main(count: int, rounds: int) -> int:
    """Print the seconds, or which stepper disagrees."""
    steppers = {name: import_module(f"tests.bench.steppers.{name}") for name in STEPPERS}
    wrong = disagreement(events(2_000), steppers)
    if wrong is not None:
        print(wrong, file=sys.stderr)
        return 1
    given = {name: stepper.prepared(events(max(count // STEPPERS[name][1], 10))) for name, stepper in steppers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in steppers}
    for _ in range(rounds):
        for name, stepper in steppers.items():
            began = time.process_time()
            stepper.drive(given[name])
            seconds[name].append((time.process_time() - began) / len(given[name]))
    print(json.dumps(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))

"""Contenders: commands that read the same log and must count the same, and what came of running them in turn."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from statemachine.bulk.workers import processors
from tests.bench.measure import Run, run

FILE: Final = "{file}"
CODES: Final = {
    "regressed": ("SR201",),
    "late": ("SR125",),
    "mismatched": ("SR122",),
    "missing": ("SR301", "SR111"),
}
"""Under which codes `check` tells what a contender counts."""


class Disagreement(Exception):
    """A contender failed, or counted something else than another one."""


@attrs.frozen
class Contender:
    """A command; `FILE` in it stands for the log, of which it prints the counts in its last line, as JSON.

    A piped one reads the log from standard input. A slow one runs once where the log is large.
    """

    title: str
    command: tuple[str, ...]
    is_piped: bool = False
    is_slow: bool = False


@attrs.define
class Measured:
    """The runs of a contender, one a round, and its counts."""

    contender: Contender
    events: int
    runs: list[Run] = attrs.field(factory=list)
    counts: dict[str, Any] = attrs.field(factory=dict)

    def median(self, of: Callable[[Run], float]) -> float:
        """The median over the runs."""
        return statistics.median(map(of, self.runs))

    @property
    def wall(self) -> float:
        """Seconds."""
        return self.median(lambda one: one.wall)

    def times(self, other: Measured) -> float:
        """The wall time in that of another: the median over the rounds that both ran in."""
        return statistics.median(a.wall / b.wall for a, b in zip(self.runs, other.runs, strict=False))


def of_module(title: str, name: str, *more: str, is_piped: bool = False, is_slow: bool = False) -> Contender:
    """A contender of `tests.bench.contenders`."""
    command = (sys.executable, "-m", f"tests.bench.contenders.{name}", "-" if is_piped else FILE, *more)
    return Contender(title, command, is_piped, is_slow)


def of_check(workers: int | None, *, is_piped: bool = False) -> Contender:
    """`statemachine check` in so many processes, or in one a processor."""
    title = f"`statemachine check{' -' if is_piped else ''} --workers {'all' if workers is None else workers}`"
    command = (sys.executable, "-m", "statemachine", "check", "-" if is_piped else FILE, "--mode", "actions")
    options = ("--format", "jsonl", "--workers", str(workers or processors()))
    return Contender(title, (*command, *options), is_piped)


def counts(output: str) -> dict[str, Any]:
    """What a contender counted, by what it printed last. Raises Disagreement."""
    try:
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Disagreement(f"no counts: {output[-200:]!r}") from error
    summary = found.get("summary")
    if summary is None:
        return found
    told = {name: sum(summary["findings"].get(code, 0) for code in codes) for name, codes in CODES.items()}
    return {"events": summary["read"], **told}


def agree(measured: Sequence[Measured]) -> None:
    """Raise Disagreement if two have other counts of one thing; what only some can count is compared among them."""
    for name in ("events", *CODES):
        told = {one.contender.title: one.counts[name] for one in measured if name in one.counts}
        if len(set(told.values())) > 1:
            raise Disagreement(f"{name}: {', '.join(f'{title} {count}' for title, count in told.items())}")


def taking_turns(
    given: Sequence[tuple[Contender, Path]], events: int, rounds: int, *, slow_rounds: int | None = None
) -> list[Measured]:
    """Run contenders on their logs, one after the other, so many times. Raises Disagreement."""
    measured = [Measured(contender, events) for contender, _ in given]
    for turn in range(rounds):
        for one, (contender, path) in zip(measured, given, strict=True):
            if contender.is_slow and turn >= (slow_rounds or rounds):
                continue
            print(f"    {events:,} events, round {turn + 1}: {contender.title}", file=sys.stderr, flush=True)
            one.runs.append(ran(contender, path))
            one.counts = counts(one.runs[-1].output)
        agree(measured)
    return measured


def ran(contender: Contender, path: Path) -> Run:
    """Run one. Raises Disagreement if it fails; findings are no failure."""
    command = [part.replace(FILE, str(path)) for part in contender.command]
    if not contender.is_piped:
        found = run(command)
    else:
        with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as feeding:  # noqa: S603, S607
            found = run(command, stdin=feeding.stdout)
    if found.status not in ((0, 1) if "check" in command else (0,)):
        raise Disagreement(f"{contender.title}: exit status {found.status}")
    return found

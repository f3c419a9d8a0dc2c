"""What is measured: a function each, from sizes and a folder to numbers."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import attrs

from tests.bench.contender import Disagreement, Measured, counts, of_check, of_module, ran, taking_turns
from tests.bench.measure import ROOT
from tests.bench.report import Report, measured
from tests.bench.stepping import STEPPERS

LARGE: Final = 2_000_000
"""Events from which on slow contenders run once."""
SAMPLE: Final = 20_000
"""Events that `transitions` is driven with; the time is scaled."""

CHECK_ALL, CHECK_ONE = of_check(None), of_check(1)
PARSE_ALL = of_module("DuckDB, parsing the same fields only: the limit", "duckdb_parse", "0")
PARSE_ONE = of_module("the same, one thread", "duckdb_parse", "1")
WINDOW = of_module("DuckDB, a window query by hand", "duckdb_window", "0")
LOOP = of_module("`json.loads` and a dictionary", "json_loop")
PANDAS = of_module("pandas", "pandas_frame", is_slow=True)
TRANSITIONS = of_module("`json.loads` and a `transitions` trigger an event", "transitions_loop")
PIPED_ONE, PIPED_ALL = of_check(1, is_piped=True), of_check(None, is_piped=True)
PIPED_LOOP = of_module("`json.loads` and a dictionary", "json_loop", is_piped=True)


@attrs.frozen
class Plan:
    """How much: `events` of the largest log (the issue's 10 million), rounds, and where the files go."""

    events: int
    rounds: int
    folder: Path

    @property
    def sizes(self) -> tuple[int, int]:
        """Events of the two logs (1 and 10 million)."""
        return self.events // 10, self.events

    @property
    def devices(self) -> int:
        """Devices of both (50 thousand)."""
        return max(self.events // 200, 10)


@contextmanager
def log(plan: Plan, events: int, devices: int, suffix: str = "ndjson", *more: str) -> Iterator[Path]:
    """A log, which is deleted afterwards. Another process makes it: this one has to stay small."""
    path = plan.folder / f"log-{events}-{devices}{''.join(more)}.{suffix}"
    print(f"    making a log of {events:,} events, {devices:,} devices", file=sys.stderr, flush=True)
    sizes = ("--events", str(events), "--devices", str(devices))
    command = [sys.executable, "-m", "tests.bench.data", str(path), *sizes, *more]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603
    try:
        yield path
    finally:
        path.unlink()


def bulk(plan: Plan, events: int) -> list[Measured]:
    """NDJSON in bulk, and the others beside it."""
    contenders = (CHECK_ALL, CHECK_ONE, PARSE_ALL, PARSE_ONE, WINDOW, LOOP, PANDAS)
    with log(plan, events, plan.devices) as path:
        slow = 1 if events >= LARGE else plan.rounds
        found = taking_turns([(one, path) for one in contenders], events, plan.rounds, slow_rounds=slow)
        return [*found, sampled(plan, path, events)]


def sampled(plan: Plan, path: Path, events: int) -> Measured:
    """`transitions` on the log's first events; its loop's time is scaled to all of them."""
    few = plan.folder / "sample.ndjson"
    with path.open("rb") as file:
        few.write_bytes(b"".join(islice(file, SAMPLE)))
    taken = min(SAMPLE, events)
    driven, _ = taking_turns([(TRANSITIONS, few), (CHECK_ONE, few)], taken, plan.rounds)
    few.unlink()

    def scaled(output: str) -> float:
        return float(counts(output)["seconds"]) * events / taken

    runs = [attrs.evolve(one, wall=scaled(one.output), cpu=scaled(one.output)) for one in driven.runs]
    title = f"{TRANSITIONS.title} (the first {taken:,} events, scaled)"
    return Measured(attrs.evolve(TRANSITIONS, title=title), events, runs, driven.counts)


def reads_parquet(plan: Plan) -> bool:
    """Whether `check` reads Parquet at all."""
    with log(plan, 10, 10, "parquet") as path:
        try:
            summary = json.loads(ran(CHECK_ONE, path).output.splitlines()[-1])["summary"]
        except Disagreement:
            return False
    return bool(summary["read"] == 10 and not summary["unreadable"])


def parquet(plan: Plan) -> list[Measured]:
    """The same events as flat columns of Parquet; the first is NDJSON, to compare with."""
    titled = [
        (attrs.evolve(one, title=f"{one.title}, Parquet"))
        for one in (*((CHECK_ALL, CHECK_ONE) if reads_parquet(plan) else ()), PARSE_ALL, WINDOW, PANDAS)
    ]
    events = plan.events
    with log(plan, events, plan.devices) as lines, log(plan, events, plan.devices, "parquet") as columns:
        first = (attrs.evolve(CHECK_ALL, title=f"{CHECK_ALL.title}, NDJSON"), lines)
        return taking_turns([first, *((one, columns) for one in titled)], events, plan.rounds)


def stream(plan: Plan) -> list[Measured]:
    """NDJSON through a pipe."""
    events, _ = plan.sizes
    with log(plan, events, plan.devices) as path:
        return taking_turns([(one, path) for one in (PIPED_ONE, PIPED_ALL, PIPED_LOOP)], events, plan.rounds)


@attrs.frozen
class Grown:
    """A log's size, and what checking it took."""

    devices: int
    one_has_a_third: bool
    measured: Measured


def growth(plan: Plan) -> list[Grown]:
    """With events, with devices, and with one device that has a third of all events."""
    tenth, middle = plan.events // 10, plan.events * 3 // 10
    devices = [max(plan.events // share, 10) for share in (1_000, 100, 10)]
    sizes = [(events, plan.devices, False) for events in (tenth, middle, plan.events)]
    sizes += [(middle, count, False) for count in devices]
    sizes += [(middle, plan.devices, True)]
    found = []
    for events, count, one_has_a_third in sizes:
        with log(plan, events, count, "ndjson", *(("--one-has-a-third",) if one_has_a_third else ())) as path:
            (measured,) = taking_turns([(CHECK_ALL, path)], events, plan.rounds)
        found.append(Grown(count, one_has_a_third, measured))
    return found


def stepping(plan: Plan) -> dict[str, list[float]]:
    """CPU seconds an event, of every stepper in every round."""
    events, rounds = min(plan.events, 200_000), max(plan.rounds, 5 if plan.rounds > 1 else 1)
    command = [sys.executable, "-m", "tests.bench.stepping", str(events), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603
    if done.returncode:
        raise Disagreement(done.stderr.strip())
    found: dict[str, list[float]] = json.loads(done.stdout)
    assert set(found) == set(STEPPERS)
    return found


BACK_EVERY: Final = "22"
"""Among so many events, one goes back: with the others, a million have 50,000 findings."""


def report(plan: Plan) -> Report:
    """The HTML report of the smaller log, with many findings."""
    events, _ = plan.sizes
    with log(plan, events, plan.devices, "ndjson", "--back-every", BACK_EVERY) as path:
        return measured(path, events, plan.rounds)


STARTS: Final = {
    "a bare interpreter": ("-c", "pass"),
    "`import statemachine`": ("-c", "import statemachine"),
    "`from statemachine import step`": ("-c", "from statemachine import step"),
    "`statemachine --help`": ("-m", "statemachine", "--help"),
}


def starts(plan: Plan) -> dict[str, list[float]]:
    """Wall seconds that an interpreter takes, of every round; the first, which may compile, is left out."""
    found: dict[str, list[float]] = {name: [] for name in STARTS}
    for turn in range(1 + (10 * plan.rounds if plan.rounds > 1 else 1)):
        for name, arguments in STARTS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
            found[name] += [time.perf_counter() - began] if turn else []
    return found


def over_bare(found: dict[str, list[float]], name: str) -> float:
    """Seconds over a bare interpreter: the median over the rounds."""
    bare, *_ = found.values()
    return statistics.median(a - b for a, b in zip(found[name], bare, strict=True))


@attrs.define
class Results:
    """What was measured. What was left out is empty."""

    plan: Plan
    bulk: list[list[Measured]] = attrs.field(factory=list)
    parquet: list[Measured] = attrs.field(factory=list)
    stream: list[Measured] = attrs.field(factory=list)
    stepping: dict[str, list[float]] = attrs.field(factory=dict)
    growth: list[Grown] = attrs.field(factory=list)
    starts: dict[str, list[float]] = attrs.field(factory=dict)
    report: Report | None = None

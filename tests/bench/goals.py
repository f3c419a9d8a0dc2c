"""What was aimed at, and whether a run met it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Final

import attrs

from tests.bench import sections
from tests.bench.contender import Measured
from tests.bench.sections import Results


@attrs.frozen
class Goal:
    """What was aimed at. `measured` is None where it was not measured; `why` is told where the goal is missed."""

    text: str
    limit: float
    is_at_most: bool
    measured: Callable[[Results], float | None]
    why: str = ""
    unit: str = ""

    def row(self, results: Results) -> tuple[str, ...]:
        """The goal's line of the table."""
        told = f"{'at most' if self.is_at_most else 'at least'} {self.limit:g}{self.unit}"
        found = self.measured(results)
        if found is None:
            return self.text, told, "not measured", ""
        by = found / self.limit if self.is_at_most else self.limit / found
        verdict = "met" if by <= 1 else f"missed by a factor of {by:.2f}{': ' if self.why else ''}{self.why}"
        return self.text, told, f"{found:.3g}{self.unit}", verdict


def _times(rows: Callable[[Results], list[Measured]], one: str, other: str) -> Callable[[Results], float | None]:
    """How many times as long one contender takes as another, by the titles that they have in a section."""

    def measured(results: Results) -> float | None:
        found = {row.contender.title: row for row in rows(results)}
        return found[one].times(found[other]) if one in found and other in found else None

    return measured


def _largest(results: Results) -> list[Measured]:
    return results.bulk[-1] if results.bulk else []


def _megabytes(results: Results) -> float | None:
    found = next((row for row in _largest(results) if row.contender == sections.CHECK_ALL), None)
    return None if found is None else found.median(lambda one: one.resident) / 1e6


def _a_device(results: Results) -> float | None:
    by_devices = results.growth[3:6]
    if not by_devices:
        return None
    few, many = by_devices[0], by_devices[-1]
    more = [one.measured.median(lambda run: run.shares) for one in (few, many)]
    return (more[1] - more[0]) / (many.devices - few.devices)


def _steps(one: str, other: str) -> Callable[[Results], float | None]:
    """How many times as long one stepper takes as another."""

    def measured(results: Results) -> float | None:
        found = results.stepping
        if not found:
            return None
        return statistics.median(a / b for a, b in zip(found[one], found[other], strict=True))

    return measured


def _start(name: str) -> Callable[[Results], float | None]:
    return lambda results: sections.over_bare(results.starts, name) * 1000 if results.starts else None


PARQUET_OURS = f"{sections.CHECK_ALL.title}, Parquet"
_NDJSON_OURS = f"{sections.CHECK_ALL.title}, NDJSON"
_AT_MOST, _AT_LEAST = True, False
GOALS: Final = (
    Goal(
        "`check` of NDJSON, all cores: wall time in that of DuckDB parsing the same fields only",
        2.5,
        _AT_MOST,
        _times(_largest, sections.CHECK_ALL.title, sections.PARSE_ALL.title),
        "typed decoding alone takes longer than all of DuckDB's parse, and the fold stays in one process",
    ),
    Goal("the same: resident memory of all processes", 300, _AT_MOST, _megabytes, unit=" MB"),
    Goal(
        "memory a device, from the growth with devices (shares)",
        100,
        _AT_MOST,
        _a_device,
        "of the table's slots more than half are empty just after it has grown; findings name their devices",
        " bytes",
    ),
    Goal(
        "`check` of Parquet: times as fast as of NDJSON",
        3,
        _AT_LEAST,
        _times(lambda results: results.parquet, _NDJSON_OURS, PARQUET_OURS),
        "columns are narrowed and folded in one process, while NDJSON is parsed by all",
    ),
    Goal(
        "`check` of a pipe, one process: times as fast as `json.loads` and a dictionary",
        2.5,
        _AT_LEAST,
        _times(lambda results: results.stream, sections.PIPED_LOOP.title, sections.PIPED_ONE.title),
        "typed decoding alone takes a third of `json.loads`; narrowing, exact types and the fold as much again",
    ),
    Goal(
        "`step`: times as fast as a trigger of `transitions`",
        60,
        _AT_LEAST,
        _steps("transitions_machine", "ours"),
        "as below; the machine measured here is written for speed, not `live`, which takes half as long again",
    ),
    Goal(
        "`step`: speed in that of if and else by hand",
        0.6,
        _AT_LEAST,
        _steps("handwritten_class", "ours"),
        "a step classifies its input, finds its row in the table, and gives a new immutable replay",
    ),
    Goal(
        "the HTML report of a million events with 50,000 findings: until it is loaded in Chromium",
        2_000,
        _AT_MOST,
        lambda results: results.report.opened_after if results.report else None,
        unit=" ms",
    ),
    Goal(
        "`import statemachine` over a bare interpreter",
        60,
        _AT_MOST,
        _start("`import statemachine`"),
        "names are imported when they are first asked for: what is left is `typing`",
        " ms",
    ),
    Goal(
        "`statemachine --help` over it",
        150,
        _AT_MOST,
        _start("`statemachine --help`"),
        "the larger part of it is `click`",
        " ms",
    ),
)

"""`make bench`: measure everything side by side, and write the tables into `specs/bench.md`.

Takes most of an hour and 15 GB of disk. `--quick` runs all of it in small, to see that it runs and agrees; its figures
mean nothing. What is not the whole is printed, unless `--output` says where it goes. Exit status: 0; 1 when contenders
disagree, and then nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.bench import sections
from tests.bench.contender import Disagreement
from tests.bench.measure import ROOT
from tests.bench.sections import Plan, Results
from tests.bench.table import page

PAGE: Final = ROOT / "specs" / "bench.md"
EVENTS, ROUNDS = 10_000_000, 3
QUICK_EVENTS, QUICK_ROUNDS = 20_000, 1


def _bulk(results: Results) -> None:
    results.bulk = [sections.bulk(results.plan, events) for events in results.plan.sizes]


def _parquet(results: Results) -> None:
    results.parquet = sections.parquet(results.plan)


def _stream(results: Results) -> None:
    results.stream = sections.stream(results.plan)


def _step(results: Results) -> None:
    results.stepping = sections.stepping(results.plan)


def _growth(results: Results) -> None:
    results.growth = sections.growth(results.plan)


def _starts(results: Results) -> None:
    results.starts = sections.starts(results.plan)


def _report(results: Results) -> None:
    results.report = sections.report(results.plan)


SECTIONS: Final[dict[str, Callable[[Results], None]]] = {
    "step": _step,
    "start": _starts,
    "stream": _stream,
    "bulk": _bulk,
    "parquet": _parquet,
    "growth": _growth,
    "report": _report,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--events", type=int, help=f"of the largest log [default: {EVENTS:,}]")
    parser.add_argument("--rounds", type=int, help=f"[default: {ROUNDS}]")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section; may be given several times")
    parser.add_argument("--quick", action="store_true", help="in small: the figures mean nothing")
    parser.add_argument("--dir", help="where the temporary files go")
    parser.add_argument("--output", type=Path, help="where the page goes [default: specs/bench.md, if it is the whole]")
    asked = parser.parse_args(arguments)
    events = asked.events or (QUICK_EVENTS if asked.quick else EVENTS)
    rounds = asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS)
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
        results = Results(Plan(events, rounds, Path(folder).resolve()))
        try:
            for name in asked.only or SECTIONS:
                print(name, file=sys.stderr, flush=True)
                SECTIONS[name](results)
        except Disagreement as error:
            print(f"contenders disagree: {error}", file=sys.stderr)
            return 1
    text = page(results)
    is_whole = not (asked.only or asked.quick or asked.events)
    output = asked.output or (PAGE if is_whole else None)
    if output is None:
        print(text)
    else:
        output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

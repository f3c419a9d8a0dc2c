"""Everything that `verify` runs, as jobs with a name; TLC's side by side, the others one after another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec

import attrs

from statemachine.machines import table_of
from statemachine.table import Table
from statemachine.verification import modelcheck, tlc
from statemachine.verification.recording import Trace, traces_in
from statemachine.verification.result import Result
from statemachine.verification.specification import MODULES, Model, models
from statemachine.verification.tracecheck import check_trace


@attrs.frozen
class Job:
    """A part of the work: its name, what runs it, and whether it may run beside others."""

    name: str
    run: Callable[[], Iterable[Result]]
    beside: bool = False


def missing() -> list[str]:
    """What of the extra `verify` is not installed."""
    tools = {"TLC": tlc.is_installed()}
    tools |= {name: find_spec(name) is not None for name in ("z3", "cvc5", "aalpy")}
    return [name for name, installed in tools.items() if not installed]


def jobs(modes: Iterable[str]) -> list[Job]:
    """The jobs of these modes, as far as their tools are installed."""
    absent = missing()
    found = []
    for mode in modes:
        table = table_of(mode)
        for model in models(mode) if "TLC" not in absent else ():
            check: Callable[[Model], Iterable[Result]] = modelcheck.check_model
            if model.is_twin:
                check = modelcheck.check_twin
            elif model.name == MODULES[mode]:
                check = modelcheck.check_machine
            found.append(Job(model.name, partial(check, model), beside=True))
        if "z3" not in absent:
            from statemachine.verification.induction import proofs

            found.append(Job(f"{mode}: induction", partial(proofs, table)))
        if "aalpy" not in absent:
            from statemachine.verification.conformance import checks

            found.append(Job(f"{mode}: conformance", partial(checks, table)))
    if "cvc5" not in absent:
        from statemachine.verification.identifiers import proof

        found.append(Job("IDs", lambda: [proof()]))
    return found


def trace_jobs(table: Table, lines: Iterable[tuple[int, bytes]]) -> tuple[list[Job], list[str]]:
    """A job for every recorded trace of a mode in numbered lines; and what is wrong with other lines.

    Raises BrokenRunError when TLC is not installed.
    """
    if not tlc.is_installed():
        raise tlc.BrokenRunError("checking a trace needs TLC, which is not installed")
    traces, problems = traces_in(table, lines)
    return [Job(trace.name, partial(_trace, table, trace), beside=True) for trace in traces], problems


def _trace(table: Table, trace: Trace) -> list[Result]:
    return [check_trace(table, trace)]


def results(work: list[Job], done: Callable[[], object]) -> Iterator[Result]:
    """Run jobs, and yield what they find in their order; `done` is called as each one ends."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        started: dict[int, Future[list[Result]]] = {
            n: pool.submit(_listed, job) for n, job in enumerate(work) if job.beside
        }
        for future in started.values():
            future.add_done_callback(lambda _: done())
        try:
            for n, job in enumerate(work):
                if n in started:
                    yield from started[n].result()
                else:
                    yield from job.run()
                    done()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            tlc.stop()
            raise


def _listed(job: Job) -> list[Result]:
    return list(job.run())

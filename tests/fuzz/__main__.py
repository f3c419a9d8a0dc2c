"""`python -m tests.fuzz [--seconds N] [--seed N] [--runs N] [TARGET ...]`: coverage-guided, a target after another.

Nothing is written but to a temporary folder. Of a crash it prints the input, and how to keep it. Each target has a
process of its own, forked when the package is imported and instrumented. The status is 1 if anything crashed.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
import traceback
import warnings
from contextlib import redirect_stderr
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Final

import attrs

HANG_SECONDS: Final = 120
"""An input that takes longer is a hang."""
MEMORY_MB: Final = 600
"""A process that takes more has no bound; what the fuzzer itself holds is among it."""
EXECUTED: Final = re.compile(rb"(?:^#|number_of_executed_units: )(\d+)", re.MULTILINE)
LOG: Final = "fuzz.log"
CRASHED: Final = 77


@attrs.frozen
class Done:
    """What came of a target. Seconds are of the processor, memory in MB."""

    target: str
    inputs: int
    executions: int
    seconds: float
    memory: int
    crash: bytes | None
    log: str


def main() -> int:
    """Fuzz the targets that are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="of each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=-1, help="executions of each target, at the most")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    asked = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here: it is there for Linux on x86-64, and Python 3.11 to 3.13")
        return 2
    with redirect_stderr(io.StringIO()), atheris.instrument_imports(["statemachine", "zipfile", "gzip"]):
        _import_all()
        from tests.fuzz.targets import TARGETS
    unknown = {*asked.targets} - {*TARGETS}
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    done = []
    for name in asked.targets or TARGETS:
        done.append(_fuzzed(TARGETS[name], asked))
        print(_row(done[-1]), flush=True)
        if done[-1].crash is not None or done[-1].log:
            print(_told(done[-1]), flush=True)
    print("\n" + _table(done))
    return int(any(one.crash is not None or one.log for one in done))


def _import_all() -> None:
    """Import what commands would import only when it is needed: then it would not be instrumented."""
    import statemachine

    for name in ("bulk", "formats"):
        package = import_module(f"{statemachine.__name__}.{name}")
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    for name in ("check", "checking", "run", "config"):
        import_module(f"{statemachine.__name__}.entrypoints.{name}")


def _fuzzed(target: Any, asked: argparse.Namespace) -> Done:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("corpus", "found", "tmp"):
            (place / name).mkdir()
        process = os.fork()
        if process == 0:
            _fuzz(target, place, asked)
        _, status, used = os.wait4(process, 0)
        log = (place / LOG).read_bytes() if (place / LOG).exists() else b""
        crashes = sorted((place / "found").iterdir())
        executed = max(map(int, EXECUTED.findall(log)), default=0)
        inputs = sum(1 for _ in (place / "corpus").iterdir())
        failed = status != 0 or bool(crashes)
        return Done(
            target.name,
            inputs,
            executed,
            used.ru_utime + used.ru_stime,
            used.ru_maxrss // 1024,
            crashes[0].read_bytes() if crashes else None,
            log.decode(errors="backslashreplace") if failed else "",
        )


def _fuzz(target: Any, place: Path, asked: argparse.Namespace) -> None:
    """Fuzz in this process, which ends with it."""
    import atheris

    os.chdir(place)
    tempfile.tempdir = str(place / "tmp")
    number = os.open(LOG, os.O_WRONLY | os.O_CREAT)
    os.dup2(number, 1)
    os.dup2(number, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    words = place / "words"
    words.write_text(_dictionary())
    for number, data in enumerate(target.inputs()):
        (place / "corpus" / f"seed-{number}").write_bytes(data)
    options = {
        "max_total_time": asked.seconds,
        "seed": asked.seed,
        "runs": asked.runs,
        "max_len": 4096,
        "len_control": 0,
        "timeout": HANG_SECONDS,
        "report_slow_units": HANG_SECONDS,
        "rss_limit_mb": MEMORY_MB,
        "dict": words,
        "artifact_prefix": f"{place / 'found'}/",
        "print_final_stats": 1,
    }
    warnings.simplefilter("error")

    def held(data: bytes) -> None:
        try:
            target.holds(data)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            (place / "found" / "crash").write_bytes(data)
            os._exit(CRASHED)  # libFuzzer writes what hangs, takes too much memory, or ends the process

    atheris.Setup(["fuzz", *(f"-{name}={value}" for name, value in options.items()), str(place / "corpus")], held)
    atheris.Fuzz()


def _dictionary() -> str:
    from tests.fuzz.seeds import SPECIAL, WORDS

    words = [*(word.encode() for word in WORDS), *(word for word in SPECIAL if len(word) < 60)]
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words)


def _told(done: Done) -> str:
    """What crashed, with the input, and what to do with it."""
    lines = [line for line in done.log.splitlines() if not line.startswith(("#", "INFO", "\tNEW"))][-60:]
    crash = done.crash
    if crash is None:
        return "\n".join(lines)
    keep = f"from pathlib import Path; Path('tests/fuzz/corpus/{done.target}-NAME').write_bytes(bytes.fromhex("
    return "\n".join(
        [
            *lines,
            f"the input, {len(crash)} bytes: {crash!r}",
            "to keep it as a regression, which the suite replays:",
            f"    python -c \"{keep}'{crash.hex()}'))\"",
        ]
    )


def _row(done: Done) -> str:
    cells = (done.inputs, f"{done.executions:,}", f"{done.seconds:.0f}", done.memory, int(bool(done.log)))
    return f"| {done.target:<15} | " + " | ".join(f"{cell:>10}" for cell in cells) + " |"


def _table(done: list[Done]) -> str:
    names = ("inputs", "executions", "CPU s", "MB", "crashes")
    head = f"| {'target':<15} | " + " | ".join(f"{name:>10}" for name in names) + " |"
    total = Done(
        "all",
        sum(one.inputs for one in done),
        sum(one.executions for one in done),
        sum(one.seconds for one in done),
        max((one.memory for one in done), default=0),
        None,
        "",
    )
    crashes = sum(bool(one.log) for one in done)
    last = _row(total).rsplit("|", 2)[0] + f"| {crashes:>10} |"
    rule = "| --- |" + " ---: |" * len(names)
    return "\n".join([head, rule, *map(_row, done), last])


if __name__ == "__main__":
    sys.exit(main())

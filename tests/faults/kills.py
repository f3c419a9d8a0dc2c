"""Kills at random moments, and what must be true after each: `python -m tests.faults.kills --seed N --kills N`.

A job is something that a user has done, again and again: a command, killed, is given once more. Its moments are drawn
from a seed, between its beginning and a little after the time that it takes when nobody disturbs it.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import attrs
import pyarrow.parquet as pq

from tests.faults.runs import ROOT, Fault, Run, Runner
from tests.test_log import S1, actions, bare, cloud

DAYS: Final = 5
STALE: Final = b"of the run before"


def logs_in(folder: Path) -> list[str]:
    """Write some days of logs of two modes, in which devices go on, go wrong and repeat themselves."""
    chance = random.Random(7)
    names = []
    for day in range(DAYS):
        for part in range(4):
            payloads = [json.dumps(bare())] if part == 3 else []
            for _ in range(50):
                device, session = f"visitor-{chance.randrange(9)}", S1 + chance.randrange(6) * 1_800_000
                made = (cloud if day % 3 == 0 else actions)(session, f"{device}/{session}", device)
                more = {"messageId": f"m-{chance.randrange(400)}", "originalTimestamp": _time(chance)}
                payloads.append(json.dumps({**made, **more}))
            names.append(f"day-{day}-{part}.ndjson")
            (folder / names[-1]).write_text("\n".join(payloads) + "\n")
    return names


def _time(chance: random.Random) -> str:
    return f"2026-11-{chance.randrange(20, 24)}T10:{chance.randrange(60):02}:{chance.randrange(60):02}Z"


def findings_in(output: bytes) -> list[str]:
    """The whole lines with findings."""
    whole = output[: output.rfind(b"\n") + 1].decode()
    return [line for line in whole.splitlines() if not line.startswith('{"summary"')]


@attrs.define
class Tally:
    """What a campaign came to."""

    kills: Counter[str] = attrs.field(factory=Counter)
    too_late: int = 0
    restarts: int = 0

    def __str__(self) -> str:
        """The figures, on one line."""
        by_job = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        told = f"{self.kills.total()} killed in the midst ({by_job}); {self.too_late} had ended before"
        return f"{told}; {self.restarts} restarts; every result as if undisturbed"


@attrs.define
class Job(ABC):
    """Something to do that is killed. What it writes stands in a folder in which there was something before."""

    runner: Runner
    folder: Path
    chance: random.Random
    tally: Tally
    mutants: tuple[str, ...] = ()
    logs: list[str] = attrs.field(factory=list)
    takes: float = 0.0
    """Seconds that it takes undisturbed."""
    name: ClassVar[str]

    def prepare(self) -> None:
        """Have logs, and know what comes of them when nobody disturbs. Raises Fault."""
        self.logs = logs_in(self.folder)
        self.learn()

    @abstractmethod
    def learn(self) -> None:
        """Find out what is expected, and how long it takes."""

    @abstractmethod
    def once(self) -> None:
        """Kill a run, look at what is left, and do it again until it is done. Raises Fault."""

    def killed(self, *arguments: object, **more: Any) -> Run:
        """A run that is killed at some moment, if it still runs then. Raises Fault for what it leaves behind."""
        after = self.chance.random() * self.takes * 1.05
        mutants = (*self.mutants, "is_slow_to_write")
        run = self.runner.hit(after, signal.SIGKILL, self.folder, *arguments, mutants=mutants, **more)
        if run.was_killed:
            self.tally.kills[self.name] += 1
        else:
            self.tally.too_late += 1
            must(run.status in (0, 1), f"{self.name}: exit status {run.status}: {run.errors}")
        self.clean()
        return run

    def clean(self) -> None:
        """Look for temporary files. Raises Fault when there are any."""
        left = [str(path) for path in self.runner.temporary.rglob("*")]
        left += [
            path.name for path in self.folder.rglob("*") if "partial" in path.name and path.name != "state.partial"
        ]
        must(not left, f"{self.name}: left behind: {left[:5]}")

    def again(self, *arguments: object, **more: Any) -> Run:
        """A run that nobody disturbs."""
        self.tally.restarts += 1
        run = self.runner.run(self.folder, *arguments, mutants=(*self.mutants, "is_slow_to_write"), **more)
        must(run.status in (0, 1), f"{self.name}: exit status {run.status}: {run.errors}")
        self.clean()
        return run

    def undisturbed(self, *arguments: object) -> Run:
        """A run by which to know the others, by what nobody has spoilt."""
        run = self.runner.run(self.folder, *arguments, mutants=["is_slow_to_write"])
        must(run.status in (0, 1), f"{self.name}: exit status {run.status}: {run.errors}")
        self.takes = run.seconds
        return run


def must(holds: bool, otherwise: str) -> None:
    """Raise Fault unless something holds."""
    if not holds:
        raise Fault(otherwise)


class Told(Job):
    """A report on standard output: what came of it is the beginning of the whole."""

    name = "report"
    forms: ClassVar[tuple[str, ...]] = ("jsonl", "json", "text", "csv", "sarif", "html", "junit", "markdown", "github")
    more: ClassVar[Sequence[str]] = ()
    whole: dict[str, bytes]

    def learn(self) -> None:
        self.whole = {}
        for form in self.forms:
            self.whole[form] = self.undisturbed("check", *self.logs, *self.more, "--format", form).output

    def once(self) -> None:
        form = self.chance.choice(self.forms)
        arguments = ("check", *self.logs, *self.more, "--format", form)
        must(self.whole[form].startswith(self.killed(*arguments).output), f"{self.name}: {form} is no beginning")
        must(self.again(*arguments).output == self.whole[form], f"{self.name}: {form} differs")


class Workers(Told):
    """The same with several processes, none of which is left."""

    name = "--workers"
    forms = ("jsonl",)
    more: ClassVar[Sequence[str]] = ("--workers", "2")


class Sorted(Workers):
    """And sorted, with temporary files."""

    name = "--order time"
    more = ("--workers", "2", "--order", "time")


class State(Job):
    """A day's job, killed again and again until a run comes through."""

    name = "--state"
    expected: list[str]

    def learn(self) -> None:
        self.expected = findings_in(self.undisturbed("check", *self.logs, "--format", "jsonl").output)
        run = self.runner.run(self.folder, "check", *self.logs, "--state", "learnt", mutants=["is_slow_to_write"])
        self.takes = run.seconds

    def once(self) -> None:
        state = f"state-{self.chance.randrange(2**40)}"
        arguments = ("check", *self.logs, "--format", "jsonl", "--state", state)
        told: list[str] = []
        while (run := self.killed(*arguments)).was_killed and self.chance.random() < 0.8:
            told += findings_in(run.output)
            self.tally.restarts += 1
        told += findings_in(run.output)
        told += findings_in(self.again(*arguments).output)
        once = list(dict.fromkeys(told))
        must(not set(self.expected) - set(once), f"{self.name}: findings are lost")
        must(once == self.expected, f"{self.name}: findings differ")


class Daily(Job):
    """Every day a run over all files up to it, with its rows; a run that was killed is begun again as it was."""

    name = "--state --output"
    expected: list[dict[str, Any]]

    def learn(self) -> None:
        run = self.undisturbed("check", *self.logs, "--output", "all.parquet", "--by-device", "devices.parquet")
        self.expected = pq.read_table(self.folder / "all.parquet").to_pylist()
        self.takes = run.seconds * 0.7  # a day is a part of it

    def once(self) -> None:
        number = self.chance.randrange(2**40)
        rows: list[dict[str, Any]] = []
        for day in range(1, DAYS + 1):
            output = self.folder / f"rows-{number}-{day}.parquet"
            arguments = ["check", *self.logs[: day * 4], "--state", f"state-{number}", "--output", output]
            self.killed(*arguments)
            if output.exists():
                whole(output)
            self.again(*arguments)
            must(output.exists(), f"{self.name}: rows are lost")
            rows += whole(output)
            output.unlink()
        must(len(rows) >= len(self.expected), f"{self.name}: rows are lost")
        must(len(rows) <= len(self.expected), f"{self.name}: rows are there twice")
        must(rows == self.expected, f"{self.name}: rows differ")


def whole(path: Path) -> list[dict[str, Any]]:
    """The rows of a file. Raises Fault when it is none, or half of one."""
    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise Fault(f"{path.name} is no whole file: {error}") from None
    return rows


class Written(Job):
    """A command that writes files of which something stood there: either that stands, or what is whole and new."""

    arguments: ClassVar[tuple[str, ...]]
    targets: ClassVar[tuple[str, ...]]
    given_logs = True
    new: dict[str, bytes]

    def command(self) -> list[str]:
        """The words of the command."""
        word, *more = self.arguments
        return [word, *(self.logs if self.given_logs else ()), *more]

    def learn(self) -> None:
        self.undisturbed(*self.command())
        self.new = {target: (self.folder / target).read_bytes() for target in self.targets}

    def once(self) -> None:
        for target in self.targets:
            if self.chance.random() < 0.8:
                (self.folder / target).write_bytes(STALE)
            else:
                (self.folder / target).unlink()
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        self.killed(*self.command())
        for name in {*before, *(path.name for path in self.folder.iterdir())}:
            path = self.folder / name
            found = path.read_bytes() if path.exists() else None
            must(found in (before.get(name), self.new.get(name)), f"{self.name}: {name} is half a file, or changed")
        self.again(*self.command())
        for target, content in self.new.items():
            must((self.folder / target).read_bytes() == content, f"{self.name}: {target} differs after a restart")


class Outputs(Written):
    """Rows and the summary by device."""

    name = "--output --by-device"
    arguments = ("check", "--output", "rows.parquet", "--by-device", "devices.parquet", "--workers", "2")
    targets = ("rows.parquet", "devices.parquet")


class Baseline(Written):
    """A baseline."""

    name = "--write-baseline"
    arguments = ("check", "--write-baseline", "accepted.json")
    targets = ("accepted.json",)


class Picture(Written):
    """A diagram."""

    name = "diagram"
    arguments = ("diagram", "actions", "-o", "machine.svg")
    targets = ("machine.svg",)
    given_logs = False


class Conform(Told):
    """A program that is judged: it ends with who judges it."""

    name = "conform"
    forms = ("text",)

    def learn(self) -> None:
        self.write_integration(self.folder)
        self.whole = {"text": self.undisturbed(*self.words).output}

    @staticmethod
    def write_integration(folder: Path) -> None:
        """Write what is judged."""
        (folder / "mine.py").write_text(
            "from statemachine.suites import Observed\nclass Silent:\n    def start(self, mode, is_set_up): pass\n"
            "    def call(self, call): return Observed()\n    def close(self): pass\nadapter = Silent\n"
        )

    words: ClassVar[tuple[str, ...]] = (
        *("conform", "classic-device", "--integration", "mine.py", "--examples", "3", "--extra-states", "0"),
    )

    def once(self) -> None:
        must(self.whole["text"].startswith(self.killed(*self.words).output), "conform: is no beginning")
        must(self.again(*self.words).output == self.whole["text"], "conform: differs")


class Hanging(Conform):
    """A program that is judged, and hangs: it, too, ends with who judges it."""

    name = "conform, hanging"
    words = ("conform", "actions", "--timeout", "100", "--", sys.executable, "-c", "import time; time.sleep(100)")

    def learn(self) -> None:
        self.takes = 2.0

    def once(self) -> None:
        self.killed(*self.words)


class Verify(Conform):
    """A trace that TLC checks: it ends with who asked, and what it left goes with the next."""

    name = "verify"
    words = ("verify", "actions", "--trace", str(ROOT / "specs" / "diagrams" / "actions.ndjson"))

    def learn(self) -> None:
        self.takes = max(self.undisturbed(*self.words).seconds, 0.5)

    def once(self) -> None:
        self.killed(*self.words)
        must("1 hold" in self.again(*self.words).output.decode(), "verify: differs")
        super(Conform, self).clean()

    def clean(self) -> None:
        """What a kill leaves is looked for after the next run, which removes it."""


JOBS: Final[dict[type[Job], int]] = {
    Told: 11,
    Workers: 14,
    Sorted: 8,
    State: 24,
    Daily: 20,
    Outputs: 12,
    Baseline: 5,
    Picture: 3,
    Conform: 1,
    Hanging: 1,
    Verify: 1,
}
"""How many of a hundred kills each has."""


def campaign(
    runner: Runner, seed: int, kills: int, shares: dict[type[Job], int] = JOBS, mutants: Sequence[str] = ()
) -> Tally:
    """Kill so many runs in their midst, in the shares of their jobs. Raises Fault."""
    tally = Tally()
    shutil.rmtree(runner.temporary)  # what a mutant left before
    runner.temporary.mkdir()
    with tempfile.TemporaryDirectory(prefix="kills-") as home:
        for number, (kind, share) in enumerate(shares.items()):
            folder = Path(home, f"job-{number}")
            folder.mkdir()
            job = kind(runner, folder, random.Random(f"{seed} {kind.__name__}"), tally, tuple(mutants))
            job.prepare()
            wanted = max(1, round(kills * share / sum(shares.values())))
            most = 4 * wanted + 20  # moments that may come too late, all together
            while tally.kills[kind.name] < wanted and most > 0:
                most -= 1
                job.once()
            must(tally.kills[kind.name] >= wanted, f"{kind.name}: its moments all come too late")
    return tally


def main() -> None:
    """Run a campaign, and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--kills", type=int, default=500)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="runs-") as home, Runner(Path(home)) as runner:
            tally = campaign(runner, given.seed, given.kills)
    except Fault as fault:
        sys.exit(f"seed {given.seed}: {fault}")
    print(f"seed {given.seed}: {tally}; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()

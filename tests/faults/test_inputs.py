"""Files that cannot be read, and files that change while they are: it is said, and the others are judged."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.kills import findings_in
from tests.faults.runs import Run, Runner
from tests.test_log import S1, S2, actions

GOOD = json.dumps(actions(S2)) + "\n" + json.dumps(actions(S1)) + "\n"
DENIED = "Permission denied"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with a log, and one below it."""
    (tmp_path / "logs" / "below").mkdir(parents=True)
    (tmp_path / "logs" / "a.ndjson").write_text(GOOD)
    (tmp_path / "logs" / "below" / "b.ndjson").write_text(GOOD)
    return tmp_path / "logs"


def summary_of(run: Run) -> dict[str, int]:
    """The counts of a run, whose equation holds."""
    found: dict[str, int] = json.loads(run.output.splitlines()[-1])["summary"]
    assert found["read"] == found["judged"] + found["unreadable"]
    return found


@pytest.mark.parametrize("given", ["logs", "logs/*.ndjson", "logs/**/*.ndjson"])
def test_a_file_that_may_not_be_read_is_told(given: str, logs: Path, runner: Runner) -> None:
    """In a directory and in a glob: status 2, one line, and the others are judged. Root is bound by it, too."""
    (logs / "secret.ndjson").write_text(GOOD)
    (logs / "secret.ndjson").chmod(0)
    run = runner.run(logs.parent, "check", given, "--format", "jsonl", bound=True)
    assert (run.status, run.errors) == (2, f"statemachine: cannot read logs/secret.ndjson: {DENIED}\n")
    assert summary_of(run)["read"] == 2 + 2 * (given != "logs/*.ndjson")


@pytest.mark.parametrize("given", ["logs", "logs/**/*.ndjson", "logs/*/*.ndjson"])
def test_a_directory_that_may_not_be_listed_is_told(given: str, logs: Path, runner: Runner) -> None:
    """Nothing is judged: what is in it is not known. The red twin: without the mode, all is."""
    (logs / "below").chmod(0)
    run = runner.run(logs.parent, "check", given, bound=True)
    assert (run.status, run.output) == (2, b"")
    assert f"logs/below: {DENIED}" in run.errors
    assert run.errors.count("Error: ") == 1
    (logs / "below").chmod(0o700)
    assert runner.run(logs.parent, "check", given, bound=True).status == 1


def pipe(path: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(path)


def server(path: Path) -> None:
    """A socket."""
    with socket.socket(socket.AF_UNIX) as made:
        before = os.getcwd()
        os.chdir(path.parent)  # its path may be too long for one
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def dangling(path: Path) -> None:
    """A link that leads nowhere."""
    path.symlink_to("nowhere")


def device(path: Path) -> None:
    """A link to what never ends."""
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("made", [pipe, server, dangling, device])
def test_what_is_no_file_is_told_and_not_waited_for(made: Callable[[Path], None], logs: Path, runner: Runner) -> None:
    """In a directory it is left out, and counted; in a glob it is refused, or cannot be read."""
    made(logs / "odd.ndjson")
    run = runner.run(logs.parent, "check", "logs", "--format", "jsonl")
    assert (run.status, summary_of(run)["read"]) == (1, 4)
    assert run.errors == "statemachine: files of directories left out, which are no logs: 1 (.ndjson)\n"
    run = runner.run(logs.parent, "check", "logs/*.ndjson", "--format", "jsonl")
    assert run.status == 2
    assert "logs/odd.ndjson: " + ("No such file" if made is dangling else "is no regular file") in run.errors


def test_a_file_that_is_gone_and_one_that_comes_late(logs: Path, runner: Runner) -> None:
    """After the directory was listed: the one is told, and the other is another run's."""
    os.mkfifo(logs.parent / "first")
    under = runner.begin(logs.parent, "check", "first", "logs", "--format", "jsonl")
    writer = os.open(logs.parent / "first", os.O_WRONLY)  # from here on, it is being read
    (logs / "a.ndjson").unlink()
    (logs / "c.ndjson").write_text(GOOD)
    os.close(writer)
    run = under.ended()
    assert (run.status, summary_of(run)["read"]) == (2, 2)
    assert run.errors == "statemachine: cannot read logs/a.ndjson: No such file or directory\n"


def truncated(path: Path) -> None:
    """Cut short."""
    os.truncate(path, path.stat().st_size // 2)


def replaced(path: Path) -> None:
    """Another file by its name."""
    other = path.with_name("other")
    other.write_text(GOOD)
    other.replace(path)


def rewritten(path: Path) -> None:
    """The same bytes, written again."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 10)
        last = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(last)


def gone(path: Path) -> None:
    """No file any more."""
    path.unlink()


def grown(path: Path) -> None:
    """More lines."""
    with path.open("a") as file:
        file.write(GOOD)


CHANGES = [truncated, replaced, rewritten, gone]


def changed(
    change: Callable[[Path], None], folder: Path, runner: Runner, *more: str, mutants: tuple[str, ...] = ()
) -> Run:
    """A run in whose midst a file is changed: it waits until somebody reads what it says."""
    path = folder / "log.ndjson"
    path.write_text(GOOD * 1_500)
    out = folder / "out"
    os.mkfifo(out)
    words = ["check", "log.ndjson", "--format", "jsonl", "--workers", "1", *more]
    under = runner.begin(folder, *words, stdout=str(out), mutants=["reads_little_at_once", *mutants])
    with out.open("rb") as reader:
        said = reader.readline()
        change(path)
        said += reader.read()
    run = under.ended()
    out.unlink()
    return Run(run.status, said, run.errors, run.seconds)


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_changed_while_it_is_read_is_told(
    change: Callable[[Path], None], tmp_path: Path, runner: Runner
) -> None:
    """Status 2 and the name: what was read may be of two files. The red twin: who does not look says nothing."""
    run = changed(change, tmp_path, runner)
    assert run.status == 2
    assert run.errors.startswith("statemachine: cannot read log.ndjson: ")
    assert run.errors.count("\n") == 1
    summary_of(run)
    if change in (truncated, rewritten):
        assert changed(change, tmp_path, runner, mutants=("passes_over_changes",)).errors == ""


def test_a_file_that_grows_while_it_is_read_is_told(tmp_path: Path, runner: Runner) -> None:
    """What was there is judged."""
    run = changed(grown, tmp_path, runner)
    assert run.status == 1
    assert run.errors == "statemachine: log.ndjson has grown while it was read; what came last may not be judged\n"
    assert summary_of(run)["read"] >= 3_000


@pytest.mark.parametrize("change", [*CHANGES, grown])
def test_with_a_state_a_changed_file_is_not_finished(
    change: Callable[[Path], None], tmp_path: Path, runner: Runner
) -> None:
    """When it is whole again, the next run is as if nothing had been."""
    assert changed(change, tmp_path, runner, "--state", "state").status == 2
    path = tmp_path / "log.ndjson"
    path.write_text(GOOD * 10)
    runs = [runner.run(tmp_path, "check", path, "--format", "jsonl", *more) for more in ([], ["--state", "state"])]
    assert findings_in(runs[0].output) == findings_in(runs[1].output)


def test_a_directory_that_changes_while_it_is_listed_is_no_traceback(logs: Path, runner: Runner) -> None:
    """Folders come and go: what is gone is told, and what is there is judged."""
    for _ in range(5):
        for n in range(100):
            (logs / f"n{n}").mkdir(exist_ok=True)
            (logs / f"n{n}" / "a.ndjson").write_text(GOOD)
        under = runner.begin(logs.parent, "check", "logs", "--format", "jsonl")
        for n in reversed(range(100)):
            (logs / f"n{n}" / "a.ndjson").unlink()
            (logs / f"n{n}").rmdir()
        run = under.ended()
        assert run.status in (1, 2)
        assert "Traceback" not in run.errors
        assert run.status == 1 or "No such file" in run.errors

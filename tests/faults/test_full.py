"""A full disk under every file that is written: status 2, one line, and what stood there stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.faults.kills import STALE, logs_in
from tests.faults.runs import NoDiskError, Run, Runner
from tests.test_log import S1, actions, bare, cloud

SIZE, LIMIT = 2**14, 2**9
TARGETS: dict[str, list[str]] = {
    "rows.parquet": ["check", "LOGS", "--output", "TARGET"],
    "devices.parquet": ["check", "LOGS", "--by-device", "TARGET"],
    "state": ["check", "LOGS", "--state", "FOLDER"],
    "accepted.json": ["check", "LOGS", "--write-baseline", "TARGET"],
    "machine.svg": ["diagram", "actions", "-o", "TARGET"],
    "machine.png": ["diagram", "actions", "-o", "TARGET"],
}
"""Every option that writes a file of some name, and the name."""
TEMPORARY: dict[str, list[str]] = {
    "the rows of a page": ["check", "LOGS", "--format", "html"],
    "events that are sorted": ["check", "many.ndjson", "--order", "time"],
    "device IDs of a summary": ["check", "many.ndjson", "--by-device", "kept.parquet"],
    "the table of devices": ["check", "many.ndjson"],
    "the beginning of a log": ["check", "-"],
    "the SDK's own device IDs": ["check", "shells.ndjson"],
}
"""Everything that waits in a temporary file."""


@attrs.frozen
class Full:
    """A disk that has no room for what is written; `limit` where it is none, but a limit to the size of files."""

    runner: Runner
    folder: Path
    limit: int | None

    def run(self, words: list[str], logs: Path, *mutants: str, stdin: str = "/dev/null") -> Run:
        """Run a command whose files, or temporary files, go there."""
        names = sorted(path.name for path in logs.glob("day-*"))
        found: list[str] = []
        for word in words:
            found += names if word == "LOGS" else [word]
        return self.runner.run(logs, *found, mutants=mutants, limit=self.limit, stdin=stdin, stdout="/dev/null")

    def names(self) -> list[str]:
        """What is in the folder."""
        return sorted(path.name for path in self.runner.seen(self.folder).iterdir())


@pytest.fixture(params=["a small disk", "a limit"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    """A small disk, where this user may have one; and a limit to the size of files, as everyone may."""
    home = tmp_path_factory.mktemp("full")
    try:
        made = Runner(home, SIZE if request.param == "a small disk" else None, "disk")
        limit = None if request.param == "a small disk" else LIMIT
    except NoDiskError:
        home = tmp_path_factory.mktemp("full")
        made, limit = Runner(home, None, "disk"), LIMIT  # the same again, and not nothing
    with made as runner:
        yield Full(runner, runner.disk, limit)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs of which more comes than there is room for."""
    folder = tmp_path_factory.mktemp("logs")
    logs_in(folder)
    (folder / "many.ndjson").write_text(
        "".join(json.dumps(actions(S1, device=f"visitor-{n:0>90}")) + "\n" for n in range(3_000))
    )
    shells = (cloud(S1, f"shell-{n:0>300}/{S1}", f"visitor-{n:0>300}") for n in range(6_000))
    (folder / "shells.ndjson").write_text("".join(json.dumps(one) + "\n" for one in shells))
    (folder / "sessionless.ndjson").write_text((json.dumps(bare()) + "\n") * 30_000)
    return folder


def lines_of(run: Run) -> list[str]:
    """What a run said of what went wrong, but for a word about what was not written."""
    assert run.status == 2, run
    lines = run.errors.splitlines()
    assert all(line.startswith(("statemachine: ", "Error: ", "Usage: ", "Try ")) for line in lines if line), run.errors
    besides = ("was not written", "nothing to judge", "Usage: ", "Try ")
    return [line for line in lines if line and not any(word in line for word in besides)]


@pytest.mark.parametrize("name", TARGETS)
def test_what_does_not_fit_leaves_what_was_there(name: str, full: Full, logs: Path) -> None:
    """The file of the run before, and no other; for a state the one from which the next run goes on."""
    target = full.runner.seen(full.folder / name)
    if name == "state":
        first = [word if word != "LOGS" else "day-0-0.ndjson" for word in TARGETS[name]]
        first = [word if word != "FOLDER" else str(full.folder) for word in first]
        assert full.runner.run(logs, *first, mutants=["is_slow_to_write"]).status in (0, 1)
        before, names = target.read_bytes(), full.names()
        (full.runner.seen(full.folder) / "filler").write_bytes(b"x" * max(0, SIZE - len(before) - 2**12))
    else:
        target.write_bytes(STALE)
        before, names = STALE, [name]
        (full.runner.seen(full.folder) / "filler").write_bytes(b"x" * (SIZE - 2**12))
    words = [{"TARGET": str(full.folder / name), "FOLDER": str(full.folder)}.get(word, word) for word in TARGETS[name]]
    told, *more = lines_of(full.run(words, logs, "is_slow_to_write"))
    assert not more, [told, *more]
    assert "No space left on device" in told or "File too large" in told
    assert target.read_bytes() == before
    assert full.names() == sorted([*names, "filler"])


def test_what_is_written_in_place_is_noticed(full: Full, logs: Path) -> None:
    """The red twin: nothing is left of what was there."""
    target = full.runner.seen(full.folder / "rows.parquet")
    target.write_bytes(STALE)
    words = ["check", "LOGS", "--output", str(full.folder / "rows.parquet")]
    full.run(words, logs, "writes_in_place")
    assert target.read_bytes() != STALE


@pytest.mark.parametrize("name", TEMPORARY)
def test_what_does_not_fit_into_a_temporary_file_is_one_line(name: str, full: Full, logs: Path) -> None:
    """It is said what it was, and that the counts are up to there; nothing stays."""
    spills = {"the SDK's own device IDs": [], "the table of devices": ["spills_devices"]}.get(name, ["spills_at_once"])
    stdin = str(logs / "sessionless.ndjson") if name == "the beginning of a log" else "/dev/null"
    told, *more = lines_of(full.run(TEMPORARY[name], logs, *spills, stdin=stdin))
    assert (more, "temporary" in told) == ([], True), [told, *more]
    assert "No space left on device" in told or "File too large" in told or "full" in told or "disk I/O" in told
    assert full.names() == []
    assert not (logs / "kept.parquet").exists()

"""A check that goes on from day to day finds what one check of all days finds, whatever ends it in between."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import TABLES
from statemachine.bulk.devices import Devices
from statemachine.entrypoints.cli import main
from tests.bulk.logs import LogBytes, lines
from tests.test_log import R1, S1, S2, actions, amplitude, bare, cloud

COUNTS = ("read", "judged", "unreadable", "sessions")


def invoke(*arguments: object) -> Result:
    """Run `check` in this process, with findings as JSON lines."""
    return CliRunner().invoke(main, ["check", "--format", "jsonl", *map(str, arguments)])


@attrs.define
class Told:
    """What some runs said together."""

    findings: list[dict[str, Any]] = attrs.field(factory=list)
    counts: Counter[str] = attrs.field(factory=Counter)

    def add(self, output: str) -> dict[str, Any]:
        """Add what a run said; return its summary."""
        *findings, last = map(json.loads, output.splitlines())
        self.findings += findings
        summary: dict[str, Any] = last["summary"]
        self.counts.update({name: summary[name] for name in COUNTS})
        self.counts.update(summary["findings"])
        return summary


@st.composite
def days(draw: st.DrawFn) -> tuple[str, list[LogBytes]]:
    """A log of a mode, in parts; some without a session ID."""
    mode = draw(st.sampled_from([*TABLES]))
    count = draw(st.integers(2, 4))
    own = [LogBytes(b"\n".join(draw(st.lists(lines(mode), min_size=1, max_size=8)))) for _ in range(count)]
    if draw(st.integers(0, 3)) == 0:
        own.insert(draw(st.integers(0, len(own))), LogBytes(b"\n".join([json.dumps(bare()).encode()] * 2)))
    return mode, own


def together_and_apart(folder: Path, parts: Sequence[bytes], options: list[str], cumulative: bool) -> tuple[Told, Told]:
    """What one run over some parts says, and what a run a part does."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    paths = [folder / f"{n}.ndjson" for n in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    together, apart = Told(), Told()
    together.add(invoke(*paths, *options).stdout)
    for n in range(len(paths)):
        given = paths[: n + 1] if cumulative else paths[n : n + 1]
        summary = apart.add(invoke(*given, *options, "--state", folder / "state").stdout)
        assert summary["finished_before"] == (n if cumulative else 0)
    assert apart.add(invoke(*paths, *options, "--state", folder / "state").stdout)["read"] == 0
    return together, apart


def test_day_by_day_is_as_all_days_at_once(tmp_path: Path) -> None:
    """In every mode, detected or asked for: the same findings in the same order, and the same counts."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
    @given(days(), st.booleans(), st.booleans(), st.booleans())
    def one(drawn: tuple[str, Sequence[bytes]], asked: bool, expect: bool, cumulative: bool) -> None:
        mode, parts = drawn
        options = ["--mode", mode] * asked + ["--expect-replay-ids"] * expect
        together, apart = together_and_apart(tmp_path / "days", parts, options, cumulative)
        assert apart == together

    one()


def mutant_devices(name: str) -> Any:
    """Restoring that forgets one column."""
    restored = Devices.restored

    def forgets(columns: dict[str, Any]) -> Devices:
        return restored({key: column * 0 if key.startswith(name) else column for key, column in columns.items()})

    return forgets


MUTANTS: dict[str, Any] = {
    "the recent messages": ("statemachine.log.Recent.generations", (set(), set())),
    "own devices": ("statemachine.bulk.own_devices.OwnDevices.items", lambda self: []),
    "states": ("statemachine.bulk.snapshot.Devices.restored", mutant_devices("state")),
    "sessions": ("statemachine.bulk.snapshot.Devices.restored", mutant_devices("session")),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_forgotten_is_noticed(name: str, tmp_path: Path) -> None:
    """The red twins: a state without one of the things that it keeps gives other findings on some random log."""
    target, mutant = MUTANTS[name]
    drawn: st.SearchStrategy[tuple[str, Sequence[bytes]]] = days()
    if name == "own devices":
        part = b"\n".join(json.dumps(cloud(S1, f"shell-1/{S1}")).encode() for _ in range(2))
        drawn = st.just(("classic-cloud", [part, part]))

    def differs(found: tuple[str, Sequence[bytes]]) -> bool:
        with patch(target, mutant):
            together, apart = together_and_apart(tmp_path / "days", found[1], [], False)
        return apart != together

    unshrunk = settings(max_examples=500, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    find(drawn, differs, settings=unshrunk)


# What ends a run.

KILLED_AT = """
import os, signal, sys
import statemachine.bulk.resume as resume
resume.SAVE_SECONDS, resume.SAVE_SHARE = 0.0, 1e9
left = int(sys.argv.pop(1))
def counting(function):
    def call(*given):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        found = function(*given)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return call
os.fsync, os.replace = counting(os.fsync), counting(os.replace)
resume.Resumed.finish = counting(resume.Resumed.finish)
from statemachine.entrypoints.cli import main
main()
"""


def killed(at: int, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Run `check` in a process that ends itself, by SIGKILL, at the n-th of the moments around a save; 0 is never."""
    command = [sys.executable, "-c", KILLED_AT, str(at), "check", "--format", "jsonl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False)  # noqa: S603


def some_days(folder: Path, count: int = 12) -> list[Path]:
    """Files of two modes, in which the same devices go on, go wrong and repeat themselves."""
    chance = random.Random(7)
    paths = [folder / f"day-{n:03}.ndjson" for n in range(count)]
    for n, path in enumerate(paths):
        make = cloud if n % 3 == 0 else actions
        payloads = []
        for _ in range(6):
            device, session = f"visitor-{chance.randrange(4)}", S1 + chance.randrange(6) * 1_800_000
            owner = chance.choice([device, "shell-1"])
            replay = f"{owner}/{session}"
            payloads.append({**make(session, replay, device), "messageId": f"m-{chance.randrange(25)}"})
        path.write_text("\n".join(map(json.dumps, payloads)) + "\n")
    return paths


def findings_in(output: bytes) -> list[str]:
    """The whole lines with findings."""
    whole = output[: output.rfind(b"\n") + 1].decode()
    return [line for line in whole.splitlines() if not line.startswith('{"summary"')]


def test_killed_at_any_moment_it_goes_on_from_a_whole_file(tmp_path: Path) -> None:
    """The runs together tell exactly the findings of one that nobody disturbs, each killed once or more."""
    paths = some_days(tmp_path)
    undisturbed = findings_in(killed(0, *paths).stdout)
    assert len(undisturbed) > 20
    chance = random.Random(11)
    for _ in range(3):
        told: list[str] = []
        runs, status = 0, -9
        while status == -9:
            runs += 1
            done = killed(chance.randrange(1, 40), *paths, "--state", tmp_path / "state")
            assert done.returncode in (-9, 0, 1), done.stderr
            told += findings_in(done.stdout)
            status = done.returncode
        assert runs > 1
        assert set(told) == set(undisturbed)
        assert list(dict.fromkeys(told)) == undisturbed
        shutil.rmtree(tmp_path / "state")


WORKING = """
from statemachine.bulk.work import Held, Lines
from statemachine.bulk.workers import Workers
with Workers(2) as two:
    for batch in two.narrowed("actions", iter(lambda: Lines(Held(b"{}\\n")), None)):
        print(flush=True)
"""


def test_the_processes_of_a_killed_run_end_with_it() -> None:
    """Or whoever reads its output would wait for ever: they have it too."""
    with subprocess.Popen([sys.executable, "-c", WORKING], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline()
        process.kill()
        process.communicate(timeout=60)


def test_a_state_that_is_saved_in_the_midst_of_a_file_would_be_noticed(tmp_path: Path) -> None:
    """The red twin: when finished files are noted without the state after them, the next run tells otherwise."""
    paths = some_days(tmp_path)
    undisturbed = findings_in(killed(0, *paths).stdout)
    told = findings_in(killed(0, *paths[:6], "--state", tmp_path / "early").stdout)
    killed(0, *paths[:3], "--state", tmp_path / "late")
    with zipfile.ZipFile(tmp_path / "early" / "state") as early:
        about = early.read("about.json")
    rewritten(tmp_path / "late", about=about)
    told += findings_in(killed(0, *paths, "--state", tmp_path / "late").stdout)
    assert set(told) != set(undisturbed)


def test_an_input_that_breaks_off_ends_the_run_before_it(tmp_path: Path) -> None:
    """It is not finished, nor is what comes after it; repaired, the next run is as if it had been whole at once."""
    paths = some_days(tmp_path, 3)
    broken = tmp_path / "day-001.ndjson.gz"
    whole = gzip.compress(paths[1].read_bytes())
    broken.write_bytes(whole[:-9])
    given = [paths[0], broken, paths[2]]
    with patch("statemachine.bulk.resume.SAVE_SECONDS", 0.0), patch("statemachine.bulk.resume.SAVE_SHARE", 1e9):
        result = invoke(*given, "--state", tmp_path / "state")
    assert result.exit_code == 2
    assert "with --state the run ends here" in result.stderr
    broken.write_bytes(whole)
    told = Told()
    told.findings += [json.loads(line) for line in findings_in(result.stdout.encode()) if str(paths[0]) in line]
    assert told.add(invoke(*given, "--state", tmp_path / "state").stdout)["finished_before"] == 1
    expected = Told()
    expected.add(invoke(*given).stdout)
    assert told.findings == expected.findings


def test_a_file_that_grows_while_it_is_read_is_not_finished(tmp_path: Path) -> None:
    """It is told, and the state is as before."""
    path = tmp_path / "log.ndjson"
    path.write_text(json.dumps(actions(S1, R1)))
    from statemachine.bulk.resume import Identity

    seen = iter([Identity(1, 1, ""), Identity(1, 1, ""), Identity(2, 1, "")])
    with patch("statemachine.bulk.resume.Identity.of", lambda path: next(seen)):
        result = invoke(path, "--state", tmp_path / "state")
    assert result.exit_code == 2
    assert "was changed while it was read" in result.stderr
    assert not (tmp_path / "state" / "state").exists()


# What cannot be carried on from.


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A state after one day, that day, and the next."""
    first, second = some_days(tmp_path, 2)
    assert invoke(first, "--state", tmp_path / "state").exit_code == 1
    return tmp_path / "state", first, second


def refused(folder: Path, *arguments: object) -> str:
    """The one line that a run says that does nothing: neither to the state, nor in the report."""
    before = (folder / "state").read_bytes()
    result = invoke(*arguments, "--state", folder)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    assert (folder / "state").read_bytes() == before
    return result.stderr


def test_a_state_that_breaks_off_is_refused(kept: tuple[Path, Path, Path]) -> None:
    """Wherever it does."""
    folder, _, second = kept
    whole = (folder / "state").read_bytes()
    for length in {0, 1, *range(5, len(whole), 97), len(whole) - 1}:
        (folder / "state").write_bytes(whole[:length])
        assert "damaged" in refused(folder, second)


def test_a_damaged_state_is_refused_or_makes_no_difference(kept: tuple[Path, Path, Path]) -> None:
    """Of any byte that is another, only those that mean nothing are passed over."""
    folder, _, second = kept
    whole = (folder / "state").read_bytes()
    chance = random.Random(3)
    expected = None
    for at in [None, *chance.sample(range(len(whole)), 150)]:
        data = bytearray(whole)
        if at is not None:
            data[at] ^= chance.randrange(1, 256)
        (folder / "state").write_bytes(data)
        result = invoke(second, "--state", folder)
        expected = expected or result.stdout
        assert result.exit_code in (1, 2), result.output
        assert result.stdout == ("" if result.exit_code == 2 else expected)


def rewritten(folder: Path, **parts: bytes) -> None:
    """Put other parts into a state; their names end in `.npy` or `.json`, which is left out here."""
    with zipfile.ZipFile(folder / "state") as old:
        held = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(folder / "state", "w") as new:
        for name, data in held.items():
            new.writestr(name, parts.get(name.rpartition(".")[0].replace("/", "_").replace(" ", "_"), data))


class Evaluated:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("evaluated",)


def npy(array: Any) -> bytes:
    """An array as numpy writes it."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def hostile_parts() -> dict[str, dict[str, bytes]]:
    """Parts of a state that no run has written."""
    pickled = np.array([Evaluated()], object)
    huge = npy(np.zeros(1, np.uint64)).replace(b"(1,), }    ", b"(9" + b"9" * 4 + b"999,), }")
    return {
        "pickle": {"devices_low": npy(pickled)},
        "bare pickle": {"devices_low": pickle.dumps(Evaluated())},
        "huge": {"devices_low": huge},
        "another type": {"devices_low": npy(np.zeros(4, np.float64))},
        "another length": {"devices_low": npy(np.zeros(77, np.uint64))},
        "two dimensions": {"devices_low": npy(np.zeros((2, 2), np.uint64))},
        "no JSON": {"about": b"{"},
        "no object": {"about": b"[]"},
        "own devices that are none": {"own_classic-cloud": b'{"visitor-1": 5}'},
        "own devices in a list": {"own_classic-cloud": b"[]"},
        "too many messages": {"recent_classic-cloud_older": npy(np.arange(99_999, dtype=np.uint64))},
        "an unknown state": {"devices_state_classic-cloud": npy(np.full(4, 65_535, np.uint16))},
        "a negative session": {"devices_session_classic-cloud": npy(np.full(4, -5, np.int64))},
    }


@pytest.mark.parametrize("name", hostile_parts())
def test_a_state_that_someone_made_is_refused_and_nothing_in_it_is_run(
    name: str, kept: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder may have been handed over: one line, whatever is in it."""
    folder, first, second = kept
    monkeypatch.chdir(folder)
    devices = len({json.loads(line)["anonymousId"] for line in first.read_text().splitlines()})
    parts = hostile_parts()[name]
    if name in ("an unknown state", "a negative session"):
        parts = {part: npy(np.resize(np.load(io.BytesIO(data)), devices)) for part, data in parts.items()}
    rewritten(folder, **parts)
    assert "damaged" in refused(folder, second)
    assert not (folder / "evaluated").exists()


def test_a_compressed_state_is_refused(kept: tuple[Path, Path, Path]) -> None:
    """A small file could hold more than there is memory."""
    folder, _, second = kept
    with zipfile.ZipFile(folder / "state") as old:
        held = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(folder / "state", "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in held.items():
            new.writestr(name, data)
    assert "damaged" in refused(folder, second)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--mode", "actions"], 'it was begun with null as mode, not "actions"'),
        (["--expect-replay-ids"], "it was begun with false as expect replay ids, not true"),
        (["--order", "time"], 'it was begun with "read" as order, not "time"'),
    ],
)
def test_other_options_are_refused(options: list[str], reason: str, kept: tuple[Path, Path, Path]) -> None:
    """They would judge otherwise; what is only about the report may change."""
    folder, first, second = kept
    assert reason in refused(folder, first, second, *options)
    assert invoke(second, "--state", folder, "--ignore", "SR2", "--workers", "1").exit_code in (0, 1)


def test_another_format_and_another_law_are_refused(kept: tuple[Path, Path, Path]) -> None:
    """A state is of use only to a version that means the same by it."""
    folder, _, second = kept
    with patch("statemachine.bulk.resume.FORMAT", 0):
        assert "it has the format 1, and this version reads 0" in refused(folder, second)
    with patch("statemachine.bulk.resume.law", list):
        assert "it was begun with other tables" in refused(folder, second)


def test_a_finished_file_that_changed_is_refused(kept: tuple[Path, Path, Path]) -> None:
    """By its size, its time or its ends; nor is it judged again by another name."""
    folder, first, second = kept
    found = os.stat(first)
    text = first.read_text()
    first.write_text(text[:-2] + "]\n")
    os.utime(first, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert f"{first} was changed after it was finished" in refused(folder, first, second)
    first.write_text(text)
    os.utime(first, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    assert "was changed" in refused(folder, first, second)
    os.utime(first, ns=(found.st_atime_ns, found.st_mtime_ns))
    moved = first.rename(first.with_name("moved.ndjson"))
    assert f"{moved} was finished before, by the name {first}" in refused(folder, moved, second)


def test_a_file_is_the_same_however_its_path_is_written(kept: tuple[Path, Path, Path]) -> None:
    """`./a` is `a`."""
    folder, first, _ = kept
    again = f"{first.parent}/./{first.name}"
    assert json.loads(invoke(again, "--state", folder).stdout)["summary"]["finished_before"] == 1


def test_what_is_no_regular_file_is_refused(kept: tuple[Path, Path, Path]) -> None:
    """Standard input, a pipe and a folder cannot be known again."""
    folder, first, _ = kept
    os.mkfifo(folder / "pipe")
    for path in ("-", folder / "pipe"):
        assert "only regular files" in refused(folder, first, path)


def test_a_file_that_comes_late_is_judged_after_what_is_finished(kept: tuple[Path, Path, Path]) -> None:
    """It is said, as one run over all would have judged it before."""
    folder, first, second = kept
    result = invoke(second, first, "--state", folder)
    assert f"{second} comes before files that are finished, and is judged after them" in result.stderr


def test_two_runs_at_once_are_one_too_many(kept: tuple[Path, Path, Path]) -> None:
    """The second says so, and does nothing."""
    folder, _, second = kept
    script = (
        "import sys; from statemachine.bulk.resume import locked\nwith locked(sys.argv[1]): print(flush=True); input()"
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline()
        assert "another run uses it" in refused(folder, second)
        other.communicate(b"\n")
    assert invoke(second, "--state", folder).exit_code in (0, 1)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """One line, exit status 2."""
    path = tmp_path / "log.ndjson"
    path.write_text(json.dumps(actions(S1, R1)))
    result = invoke(path, "--state", path)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_a_state_that_cannot_be_saved_is_told(kept: tuple[Path, Path, Path]) -> None:
    """The one before stays; exit status 2."""
    folder, _, second = kept
    before = (folder / "state").read_bytes()
    with patch("statemachine.bulk.snapshot.os.replace", side_effect=OSError(28, "No space left on device")):
        result = invoke(second, "--state", folder)
    assert result.exit_code == 2
    assert "it cannot be saved: No space left on device" in result.stderr
    assert (folder / "state").read_bytes() == before


def test_the_report_says_how_many_files_were_finished_before(kept: tuple[Path, Path, Path]) -> None:
    """In text and in JSON; its counts are those of this run, and without a state nothing is said."""
    folder, first, second = kept
    text = CliRunner().invoke(main, ["check", str(first), str(second), "--state", str(folder)]).stdout
    assert "1 file was finished before, and not judged again" in text
    assert "6 read = 6 judged" in text
    result = invoke(first, second, "--state", folder)
    assert (result.exit_code, json.loads(result.stdout)["summary"]["finished_before"]) == (0, 2)
    assert "there was nothing new to judge" in result.stderr
    assert "finished_before" not in invoke(first).stdout


def test_days_without_a_device_and_names_that_are_no_text_are_carried_on_from(tmp_path: Path) -> None:
    """An empty file, one without events, and one whose name is not UTF-8."""
    names = [b"empty.ndjson", b"none.ndjson", b"\xff.ndjson"]
    paths = [os.fsdecode(os.path.join(os.fsencode(tmp_path), name)) for name in names]
    for path, text in zip(paths, ("", "{}", json.dumps(actions(S1, R1))), strict=True):
        Path(path).write_text(text)
    for n in range(1, 4):
        output = tmp_path / f"{n}.parquet"
        result = invoke(*paths[:n], "--state", tmp_path / "state", "--output", output)
        assert json.loads(result.stdout.splitlines()[-1])["summary"]["finished_before"] == n - 1
    assert pq.read_table(output).to_pylist()[0]["file"].endswith("\\udcff.ndjson")


# Together with results as data.


def test_a_run_has_the_rows_of_the_files_that_it_judges(kept: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """The files of all runs together hold what one run over all would write."""
    folder, first, second = kept
    shutil.rmtree(folder)
    for n, path in enumerate((first, second)):
        invoke(first, path, "--state", folder, "--output", tmp_path / f"{n}.parquet")
    invoke(first, second, "--output", tmp_path / "all.parquet")
    apart = [row for n in range(2) for row in pq.read_table(tmp_path / f"{n}.parquet").to_pylist()]
    assert apart == pq.read_table(tmp_path / "all.parquet").to_pylist()


def test_rows_of_an_earlier_run_are_not_replaced(kept: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """They will not be judged again: another name is asked for, or nothing is written as there is nothing new."""
    folder, first, second = kept
    output = tmp_path / "rows.parquet"
    assert invoke(second, "--state", folder, "--output", output).exit_code == 1
    rows = output.read_bytes()
    third = tmp_path / "third.ndjson"
    third.write_text(json.dumps(amplitude(S2)))
    assert "has the results of an earlier run" in refused(folder, third, "--output", output)
    result = invoke(first, second, "--state", folder, "--output", output)
    assert (result.exit_code, output.read_bytes()) == (0, rows)


def test_without_its_results_a_run_is_none(kept: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """When they cannot be written, the state stays as it was, and the next run judges the same files."""
    folder, _, second = kept
    before = (folder / "state").read_bytes()
    output = tmp_path / "rows.parquet"
    with (
        patch("statemachine.bulk.resume.SAVE_SECONDS", 0.0),
        patch("statemachine.bulk.columnar.os.fsync", side_effect=OSError(28, "No space left on device")),
    ):
        result = invoke(second, "--state", folder, "--output", output)
    assert (result.exit_code, output.exists()) == (2, False)
    assert (folder / "state").read_bytes() == before
    assert invoke(second, "--state", folder, "--output", output).exit_code == 1
    assert pq.read_metadata(output).num_rows == 6


def test_killed_before_its_results_have_their_name_a_run_is_none(tmp_path: Path) -> None:
    """At any moment of the end: either rows and state are those of the whole run, or the next run makes them."""
    paths = some_days(tmp_path, 4)
    output = tmp_path / "rows.parquet"
    for at in (8, 11, 12, 15, 16):
        killed(at, *paths, "--state", tmp_path / "state", "--output", output)
        assert killed(0, *paths, "--state", tmp_path / "state", "--output", output).returncode in (0, 1)
        assert pq.read_metadata(output).num_rows == 24
        shutil.rmtree(tmp_path / "state")
        output.unlink()


def test_a_zip_without_a_log_is_finished_too(tmp_path: Path) -> None:
    """Nothing is in it, and it is not looked at again."""
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no log")
    results = [invoke(path, "--state", tmp_path / "state") for _ in range(2)]
    assert [result.exit_code for result in results] == [0, 0]
    assert json.loads(results[1].stdout.splitlines()[-1])["summary"]["finished_before"] == 1


def timed(session: int, minute: int | None) -> bytes:
    """An event at a minute of an hour."""
    more = {} if minute is None else {"originalTimestamp": f"2026-11-23T10:{minute:02}:00Z"}
    return json.dumps(actions(session, **more)).encode() + b"\n"


def test_the_time_read_last_is_carried_on(tmp_path: Path) -> None:
    """An event without a time takes that of the event before it, though that was in the run before."""
    first, second = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    first.write_bytes(timed(S2, 10))
    second.write_bytes(timed(S1, None) + timed(S2, 40))
    options = ("--since", "2026-11-23T10:30:00Z")
    together = invoke(first, second, *options)
    apart = [invoke(path, *options, "--state", tmp_path / "state") for path in (first, second)]
    outside = [json.loads(one.stdout.splitlines()[-1])["summary"]["outside"] for one in (together, *apart)]
    assert outside[0] == outside[1] + outside[2] == 2


def test_events_earlier_than_those_of_a_run_before_are_counted(tmp_path: Path) -> None:
    """By time, every run is sorted by itself; what comes too late for that is told, and nothing else is."""
    first, second, third = (tmp_path / f"{name}.ndjson" for name in "abc")
    first.write_bytes(timed(S1, 0) + timed(S2, 30))
    second.write_bytes(timed(S1, 10) + timed(S2, 40))
    third.write_bytes(timed(S2, 50))
    told = [invoke(path, "--order", "time", "--state", tmp_path / "state").stderr for path in (first, second, third)]
    assert [text.count("events judged after later ones of an earlier run: 1\n") for text in told] == [0, 1, 0]


def test_results_are_no_logs(tmp_path: Path) -> None:
    """Written among the logs, they are left out of the next run; named, they are refused; the red twin is unmarked."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.ndjson").write_bytes(timed(S1, 0))
    first = invoke(
        logs, "--state", tmp_path / "state", "--output", logs / "a.parquet", "--by-device", logs / "d.parquet"
    )
    (logs / "b.ndjson").write_bytes(timed(S2, 0))
    second = invoke(logs, "--state", tmp_path / "state")
    read = [json.loads(one.stdout.splitlines()[-1])["summary"]["read"] for one in (first, second)]
    assert read == [1, 1]
    assert "no log" in invoke(logs / "a.parquet").stderr
    pq.write_table(pq.read_table(logs / "a.parquet").replace_schema_metadata({}), logs / "c.parquet")
    assert json.loads(invoke(logs).stdout.splitlines()[-1])["summary"]["read"] == 3

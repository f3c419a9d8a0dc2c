"""What one input may cost: memory is bounded whatever it unpacks to. Each case in a process of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.fuzz.bombs import BOMBS
from tests.fuzz.held import PAIR, WITNESS
from tests.left_out import leave_out
from tests.test_log import S1, actions

ROOT = Path(__file__).parents[2]
MOST_MB = 400
"""Of memory, for any one input of `BOMBS`; what the interpreter and the packages take, about 80 MB, is among it."""
HANG_SECONDS = 900
"""A guard, not a measure: a check that takes so long has no end."""
CHILD = """
import atexit, json, re, sys
from pathlib import Path
from statemachine import bounds

peak, changed, *arguments = sys.argv[1:]
for name, value in json.loads(changed).items():
    setattr(bounds, name, value)

def noted():
    Path(peak).write_text(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

atexit.register(noted)
from statemachine.entrypoints.cli import main
main(arguments)
"""


@attrs.frozen
class Done:
    """What a check did, and the most memory that it had, in MB."""

    status: int
    output: str
    errors: str
    memory: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed."""
        return [json.loads(line) for line in self.output.splitlines()]


def checked(folder: Path, *arguments: str | Path, changed: dict[str, int] | None = None) -> Done:
    """Check in a process of its own, with some bounds changed."""
    if not Path("/proc/self/status").exists():
        leave_out("the memory of a process is read from /proc")
    peak = folder / "peak"
    words = [sys.executable, "-c", CHILD, str(peak), json.dumps(changed or {}), "check", *map(str, arguments)]
    done = subprocess.run(  # noqa: S603
        [*words, "--format", "jsonl", "--workers", "1"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr, int(peak.read_text()) // 1024)


@pytest.mark.parametrize("name", BOMBS)
def test_memory_is_bounded_whatever_an_input_unpacks_to(name: str, tmp_path: Path) -> None:
    """The status is as expected, nothing is lost, and the sound file after it is judged."""
    file, write, status = BOMBS[name]
    write(tmp_path / file)
    (tmp_path / "other.ndjson").write_bytes(PAIR.replace(WITNESS.encode(), b"another-device"))
    done = checked(tmp_path, file, "other.ndjson")
    *findings, last = done.lines
    summary = last["summary"]
    assert done.status == max(status, 1), done.errors
    assert summary["read"] == summary["judged"] + summary["unreadable"]
    assert [one["line"] for one in findings if one["device_id"] == "another-device"] == [2]
    assert done.memory < MOST_MB


UNBOUNDED = {
    "a line of 200 MB": {"MAX_LINE_BYTES": 2**40},
    "a gzip of spaces": {"BLOCK_BYTES": 2**30, "MAX_LINE_BYTES": 2**40},
    "a HAR of a long value": {"LONGEST_VALUE": 2**40},
    "a header of many columns": {"MOST_COLUMNS": 2**40, "MAX_LINE_BYTES": 2**40},
    "long cells of Parquet": {"LARGEST_COLUMN": 2**40, "BATCH_BYTES": 2**40},
    "a word that rows repeat": {"BATCH_BYTES": 2**40},
    "a page that lies": {"LARGEST_COLUMN": 2**40},
    "many words of a dictionary": {"LARGEST_COLUMN": 2**40},
}


@pytest.mark.parametrize("name", UNBOUNDED)
def test_a_reader_without_its_bound_takes_more(name: str, tmp_path: Path) -> None:
    """The red twins: the same inputs, and a bound that is none."""
    file, write, _ = BOMBS[name]
    write(tmp_path / file)
    assert checked(tmp_path, file, changed=UNBOUNDED[name]).memory > MOST_MB


def test_names_of_members_lead_nowhere(tmp_path: Path) -> None:
    """Paths upwards, absolute ones and links are names and bytes: nothing is written, nothing of the system is read."""
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(actions(S1, None, "of the secret")))
    folder = tmp_path / "logs"
    folder.mkdir()
    path = folder / "export.zip"
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../secret.json", "/etc/x.json", "C:\\x.json", "a/../../b.json", "\x1b[2J\u202e.json"):
            archive.writestr(name, PAIR)
        archive.writestr(link, str(secret))
    (folder / "link.json").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = checked(tmp_path, folder)
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "peak"])
    assert done.status == 1
    assert "of the secret" not in done.output
    found = [(one["code"], one["file"].removeprefix(f"{path}/")) for one in done.lines[:-1]]
    assert ("SR901", "link.json") in found
    assert done.lines[-1]["summary"]["read"] == 11
    assert all(character.isprintable() or character == "\n" for character in done.output + done.errors)


def test_an_encrypted_footer_is_one_line(tmp_path: Path) -> None:
    """Status 2, and what is said is one line."""
    (tmp_path / "log.parquet").write_bytes(b"PARE" + b"\0" * 400 + (300).to_bytes(4, "little") + b"PARE")
    done = checked(tmp_path, "log.parquet")
    assert done.status == 2
    assert done.errors.startswith("statemachine: cannot read log.parquet: ")
    assert done.errors.count("\n") == 1


def test_memory_that_cannot_be_had_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no more, the file is told as not read whole; what came before is judged."""
    from statemachine.bulk.work import Lines
    from tests.fuzz.held import command_line

    def narrowed(*_: object) -> None:
        raise MemoryError

    (tmp_path / "log.ndjson").write_bytes(PAIR)
    monkeypatch.setattr(Lines, "narrowed", narrowed)
    outcome = command_line(["check", str(tmp_path / "log.ndjson")], None)
    assert outcome.raised is None
    assert outcome.status == 2
    assert "not enough memory" in outcome.errors

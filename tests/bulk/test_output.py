"""Results as data: a row a payload, a row a device, and a file that is there whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import RULES, TABLES, Log
from statemachine.bulk.by_device import ByDevice
from statemachine.bulk.columnar import ParquetFile
from statemachine.bulk.logs import Bulk, Found
from statemachine.bulk.output import Rows, schema
from statemachine.bulk.workers import Workers
from statemachine.entrypoints.cli import main
from statemachine.event import Event, events_of
from statemachine.ids import UNSET
from statemachine.verdict import Verdict
from tests.bulk.logs import logs
from tests.bulk.test_equality import numbered, works
from tests.test_log import R1, S1, S2, actions, amplitude, bare, cloud

LINES = "\n".join(map(json.dumps, (actions(S2, device="visitor-1"), actions(S1), actions(S1, device="a/b"), "x")))
MODES = st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(st.just(mode), logs(mode)))


def every(code: str) -> bool:
    """All codes are reported."""
    return True


def in_bulk(log: bytes, folder: Path, size: int, selects: Callable[[str], bool] = every) -> tuple[Any, Any]:
    """The rows and the summary by device of a log that is folded in blocks of about `size` bytes."""
    bulk = Bulk(Workers(1))
    rows = Rows(str(folder / "rows.parquet"), selects)
    by_device = ByDevice(str(folder / "devices.parquet"), selects, bulk.devices)
    found = Found("log")
    try:
        for judged in bulk.log(found, lambda: works(log, size), lambda: works(log, size), None):
            rows.batch(judged)
            by_device.batch(judged)
        rows.publish()
        by_device.publish()
    finally:
        rows.discard()
        by_device.discard()
    return tuple(pq.read_table(one.file.path).to_pylist() for one in (rows, by_device))


def by_line(log: bytes) -> tuple[list[tuple[Any, Verdict]], str]:
    """Every payload with its verdict, a line at a time; and the mode."""
    found = Log("log")
    verdicts = list(found.verdicts(numbered(log), {}))
    events = [event for line, text in numbered(log) for event in events_of(line, text)]
    return list(zip(events, verdicts, strict=True)), found.mode or ""


def utf8(text: object) -> str | None:
    """Text as a column has it."""
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else None


def expected_row(event: Any, verdict: Verdict, mode: str) -> dict[str, object]:
    """A row, from what judging line by line says."""
    raw = getattr(event, TABLES[mode].session_id_field, UNSET)
    is_integer = type(raw) is int and -(2**63) <= raw < 2**63
    return {
        "file": "log",
        "line": event.line,
        "path": event.path,
        "mode": mode,
        "device_id": utf8(getattr(event, "device_id", None)),
        "session_id": raw if is_integer else None,
        "replay_id": utf8(getattr(event, "replay_id", None)),
        "judged": verdict.judged,
        "accepted": verdict.accepted,
        "repeated": verdict.is_repeat,
        "state": verdict.replay.state.value if verdict.replay else None,
        "replay_session_id": (verdict.replay.session_id or None) if verdict.replay else None,
        "codes": [finding.code for finding in verdict.findings],
        "messages": [utf8(finding.message) for finding in verdict.findings],
    }


def expected_devices(judged: list[tuple[Any, Verdict]]) -> list[dict[str, object]]:
    """The summary by device, counted one by one."""
    found: dict[str | None, list[Verdict]] = {}
    for event, verdict in judged:
        device = event.device_id if isinstance(event, Event) else None
        found.setdefault(device if isinstance(device, str) and device else None, []).append(verdict)
    nobody = found.pop(None, None)
    if nobody:
        found[None] = nobody
    rows: list[dict[str, object]] = []
    for device, verdicts in found.items():
        codes = Counter(finding.code for verdict in verdicts for finding in verdict.findings)
        replays = [verdict.replay for verdict in verdicts if verdict.replay and device is not None]
        sessions = [replay.session_id for replay in replays if replay.session_id]
        rows.append({
            "device_id": utf8(device),
            "events": len(verdicts),
            "findings": codes.total(),
            "errors": sum(n for code, n in codes.items() if RULES[code].severity.value == "error"),
            "warnings": sum(n for code, n in codes.items() if RULES[code].severity.value == "warning"),
            "codes": sorted(codes.items(), key=lambda item: [*RULES].index(item[0])),
            "first_session_id": sessions[0] if sessions else None,
            "last_session_id": sessions[-1] if sessions else None,
            "last_state": replays[-1].state.value if replays else None,
        })  # fmt: skip
    return rows


def differs(log: bytes, folder: Path, size: int) -> bool:
    """Whether rows or summary are not what judging line by line says."""
    judged, mode = by_line(log)
    rows, devices = in_bulk(log, folder, size)
    for row in rows:
        row.pop("session_id_text")
    expected = [expected_row(*one, mode) for one in judged]
    return bool(rows != expected or devices != expected_devices(judged))


def test_rows_are_what_judging_line_by_line_says(tmp_path: Path) -> None:
    """On random logs, in one block and in many: one row a payload, one a device, and nothing is lost."""

    @settings(max_examples=100, deadline=None, suppress_health_check=[*HealthCheck])
    @given(MODES)
    def one(drawn: tuple[str, bytes]) -> None:
        for size in (2**22, 700):
            assert not differs(drawn[1], tmp_path, size)

    one()


_WRITE = ParquetFile.write
MUTANTS: dict[str, Any] = {
    "statemachine.bulk.columnar.ParquetFile.write": lambda self, batch: _WRITE(
        self, batch.filter(batch["judged"]) if "judged" in batch.schema.names else batch
    ),
    "statemachine.bulk.output.is_int64": lambda given: isinstance(given, int),
    "statemachine.bulk.output.states_of": lambda fold, batch, folded: np.zeros(folded.read, np.int32),
    "statemachine.bulk.by_device.states_of": lambda fold, batch, folded: np.zeros(folded.read, np.int32),
    "statemachine.bulk.by_device._last": lambda own, values, size, default: np.full(size, default),
    "statemachine.bulk.output._scattered": lambda found, size: np.full(size, None),
    "statemachine.bulk.by_device.CODES": dict.fromkeys(RULES, 0),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    """The red twins: rows that leave out what is unreadable, that convert or forget, differ on some random log."""

    def is_caught(drawn: tuple[str, bytes]) -> bool:
        with patch(name, MUTANTS[name]):
            try:
                return differs(drawn[1], tmp_path, 700)
            except Exception:
                return True

    unshrunk = settings(max_examples=500, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    find(MODES, is_caught, settings=unshrunk)


def test_a_session_id_that_is_no_integer_is_told_as_it_was(tmp_path: Path) -> None:
    """Exact types are part of the data: text, a fraction, true and null are no numbers, nor is what no int64 holds."""
    given = {"5": '"5"', 5.5: "5.5", True: "true", None: "null", 2**70: str(2**70), (1,): "an array"}
    log = "\n".join(json.dumps(actions(value)) for value in [S1, *given, 5])
    rows, _ = in_bulk(log.encode(), tmp_path, 2**22)
    assert [row["session_id"] for row in rows] == [S1, *[None] * len(given), 5]
    assert [row["session_id_text"] for row in rows] == [None, *given.values(), None]


def test_hostile_text_is_in_the_file_as_utf_8(tmp_path: Path) -> None:
    r"""A lone surrogate stands as `\ud800`; control characters and NUL are data."""
    devices = ["a\ud800b", "nul\0", "\x1b[2J", "ünïcode"]
    log = "\n".join(json.dumps(amplitude(S1, f"{device}/{S1}", device)) for device in devices)
    rows, summary = in_bulk(log.encode(), tmp_path, 2**22)
    assert [row["device_id"] for row in rows] == ["a\\ud800b", *devices[1:]]
    assert [row["replay_id"] for row in rows] == [f"{row['device_id']}/{S1}" for row in rows]
    assert [row["device_id"] for row in summary] == [row["device_id"] for row in rows]


def test_many_devices_are_summed_up_in_the_order_in_which_they_appear(tmp_path: Path) -> None:
    """Above what is allotted first, and in more rows than are written at once."""
    names = [f"visitor-{n}" for n in range(5_000)]
    log = "\n".join(json.dumps(amplitude(S1, device=name)) for name in (*names, *names[::2]))
    with patch("statemachine.bulk.by_device._CHUNK_BYTES", 3_000), patch("statemachine.bulk.by_device._MANY", 10):
        _, devices = in_bulk(log.encode(), tmp_path, 20_000)
    assert [row["device_id"] for row in devices] == names
    assert [row["events"] for row in devices] == [2, 1] * 2_500


def test_rows_are_written_in_groups(tmp_path: Path) -> None:
    """Memory does not grow with them; file, path and state are dictionary-encoded across groups."""
    log = "\n".join(json.dumps(amplitude(S1 + n)) for n in range(200))
    with patch("statemachine.bulk.columnar.GROUP_ROWS", 50):
        in_bulk(log.encode(), tmp_path, 700)
    file = pq.ParquetFile(tmp_path / "rows.parquet")
    assert file.metadata.num_row_groups >= 3
    assert file.schema_arrow == schema()


# On the command line.


def invoke(*arguments: str, given: str | bytes = "") -> Result:
    """Run `check` in this process."""
    return CliRunner().invoke(main, ["check", *arguments], input=given)


def left(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_the_files_are_there_beside_the_report(tmp_path: Path) -> None:
    """As many rows as payloads read; and the summary's events are as many."""
    rows, devices = tmp_path / "rows.parquet", tmp_path / "devices.parquet"
    result = invoke("-", "--output", str(rows), "--by-device", str(devices), "--format", "json", given=LINES)
    summary = json.loads(result.stdout)["summary"]
    assert summary["read"] == pq.read_metadata(rows).num_rows == 4
    table = pq.read_table(devices).to_pylist()
    assert sum(row["events"] for row in table) == 4
    counted = sum((Counter(dict(row["codes"])) for row in table), Counter())
    assert counted == summary["findings"]
    assert left(tmp_path) == ["devices.parquet", "rows.parquet"]


def test_what_is_ignored_is_in_no_row(tmp_path: Path) -> None:
    """`--select` and `--ignore` are about rows too; the payloads stay."""
    path = tmp_path / "rows.parquet"
    invoke("-", "--output", str(path), "--ignore", "SR201", given=LINES)
    rows = pq.read_table(path).to_pylist()
    assert [row["codes"] for row in rows] == [[], [], ["SR102"], ["SR902"]]


@pytest.mark.parametrize("option", ["--output", "--by-device"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rows.csv", "only Parquet is written"),
        ("no-such-folder/rows.parquet", "No such file"),
        ("folder.parquet", "is a directory"),
        ("log.parquet", "is an input"),
    ],
)
def test_a_name_that_cannot_be_written_is_refused_before_anything_is_read(
    option: str, name: str, reason: str, tmp_path: Path
) -> None:
    """One line, exit status 2, and every file is as it was."""
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "log.parquet").write_text(LINES)
    before = left(tmp_path)
    result = invoke(str(tmp_path / "log.parquet"), option, str(tmp_path / name))
    assert (result.exit_code, result.stdout, left(tmp_path)) == (2, "", before)
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "log.parquet").read_text() == LINES


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    """One cannot replace the other."""
    path = str(tmp_path / "one.parquet")
    assert invoke("-", "--output", path, "--by-device", path, given=LINES).exit_code == 2


def test_without_pyarrow_its_extra_is_named(tmp_path: Path) -> None:
    """One line, exit status 2."""
    with patch.dict(sys.modules, {"pyarrow.parquet": None}):
        result = invoke("-", "--output", str(tmp_path / "rows.parquet"), given=LINES)
    assert result.exit_code == 2
    assert result.stderr == "statemachine: to write Parquet: pip install 'session-replay-statemachine[parquet]'\n"


def started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Run `check` in a process of its own."""
    command = [sys.executable, "-m", "statemachine", "check", *arguments]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def test_an_interrupt_leaves_what_was_there(tmp_path: Path) -> None:
    """No half file, nor a temporary one; the file of the run before stays; one line says so."""
    path = tmp_path / "rows.parquet"
    path.write_text("of the run before")
    process = started("-", "--output", str(path), "--format", "jsonl")
    assert process.stdin
    assert process.stdout
    process.stdin.write(LINES.encode() + b"\n")
    process.stdin.flush()
    process.stdout.readline()  # a finding: it is under way
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert f"{path} was not written" in errors.decode()
    assert (left(tmp_path), path.read_text()) == (["rows.parquet"], "of the run before")


@pytest.mark.parametrize("option", ["--output", "--by-device"])
def test_a_full_disk_leaves_nothing(option: str, tmp_path: Path) -> None:
    """No file under either name; the report says how far it came; exit status 2."""
    log = tmp_path / "log.ndjson"
    log.write_text("".join(json.dumps(amplitude(S1, device=os.urandom(9).hex())) + "\n" for _ in range(3_000)))
    path = tmp_path / "rows.parquet"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    process = started(str(log), option, str(path), preexec_fn=limited)
    report, errors = process.communicate()
    assert process.returncode == 2, errors
    assert b"3000 read" in report
    assert f"{path} was not written".encode() in errors
    assert b"Traceback" not in errors
    assert b"Exception ignored" not in errors
    assert left(tmp_path) == ["log.ndjson"]


def test_an_input_that_breaks_off_has_the_rows_of_what_was_read(tmp_path: Path) -> None:
    """As in the report; the status says that something could not be read."""
    whole = gzip.compress("\n".join([LINES] * 500).encode())
    (tmp_path / "log.gz").write_bytes(whole[: len(whole) // 2])
    path = tmp_path / "rows.parquet"
    result = invoke(str(tmp_path / "log.gz"), "--output", str(path), "--format", "jsonl")
    read = json.loads(result.stdout.splitlines()[-1])["summary"]["read"]
    assert (result.exit_code, pq.read_metadata(path).num_rows) == (2, read)


def test_modes_side_by_side_are_told_apart(tmp_path: Path) -> None:
    """Files of several modes make one output."""
    for n, payload in enumerate((actions(S1, R1), cloud(S1, R1), bare())):
        (tmp_path / f"{n}.ndjson").write_text(json.dumps(payload))
    path = tmp_path / "rows.parquet"
    invoke(str(tmp_path / "*.ndjson"), "--output", str(path))
    rows = pq.read_table(path).to_pylist()
    assert [row["mode"] for row in rows] == ["actions", "classic-cloud", "classic-device"]
    assert [row["state"] for row in rows] == ["session_active", "session_active", "initialised"]

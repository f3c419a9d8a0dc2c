"""Every format says the same of the same events as NDJSON does; types are kept; nothing is lost of a bad file."""

from __future__ import annotations

import base64
import csv
import decimal
import gzip
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from statemachine import TABLES, Judge
from statemachine.bulk.columns import ArrowRows, raw_of_columns
from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold
from statemachine.bulk.narrow import OTHER, OWN_DEVICE, Narrowing
from statemachine.bulk.readers import KNOWN
from statemachine.bulk.readers.archive import natural
from statemachine.bulk.rows import layout_of
from statemachine.entrypoints.cli import main
from statemachine.event import MAX_LINE_BYTES, Unreadable, events_of
from statemachine.fields import Columns
from statemachine.log import Recent
from statemachine.machines import ACTIONS
from tests.bulk.logs import logs
from tests.test_hostile import HOSTILE
from tests.test_log import R1, R2, S1, S2, actions, amplitude

DATA = Path(__file__).parents[1] / "data"
CAPTURES = sorted(DATA.glob("*.ndjson"))
REPLAY_ID = "[Amplitude] Session Replay ID"


def checked(*arguments: object, given: bytes | None = None) -> Result:
    """What `check` says; a traceback would be an exception. Its equation holds."""
    result = CliRunner().invoke(main, ["check", *map(str, arguments), "--format", "jsonl"], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    summary = json.loads(result.stdout.splitlines()[-1])["summary"]
    assert summary["read"] == summary["judged"] + summary["unreadable"]
    return result


PLACE = re.compile(r"(?<=session ID )at .+?(?=: | is )|(?<=[0-9] )at .+?(?= is )")
"""What a message says of where a session ID is: a table's own column."""


def findings(*arguments: object, lines: Callable[[int], int] = lambda line: line) -> list[dict[str, Any]]:
    """The findings and the summary, with their lines and places as NDJSON would have them, and no file."""
    found = [json.loads(line) for line in checked(*arguments).stdout.splitlines()]
    for one in found:
        told = PLACE.sub("at its place", one.get("message", ""))
        one.update({"message": told.replace("session ID at its place: only", "session ID: only")} if told else {})
    return [
        {**one, "file": None, "line": lines(one["line"]) if one["line"] else None} if "code" in one else one
        for one in found
    ]


def codes(*arguments: object) -> list[tuple[str, int | None]]:
    """Code and line of every finding."""
    return [(one["code"], one["line"]) for one in findings(*arguments)[:-1]]


def as_lines(folder: Path, payloads: list[Any]) -> Path:
    """A file of NDJSON."""
    path = folder / "log.ndjson"
    path.write_bytes(b"".join(json.dumps(payload).encode() + b"\n" for payload in payloads))
    return path


def as_gzip(folder: Path, payloads: list[Any]) -> Path:
    """The same packed."""
    path = folder / "log.ndjson.gz"
    path.write_bytes(gzip.compress(as_lines(folder, payloads).read_bytes()))
    return path


def as_csv(folder: Path, payloads: list[Any]) -> Path:
    """A table of text, with objects as JSON text."""
    path = folder / "log.csv"
    names = list(dict.fromkeys(name for payload in payloads for name in payload))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for payload in payloads:
            row = [payload.get(name) for name in names]
            writer.writerow([json.dumps(cell) if isinstance(cell, dict) else cell for cell in row])
    return path


def as_har(folder: Path, payloads: list[Any]) -> Path:
    """What a browser kept of sending them, one request each."""
    path = folder / "log.har"
    entries = [entry(json.dumps(payload)) for payload in payloads]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1))
    return path


def entry(text: object, url: str = "https://api.segment.io/v1/t", method: str = "POST", **more: Any) -> dict[str, Any]:
    """An entry of a HAR."""
    post = {} if text is None else {"postData": {"mimeType": "text/plain", "params": [], "text": text, **more}}
    content = {"text": '{"log":{"entries":[{"request":{"method":"POST"}}]}}'}
    return {"request": {"method": method, "url": url, "headers": [], **post}, "response": {"content": content}}


def as_zip(folder: Path, payloads: list[Any]) -> Path:
    """An archive with one packed log."""
    path = folder / "log.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1/2026-11-23_0#0.json.gz", as_gzip(folder, payloads).read_bytes())
    return path


def as_parquet(folder: Path, payloads: list[Any]) -> Path:
    """Columns, with objects as structs; only what a log needs, as not every payload has columns of one type."""
    path = folder / "log.parquet"
    kept = ("type", "anonymousId", "messageId", "event", "timestamp", "integrations", "device_id", "session_id")
    rows = []
    for payload in payloads:
        row = {name: payload[name] for name in (*kept, "event_type", "insert_id") if name in payload}
        for name in ("properties", "traits", "event_properties"):
            if name in payload:
                row[name] = {REPLAY_ID: (payload[name] or {}).get(REPLAY_ID)}
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row if row[name] != {}))
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path, row_group_size=29)
    return path


FORMATS: dict[str, tuple[Callable[[Path, list[Any]], Path], int]] = {
    "gzip": (as_gzip, 0),
    "csv": (as_csv, 1),
    "har": (as_har, 0),
    "zip": (as_zip, 0),
    "parquet": (as_parquet, 0),
}
"""How to write each, and how many lines come before the first event."""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_real_traffic_is_judged_alike_in_every_format(name: str, capture: Path, tmp_path: Path) -> None:
    """The same findings, messages and counts; by one process and by two, and by time."""
    write, before = FORMATS[name]
    payloads = [json.loads(line) for line in capture.read_text().splitlines()]
    path = write(tmp_path, payloads)
    expected = findings(capture)
    assert len(expected) > 1
    for arguments in ((), ("--order", "time"), ("--mode", "actions")):
        by_format = findings(path, *arguments, lines=lambda line: line - before)
        assert by_format == findings(capture, *arguments)
    if name in ("csv", "parquet"):
        with (
            patch("statemachine.bulk.readers.separated.ROWS", 10),
            patch("statemachine.bulk.readers.parquet.BATCH_ROWS", 10),
        ):
            assert findings(path, "--workers", 2, lines=lambda line: line - before) == expected


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_that_changes_one_event_is_noticed(name: str, tmp_path: Path) -> None:
    """The red twin: one session ID moved, and the findings differ."""
    write, before = FORMATS[name]
    payloads = [json.loads(line) for line in CAPTURES[2].read_text().splitlines()]
    payloads[3]["integrations"]["Actions Amplitude"]["session_id"] -= 1
    assert findings(write(tmp_path, payloads), lines=lambda line: line - before) != findings(CAPTURES[2])


@pytest.mark.parametrize("name", ["published", "captured-once"])
def test_a_captured_har_is_the_log_of_its_visitor(name: str) -> None:
    """A HAR of the first visitor has the findings that the log has for it."""
    har = findings(DATA / f"segment-actions-{name}.har")
    device = next(one["device_id"] for one in har if one.get("device_id"))
    log = findings(DATA / f"segment-actions-{name}.ndjson", "--device", device)
    assert [{**one, "line": None} for one in har[:-1]] == [{**one, "line": None} for one in log[:-1]]
    assert har[-1]["summary"] == {k: v for k, v in log[-1]["summary"].items() if k != "outside"}
    assert har[-1]["summary"]["read"] == 14
    entries = json.loads((DATA / f"segment-actions-{name}.har").read_text())["log"]["entries"]
    for one in har[:-1]:
        assert device in entries[one["line"] - 1]["request"]["postData"]["text"]


SESSIONS = [S1, str(S1), float(S1), 5.5, True, None, 2**60, "abc", -1, 0]


@pytest.mark.parametrize("session", SESSIONS, ids=repr)
def test_parquet_keeps_the_type_of_a_session_id(session: Any, tmp_path: Path) -> None:
    """An integer, its text, a double and a boolean are as different as in JSON; a null is not there."""
    sent = actions(session)
    if session is None:
        sent["integrations"] = {}
    rows = pa.table({"anonymousId": ["visitor-1"], "integrations.Actions Amplitude.session_id": [session]})
    pq.write_table(rows, tmp_path / "flat.parquet")
    expected = findings(as_lines(tmp_path, [sent]), "--mode", "actions")
    assert findings(tmp_path / "flat.parquet", "--mode", "actions") == expected
    assert findings(as_parquet(tmp_path, [actions(session)]), "--mode", "actions") == expected


def raw_session(values: pa.Array) -> list[Any]:
    """The session IDs of rows with these, narrowed; with what the batch says."""
    names = ["anonymousId", "integrations"]
    struct = pa.StructArray.from_arrays([values], names=["session_id"])
    batch = pa.record_batch(
        [pa.array(["visitor-1"] * len(values)), pa.StructArray.from_arrays([struct], names=["Actions Amplitude"])],
        names,
    )
    raw = raw_of_columns(batch, layout_of(names, Columns()), ACTIONS)
    plain = Narrowing(ACTIONS).narrowed(raw).session.tolist()
    events = [raw.events.get(n) for n in range(len(values))]
    return [*zip(raw.session, plain, events, strict=True)]


EXACT: list[tuple[pa.DataType, Any, Any]] = [
    (pa.int64(), S1, S1),
    (pa.uint64(), S1, S1),
    (pa.int32(), 5, 5),
    (pa.float64(), float(S1), float(S1)),
    (pa.float32(), 0.5, 0.5),
    (pa.bool_(), True, True),
    (pa.string(), str(S1), str(S1)),
    (pa.large_string(), str(S1), str(S1)),
    (pa.string_view(), str(S1), str(S1)),
    (pa.binary(), str(S1).encode(), str(S1)),
    (pa.dictionary(pa.int8(), pa.string()), str(S1), str(S1)),
    (pa.decimal128(38, 0), decimal.Decimal(S1), S1),
    (pa.decimal128(38, 1), decimal.Decimal(f"{S1}.5"), f"{S1}.5"),
    (pa.list_(pa.int64()), [S1], [S1]),
]


@pytest.mark.parametrize(("kind", "value", "expected"), EXACT, ids=lambda value: str(value)[:20])
def test_the_exact_type_of_an_arrow_value(kind: Any, value: Any, expected: Any) -> None:
    """Arrow → raw: the value and its type; only a whole number of milliseconds is a plain session ID."""
    ((session, plain, event),) = raw_session(pa.array([value], kind))
    assert event is None
    assert type(session) is type(expected)
    assert session == expected
    assert plain == (expected if type(expected) is int and expected > 10**11 else OTHER)


def test_a_conversion_of_types_is_noticed() -> None:
    """The red twin: columns that go through doubles are not exact."""

    def values(column: Any, *, is_time: bool) -> list[Any]:
        return [float(value) if isinstance(value, int) else value for value in column.to_pylist()]

    with patch("statemachine.bulk.columns._values", values), pytest.raises(AssertionError):
        test_the_exact_type_of_an_arrow_value(pa.decimal128(38, 0), decimal.Decimal(S1), S1)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.timestamp("ns"), 1795428000_123456789),
        (pa.timestamp("us", "UTC"), 1795428000_123456),
        (pa.timestamp("s"), 1795428000),
        (pa.int64(), 1795428000_123),
        (pa.string(), "2026-11-23 10:00:00"),
    ],
    ids=str,
)
def test_a_column_of_times_orders_rows(kind: Any, value: Any, tmp_path: Path) -> None:
    """Of any type that is a time."""
    later = value + 10**9 if not isinstance(value, str) else "2026-11-23 10:00:01"
    rows = {
        "anonymous_id": ["visitor-1"] * 2,
        "session_id": [S2, S1],
        "original_timestamp": pa.array([later, value], kind),
    }
    pq.write_table(pa.table(rows), tmp_path / "log.parquet")
    assert codes(tmp_path / "log.parquet") == [("SR201", 2)]
    assert codes(tmp_path / "log.parquet", "--order", "time") == []


def test_every_value_of_a_csv_is_text(tmp_path: Path) -> None:
    """As quoted in JSON; an empty cell is a field that is not there; a row's line is the one it begins on."""
    rows = ["anonymous_id,integrations_actions_amplitude_session_id,event"]
    rows += [f'visitor-1,{S2},"two\nlines"', "", "visitor-1,,", f"visitor-1,{S1},"]
    (tmp_path / "log.csv").write_text("\n".join(rows))
    found = findings(tmp_path / "log.csv")
    assert [(one["code"], one["line"]) for one in found[:-1]] == [("SR301", 5), ("SR201", 6)]
    sent = [actions(str(S2)), {**actions(), "integrations": {}}, actions(str(S1))]
    expected = findings(as_lines(tmp_path, sent))
    assert [one["message"] for one in found[:-1]] == [one["message"] for one in expected[:-1]]


BAD_ROWS = {
    "too few cells": b"visitor-1",
    "too many": b"visitor-1,1,2,3",
    "an open quote": b'"visitor-1,1\n',
    "text after a quote": b'"a"b,1',
    "not UTF-8": b"visitor-\xff,1",
    "deep": b'"{""a"":' + b"[" * 100_000 + b'",1',
    "torn JSON": b'"{""device"":",1',
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_a_finding(name: str, tmp_path: Path) -> None:
    """On its own line, and the rows around it are judged."""
    path = tmp_path / "log.csv"
    good = f"visitor-1,{S2}\n".encode()
    extra: list[str] = []
    header = b"anonymous_id,session_id\n" if b"{" not in BAD_ROWS[name] else b"context,session_id\n"
    if b"{" in BAD_ROWS[name]:
        good = b'"{""device"":{""id"":""visitor-1""}}",' + str(S2).encode() + b"\n"
        extra = ["--column", "device=context.device.id", "--column", "session=session_id"]
    path.write_bytes(
        header + good + BAD_ROWS[name].rstrip(b"\n") + b"\n" + good.replace(str(S2).encode(), str(S1).encode())
    )
    found = codes(path, *extra)
    swallows = name == "an open quote"
    assert found == [("SR901", 3), *([] if swallows else [("SR201", 4)])]


def test_a_cell_may_be_as_long_as_a_line_may(tmp_path: Path) -> None:
    """A longer one is a finding."""
    path = tmp_path / "log.csv"
    cell = b"x" * (MAX_LINE_BYTES // 4)
    rows = [
        b"anonymous_id,session_id,event",
        b"visitor-1,%d,%b" % (S2, cell),
        b"visitor-1,%d," % S1 + b"x" * (2 * MAX_LINE_BYTES),
    ]
    path.write_bytes(b"\n".join([*rows, b"visitor-1,%d,e" % S1]))
    assert codes(path) == [("SR901", 3), ("SR201", 4)]


def test_nul_and_hostile_text_in_cells_are_judged(tmp_path: Path) -> None:
    """As in JSON: they are no device IDs."""
    path = tmp_path / "log.csv"
    path.write_bytes(b"anonymous_id,session_id\nvisitor-1\x00,5\n" + f"\x1b[2J,{S1}\n".encode())
    assert [code for code, _ in codes(path)][-1] == "SR103"
    assert checked(path).exit_code == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lines_in_a_column_are_findings(name: str, tmp_path: Path) -> None:
    """The same as in a line of their own, whether the column is text or bytes."""
    line = HOSTILE[name].replace(b"\n", b" ")
    good, bad = (json.dumps(actions(session)).encode() for session in (S2, S1))
    plain = tmp_path / "log.ndjson"
    plain.write_bytes(b"\n".join([good, line, bad]))
    expected = [one for one in findings(plain, "--mode", "actions") if "summary" not in one]
    for kind in (pa.binary(), pa.string(), pa.large_string()):
        cells = pa.array([good, line, bad], pa.binary()).view(kind if kind != pa.large_string() else pa.binary())
        if kind == pa.large_string():
            cells = pa.array([good, line, bad], pa.large_binary()).view(kind)
        pq.write_table(pa.table({"value": cells}), tmp_path / "log.parquet")
        found = findings(tmp_path / "log.parquet", "--column", "payload=value", "--mode", "actions")[:-1]
        assert found == expected


def test_an_archive_is_read_in_the_order_of_its_hours(tmp_path: Path) -> None:
    """Hours have no leading zero; members that are no logs are said; a path is only a name."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for hour in (10, 9, 100):
            log = json.dumps(amplitude(S1 + hour)).encode()
            archive.writestr(f"1/1_2026-11-23_{hour}#0.json.gz", gzip.compress(log))
        archive.writestr("../../etc/evil.json", json.dumps(amplitude(S1, device="a/b")))
        archive.writestr("../readme.txt", "hello")
    before = sorted(tmp_path.rglob("*"))
    result = checked(path)
    found = [json.loads(line) for line in result.stdout.splitlines()[:-1]]
    assert [(one["code"], one["file"]) for one in found] == [("SR102", f"{path}/../../etc/evil.json")]
    assert "left out, which are no logs: 1 (../readme.txt)" in result.stderr
    assert sorted(tmp_path.rglob("*")) == before
    with patch("statemachine.bulk.readers.archive.natural", str):  # the red twin
        assert ("SR201", 1) in codes(path)
    assert sorted(["a_10", "a_9", "a_1b", "b", "a_1"], key=natural) == ["a_1", "a_1b", "a_9", "a_10", "b"]


def damaged(path: Path, at: int, *, cut: bool) -> None:
    """A file with a byte changed, or all after it cut off."""
    data = path.read_bytes()
    path.write_bytes(data[:at] if cut else data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


@pytest.mark.parametrize("name", ["zip", "parquet", "gzip", "har"])
def test_a_damaged_file_is_one_line_and_the_rest_is_judged(name: str, tmp_path: Path) -> None:
    """Wherever it is cut off or changed: status 0 to 2, no traceback, and another file is judged."""
    payloads = [actions(S1 + n, messageId=f"m{n}") for n in range(40)]
    other = as_csv(tmp_path, [actions(S2), actions(S1)])
    path = FORMATS[name][0](tmp_path, payloads)
    whole = path.read_bytes()
    for cut in (True, False):
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            damaged(path, at, cut=cut)
            result = checked(path, other)
            assert '"SR201"' in result.stdout
            if cut:
                assert result.exit_code == 2 or at == 0
                assert at == 0 or "cannot read" in result.stderr
            assert all(line.startswith("statemachine: ") for line in result.stderr.splitlines())
            path.write_bytes(whole)


def test_a_member_that_is_broken_does_not_keep_the_others_from_being_judged(tmp_path: Path) -> None:
    """Status 2 and one line for it."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        packed = gzip.compress(json.dumps(amplitude(S2)).encode() * 500)
        archive.writestr("1.json.gz", packed[: len(packed) // 2])
        archive.writestr("2.json", json.dumps(amplitude(S2)) + "\n" + json.dumps(amplitude(S1)))
    result = checked(path)
    assert result.exit_code == 2
    assert "1.json.gz" in result.stderr
    assert '"SR201"' in result.stdout


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1]}, "no known columns: a"),
        ({}, "no known columns: none"),
        ({"a\x1b[2J": [1]}, "\\x1b"),
    ],
)
def test_a_table_without_known_columns_is_one_line(columns: dict[str, Any], said: str, tmp_path: Path) -> None:
    """It says which there are, and what to do."""
    pq.write_table(pa.table(columns), tmp_path / "log.parquet")
    (tmp_path / "log.csv").write_text(",".join(columns) + "\n1\n")
    for name in ("log.parquet", "log.csv")[: 1 if not columns else 2]:
        result = checked(tmp_path / name)
        assert result.exit_code == 2
        assert said in result.stderr
        assert "--column" in result.stderr


def test_a_column_that_is_there_twice_is_one_line(tmp_path: Path) -> None:
    """Which of the two would be meant is not guessed; of a column that is not needed, it does not matter."""
    table = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array(["b"]), pa.array([1])], ["anonymous_id", "anonymous_id", "x"]
    )
    pq.write_table(table, tmp_path / "log.parquet")
    (tmp_path / "log.csv").write_text("anonymous_id,anonymous_id,x\na,b,1\n")
    for name in ("log.parquet", "log.csv"):
        result = checked(tmp_path / name)
        assert result.exit_code == 2
        assert "is there 2 times" in result.stderr
    (tmp_path / "log.csv").write_text("anonymous_id,x,x\nvisitor-1,b,1\n")
    assert checked(tmp_path / "log.csv").exit_code == 0


def test_columns_are_named_in_every_format(tmp_path: Path) -> None:
    """A key, a path, a column, a struct; and one that is not there is told."""
    named = [f"--column={field}" for field in ("device=who.id", "session=sid", "replay=tag", "time=at", "message=m")]
    rows = [
        {"who": {"id": "visitor-1"}, "sid": s, "tag": r, "at": t, "m": m}
        for s, r, t, m in ((S2, R2, 2, "a"), (S1, R1, 1, "b"), (S1, R1, 1, "b"))
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    for path, before in ((as_lines(tmp_path, rows), 0), (tmp_path / "log.parquet", 0), (as_csv(tmp_path, rows), 1)):
        assert codes(path, *named) == [("SR201", 2 + before)]
        assert codes(path, *named, "--order", "time") == []
        if before or path.suffix == ".parquet":
            result = checked(path, *named[1:], "--column", "device=nobody")
            assert result.exit_code == 2
            assert "no column nobody" in result.stderr


def test_a_named_place_is_told_of_lines_too(tmp_path: Path) -> None:
    """Or a name that is misspelt would be sought where payloads have their session IDs; those are the red twin."""
    rows = [actions(S1)]
    told = checked(as_lines(tmp_path, rows), "--mode", "actions", "--column", "session=sidd").stdout
    assert "session ID at sidd is not there" in told
    assert "none of 1 events carries a session ID at sidd: only device IDs were checked" in told
    assert "sidd" not in checked(as_lines(tmp_path, rows), "--mode", "actions").stdout


def test_directories_are_searched_for_logs(tmp_path: Path) -> None:
    """In the order of names, hidden ones and links passed over; what else there is is counted and said."""
    day = tmp_path / "logs" / "day=2"
    day.mkdir(parents=True)
    as_lines(day, [actions(S1)])
    (tmp_path / "logs" / "day=1").mkdir()
    as_csv(tmp_path / "logs" / "day=1", [actions(S2)])
    (day / ".hidden.ndjson").write_text("{")
    (day / "_SUCCESS").write_text("")
    (day / "notes.txt").write_text("{")
    (day / "link.ndjson").symlink_to(day / "log.ndjson")
    (tmp_path / "logs" / "loop").symlink_to(tmp_path / "logs")
    result = checked(tmp_path / "logs")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["code"], one["file"]) for one in found[:-1]] == [("SR201", str(day / "log.ndjson"))]
    assert found[-1]["summary"]["read"] == 2
    assert "left out, which are no logs: 4 (" in result.stderr
    assert checked(tmp_path / "logs" / "day=1").stderr == ""


def test_filters_leave_out_and_count(tmp_path: Path) -> None:
    """By device and by time; what is left out is counted beside what is read."""
    sent = [{**actions(S1 + n, device=f"visitor-{n % 3}"), "timestamp": f"2026-11-23T10:00:0{n}Z"} for n in range(9)]
    path = as_lines(tmp_path, sent)

    def counts(*arguments: str) -> tuple[int, int]:
        summary = json.loads(checked(path, *arguments).stdout.splitlines()[-1])["summary"]
        return summary["read"], summary["outside"]

    assert counts("--device", "visitor-1") == (3, 6)
    assert counts("--device", "visitor-1", "--device", "visitor-2") == (6, 3)
    assert counts("--since", "2026-11-23T10:00:03Z") == (6, 3)
    assert counts("--until", "2026-11-23T10:00:03Z") == (3, 6)
    assert counts("--since", "2026-11-23T11:00:03+01:00", "--until", "1795428005000", "--order", "time") == (2, 7)
    assert "6 outside the filter" in CliRunner().invoke(main, ["check", str(path), "--device", "visitor-1"]).stdout
    result = CliRunner().invoke(main, ["check", str(path), "--since", "yesterday"])
    assert result.exit_code == 2
    assert "is no time" in result.stderr


def har_lines(folder: Path, entries: list[Any]) -> list[tuple[str, int | None]]:
    """Code and line of what is wrong with a HAR of these entries."""
    (folder / "log.har").write_text(json.dumps({"log": {"entries": entries}}))
    return codes(folder / "log.har", "--mode", "actions")


BODY = json.dumps(actions(5.5))
BODIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one call": (entry(BODY), ["SR112"]),
    "a custom domain": (entry(BODY, "https://cdp.example.com/v1/track?x=1"), ["SR112"]),
    "a batch": (
        entry(json.dumps({"batch": [actions(5.5)] * 2}), "https://events.eu1.segmentapis.com/v1/b"),
        ["SR112"] * 2,
    ),
    "on several lines": (entry(json.dumps(actions(5.5), indent=2).replace("\n", "\r\n")), ["SR112"]),
    "HTTP V2": (
        entry(json.dumps({"events": [amplitude(5.5)]}), "https://api2.amplitude.com/2/httpapi"),
        ["SR112"],
    ),
    "Amplitude's batch": (
        entry(json.dumps({"events": [amplitude("x")]}), "https://api.eu.amplitude.com/batch"),
        ["SR112"],
    ),
    "amplitude-js": (entry("v=2&e=" + quote(json.dumps([amplitude("x")])), "https://api.amplitude.com/"), ["SR112"]),
    "amplitude-js, as parameters": (
        entry("", "https://api.eu.amplitude.com", params=[{"name": "e", "value": json.dumps([amplitude("x")])}]),
        ["SR112"],
    ),
    "base64": (entry(base64.b64encode(BODY.encode()).decode(), encoding="base64"), ["SR112"]),
    "packed": (entry(base64.b64encode(gzip.compress(BODY.encode())).decode(), encoding="base64"), ["SR112"]),
    "packed, as characters": (entry(gzip.compress(BODY.encode()).decode("latin-1")), ["SR112"]),
    "packed, and lost": (entry(gzip.compress(BODY.encode()).decode("utf-8", "replace")), ["SR902"]),
    "packed, and cut off": (
        entry(base64.b64encode(gzip.compress(BODY.encode())[:-9]).decode(), encoding="base64"),
        ["SR902"],
    ),
    "no base64": (entry("§", encoding="base64"), ["SR902"]),
    "no body": (entry(None), ["SR902"]),
    "an empty body": (entry(" "), ["SR902"]),
    "no JSON": (entry("x"), ["SR901"]),
    "another method": (entry(None, method="OPTIONS"), []),
    "another host": (entry("x", "https://example.com/batch"), []),
    "the replay itself": (entry("x", "https://api-sr.amplitude.com/sessions/v2/track?device_id=x"), []),
    "no URL": (entry("x", "http://[::1"), []),
    "no request": ({}, []),
    "a number": (5, []),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", BODIES)
def test_every_request_of_a_browser(name: str, tmp_path: Path) -> None:
    """To Segment or to Amplitude: its events; any other: a blank line."""
    sent, expected = BODIES[name]
    number = 2 if isinstance(sent, dict) else 1  # what is no object is no entry
    assert har_lines(tmp_path, [entry(None, method="GET"), sent]) == [(code, number) for code in expected]


def test_a_har_is_known_by_its_content(tmp_path: Path) -> None:
    """Whatever it is called, packed or from standard input."""
    har = (DATA / "segment-actions-published.har").read_bytes()
    expected = findings(DATA / "segment-actions-published.har")
    for name, data in (
        ("a.json", har),
        ("a", b"\n " + har),
        ("a.json.gz", gzip.compress(har)),
        ("a.har.gz", gzip.compress(har)),
    ):
        (tmp_path / name).write_bytes(data)
        assert findings(tmp_path / name) == expected
    given = checked("-", given=har).stdout.splitlines()
    assert json.loads(given[-1]) == expected[-1]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log":{}}', '{"log":{"entries":5}}', "{", '{"log":' + "[" * 50_000])
def test_what_is_no_har_is_one_line(text: str, tmp_path: Path) -> None:
    """Status 2, and nothing is judged."""
    (tmp_path / "a.har").write_text(text)
    result = checked(tmp_path / "a.har")
    assert result.exit_code == 2
    assert "no HAR" in result.stderr


def test_a_value_of_a_har_that_never_ends_is_not_held(tmp_path: Path) -> None:
    """The reading ends, and what came before is judged."""
    sent = json.dumps({"log": {"entries": [entry(json.dumps(actions("x")))]}})[:-3]
    with patch("statemachine.bulk.readers.har.LONGEST_VALUE", 2**20):
        (tmp_path / "a.har").write_text(sent + ',{"request":{"url":"' + "x" * 2**22)
        result = checked(tmp_path / "a.har")
    assert result.exit_code == 2
    assert "a value of more than" in result.stderr
    assert '"SR112"' in result.stdout


def test_text_that_is_not_utf_8_in_parquet_is_a_finding(tmp_path: Path) -> None:
    """On its row; the others are judged."""
    device = pa.array([b"visitor-1", b"visitor-\xff", b"visitor-1"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"anonymous_id": device, "session_id": [S2, S2, S1]}), tmp_path / "log.parquet")
    assert codes(tmp_path / "log.parquet") == [("SR901", 2), ("SR201", 3)]


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    """`csv` has one limit for the process."""
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    """It is not guessed at."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("1.json", json.dumps(amplitude(S1)))
    data = bytearray(buffer.getvalue())
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    result = checked(tmp_path / "a.zip")
    assert result.exit_code == 2
    assert "encrypted" in result.stderr


EXPORTED = [
    amplitude(S2, R2, **{"$insert_id": "a", "client_event_time": "2026-11-23 10:00:02.000000"}),
    amplitude(S1, R1, **{"$insert_id": "b", "client_event_time": "2026-11-23 10:00:01.000000"}),
    amplitude(S1, R1, **{"$insert_id": "b", "client_event_time": "2026-11-23 10:00:01.000000"}),
    amplitude(S2, f"other/{S2}", **{"$insert_id": "c", "client_event_time": "2026-11-23 10:00:03.000000"}),
]
WAREHOUSE = [
    {
        "anonymous_id": "visitor-1",
        "id": f"m{session}{n}",
        "event_text": "[Amplitude] Replay Captured" if n == 3 else "Viewed",
        "integrations_amplitude_session_id": session,
        "amplitude_session_replay_id": f"shell/{session}",
        "original_timestamp": f"2026-11-23 10:00:0{n}",
    }
    for n, session in enumerate([S1, S2, S1, S2])
]


def as_columns(folder: Path, payloads: list[Any]) -> Path:
    """Parquet of the payloads' own keys."""
    pq.write_table(pa.Table.from_pylist(payloads), folder / "log.parquet")
    return folder / "log.parquet"


@pytest.mark.parametrize("payloads", [EXPORTED, WAREHOUSE], ids=["amplitude", "warehouse"])
@pytest.mark.parametrize(("write", "before"), [(as_columns, 0), (as_csv, 1), (as_zip, 0)])
def test_exports_and_warehouse_rows_are_judged_alike(
    payloads: list[Any], write: Callable[[Path, list[Any]], Path], before: int, tmp_path: Path
) -> None:
    """In the order of reading and of time, with filters too."""
    path = write(tmp_path, payloads)
    plain = as_lines(tmp_path, payloads)
    for arguments in ((), ("--order", "time"), ("--since", "2026-11-23T10:00:01.5Z"), ("--mode", "actions")):
        expected = findings(plain, *arguments)
        found = findings(path, *arguments, lines=lambda line: line - before)
        assert len(found) > 1
        if payloads is WAREHOUSE or write is not as_csv:  # a CSV has the text of an integer
            assert found == expected
        assert [(one.get("code"), one.get("line")) for one in found] == [
            (one.get("code"), one.get("line")) for one in expected
        ]


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.sampled_from([*TABLES]).flatmap(lambda mode: st.tuples(st.just(mode), logs(mode))))
def test_random_lines_in_a_column_are_judged_as_lines(drawn: tuple[str, bytes]) -> None:
    """Whatever they are."""
    mode, log = drawn
    lines = [line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r") for line in log.split(b"\n")]
    cells = pa.record_batch([pa.array([line if line.strip() else None for line in lines], pa.binary())], ["value"])
    layout = layout_of(["value"], Columns.of(["payload=value"]))
    batch = Narrowing(TABLES[mode]).narrowed(raw_of_columns(cells, layout, TABLES[mode]))
    fold = Fold(TABLES[mode], Devices(), Recent())
    folded = fold.batch(batch, lambda position: ("log", int(batch.line[position]) + 1))
    found = [finding for _, verdict in folded.verdicts for finding in verdict.findings]
    judge = Judge.of(mode)
    expected = [
        finding
        for number, line in enumerate(lines, 1)
        for item in (events_of(number, line) if line.strip() else [_nothing(number)])
        for finding in judge.event(item, file="log").findings
    ]
    assert found == expected


def _nothing(number: int) -> Unreadable:
    return Unreadable(number, "$", "SR902", "no payload at value")


def test_a_cell_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """A time beyond all years, text in a struct that is not UTF-8; the other rows are judged."""
    far = pa.array([5, 2**62, 5], pa.timestamp("us"))
    rows = pa.table({"anonymous_id": ["visitor-1"] * 3, "session_id": [S2, S2, S1], "original_timestamp": far})
    pq.write_table(rows, tmp_path / "log.parquet")
    assert ("SR201", 3) in codes(tmp_path / "log.parquet", "--order", "time")
    texts = pa.array([b"visitor-1", b"\xff", b"visitor-1"], pa.binary()).view(pa.string())
    struct = pa.StructArray.from_arrays([pa.StructArray.from_arrays([texts], ["id"])], ["device"])
    pq.write_table(
        pa.table({"context": struct, "type": ["track"] * 3, "session_id": [S2, S2, S1]}), tmp_path / "log.parquet"
    )
    named = ("--column", "device=context.device.id", "--column", "session=session_id")
    assert codes(tmp_path / "log.parquet", *named) == [("SR901", 2), ("SR201", 3)]


def test_sorting_on_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """Status 2 and the reason."""
    path = as_lines(tmp_path, [{**actions(S1), "timestamp": n} for n in range(70_000)])
    line = f"ulimit -f 100; exec {sys.executable} -m statemachine check {path} --order time --format jsonl"
    done = subprocess.run(line, shell=True, capture_output=True, timeout=120)  # noqa: S602
    assert done.returncode == 2
    assert b"do not fit into a temporary file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    """It is an extra."""
    path = as_columns(tmp_path, EXPORTED)
    with patch.dict(sys.modules, {"pyarrow": None, "pyarrow.parquet": None}):
        result = checked(path)
    assert result.exit_code == 2
    assert "[parquet]" in result.stderr


@pytest.mark.parametrize(
    ("name", "is_log"),
    [
        ("day/1454538131000.abc123.1-2.1.0.gz", True),
        ("1_2026-11-23_0#0.json.gz", True),
        ("LOG.NDJSON.ZST", True),
        ("part-0.snappy.parquet", True),
        ("a.har", True),
        ("a.tar.gz", False),
        ("a.parquet.gz", False),
        ("a.txt", False),
        ("ndjson", False),
        ("_SUCCESS", False),
    ],
)
def test_which_names_are_logs(name: str, is_log: bool) -> None:
    """In directories and archives: those of Segment's own object storage too, which end with `.gz` alone."""
    assert bool(KNOWN.search(name)) is is_log


@pytest.mark.parametrize("write", [as_lines, as_zip, as_csv])
def test_an_output_that_breaks_off_is_not_the_inputs_fault(
    write: Callable[[Path, list[Any]], Path], tmp_path: Path
) -> None:
    """Many findings into a full disk: the output is what cannot be written."""
    path = write(tmp_path, [actions(S2), *[actions(S1)] * 2_000])
    line = f"{sys.executable} -m statemachine check {path} --format jsonl > /dev/full"
    done = subprocess.run(line, shell=True, capture_output=True, timeout=60)  # noqa: S602
    assert done.returncode == 2
    assert b"cannot read" not in done.stderr
    assert b"cannot write the output" in done.stderr


NAMES = ["anonymousId", "messageId", "event", "context", "integrations", "properties", "session_id"]
text_or_null = st.none() | st.sampled_from(
    ["", "visitor-1", "visitor-2", f"visitor-1/{S1}", f"visitor-2/{S1}", "[Amplitude] Replay Captured"]
)
cells = st.sampled_from(
    [
        (pa.int64(), st.none() | st.integers(S1, S1 + 5)),
        (pa.int64(), st.none() | st.sampled_from([S1, S1 + 1, S1 // 1000, 5, 0, -1, -2, -3, 2**53, 2**62])),
        (pa.uint64(), st.none() | st.sampled_from([S1, 2**63])),
        (pa.float64(), st.none() | st.floats()),
        (pa.bool_(), st.none() | st.booleans()),
        (pa.string(), st.none() | st.sampled_from([str(S1), "x"])),
        (pa.null(), st.none()),
    ]
)


devices = st.sampled_from(["visitor-1", "visitor-2", "visitor-1", "visitor-2", "abc", "a/b"])


@st.composite
def record_batches(draw: st.DrawFn) -> Any:
    """Columns as an export has them, with nulls at every level."""
    kind, values = draw(cells)
    session = st.none() | st.fixed_dictionaries({"session_id": values})
    in_integrations = pa.struct(
        [(name, pa.struct([("session_id", kind)])) for name in ("Actions Amplitude", "Amplitude")]
    )
    columns: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
        "anonymousId": (pa.string(), devices if draw(st.booleans()) else devices | text_or_null),
        "messageId": (pa.large_string(), text_or_null),
        "event": (pa.string(), text_or_null),
        "context": (
            pa.struct([("device", pa.struct([("id", pa.string())]))]),
            st.none() | st.fixed_dictionaries({"device": st.none() | st.fixed_dictionaries({"id": text_or_null})}),
        ),
        "integrations": (
            in_integrations,
            st.none() | st.fixed_dictionaries({"Actions Amplitude": session, "Amplitude": session}),
        ),
        "properties": (
            pa.struct([(REPLAY_ID, pa.string())]),
            st.none() | st.fixed_dictionaries({REPLAY_ID: text_or_null}),
        ),
        "session_id": (kind, values),
    }
    names = ["anonymousId", *draw(st.lists(st.sampled_from(NAMES[1:]), unique=True))]
    size = draw(st.sampled_from([1, 5, 40]))
    arrays = [
        pa.array(draw(st.lists(columns[name][1], min_size=size, max_size=size)), columns[name][0]) for name in names
    ]
    return pa.record_batch(arrays, names)


@settings(max_examples=200, deadline=None, suppress_health_check=[*HealthCheck])
@given(record_batches(), st.sampled_from([*TABLES]), st.booleans())
def test_columns_at_once_are_rows_one_by_one(batch: Any, mode: str, is_mapped: bool) -> None:
    """Whatever is null, and whatever type the session IDs have."""
    mapped_to = ["session=session_id"] if is_mapped and "session_id" in batch.schema.names else []
    layout = layout_of(batch.schema.names, Columns.of(mapped_to))
    batch = batch.slice(1) if batch.num_rows > 1 else batch
    at_once = raw_of_columns(batch, layout, TABLES[mode])
    with patch("statemachine.bulk.columns._at_once", lambda *given: None):
        one_by_one = raw_of_columns(batch, layout, TABLES[mode])
    assert repr(at_once) == repr(one_by_one)  # NaN is not equal to itself


def folded(batch: Any, table: Any) -> tuple[object, ...]:
    """What a fold makes of it."""
    made = Fold(table, Devices(), Recent()).batch(batch, lambda position: ("log", position))
    return made.verdicts, made.repeated, made.refused, made.sessions, made.state.tolist(), made.session.tolist()


def judged_alike(batch: Any, mode: str) -> bool:
    """Whether a record batch is judged as its rows are."""
    layout, table = layout_of(batch.schema.names, Columns()), TABLES[mode]
    narrowing = Narrowing(table)
    at_once = ArrowRows(batch, layout).narrowed(narrowing, table)
    with patch("statemachine.bulk.columns.batch_of_columns", lambda *given: None):
        one_by_one = ArrowRows(batch, layout).narrowed(narrowing, table)
    return repr(folded(at_once, table)) == repr(folded(one_by_one, table))


@settings(max_examples=300, deadline=None, suppress_health_check=[*HealthCheck])
@given(record_batches(), st.sampled_from([*TABLES]))
def test_a_batch_at_once_is_judged_as_its_rows(batch: Any, mode: str) -> None:
    """Whatever is null, whatever the session IDs are, and whoever's replay ID it is."""
    assert judged_alike(batch, mode)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("plain_sessions", lambda given: given.copy()),
        ("foreign_device", lambda tag, session, foreign: OWN_DEVICE),
        ("are_sound_device_ids", lambda devices: True),
        ("REPLAY_CAPTURED", ""),
        ("ABSENT_SESSION", S1),
    ],
)
def test_a_batch_that_is_wrong_in_one_thing_is_noticed(name: str, wrong: Any) -> None:
    """The red twins."""

    def differs(drawn: tuple[Any, str]) -> bool:
        with patch(f"statemachine.bulk.columns.{name}", wrong):
            return not judged_alike(*drawn)

    unshrunk = settings(
        max_examples=2_000, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    find(st.tuples(record_batches(), st.sampled_from([*TABLES])), differs, settings=unshrunk)


def test_most_columns_are_taken_at_once(tmp_path: Path) -> None:
    """The red twin: it is not one by one that both are."""
    batch = pq.read_table(as_parquet(tmp_path, [actions(S1, R1, messageId="m")] * 3)).to_batches()[0]
    with patch("statemachine.bulk.columns.events_of_columns", side_effect=AssertionError):
        raw = raw_of_columns(batch, layout_of(batch.schema.names, Columns()), ACTIONS)
    assert raw.session == [S1] * 3


@settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.lists(st.sampled_from([S1, S2, S1 + 1, 5, -1]), min_size=1, max_size=6), st.booleans())
def test_whole_payloads_as_columns_are_judged_as_lines(sessions: list[int], is_tagged: bool) -> None:
    """With everything that a payload holds besides, and objects that lack what is looked for in them."""
    replay = R1 if is_tagged else None
    payloads = [
        {
            **actions(session, replay, messageId=f"m-{n}", event="Viewed"),
            "context": {"ip": "127.0.0.1", "library": {"name": "analytics.js"}},
            "traits": {"plan": "pro"},
        }
        for n, session in enumerate(sessions)
    ]
    for payload in payloads:
        payload["properties"].setdefault("price", 5)
    with tempfile.TemporaryDirectory() as folder:
        lines, columns = Path(folder) / "log.ndjson", Path(folder) / "log.parquet"
        lines.write_text("".join(json.dumps(payload) + "\n" for payload in payloads))
        pq.write_table(pa.Table.from_pylist(payloads), columns)
        assert findings(columns) == findings(lines)


def test_columns_in_capitals_are_known(tmp_path: Path) -> None:
    """As some warehouses write them; the red twin is a name that is none."""
    rows = f"visitor-1,{S2}\nvisitor-1,{S1}\n"
    for name in ("INTEGRATIONS_ACTIONS_AMPLITUDE_SESSION_ID", "integrations_actions_amplitude_session_id"):
        (tmp_path / "log.csv").write_text(f"ANONYMOUS_ID,{name}\n{rows}")
        assert [one["code"] for one in findings(tmp_path / "log.csv") if "code" in one] == ["SR201"]
    (tmp_path / "log.csv").write_text(f"ANONYMOUS-ID,SESSION\n{rows}")
    result = checked(tmp_path / "log.csv")
    assert result.exit_code == 2
    assert f"{tmp_path / 'log.csv'}: no known columns" in result.stderr


def test_a_quote_that_is_not_closed_tells_its_lines(tmp_path: Path) -> None:
    """So that nothing is lost without a word."""
    (tmp_path / "log.csv").write_text('anonymous_id,session_id\nvisitor-1,"5\nvisitor-2,6\n')
    (bad,) = [one for one in findings(tmp_path / "log.csv") if one.get("code") == "SR901"]
    assert "lines 2 to 3" in bad["message"]


def test_a_stream_of_parquet_or_zip_is_refused_in_one_line() -> None:
    """They are read from their end, which a stream does not show."""
    for begin in (b"PAR1", b"PK\x03\x04"):
        result = checked("-", given=begin + bytes(100))
        assert result.exit_code == 2
        assert "from regular files only" in result.stderr


def test_a_har_of_a_proxy_is_read(tmp_path: Path) -> None:
    """Whatever an `apiHost` ends in; a request of someone else's with such a path is left alone."""
    bodies = [json.dumps(actions(session, messageId=f"m-{session}")) for session in (S2, S1)] + ['{"page": 1}']
    entries = [
        {"request": {"method": "POST", "url": "https://proxy.example.com/seg/t", "postData": {"text": body}}}
        for body in bodies
    ]
    (tmp_path / "log.har").write_text(json.dumps({"log": {"entries": entries}}))
    *found, last = findings(tmp_path / "log.har")
    assert [one["code"] for one in found] == ["SR201"]
    assert last["summary"]["read"] == 2


def test_a_quoted_glob_may_name_directories(tmp_path: Path) -> None:
    """As a shell passes them."""
    (tmp_path / "2026-11").mkdir()
    (tmp_path / "2026-11" / "log.ndjson").write_text(json.dumps(actions(S1)) + "\n")
    assert findings(tmp_path / "2026-*")[-1]["summary"]["read"] == 1


def test_an_empty_time_hides_no_other(tmp_path: Path) -> None:
    """The first that is there and not empty counts."""
    late, early = ({"originalTimestamp": "", "timestamp": f"2026-11-23T1{hour}:00:00Z"} for hour in (1, 0))
    path = tmp_path / "log.ndjson"
    path.write_text("".join(json.dumps(actions(session, **more)) + "\n" for session, more in ((S2, late), (S1, early))))
    *found, last = findings(path, "--order", "time")
    assert found == []
    assert last["summary"]["timeless"] == 0


@pytest.mark.parametrize(
    ("header", "arguments", "place"),
    [
        ("anonymous_id,integrations_actions_amplitude_session_id", (), "integrations_actions_amplitude_session_id"),
        ("anonymous_id,SESSION_ID", (), "SESSION_ID"),
        ("who,when", ("--column", "device=who", "--column", "session=when"), "when"),
        ("who,a\u202eb", ("--column", "device=who", "--column", "session=a\u202eb"), "a\\u202eb"),
        ("anonymousId,integrations", (), 'integrations["Actions Amplitude"].session_id'),
    ],
)
@pytest.mark.parametrize("order", ["read", "time"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_messages_name_the_column_that_was_read(
    tmp_path: Path, header: str, arguments: tuple[str, ...], place: str, order: str, form: str
) -> None:
    """Not where a payload would have it; in the message, and in why the mode is what it is."""
    path, (device, session) = tmp_path / f"log.{form}", header.split(",")
    given = [1790000001000, 1790000000000]
    values: list[Any] = (
        [json.dumps({"Actions Amplitude": {"session_id": one}}) for one in given]
        if session == "integrations"
        else given
    )
    if form == "parquet":
        pq.write_table(pa.table({device: ["visitor-1"] * 2, session: values}), path)
    else:
        with path.open("w") as file:
            csv.writer(file).writerows([(device, session), *(("visitor-1", value) for value in values)])
    text = CliRunner().invoke(main, ["check", str(path), "--order", order, *arguments]).stdout
    assert f"session ID 1790000000000 at {place} is 1000 ms behind" in text
    line = 2 if form == "csv" else 1
    assert f"detected: line {line} has {place}" in text or f"detected: line {line} has a session ID that" in text

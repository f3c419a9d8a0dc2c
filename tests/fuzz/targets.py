"""What is fuzzed: a target a reader and a format, each making a run of any bytes. `corpus/` has what once failed.

The first byte of an input chooses among a few ways to give the rest.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from statemachine.bulk.blocks import lines_of
from statemachine.machines import TABLES
from tests.fuzz import seeds
from tests.fuzz.held import FOLDER, GOOD, PAIR, READ, REGRESSED, WITNESS, Case, Run, command_line, holds
from tests.test_log import S1, S2

CORPUS: Final = Path(__file__).parent / "corpus"
MODES: Final = [*TABLES]
OTHER: Final = ("other.ndjson", 2)
"""A sound file that is judged after the hostile one."""


@attrs.frozen
class Target:
    """A reader or a format: how bytes become a run, and what to begin with."""

    name: str
    case: Callable[[int, bytes], Case | None]
    seeds: Callable[[], Sequence[bytes]]
    ways: int = 1

    def holds(self, data: bytes, run: Run = command_line) -> None:
        """Run an input. Raises AssertionError where the property is broken, and what the command raised."""
        case = self.case(data[0] % self.ways, data[1:]) if data else None
        if case is not None:
            holds(case, run)

    def inputs(self) -> Iterator[bytes]:
        """The seeds in every way, and what once failed."""
        for way in range(self.ways):
            yield from (bytes([way]) + seed for seed in self.seeds() if len(seed) < seeds.LONGEST)
        yield from (path.read_bytes() for path in self.regressions())

    def regressions(self) -> list[Path]:
        """Inputs that once failed."""
        return sorted(CORPUS.glob(f"{self.name}-*"))


def _beside(name: str, data: bytes, *more: str) -> Case:
    """A file, and a sound one after it."""
    files = {name: data, OTHER[0]: PAIR}
    return Case(("check", *(f"{FOLDER}/{one}" for one in files), *more), files, witnessed=OTHER)


def _knows_the_witness(data: bytes) -> bool:
    return WITNESS.encode() in data


def _lines(way: int, data: bytes) -> Case | None:
    """Between good lines, in a file and a pipe; also by time, and with columns that are named."""
    if _knows_the_witness(data):
        return None
    log = GOOD + b"\n" + data + b"\n" + REGRESSED
    more = ((), (), ("--mode", "actions"), ("--order", "time"), ("--column", "device=anonymousId"))[way]
    path, files, given = (f"{FOLDER}/log", {"log": log}, None) if way else ("-", {}, log)
    return Case(("check", path, *more), files, given, witnessed=("", data.count(b"\n") + 3))


def _documents(way: int, data: bytes) -> Case:
    return _beside("log.json", data, *((), ("--order", "time"))[way])


def _hars(way: int, data: bytes) -> Case | None:
    """A whole file; and a request between good ones, so that it is JSON whatever the data."""
    if way == 0:
        return _beside("log.har", data)
    url, encoding, text, *_ = [*data.decode("utf-8", "surrogateescape").split("\0", 2), "", ""]
    good = [seeds.entry("https://api.segment.io/v1/t", "", one.decode()) for one in (GOOD, REGRESSED)]
    entries = [good[0], seeds.entry(url, encoding, text), good[1]]
    content = json.dumps({"log": {"entries": entries}}).encode()
    return Case(("check", f"{FOLDER}/log.har"), {"log.har": content}, witnessed=("log.har", 3))


HEADER: Final = b"anonymous_id,integrations_actions_amplitude_session_id,event\n"


def _tables(way: int, data: bytes) -> Case:
    """A whole file; and rows between good ones. A quote that is left open takes what follows, as it must."""
    if way == 0 or _knows_the_witness(data) or _leaves_a_quote_open(data):
        return _beside("log.csv", data)
    good = [f"{WITNESS},{session},\n".encode() for session in (S2, S1)]
    table = HEADER + good[0] + data + b"\n" + good[1]
    return Case(("check", f"{FOLDER}/log.csv"), {"log.csv": table}, witnessed=("log.csv", data.count(b"\n") + 4))


def _leaves_a_quote_open(data: bytes) -> bool:
    text = [line.decode("utf-8", "surrogateescape") + "\n" for line in lines_of(data + b"\nend\n")]
    reader, row = csv.reader(iter(text), strict=True), [""]
    while True:
        try:
            row = next(reader)
        except csv.Error:
            row = [""]
        except StopIteration:
            return row != ["end"]


def _parquets(way: int, data: bytes) -> Case | None:
    """A whole file, also in a folder; and cells of any bytes as text, bytes, a dictionary, or whole payloads."""
    if way == 0:
        return _beside("log.parquet", data)
    if way == 5:
        return Case(("check", f"{FOLDER}/logs"), {"logs/log.parquet": data, "logs/other.ndjson": PAIR}, witnessed=OTHER)
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = data.split(b"\0")
    column = pa.array(cells, pa.binary())
    text = column.view(pa.string())
    kinds = {1: text, 2: column, 3: column.dictionary_encode(), 4: text}
    columns: dict[str, Any] = {"anonymous_id": kinds[way], "session_id": [S2] * len(cells)}
    columns |= {"amplitude_session_replay_id": text, "original_timestamp": kinds[way]}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, store_schema=way == 3)
    if way == 4:
        files = {"log.parquet": buffer.getvalue()}
        return Case(("check", f"{FOLDER}/log.parquet", "--column", "payload=anonymous_id"), files)
    return _beside("log.parquet", buffer.getvalue())


def _gzips(way: int, data: bytes) -> Case | None:
    """A whole file; what is in one; and a member after a good one, whose lines are judged."""
    if way < 2:
        return _beside("log.gz", gzip.compress(data, 1) if way else data)
    packed = gzip.compress(PAIR, mtime=0) + data
    return Case(("check", f"{FOLDER}/log.gz"), {"log.gz": packed}, witnessed=("log.gz", 2))


def _zstds(way: int, data: bytes) -> Case | None:
    """Likewise."""
    import backports.zstd as zstd

    if way < 2:
        return _beside("log.zst", zstd.compress(data) if way else data)
    return Case(("check", f"{FOLDER}/log.zst"), {"log.zst": zstd.compress(PAIR) + data}, witnessed=("log.zst", 2))


def _zips(way: int, data: bytes) -> Case | None:
    """A whole archive; and a member of any name and content between good ones."""
    if way == 0:
        return _beside("log.zip", data)
    name, _, content = data.partition(b"\0")
    if _knows_the_witness(content):
        return None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("1.json", GOOD)
        archive.writestr(name.decode("utf-8", "replace")[:200] or "x", content)
        archive.writestr("99999999.json", REGRESSED)
    files = {"log.zip": buffer.getvalue()}
    return Case(("check", f"{FOLDER}/log.zip", "--mode", "actions"), files, witnessed=("log.zip/99999999.json", 1))


def _traces(way: int, data: bytes) -> Case:
    """Calls before and after; as lines of JSON, for people, and as a page."""
    form = ("jsonl", "jsonl", "jsonl", "text", "html")[way]
    load = b'{"call":"load","device_id":"visitor-1","session_id":1790000000000}\n'
    trace = load + data + b'\n{"call":"event"}\n'
    steps = sum(bool(line.strip()) for line in lines_of(trace))
    return Case(("run", MODES[way % 3], f"{FOLDER}/trace"), {"trace": trace}, form=form, steps=steps)


def _configurations(way: int, data: bytes) -> Case | None:
    if _writes_elsewhere(data):
        return None
    files = {"log.ndjson": PAIR, "x.toml": data}
    return Case(("check", f"{FOLDER}/log.ndjson", "--config", f"{FOLDER}/x.toml"), files)


def _writes_elsewhere(data: bytes) -> bool:
    """Whether a configuration, which is the user's own, asks for files outside the folder, or for many processes."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(data.decode())["tool"]["statemachine"]
        named = [table.get(key, "") for key in ("output", "by-device", "state", "write-baseline", "baseline")]
        return any("/" in str(name) or "\\" in str(name) for name in named) or table.get("workers", 1) != 1
    except Exception:
        return False


def _baselines(way: int, data: bytes) -> Case:
    files = {"log.ndjson": PAIR, "known.json": data}
    return Case(("check", f"{FOLDER}/log.ndjson", "--baseline", f"{FOLDER}/known.json"), files)


def _states(way: int, data: bytes) -> Case:
    files = {"log.ndjson": PAIR, "kept/state": data}
    return Case(("check", f"{FOLDER}/log.ndjson", "--state", f"{FOLDER}/kept"), files)


NAMES: Final = ("log", "log.json", "log.gz", "log.csv.gz", "log.har", "log.zip", "log.parquet", "log.zst", "log.csv")


def _sniffed(way: int, data: bytes) -> Case:
    """Whatever the name says, and from a pipe."""
    if way < len(NAMES):
        return _beside(NAMES[way], data)
    return Case(("check", "-", f"{FOLDER}/other.ndjson"), {"other.ndjson": PAIR}, data, witnessed=OTHER)


def _report(form: str) -> Callable[[int, bytes], Case | None]:
    """Strings of the data as IDs, names and messages, and in the name of the file."""

    def case(way: int, data: bytes) -> Case | None:
        parts = data.decode("utf-8", "surrogatepass" if way else "replace").split("\0", 4)
        device, replay, session, name, file = (*parts, *[""] * 5)[:5]
        file = re.sub("[/\0]", "", file).encode("utf-8", "replace")[:100].decode("utf-8", "ignore")
        file = f"log{file}"
        given: list[dict[str, Any]] = [
            {"type": "track", "anonymousId": device, "event": name, "messageId": name, "properties": {replay: device}},
            {**json.loads(GOOD), "anonymousId": device, "properties": {REPLAY: replay}},
            {**json.loads(GOOD), "anonymousId": replay, "integrations": {"Actions Amplitude": {"session_id": session}}},
        ]
        torn = f'{{"{name}": {session}'.encode("utf-8", "surrogatepass")
        log = b"\n".join([*(json.dumps(one).encode() for one in given), torn])
        return Case(("check", f"{FOLDER}/{file}", "--expect-replay-ids"), {file: log}, form=form)

    def sound(way: int, data: bytes) -> Case | None:
        try:
            return case(way, data)
        except UnicodeDecodeError:
            return None

    return sound


REPLAY: Final = "[Amplitude] Session Replay ID"

TARGETS: Final = {
    target.name: target
    for target in (
        Target("lines", _lines, seeds.lines, 5),
        Target("documents", _documents, seeds.documents, 2),
        Target("har", _hars, lambda: [*seeds.hars(), *seeds.bodies()], 2),
        Target("csv", _tables, lambda: [*seeds.tables(), *seeds.rows()], 2),
        Target("parquet", _parquets, lambda: [*seeds.parquets(), *seeds.cells()], 6),
        Target("gzip", _gzips, lambda: [*seeds.gzips(), *seeds.lines()[:2]], 3),
        Target("zstd", _zstds, lambda: [*seeds.zstds(), *seeds.lines()[:2]], 3),
        Target("zip", _zips, lambda: [*seeds.zips(), *seeds.members()], 2),
        Target("trace", _traces, seeds.traces, 5),
        Target("config", _configurations, seeds.configurations),
        Target("baseline", _baselines, seeds.baselines),
        Target("state", _states, seeds.states),
        Target("sniffed", _sniffed, seeds.anything, len(NAMES) + 1),
        *(Target(f"report-{form}", _report(form), seeds.texts, 2) for form in READ),
    )
}
"""By name."""

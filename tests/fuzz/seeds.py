"""What mutation begins with: small files of every format, made of the captures in `tests/data`, and words of theirs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from statemachine.baseline import Baseline
from tests.fuzz.held import PAIR, command_line
from tests.test_log import R1, R2, S1, S2, actions, amplitude, bare, cloud

DATA: Final = Path(__file__).parents[1] / "data"
LONGEST: Final = 4096
"""Bytes of an input: mutation of more is slow, and finds no more."""
KEPT: Final = ("type", "anonymousId", "messageId", "event", "timestamp", "integrations", "properties", "event_type")
WORDS: Final = (
    *(
        "anonymousId",
        "integrations",
        "Actions Amplitude",
        "Amplitude",
        "session_id",
        "properties",
        "messageId",
        "batch",
    ),
    *("[Amplitude] Session Replay ID", "[Amplitude] Replay Captured", "event", "events", "type", "track", "context"),
    *("device", "id", "device_id", "event_type", "event_properties", "insert_id", "time", "timestamp", "visitor-1"),
    *("anonymous_id", "integrations_actions_amplitude_session_id", "log", "entries", "request", "postData", "text"),
    *("call", "load", "settle", "add", "uuid", "sessionId", "sessionStart", "library", "params", "encoding", "base64"),
    *(str(S1), str(S2), R1, "-1", "1e999", "9223372036854775808", "NaN", "null", "true", "\\ud800", "\\u0000"),
)
"""What a mutation puts in, besides bytes."""
SPECIAL: Final = (
    *(b"\0", b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xed\xa0\x80", b"\x1b[2J", b"\x1f\x8b"),
    *(b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b'"', b"'", b",", b"{", b"}", b"[", b"]", b"[" * 2_000, b"\\"),
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 400, b"\xe2\x80\xae", b"</script>", b"=1+1", b"::error::", b"%0A"),
    *(b"../../x.json", b"\xc2\x85", b"\xe2\x80\xa8", b"]]>", b"&amp;", b"<!--", b"`|[x](y)", b"__class__"),
)


@cache
def payloads() -> tuple[dict[str, Any], ...]:
    """A few payloads of every shape."""
    found: list[dict[str, Any]] = []
    for path in sorted(DATA.glob("*.ndjson")):
        for line in path.read_text().splitlines()[:2]:
            read = json.loads(line)
            found.append({key: read[key] for key in KEPT if key in read})
    found += [actions(S1, R1), actions(S2, R1, messageId="m"), cloud(S1, "shell-1/1"), bare(), amplitude(S2, R2)]
    return (*found, actions(str(S1), event="[Amplitude] Replay Captured"), actions(-1), amplitude(S1, insert_id="i"))


def lines() -> list[bytes]:
    """A line each, and several."""
    each = [json.dumps(payload).encode() for payload in payloads()]
    return [*each, b"\n".join(each[:3]), json.dumps({"batch": payloads()[:2]}).encode()]


def documents() -> list[bytes]:
    """JSON over several lines: an object, an array, a batch; with a byte order mark, and in UTF-16."""
    some = payloads()[-6:]
    shown = [json.dumps(one, indent=1) for one in (some[0], list(some[:3]), {"batch": some[:2]}, {"events": some[4:]})]
    texts = [text.encode() for text in shown]
    return [*texts, b"\xef\xbb\xbf" + texts[1], texts[0].replace(b"\n", b"\r\n"), shown[0].encode("utf-16"), *lines()]


def bodies() -> list[bytes]:
    """What stands in the request of an entry of a HAR: a URL, an encoding, and a text."""
    urls = ("https://api.segment.io/v1/t", "https://api.eu.amplitude.com/batch", "https://api.amplitude.com/", "x/t")
    texts = [json.dumps(payload) for payload in payloads()[-5:]]
    return [f"{url}\0{'' if n else 'base64'}\0{text}".encode() for n, text in enumerate(texts) for url in urls]


def entry(url: str, encoding: str, text: str) -> dict[str, Any]:
    """An entry of a HAR."""
    post = {"postData": {"text": text, "params": [{"name": "e", "value": text}], "encoding": encoding}}
    return {"request": {"method": "POST", "url": url, **post}}


def hars() -> list[bytes]:
    """A HAR of a few requests."""
    entries = [entry("https://api.segment.io/v1/t", "", json.dumps(payload)) for payload in payloads()[-3:]]
    documents = [{"log": {"version": "1.2", "entries": entries[:n]}} for n in range(1, 4)]
    return [json.dumps(document).encode() for document in documents]


def tables() -> list[bytes]:
    """CSV: of objects, and flat."""
    found = []
    for some in (payloads()[-6:-3], payloads()[:3]):
        buffer = io.StringIO()
        names = list(dict.fromkeys(name for payload in some for name in payload))
        writer = csv.writer(buffer)
        writer.writerow(names)
        cells = [[payload.get(name) for name in names] for payload in some]
        writer.writerows([json.dumps(cell) if isinstance(cell, dict) else cell for cell in row] for row in cells)
        found.append(buffer.getvalue().encode())
    return [*found, f'anonymous_id,session_id,event\nvisitor-1,{S2},"two\nlines"\nvisitor-1,{S1},\n'.encode()]


def rows() -> list[bytes]:
    """Rows of a CSV whose header is known."""
    return [f"visitor-1,{S2},a".encode(), f'visitor-1,{S1},"a\nb"\nx,,'.encode(), b'"a""b",1,\nonly one', b'"open,1']


def parquets() -> list[bytes]:
    """Small Parquet files: flat, nested, of several types, packed in several ways."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat: dict[str, list[Any]] = {"anonymous_id": ["visitor-1", None, "visitor-1"], "session_id": [S2, S1, S1]}
    session = {"Actions Amplitude": {"session_id": S1}}
    nested = {"anonymousId": ["visitor-1"], "integrations": [session], "properties": [{"a": R1}]}
    tables = [pa.table(flat), pa.table({**flat, "session_id": list(map(str, flat["session_id"]))}), pa.table(nested)]
    found = []
    for table in tables:
        for packing in ("none", "snappy", "zstd"):
            buffer = io.BytesIO()
            pq.write_table(table, buffer, compression=packing, store_schema=False)
            found.append(buffer.getvalue())
    return found


def cells() -> list[bytes]:
    """Cells of a column, divided by NUL."""
    return [b"visitor-1\0visitor-1", b"\xff\0visitor", json.dumps(payloads()[-1]).encode()]


def gzips() -> list[bytes]:
    """Packed lines, one member and two."""
    packed = [gzip.compress(line, mtime=0) for line in lines()[-8:]]
    return [*packed, packed[0] + packed[1]]


def zstds() -> list[bytes]:
    """Frames of lines."""
    import backports.zstd as zstd

    packed = [zstd.compress(line) for line in lines()[-8:]]
    return [*packed, packed[0] + packed[1]]


def zips() -> list[bytes]:
    """Archives as Amplitude's export has them."""
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", kind) as archive:
            for hour, payload in enumerate(payloads()[-3:-1]):
                name = zipfile.ZipInfo(f"1/2026-11-23_{hour}#0.json.gz")
                archive.writestr(name, gzip.compress(json.dumps(payload).encode(), mtime=0))
        found.append(buffer.getvalue())
    return found


def members() -> list[bytes]:
    """A name of a member, and what is in it."""
    line = json.dumps(payloads()[-1]).encode()
    names = (b"b.json", b"../../etc/x.json", b"/abs.ndjson", b"b.json.gz", b"in.zip", b"b.csv", b"\xff.json", b"b.har")
    return [name + b"\0" + (gzip.compress(line, mtime=0) if name.endswith(b"gz") else line) for name in names]


def traces() -> list[bytes]:
    """Call traces."""
    given = (DATA / "real-sdk-traces.jsonl").read_bytes().splitlines()
    calls = [json.dumps(json.loads(line)["call"]).encode() for line in given[:24]]
    return [b"\n".join(calls[n : n + 6]) for n in range(0, 24, 6)] + calls[:4]


def configurations() -> list[bytes]:
    """`pyproject.toml`s."""
    texts = (
        'ignore = ["SR1"]\nmode = "actions"\nfail-on = "warning"\n',
        'column = "device=a.b"\norder = "time"\nsince = "2026-11-23"\nworkers = 1\n',
        'expect-replay-ids = true\nquiet = false\ndevice = ["visitor-1"]\nbaseline = "none.json"\n',
    )
    return [b"[tool.statemachine]\n" + text.encode() for text in texts]


def baselines() -> list[bytes]:
    """Baselines."""
    return [Baseline({}).encoded(), Baseline({"SR201": {"0" * 24: 1}, "SR101": {"a" * 24: 2**63}}).encoded()]


@cache
def states() -> tuple[bytes, ...]:
    """States that runs left."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.ndjson")
        for name, content in (("a", PAIR), ("b", b"\n".join(lines()))):
            log.write_bytes(content)
            outcome = command_line(["check", str(log), "--state", str(Path(folder, name))], None)
            assert outcome.status == 1, outcome
        return tuple(Path(folder, name, "state").read_bytes() for name in ("a", "b"))


def anything() -> list[bytes]:
    """A little of every format."""
    several = (lines, documents, hars, tables, parquets, gzips, zstds, zips)
    return [seed for some in several for seed in some()[-3:]]


def texts() -> list[bytes]:
    """Strings that end up in reports, divided by NUL: a device, a replay, a session, a name of an event, of a file."""
    hostile: tuple[str, ...] = (
        "\x1b[2J\x07",
        "</script><img src=x onerror=alert(1)>",
        "=cmd|'/c calc'!A1",
        "\u202eabc",
        "::error::x",
    )
    hostile += ("`](javascript:x)![](y)", "\ud800", "%0A::add-mask::", "]]>&lt;", "\r\n##[command]", "a|b\\|c", "@x")
    return [
        *(
            "\0".join((text, f"{text}/1", text, text, f"log{n}")).encode("utf-8", "surrogatepass")
            for n, text in enumerate(hostile)
        ),
        f"visitor-1\0visitor-1/{S1}\0{S2}\0Viewed\0log".encode(),
    ]

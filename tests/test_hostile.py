"""Hostile input: no traceback, exit 0, 1 or 2, and read = judged + unreadable, always."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statemachine.entrypoints.cli import main
from statemachine.event import MAX_LINE_BYTES
from tests.properties.strategies import json_values
from tests.test_log import S1, S2, actions

GOOD = json.dumps(actions(S2)).encode()
REGRESSED = json.dumps(actions(S1)).encode()
HOSTILE = {
    "truncated": b'{"type": "track", ',
    "invalid UTF-8": b'{"type": "track\xff"}',
    "NUL": b"\x00\x00",
    "lone surrogate": b'{"type":"track","anonymousId":"\\ud800","integrations":{}}',
    "100,000 deep": b"[" * 100_000,
    "deep in a payload": b'{"type":"track","anonymousId":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "thousands of digits": b'{"type":"track","anonymousId":"a","integrations":' + b"9" * 5_000 + b"}",
    "beyond 2^63": json.dumps(actions(2**70)).encode(),
    "NaN": json.dumps(actions(float("nan"))).encode(),
    "Infinity": json.dumps(actions(float("inf"))).encode(),
    "duplicate keys": b'{"anonymousId":"a","anonymousId":"b/c"}',
    "wrong types": b'{"type":[],"anonymousId":{},"integrations":7,"properties":"x","context":[{}],"messageId":{}}',
    "keys like code": b'{"__class__":"x","anonymousId":"__import__(\'os\')"}',
    "terminal escapes": json.dumps(actions(S2, device="\x1b[2J\x1b]0;pwned\x07")).encode(),
    "right to left": json.dumps(actions("\u202eabc", f"\u202e/{S1}", "visitor-2")).encode(),
    "empty array": b"[]",
    "empty batch": b'{"batch":[]}',
    "batch of nonsense": b'{"batch":[1,null,"x",[],{}]}',
    "a number": b"5",
    "carriage returns": b'{"a":\r1}\r\r',
}


def check(*lines: bytes, arguments: tuple[str, ...] = ("--format", "jsonl")) -> Result:
    """The result of checking these lines from standard input; a traceback would be an exception."""
    result = CliRunner().invoke(main, ["check", "-", *arguments], input=b"\n".join(lines))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    return result


def summary_of(result: Result) -> dict[str, int]:
    """The summary; its equation holds."""
    summary: dict[str, int] = json.loads(result.stdout.splitlines()[-1])["summary"]
    assert summary["read"] == summary["judged"] + summary["unreadable"]
    return summary


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_line_never_changes_the_verdict_on_the_good_ones_around_it(name: str) -> None:
    """The regression after the bad line is still found, on its own line, and nothing is lost."""
    result = check(GOOD, HOSTILE[name], REGRESSED)
    found = [json.loads(line) for line in result.stdout.splitlines()[:-1]]
    assert [(f["code"], f["line"]) for f in found if f["line"] != 2] == [("SR201", 3)]
    assert summary_of(result)["read"] >= 3


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_of_the_input_reaches_the_terminal_raw(name: str, form: str) -> None:
    """Control characters, escapes and direction marks are shown escaped."""
    output = check(GOOD, HOSTILE[name], arguments=("--format", form)).stdout
    assert all(c.isprintable() or c == "\n" for c in output)


@given(st.lists(json_values.map(lambda v: json.dumps(v).encode()) | st.binary(max_size=60), max_size=6))
@example([b"\xef\xbb\xbf" + GOOD])
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_counted(lines: list[bytes]) -> None:
    """Whatever the bytes, there is a summary, and its equation holds."""
    summary_of(check(*lines))


@given(st.recursive(json_values, lambda v: st.fixed_dictionaries({"type": v, "anonymousId": v, "integrations": v})))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_payloads_with_any_values_are_judged(value: object) -> None:
    """Fields of any type and depth give findings, not tracebacks, in every mode."""
    payload = {**actions(value, value, value), "context": value, "messageId": value, "event": value}
    line = json.dumps(payload).encode()
    for mode in ("actions", "classic-device", "classic-cloud"):
        summary = summary_of(check(GOOD, line, arguments=("--format", "jsonl", "--mode", mode)))
        assert summary["judged"] == 2


def test_a_line_that_is_too_long_is_reported_and_passed_over() -> None:
    """Memory is bounded by the line limit, and the next line is judged."""
    result = check(GOOD, b'"' + b"x" * (3 * MAX_LINE_BYTES) + b'"', REGRESSED)
    codes = [(json.loads(line)["code"], json.loads(line)["line"]) for line in result.stdout.splitlines()[:-1]]
    assert codes == [("SR901", 2), ("SR201", 3)]


def test_a_truncated_archive_is_unreadable_and_what_was_read_is_judged(tmp_path: Path) -> None:
    """Exit 2, a message, and the verdicts on the lines before the break."""
    packed = gzip.compress(b"\n".join([GOOD, REGRESSED] * 2_000))
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(packed[: len(packed) // 2])
    result = CliRunner().invoke(main, ["check", str(path), "--format", "jsonl"])
    assert result.exit_code == 2
    assert "cannot read" in result.stderr
    assert 0 < summary_of(result)["judged"] < 4_000


def test_hostile_call_traces_are_findings() -> None:
    """Each line of a trace, whatever it is, is one step."""
    lines = [*HOSTILE.values(), b'{"call":"load"}', b'{"call":[]}', b'{"call":"add","plugin":{}}', b'{"call":"event"}']
    for mode in ("actions", "classic-device", "classic-cloud"):
        for form in ("jsonl", "text"):
            result = CliRunner().invoke(main, ["run", mode, "-", "--format", form], input=b"\n".join(lines))
            assert isinstance(result.exception, SystemExit)
            assert result.exit_code == 1
            assert all(c.isprintable() or c == "\n" for c in result.stdout)
            if form == "jsonl":
                assert [json.loads(line)["step"] for line in result.stdout.splitlines()] == list(range(len(lines)))


def test_streams_that_are_closed_or_narrow_are_no_traceback(tmp_path: Path) -> None:
    """A closed input is unreadable, a closed output is silent, and ASCII gets escapes."""
    path = tmp_path / "log.ndjson"
    path.write_text(json.dumps(actions("☃", device="☃")))
    program = f"{sys.executable} -m statemachine"
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for command, status in (
        (f"{program} check - <&-", 2),
        (f"{program} run actions - <&-", 2),
        (f"{program} check {path} >&-", 1),
        (f"{program} diagram actions >&-", 0),
        (f"{program} diagram actions", 0),
        (f"{program} check {path}", 1),
        (f"{program} check {path} --format github", 1),
    ):
        done = subprocess.run(command, shell=True, capture_output=True, env=narrow, timeout=60)  # noqa: S602
        assert done.returncode == status, command
        assert b"Traceback" not in done.stderr


def test_an_interrupt_ends_with_the_counts_up_to_there() -> None:
    """Ctrl-C: status 130, a summary whose equation holds, and a word about it."""
    command = [sys.executable, "-m", "statemachine", "check", "-", "--format", "jsonl"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n".join([GOOD, *[REGRESSED] * 60, b""]))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b'{"code": "SR201"')
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
    summary = json.loads(output.splitlines()[-1])["summary"]
    assert summary["read"] == summary["judged"] + summary["unreadable"]

"""Hostile input: no traceback, exit 0, 1 or 2, and read = judged + unreadable, always."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statemachine import Log
from statemachine.entrypoints.cli import main
from statemachine.event import MAX_LINE_BYTES
from statemachine.suites.strategies import json_values
from tests.test_log import S1, S2, actions, bare

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
@pytest.mark.parametrize("form", ["text", "github", "sarif", "junit", "markdown"])
def test_nothing_of_the_input_reaches_the_terminal_raw(name: str, form: str) -> None:
    """Control characters, escapes and direction marks are shown escaped."""
    output = check(GOOD, HOSTILE[name], arguments=("--format", form)).stdout
    assert all(c.isprintable() or c == "\n" for c in output)


COMMANDS = ("::error::x", "  ::add-mask::SR201", "##[add-mask]x", "###[error]x", "##vso[task.setvariable variable=x]y")


@pytest.mark.parametrize("form", ["text", "github", "junit", "markdown"])
def test_nothing_of_the_input_is_a_command_to_ci(form: str, tmp_path: Path) -> None:
    """Which looks for them at the beginning of every line that is printed, or anywhere in it."""
    for command in COMMANDS:
        wide = "\u6f22" * 60 + f" {'-' * 9} {command}"  # as wide as a table: its row is folded
        for device in (command, wide):
            path = tmp_path / f"{device}.ndjson"
            path.write_text("\n".join(json.dumps(actions(n, command, device)) for n in (S2, S1)))
            with pytest.MonkeyPatch.context() as patched:
                patched.chdir(tmp_path)
                output = CliRunner().invoke(main, ["check", path.name, "--format", form]).output
                missing = CliRunner().invoke(main, ["check", f"{path.name} that is not there"]).output
        for line in (*output.splitlines(), *missing.splitlines()):
            told = re.sub(r"^::(?:error|warning) file=[^:]+::", "", line) if form == "github" else line
            assert not re.search(r"^\s*::|##[A-Za-z]*\[", told), line


def test_a_command_that_stands_as_it_came_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red twin: a device ID that Amplitude accepts begins a line of the table of devices."""
    line = json.dumps(actions(None, device="::error::x")).encode()
    assert "\n::error::x" not in check(GOOD, line, arguments=("--format", "text")).stdout
    monkeypatch.setattr("statemachine.errors._COMMAND", re.compile(r"(?!)"))
    assert "\n::error::x" in check(GOOD, line, arguments=("--format", "text")).stdout


@given(st.lists(json_values.map(lambda v: json.dumps(v).encode()) | st.binary(max_size=60), max_size=6))
@example([b"\xef\xbb\xbf" + GOOD])
@example([b"(\xb5/\xfd", b"null"])  # a zstd frame that asks for what no decoder has
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


BINARY = {
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40,
    "a tar": b"log.ndjson" + b"\0" * 502 + GOOD + b"\n",
    "UTF-16": GOOD.decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", BINARY)
def test_what_is_no_text_is_one_message(tmp_path: Path, name: str) -> None:
    """Status 2 and the reason, not a finding for every line; from a file, a pipe or an archive, in a trace too."""
    path = tmp_path / "log"
    path.write_bytes(BINARY[name])
    packed = tmp_path / "log.gz"
    packed.write_bytes(gzip.compress(BINARY[name]))
    for command in (["check", str(path)], ["check", str(packed)], ["check", "-"], ["run", "actions", str(path)]):
        result = CliRunner().invoke(main, command, input=BINARY[name])
        assert result.exit_code == 2
        assert "SR9" not in result.stdout
        assert len(result.stderr.splitlines()) == 1
        assert ("is UTF-16; expected UTF-8" if name == "UTF-16" else "is no text: a NUL byte at") in result.stderr


@pytest.mark.parametrize("begins", [b"\0" * 600, b"\0" * 9 + b"{}\n", b"garbage\0\n"], ids=repr)
def test_a_log_that_a_crash_left_nul_bytes_in_is_judged(begins: bytes) -> None:
    """The red twin: NUL bytes before, in and between lines are findings of those lines."""
    result = check(begins + b"\n" + GOOD, REGRESSED)
    assert summary_of(result)["judged"] == 2
    assert '"SR201"' in result.stdout


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


def interrupted(arguments: list[str], given: bytes, *, until: bytes) -> tuple[bytes, bytes]:
    """What a command prints that is interrupted once it printed `until`."""
    command = [sys.executable, "-m", "statemachine", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.flush()
        assert process.stdout.readline().startswith(until)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
    return output, errors


def test_an_interrupt_ends_with_the_counts_up_to_there() -> None:
    """Ctrl-C: status 130, a summary whose equation holds, and a word about it."""
    log = b"\n".join([GOOD, *[REGRESSED] * 60, b""])
    output, _ = interrupted(["check", "-", "--format", "jsonl"], log, until=b'{"code": "SR201"')
    summary = json.loads(output.splitlines()[-1])["summary"]
    assert summary["read"] == summary["judged"] + summary["unreadable"]


def test_an_interrupt_before_the_first_session_id_counts_what_was_held() -> None:
    """Lines put aside until the mode shows are judged, and only then is it an interrupt."""

    def lines() -> Iterator[tuple[int, bytes]]:
        yield from ((n, json.dumps(bare()).encode()) for n in range(50))
        raise KeyboardInterrupt

    log = Log("log")
    verdicts = log.verdicts(lines(), {})
    assert all(next(verdicts).judged for _ in range(50))
    with pytest.raises(KeyboardInterrupt):
        next(verdicts)
    assert log.finding is not None


def test_an_interrupted_trace_is_no_traceback() -> None:
    """Ctrl-C in `run`: status 130, and the steps up to there."""
    steps = b'{"call":"load","device_id":"visitor-1","session_id":5}\n' * 2_000
    interrupted(["run", "actions", "-", "--format", "jsonl"], steps, until=b'{"step": 0')


@pytest.mark.parametrize("command", ["rules", "modes", "diagram actions", "check {log}", "run actions {log}"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path: Path, command: str) -> None:
    """A full disk under standard output: status 2 and the reason."""
    path = tmp_path / "log.ndjson"
    path.write_bytes(GOOD)
    line = f"{sys.executable} -m statemachine {command.format(log=path)} > /dev/full"
    done = subprocess.run(line, shell=True, capture_output=True, timeout=60)  # noqa: S602
    assert done.returncode == 2
    assert done.stderr.decode().startswith("statemachine: cannot write the output: No space")
    assert done.stderr.count(b"\n") == 1


def test_a_temporary_file_that_fails_is_one_line(tmp_path: Path) -> None:
    """A full disk under the lines held until the mode shows: status 2, the reason, and the summary."""
    path = tmp_path / "log.ndjson"
    path.write_bytes((json.dumps(bare()).encode() + b"\n") * 20_000)
    line = f"ulimit -f 100; exec {sys.executable} -m statemachine check - --format jsonl < {path}"
    done = subprocess.run(line, shell=True, capture_output=True, timeout=60)  # noqa: S602
    assert done.returncode == 2
    assert b"temporary file: File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert json.loads(done.stdout)["summary"]["read"] == 0


def test_a_bracket_before_millions_of_lines_holds_little_memory(tmp_path: Path) -> None:
    """What may be an indented document is held as bytes, up to the limit of a line."""
    path = tmp_path / "log.ndjson"
    path.write_bytes(b"[\n" + b"   \n" * (MAX_LINE_BYTES // 4) + GOOD + b"\n" + REGRESSED)
    line = f"ulimit -v 400000; exec {sys.executable} -m statemachine check {path} --format jsonl"
    done = subprocess.run(line, shell=True, capture_output=True, timeout=60)  # noqa: S602
    *findings, last = [json.loads(text) for text in done.stdout.splitlines()]
    assert [(f["code"], f["line"]) for f in findings] == [("SR901", 1), ("SR201", MAX_LINE_BYTES // 4 + 3)]
    assert last["summary"]["read"] == 3


def test_what_is_no_json_in_a_trace_is_given_back_as_text() -> None:
    """Python reads NaN and Infinity, but nothing that we print holds them."""
    lines = [b'{"call":"event","session_id":NaN}', b'{"call":"event","session_id":1e999}']
    result = CliRunner().invoke(main, ["run", "actions", "-", "--format", "jsonl"], input=b"\n".join(lines))
    read = [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]
    assert [step["call"]["session_id"] for step in read] == ["NaN", "Infinity"]


def test_a_trace_of_any_depth_is_given_back_or_reported() -> None:
    """What could be read but not written again is no traceback."""
    for depth in range(300, 1_100, 7):
        line = b'{"call":"event","session_id":' + b"[" * depth + b"]" * depth + b"}"
        result = CliRunner().invoke(main, ["run", "actions", "-", "--format", "jsonl"], input=line)
        assert isinstance(result.exception, SystemExit), depth
        assert json.loads(result.stdout)["step"] == 0

"""The command line: formats, selection, exit status, files."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from statemachine.entrypoints.cli import main
from statemachine.event import MAX_LINE_BYTES
from tests.test_log import R1, R2, S1, S2, actions, bare

FIELDS = ["code", "name", "severity", "file", "line", "device_id", "session_id", "replay_id", "state", "message", "fix"]


def invoke(*arguments: str, given: str | bytes = "") -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, arguments, input=given)


def log(*payloads: object) -> str:
    """Payloads as NDJSON."""
    return "\n".join(json.dumps(payload) for payload in payloads)


SOUND, LATE, REGRESSED = log(actions(S1, R1)), log(actions(S1, R1), actions(S2, R1)), log(actions(S2), actions(S1))


@pytest.mark.parametrize(
    ("given", "fail_on", "status"),
    [
        (SOUND, "info", 0),
        (LATE, "error", 0),
        (LATE, "warning", 1),
        (REGRESSED, "error", 1),
        (log(bare()), "warning", 0),
        (log(bare()), "info", 1),
        ("{", "error", 1),
        ("", "info", 0),
    ],
)
def test_the_exit_status_is_about_findings_at_or_above_the_threshold(given: str, fail_on: str, status: int) -> None:
    """0 below it, 1 at or above it."""
    assert invoke("check", "-", "--fail-on", fail_on, given=given).exit_code == status


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "no-such-file.ndjson"),
        ("check", "no-such-*.ndjson"),
        ("check", "tests/properties"),
        ("check", "-", "--mode", "other"),
        ("check", "-", "--select", "SR999"),
        ("check", "-", "--format", "yaml"),
        ("run", "actions", "no-such-file"),
        ("run", "other", "-"),
        ("explain", "SR999"),
        ("diagram", "other"),
        ("diagram", "actions", "-o", "no/such/folder.mmd"),
        ("diagram", "actions", "--path", "no-such-file"),
        ("no-such-command",),
    ],
)
def test_misuse_and_unreadable_files_exit_2_with_a_message(arguments: tuple[str, ...]) -> None:
    """Exit 2, and a reason on standard error."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_an_unreadable_file_does_not_keep_the_others_from_being_judged(tmp_path: Path) -> None:
    """The rest is reported, and the status says that something could not be read."""
    good = tmp_path / "good.ndjson"
    good.write_text(REGRESSED)
    bad = tmp_path / "bad.ndjson"
    bad.write_bytes(b"\x1f\x8b is no gzip")
    result = invoke("check", str(bad), str(good), "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["summary"]["findings"] == {"SR201": 1}
    assert str(bad) in result.stderr


def test_json_is_one_object_with_summary_and_findings() -> None:
    """The fields are those that are documented, in that order."""
    answer = json.loads(invoke("check", "-", "--format", "json", given=REGRESSED).stdout)
    counts = {"read": 2, "judged": 2, "unreadable": 0, "devices": 1, "sessions": 1, "findings": {"SR201": 1}}
    assert answer["summary"] == counts
    (finding,) = answer["findings"]
    assert list(finding) == FIELDS
    assert (finding["code"], finding["severity"], finding["line"]) == ("SR201", "error", 2)
    assert json.loads(invoke("check", "-", "--format", "json", given=SOUND).stdout)["findings"] == []


def test_jsonl_streams_findings_and_ends_with_the_summary() -> None:
    """One object a line; the last one is the summary."""
    *findings, last = (
        json.loads(line) for line in invoke("check", "-", "--format", "jsonl", given=LATE).stdout.splitlines()
    )
    assert [list(f) for f in findings] == [FIELDS]
    assert list(last) == ["summary"]


def test_text_is_a_linters() -> None:
    """`file:line: CODE name: message`, the fix, the tables, and the equation."""
    lines = invoke("check", "-", given=REGRESSED).stdout.splitlines()
    assert lines[0].startswith(f"-:2: SR201 session-id-regressed: session ID {S1}")
    assert lines[1].startswith("    fix: Guard setSessionId")
    text = "\n".join(lines)
    assert "2 read = 2 judged + 0 unreadable; 1 device, 1 session, 1 finding" in text
    for header in ("code", "device", "file"):
        assert any(line.split()[:1] == [header] for line in lines)


def test_github_annotates_file_and_line() -> None:
    """Workflow commands, with the characters that they reserve escaped."""
    line = invoke("check", "-", "--format", "github", given=LATE).stdout.splitlines()[0]
    assert line.startswith("::warning file=-,line=2,title=SR125 replay-id-late::session")
    assert invoke("check", "-", "--format", "github", given=log(bare())).stdout.startswith(
        "::notice file=-,title=SR114"
    )


def test_codes_are_selected_and_ignored_by_prefix() -> None:
    """What is not selected is neither shown nor counted, nor does it fail the run."""
    both = LATE + "\n" + log(actions(S1))

    def found(*arguments: str) -> tuple[set[str], int]:
        result = invoke("check", "-", "--format", "json", *arguments, given=both)
        return set(json.loads(result.stdout)["summary"]["findings"]), result.exit_code

    assert found() == ({"SR125", "SR201", "SR123"}, 1)
    assert found("--select", "SR2") == ({"SR201"}, 1)
    assert found("--ignore", "SR201,SR123") == ({"SR125"}, 0)
    assert found("--select", "SR1", "--ignore", "SR12") == (set(), 0)


def test_gzip_globs_and_indented_documents_are_read(tmp_path: Path) -> None:
    """Plain or gzip, by name or pattern, one payload a line or one document."""
    (tmp_path / "1.ndjson.gz").write_bytes(gzip.compress(log(actions(S2)).encode()))
    (tmp_path / "2.json").write_text(json.dumps([actions(S1), actions(S2)], indent=2))
    result = invoke("check", str(tmp_path / "*"), "--format", "json")
    summary = json.loads(result.stdout)["summary"]
    assert (summary["read"], summary["findings"]) == (3, {"SR201": 1})


def test_a_pattern_ends_whatever_the_links_and_leaves_out_hidden_files(tmp_path: Path) -> None:
    """`**` follows no symbolic link; a hidden file is read only when it is named."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one", "two"):
        (tmp_path / "a" / name).symlink_to(tmp_path, target_is_directory=True)
    for name in ("1.ndjson", "a/2.ndjson", "a/b/3.ndjson", "a/.4.ndjson"):
        (tmp_path / name).write_text(SOUND)
    for pattern, files in (("**/*", 3), ("**/*.ndjson", 3), ("a/*", 2), ("a/.4*", 0), ("[a]/.4.ndjson", 1)):
        result = invoke("check", str(tmp_path / pattern), "--format", "json")
        assert result.exit_code == (0 if files else 2), pattern
        assert not files or json.loads(result.stdout)["summary"]["read"] == files, pattern


def test_a_pattern_may_begin_with_any_number_of_slashes(tmp_path: Path) -> None:
    """As for a shell, they are one; a pattern that means nothing is misuse."""
    (tmp_path / "1.ndjson").write_text(SOUND)
    for slashes in ("", "/", "//"):
        assert invoke("check", f"{slashes}{tmp_path}/*.ndjson").exit_code == 0, slashes
    assert invoke("check", f"{tmp_path}/**x**").exit_code == 2


def test_a_trace_is_one_file(tmp_path: Path) -> None:
    """A pattern that names several is misuse, not the first of them."""
    for name in ("1.jsonl", "2.jsonl"):
        (tmp_path / name).write_text('{"call":"load","device_id":"visitor-1"}')
    result = invoke("run", "actions", str(tmp_path / "*"))
    assert result.exit_code == 2
    assert "names 2 files" in result.stderr
    assert invoke("run", "actions", str(tmp_path / "1*")).exit_code == 0


def test_joined_files_keep_their_byte_order_marks_harmless() -> None:
    """A mark before any line is passed over, also in front of an indented document."""
    mark = b"\xef\xbb\xbf"
    given = b"\n".join(mark + log(actions(session)).encode() for session in (S2, S1))
    summary = json.loads(invoke("check", "-", "--format", "json", given=given).stdout)["summary"]
    assert (summary["unreadable"], summary["findings"]) == (0, {"SR201": 1})


def test_a_blank_beginning_of_any_length_hides_nothing() -> None:
    """Blank lines are passed over; one that is longer than a line may be is reported; the rest is judged."""
    for blank, unreadable in ((b" \n" * 1_000, 0), (b" " * (MAX_LINE_BYTES + 5) + b"\n", 1)):
        given = blank + REGRESSED.encode()
        summary = json.loads(invoke("check", "-", "--format", "json", given=given).stdout)["summary"]
        assert (summary["unreadable"], summary["findings"].get("SR201")) == (unreadable, 1)


def test_an_archive_is_recognised_however_it_is_cut_into_pieces() -> None:
    """A pipe may hand over its first byte alone."""
    packed = gzip.compress(REGRESSED.encode())
    command = [sys.executable, "-m", "statemachine", "check", "-", "--format", "json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:  # noqa: S603
        assert process.stdin is not None
        process.stdin.write(packed[:1])
        time.sleep(1)
        output, _ = process.communicate(packed[1:], timeout=20)
    assert json.loads(output)["summary"]["findings"] == {"SR201": 1}


def test_devices_are_told_apart_by_all_of_their_id() -> None:
    """IDs that begin alike are two devices; one that is too long to be shown is one."""
    for first, second in (("a" * 100 + "b", "a" * 100 + "c"), ("a" * 5_000 + "b", "a" * 5_000 + "c")):
        given = log(*(actions(session, device=device) for session in (S2, S1) for device in (first, second)))
        summary = json.loads(invoke("check", "-", "--format", "json", given=given).stdout)["summary"]
        assert (summary["devices"], summary["findings"]) == (2, {"SR201": 2})
        assert invoke("check", "-", given=given).stdout.count("sha256") == 2


def test_progress_is_shown_on_a_terminal_only() -> None:
    """A bar on a terminal's standard error; nothing on a closed one or on one that is no terminal."""
    command = f"{sys.executable} -m statemachine check - --format json"
    for redirection in ("2>&-", ""):
        done = subprocess.run(  # noqa: S602
            f"{command} {redirection}", shell=True, input=REGRESSED.encode(), capture_output=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (1, b"")
    reader, terminal = pty.openpty()
    subprocess.run(command, shell=True, input=REGRESSED.encode(), stdout=subprocess.PIPE, stderr=terminal)  # noqa: S602
    assert b"\x1b[" in os.read(reader, 4096)
    os.close(terminal)
    os.close(reader)


def test_an_unfinished_document_is_judged_line_by_line() -> None:
    """The red twin: when the whole is no document, each line is reported."""
    broken = json.dumps([actions(S1)], indent=2)[:-2]
    answer = json.loads(invoke("check", "-", "--format", "json", given=broken).stdout)
    assert answer["summary"]["unreadable"] == answer["summary"]["read"] == len(broken.splitlines())


def test_the_mode_can_be_said() -> None:
    """`--mode` wins over what the payloads show."""
    answer = json.loads(invoke("check", "-", "--mode", "classic-cloud", "--format", "json", given=SOUND).stdout)
    assert set(answer["summary"]["findings"]) == {"SR313", "SR114"}


def test_run_prints_a_line_a_step() -> None:
    """The fields of the documented form, and their types."""
    calls = [
        {"call": "load", "device_id": "visitor-1"},
        {"call": "event", "session_id": str(S1)},
        {"call": "event"},
        {},
    ]
    result = invoke("run", "classic-device", "-", "--format", "jsonl", given=log(*calls))
    steps = [json.loads(line) for line in result.stdout.splitlines()]
    fields = ["step", "call", "state", "session_id", "replay_id", "accepted", "delivered", "findings"]
    assert [list(step) for step in steps] == [fields] * 4
    assert [tuple(step.values())[2:] for step in steps] == [
        ("initialised", 0, None, True, False, []),
        ("session_active", S1, R1, True, True, []),
        ("session_active", S1, R1, False, True, ["SR111"]),
        ("session_active", S1, R1, False, False, ["SR902"]),
    ]
    assert result.exit_code == 1
    text = invoke("run", "classic-device", "-", given=log(*calls)).stdout
    assert "SR111 session-id-missing" in text
    assert text.endswith("4 steps; findings: SR111, SR902\n")


def test_a_cloud_trace_starts_configured_unless_it_configures() -> None:
    """Without add and remove the documented set-up is assumed; with any of them, nothing is."""
    track = [
        {"call": "load", "device_id": "visitor-1", "session_id": S1},
        {"call": "event", "session_id": S2, "via": "shell"},
    ]

    def last(*calls: object) -> dict[str, object]:
        lines = invoke("run", "classic-cloud", "-", "--format", "jsonl", given=log(*calls)).stdout.splitlines()
        step: dict[str, object] = json.loads(lines[-1])
        return step

    assert (last(*track)["findings"], last(*track)["replay_id"]) == ([], R2)
    halfway = last({"call": "add", "plugin": "session-replay"}, *track)
    assert halfway["findings"] == ["SR314", "SR312"]
    nothing = last({"call": "remove", "plugin": "amplitude"}, track[1])
    assert nothing["findings"] == ["SR202", "SR315", "SR314"]
    assert nothing["delivered"] is True


def test_the_module_runs_as_a_program() -> None:
    """`python -m statemachine` is the command line, and a closed pipe is no traceback."""
    done = subprocess.run([sys.executable, "-m", "statemachine", "modes"], capture_output=True, text=True, check=True)
    assert "actions: Amplitude (Actions)" in done.stdout


def test_an_empty_log_is_said_to_be_empty() -> None:
    """Exit 0, as nothing is wrong, with a word on standard error that nothing was there."""
    result = invoke("check", "-", given="")
    assert result.exit_code == 0
    assert "nothing to judge" in result.stderr
    assert "there is no event in it" in result.stdout
    assert "nothing to judge" not in invoke("check", "-", given=SOUND).stderr


def test_a_diagram_is_of_the_form_that_its_file_name_says(tmp_path: Path) -> None:
    """Without `--format` the suffix decides; with it, the format."""
    for name, arguments, begins in (
        ("a.png", (), b"\x89PNG"),
        ("a.svg", (), b"<?xml"),
        ("a.dot", (), b"digraph"),
        ("a.mmd", (), b"---\ntitle: Amplitude (Actions)\n---\nstateDiagram-v2"),
        ("a.puml", (), b"@startuml"),
        ("a.SCXML", (), b"<?xml"),
        ("a.json", (), b"{"),
        ("b.png", ("--format", "dot"), b"digraph"),
    ):
        assert invoke("diagram", "actions", "-o", str(tmp_path / name), *arguments).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
    refused = invoke("diagram", "actions", "-o", str(tmp_path / "a.txt"))
    assert refused.exit_code == 2
    assert "no format ends in .txt" in refused.stderr


def test_the_fix_is_told_once_a_code() -> None:
    """Under the first finding of each code; the others are one line."""
    text = invoke("check", "-", given=log(actions(S2), actions(S1), actions(S1))).stdout
    assert text.count(": SR201 ") == 2
    assert text.count("    fix: ") == 1


def test_a_log_of_which_nothing_can_be_judged_does_not_pass() -> None:
    """Also where what says so is not reported: status 2 and a word; with one event that can be judged, it passes."""
    for given, status in (("{\n[]", 2), ("{\n" + SOUND, 0), (SOUND, 0), ("", 0)):
        result = invoke("check", "-", "--ignore", "SR9", given=given)
        assert result.exit_code == status
        assert ("nothing of what was read could be judged" in result.stderr) is (status == 2)
    assert invoke("check", "-", given="{\n[]").exit_code == 1


@pytest.mark.parametrize(
    ("given", "arguments", "is_said"),
    [
        (log(actions(S1)), (), True),
        (log(actions(S1), actions(S2)), ("--mode", "classic-device"), False),  # without a session, nothing is tagged
        (log(actions(S1)), ("--expect-replay-ids",), False),
        (log(actions(S1)), ("--format", "json"), False),
        (log(actions(S1), actions(S1, R1)), (), False),
        (log(actions(S1), actions(S1, "malformed")), (), False),
        (SOUND, (), False),
        (log(bare()), (), False),
    ],
)
def test_a_log_without_replay_ids_is_said_to_have_none(given: str, arguments: tuple[str, ...], is_said: bool) -> None:
    """In the summary for people; not where it is a finding, nor where any event has one, be it malformed."""
    assert ("no event carries a replay ID" in invoke("check", "-", *arguments, given=given).stdout) is is_said

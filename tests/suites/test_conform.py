"""`conform`: programs of any language, the harness protocol, and the snippets that we print."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from statemachine import TABLES
from statemachine.entrypoints.cli import main
from statemachine.suites import HarnessError, Lockstep, Program, harness
from statemachine.suites.exhaustive import words_of
from statemachine.suites.program import schema
from tests.properties.implementations import Stepped

PACKAGE = Path(harness.__file__).parent.parent.parent
SNIPPETS, HARNESS = PACKAGE / "snippets", PACKAGE / "suites" / "harness" / "harness.js"
FEW = ("--examples", "60", "--extra-states", "0")


def conform(*arguments: str) -> Result:
    """Run the command in this process; a traceback would be an exception."""
    result = CliRunner().invoke(main, ["conform", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("mode", TABLES)
def test_the_snippet_that_we_print_keeps_the_law(mode: str) -> None:
    """The very file, in the harness: sound and hostile IDs, then every word of the W-method with a state more."""
    file = SNIPPETS / f"{mode.replace('-', '_')}.js"
    result = conform(mode, "--integration", str(file), "--examples", "150")
    assert result.exit_code == 0, result.output
    assert "keeps the law" in result.stdout
    assert "complete for programs of up to 5 states" in result.stdout
    assert CliRunner().invoke(main, ["snippet", mode]).stdout == file.read_text()


PUBLISHED = {
    ("actions", "actions"): ("delivered", 2),
    ("actions", "actions_with_timeout"): ("monotonic", 2),
    ("classic-device", "classic_device"): ("monotonic", 2),
    ("classic-cloud", "classic_cloud"): ("monotonic", 2),
}


@pytest.mark.parametrize(("mode", "name"), PUBLISHED)
def test_the_published_integrations_do_not(mode: str, name: str) -> None:
    """The red twins: what breaks, and the shortest stream that shows it."""
    result = conform(mode, "--integration", str(SNIPPETS / "published" / f"{name}.js"))
    assert result.exit_code == 1
    invariant, length = PUBLISHED[mode, name]
    assert result.stdout.splitlines()[-1] == f"{mode}: does not keep the law: {invariant}, after {length} calls"


RETURNS = "return Number.isSafeInteger(number) && number >= -1 ? number : null;"
SETS = "next > (Number(sessionReplay.getSessionId()) || 0)"
TAGS = ", ...sessionReplay.getSessionReplayProperties()"
AMPLITUDE = 'await shell.remove("amplitude").promise;'
MISTAKES = {
    "an int has 32 bits": ("actions", RETURNS, RETURNS.replace("number :", "number | 0 :"), "responsive", 2),
    "a day is no session": ("actions", SETS, SETS + " && next - (sessionReplay.getSessionId() || next) < 864e5",
                            "responsive", 2),
    "2^53 - 1 is too much": ("actions", RETURNS, RETURNS.replace("? number", "&& number < 2 ** 53 - 1 ? number"),
                             "responsive", 2),
    "a device ID is a UUID": ("classic-device", "{ deviceId,", "{ deviceId: deviceId.slice(0, 36),", "well-formed", 1),
    "filters what is malformed": ("classic-cloud", "    follow(event.session_id);",
                                  "    if (sessionNumber(event.session_id) === null) return null;\n"
                                  "    follow(event.session_id);", "delivered", 2),
    "does not tag": ("classic-cloud", TAGS, "", "well-formed", 2),
    "never removes": ("classic-cloud", AMPLITUDE, "", "delivered", 2),
    "removes too early": ("classic-cloud", "  }).promise;\n  await shell", "  });\n  await shell", "delivered", 2),
}  # fmt: skip
"""What a line of our snippet can become: the mode, the line, the mistake, what breaks and after how many calls."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_our_snippet_is_found(mistake: str, tmp_path: Path) -> None:
    """With IDs as long as real ones, and what a shell does with an event and its own destination."""
    mode, line, wrong, invariant, length = MISTAKES[mistake]
    text = (SNIPPETS / f"{mode.replace('-', '_')}.js").read_text()
    assert line in text
    (tmp_path / "mine.js").write_text(text.replace(line, wrong))
    result = conform(mode, "--integration", str(tmp_path / "mine.js"), "--extra-states", "0")
    after = f"{length} call{'s' if length > 1 else ''}"
    assert result.stdout.splitlines()[-1] == f"{mode}: does not keep the law: {invariant}, after {after}"


POLLS = """module.exports = ({ analytics, sessionReplay, cookie }) => {
  const isWhole = (raw) => /^(-1|[0-9]{1,16})$/.test(raw) && Number.isSafeInteger(Number(raw));
  return analytics.user().then(async (user) => {
    const deviceId = user.anonymousId();
    const stored = cookie.get("analytics_session_id") ?? "0";
    if (typeof deviceId !== "string" || !/^[A-Za-z0-9_.|@:=-]+$/.test(deviceId) || !isWhole(stored)) return;
    await sessionReplay.init("key", { deviceId, sessionId: Math.max(0, Number(stored)) }).promise;
    analytics.ready(() => console.log("ready"));
    analytics.addSourceMiddleware(({ payload, next }) => {
      let looks = 0;
      const timer = setInterval(() => {
        const id = payload.obj.integrations["Actions Amplitude"]?.session_id;
        if (id === undefined && (looks += 1) < 10) return;
        clearInterval(timer);
        if (["string", "number"].includes(typeof id) && isWhole(id) && Number(id) > sessionReplay.getSessionId())
          sessionReplay.setSessionId(Number(id));
      }, 100);
      setTimeout((text) => console.log(text), 0, "seen");
      next(payload);
    });
  });
};
"""
OWN_PLUGINS = """  replay.setup = (config) => sessionReplay.init("key", config).promise;
  const segmentPlugin = () => ({
    name: "mine",
    type: "destination",
    execute: async (event) => {
      analytics.track(event.event_type, event.event_properties, { integrations: { Amplitude: event } });
      return { code: 200, event, message: "" };
    },
  });
"""


def test_an_integration_may_use_what_any_page_has(tmp_path: Path) -> None:
    """The console, the page's own clock, Segment's promises, and a plugin of one's own."""
    (tmp_path / "polls.js").write_text(POLLS)
    shell = (SNIPPETS / "classic_cloud.js").read_text().replace(", segmentPlugin }", " }")
    mark = "  const replay = sessionReplayPlugin();\n"
    (tmp_path / "shell.js").write_text(shell.replace(mark, mark + OWN_PLUGINS))
    for mode, name in (("actions", "polls.js"), ("classic-cloud", "shell.js")):
        result = conform(mode, "--integration", str(tmp_path / name), *FEW)
        assert result.exit_code == 0, result.output


READS_AFTER_NEXT = """module.exports = async ({ analytics, sessionReplay, cookie }) => {
  const sessionId = Number(cookie.get("analytics_session_id")) || 0;
  sessionReplay.init("key", { deviceId: (await analytics.user()).anonymousId(), sessionId });
  analytics.addSourceMiddleware(({ payload, next }) => {
    next(payload);
    const id = Number(payload.obj.integrations["Actions Amplitude"]NOT_THERE.session_id) || 0;
    if (id > sessionReplay.getSessionId()) sessionReplay.setSessionId(id);
  });
};
"""


@pytest.mark.parametrize(("not_there", "invariant"), [("", "delivered"), ("?", "responsive")])
def test_after_next_an_event_is_still_where_it_was(not_there: str, invariant: str, tmp_path: Path) -> None:
    """Segment goes on when it is over: there is no session ID before, and what it throws loses the event."""
    (tmp_path / "mine.js").write_text(READS_AFTER_NEXT.replace("NOT_THERE", not_there))
    result = conform("actions", "--integration", str(tmp_path / "mine.js"), *FEW)
    assert result.stdout.splitlines()[-1] == f"actions: does not keep the law: {invariant}, after 2 calls"


def test_middleware_may_await_a_timer_and_say_next_twice(tmp_path: Path) -> None:
    """The event waits for it, and goes on once."""
    text = (SNIPPETS / "classic_device.js").read_text()
    (tmp_path / "mine.js").write_text(
        text.replace("  await analytics.register(", WAITS + "  await analytics.register(")
    )
    result = conform("classic-device", "--integration", str(tmp_path / "mine.js"), *FEW)
    assert result.exit_code == 0, result.output


WAITS = """  analytics.addSourceMiddleware(async ({ payload, next }) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    next(payload);
    next(payload);
  });
"""


def test_an_adapter_may_print(tmp_path: Path) -> None:
    """What it prints is no reply."""
    path = tmp_path / "mine.py"
    path.write_text(PRINTS)
    (reply,) = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "statemachine.suites.harness", str(path)],
        input='{"type": "hello", "version": 1, "mode": "actions"}\n', capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"}, timeout=60,
    ).stdout.splitlines()  # fmt: skip
    assert json.loads(reply)["type"] == "hello"


PRINTS = """print("imported")
from tests.properties.implementations import Stepped

def adapter():
    print("made")
    return Stepped()
"""


def test_the_published_snippets_can_be_printed() -> None:
    """Each mode's, with its defects annotated."""
    for mode in TABLES:
        text = CliRunner().invoke(main, ["snippet", mode, "--published"]).stdout
        assert "do not use it" in text


MINE = """
module.exports = async ({ analytics, sessionReplay, cookie }) => {
  const stored = Number(cookie.get("analytics_session_id")) || 0;
  sessionReplay.init("key", { deviceId: (await analytics.user()).anonymousId(), sessionId: stored });
  analytics.addSourceMiddleware(({ payload, next }) => {
    const id = Number(payload.obj.integrations?.["Actions Amplitude"]?.session_id) || 0;
    if (id > stored) sessionReplay.setSessionId(id);
    next(payload);
  });
};
"""


def test_an_integration_in_python_is_judged(tmp_path: Path) -> None:
    """The Python harness serves the file's `adapter`, in a process of its own."""
    path = tmp_path / "mine.py"
    path.write_text("from tests.properties.implementations import Stepped as adapter\n")
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "statemachine", "conform", "classic-cloud", "--integration", str(path), *FEW],
        capture_output=True, text=True, timeout=120, env={"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "(nothing set up)" in result.stdout


THROWS = """module.exports = ({ analytics }) => {
  analytics.addSourceMiddleware(({ payload, next }) => {
    payload.obj.consent.given.check();
    next(payload);
  });
};
"""


def test_what_an_integration_throws_is_told_with_its_line(tmp_path: Path) -> None:
    """Beside what was observed; and the Python that is printed runs the same program into the same."""
    path = tmp_path / "mine.js"
    path.write_text(THROWS)
    result = conform("actions", "--integration", str(path), *FEW)
    assert result.stdout.startswith("delivered: "), "the finding of the event itself would mislead"
    assert "raised \"TypeError: Cannot read properties of undefined (reading 'given') (mine.js:3:25)\"" in result.stdout
    assert "Also broken, by other short streams:\n  responsive: {" in result.stdout
    code = result.stdout.partition("In Python:\n")[2].partition("\n\n")[0]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)  # noqa: S603
    assert "LawBrokenError: delivered" in done.stderr


SHAPES = {
    "mine.mjs": ("export default function () {}", 1, "responsive (SR122)"),
    "mine.js": ("module.exports = { start() {} };", 2, "mine.js exports no function"),
    "broken.js": ("module.exports = (", 2, "broken.js cannot be loaded: SyntaxError"),
    "late.js": ("module.exports = () => { throw new Error('no key'); };", 1, "Error: no key (late.js:1:32)"),
    "mine.py": ("x = 1", 2, "has no function `adapter`"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_that_is_no_integration_is_told_as_such(name: str, tmp_path: Path) -> None:
    """What it must export; an ES module's default is taken."""
    text, exit_code, told = SHAPES[name]
    (tmp_path / name).write_text(text)
    result = conform("actions", "--integration", str(tmp_path / name), *FEW)
    assert result.exit_code == exit_code
    assert told in result.output


GARBAGE = {
    "sleep 9": "gave no reply to hello",
    "exit 3": "ended instead of replying to hello (exit status 3)",
    "echo oops >&2; exit 1": "oops",
    "echo hello; sleep 9": "not JSON",
    "echo 7; sleep 9": "expected an object of type hello",
    'echo \'{"type":"hello","version":2}\'; sleep 9': "speaks version 2",
    "printf '\\033[2J\\n'; sleep 9": "not JSON",
}


@pytest.mark.parametrize("script", GARBAGE)
def test_a_program_that_does_not_speak_the_protocol_is_reported(script: str) -> None:
    """Exit 2, and what it did instead; nothing of it reaches the terminal raw."""
    result = conform("actions", "--timeout", "0.5", "--", "sh", "-c", script)
    assert result.exit_code == 2
    assert GARBAGE[script] in result.stderr
    assert "\x1b" not in result.stderr


def test_a_program_that_the_system_cannot_run_is_told_by_its_name(tmp_path: Path) -> None:
    """There is a file, which may be executed, and is nothing that can be."""
    path = tmp_path / "mine"
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    result = conform("actions", "--", str(path))
    assert result.exit_code == 2
    assert f"cannot start {path}: Exec format error" in result.stderr


def test_a_program_that_may_not_be_executed_is_told_as_such(tmp_path: Path) -> None:
    """It is there, which is what one looks for first."""
    path = tmp_path / "mine.py"
    path.write_text("#!/usr/bin/env python3\n")
    assert f'cannot start "{path}": it may not be executed' in conform("actions", "--", str(path)).stderr


def test_a_program_has_the_signals_that_it_would_have_of_a_shell() -> None:
    """It ends when nobody reads what it writes, which Python itself does not."""
    own = ignored_in(Path("/proc/self/status").read_text())
    assert signal.SIGPIPE in own
    told = conform("actions", "--", "sh", "-c", "grep SigIgn /proc/self/status >&2; exit 1").stderr
    assert ignored_in(told) == own - {signal.SIGPIPE, signal.SIGXFSZ}  # others were ignored before


def ignored_in(status: str) -> set[int]:
    """The signals that a process ignores, of what its /proc/self/status says; a tab may be shown escaped."""
    (mask,) = re.findall(r"SigIgn:(?:\t|\\t)([0-9a-f]{16})", status)
    return {number + 1 for number in range(64) if int(mask, 16) >> number & 1}


@pytest.mark.parametrize("arguments", [("actions",), ("other", "--", "true"), ("actions", "--", "no-such-program"),
                                       ("actions", "--integration", "README.md")])  # fmt: skip
def test_misuse_exits_2(arguments: tuple[str, ...]) -> None:
    """With a reason on standard error."""
    result = conform(*arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_a_crash_in_mid_stream_breaks_total_and_the_program_is_started_again(tmp_path: Path) -> None:
    """The calls up to the crash are told, shrunk; no later page is lost."""
    path = tmp_path / "crash.js"
    path.write_text(MINE.replace("next(payload);", "if (id > 1) process.exit(9); next(payload);"))
    result = conform("actions", "--integration", str(path), *FEW)
    assert result.exit_code == 1
    assert "total" in result.stdout.splitlines()[-1]
    assert "exit status 9" in result.stdout


LOOP = """
import json, os, random, sys
drawn = random.Random(1)
for line in sys.stdin:
    asked = json.loads(line)
    if asked["type"] == "bye":
        break
    is_event = asked["type"] == "call" and asked["call"]["call"] == "event"
    reply = {"hello": {"type": "hello", "version": 1}, "reset": {"type": "ready"}}
    reply = reply.get(asked["type"], {"type": "observed", "delivered": int(is_event)})
    CHANGE
    print(json.dumps(reply), flush=True)
"""
"""A program in Python that shows one thing, and that rightly: what it delivers."""
ONCE = "if is_event and not os.path.exists(sys.argv[1]): open(sys.argv[1], 'w').close(); sys.exit(9)"
UNASKED = "does not keep the protocol: it wrote "
NOT_JUDGED = {
    "if is_event: print(json.dumps(reply))": UNASKED + '"{"type": "observed", "delivered": 1}" unasked',
    "if is_event: print('oops')": ": not JSON",
    "if is_event: reply['type'] = 'ready'": 'replied to call with "ready"; expected an object of type observed',
    "if is_event: reply['delivered'] = int(drawn.random() < 0.7)": "the same calls on a new page gave different",
    ONCE: "the law was broken once, and then not again, after these calls",
}


def looped(folder: Path, change: str) -> Result:
    """Judge the program, changed in one line."""
    path = folder / "program.py"
    path.write_text(LOOP.replace("CHANGE", change))
    return conform("actions", *FEW, "--", sys.executable, str(path), str(folder / "was-here"))


@pytest.mark.parametrize("change", NOT_JUDGED)
def test_a_program_that_replies_twice_or_at_random_is_not_judged(tmp_path: Path, change: str) -> None:
    """Exit 2, in our words: it is not said that the law is broken."""
    result = looped(tmp_path, change)
    assert result.exit_code == 2, result.output
    assert NOT_JUDGED[change] in result.stderr
    assert result.stdout == ""
    assert not any(word in result.output for word in ("INTERESTING", "Flaky", "nconsistent", ".py:"))
    if "calls" in NOT_JUDGED[change]:
        assert '\n    {"call": "load"' in result.stderr
        assert '\n    {"call": "event"' in result.stderr


def test_a_program_that_replies_once_and_alike_is_judged(tmp_path: Path) -> None:
    """The green twin: the same program, unchanged."""
    result = looped(tmp_path, "")
    assert result.exit_code == 0, result.output
    assert "judged by what the program shows: delivered" in result.stdout


def test_a_program_that_does_the_same_wrong_thing_each_time_breaks_the_law(tmp_path: Path) -> None:
    """The red twin: it is judged, and exit 1 says so."""
    result = looped(tmp_path, "if is_event: reply['delivered'] = 2")
    assert result.exit_code == 1, result.output
    assert "does not keep the law: delivered, after 1 call" in result.stdout


def test_a_program_with_a_fault_is_not_started_again(tmp_path: Path) -> None:
    """Its first fault is raised for every later page."""
    path = tmp_path / "program.py"
    path.write_text(LOOP.replace("CHANGE", "print(json.dumps(reply))"))
    program = Program([sys.executable, str(path)])
    for _ in range(2):
        with pytest.raises(HarnessError, match=r'unasked|replied to reset with "hello"') as caught:
            program.start("actions", True)
        assert caught.value is program.fault


def test_the_messages_are_those_of_the_schema() -> None:
    """Everything that either side says, in a run of the JavaScript harness and of the Python one."""
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    asked = [{"type": "hello", "version": 1, "mode": "classic-cloud"}, {"type": "reset", "is_set_up": True}]
    calls = [{"call": "load", "device_id": "visitor-1"}, {"call": "event", "session_id": [1]}]
    asked += [{"type": "call", "call": call} for call in calls] + [{"type": "bye"}]
    given = "".join(json.dumps(message) + "\n" for message in asked)
    command = ["node", str(HARNESS), str(SNIPPETS / "classic_cloud.js")]
    printed = subprocess.run(command, input=given, capture_output=True, text=True, timeout=20, check=True).stdout  # noqa: S603
    target = io.StringIO()
    harness.serve(Stepped(), io.StringIO(given), target)
    replies = [json.loads(line) for line in (printed + target.getvalue()).splitlines()]
    assert len(replies) == 8
    for message in (*asked, *replies):
        validator.validate(message)
    for wrong in ({}, {"type": "hello"}, {"type": "observed", "delivered": -1}, {"type": "call"}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(wrong)


def test_words_are_complete_for_what_is_shown() -> None:
    """The less is shown, the fewer states can be told apart; every word begins at the start."""
    full: Any = frozenset({"session_id", "replay_id", "delivered", "set_session_calls"})
    (whole,) = words_of(TABLES["actions"], full, extra=0)
    (less,) = words_of(TABLES["actions"], frozenset({"delivered"}), extra=0)
    assert whole.states == 4
    assert less.states < whole.states
    assert len(whole.words) > 200


def test_a_program_that_was_stopped_is_started_again() -> None:
    """`stop` is polite, and can be called twice."""
    program = Program(["node", str(HARNESS), str(SNIPPETS / "actions.js")])
    for _ in range(2):
        lockstep = Lockstep("actions", program)
        lockstep.run([{"call": "load", "device_id": "visitor-1", "session_id": 5}])
        program.stop()
        program.stop()
    with pytest.raises(HarnessError, match="stopped"):
        program.call({"call": "event"})

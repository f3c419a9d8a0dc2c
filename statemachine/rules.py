"""The catalogue of findings: every code with its name, severity, meaning, reason, fix and source.

Codes are stable and never reused: `SR1xx` identifiers, `SR2xx` order, `SR3xx` mode, `SR9xx` input.
Each rule carries an example that breaks it and one that keeps it; the tests run both. "The page" is
Amplitude's *Session Replay integration with Segment*; "the measurements" are what the real SDKs did in a
browser, `specs/reality.md`.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Final

import attrs


class Severity(str, Enum):
    """How bad a finding is; ordered by `rank`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for error."""
        return {"info": 0, "warning": 1, "error": 2}[self.value]


@attrs.frozen
class Example:
    """Lines that `check` (a log) or `run MODE` (a call trace) reads, one JSON object each."""

    mode: str
    lines: tuple[str, ...]
    is_trace: bool = False

    @property
    def command(self) -> str:
        """The command line that judges these lines from standard input."""
        return f"statemachine run {self.mode} -" if self.is_trace else f"statemachine check --mode {self.mode} -"


@attrs.frozen
class Rule:
    """One kind of finding."""

    code: str
    name: str
    severity: Severity
    means: str
    matters: str
    fix: str
    source: str
    failing: Example
    passing: Example


PAGE: Final = "https://amplitude.com/docs/session-replay/session-replay-integration-with-segment"
"""The page that the law comes from."""
MEASUREMENTS: Final = "Reality: what the real SDKs do"
"""The page of the documentation with the measurements, `specs/reality.md`."""

S1, S2, S3 = 1790000000000, 1790001800000, 1790003600000
"""Session IDs of the examples, half an hour apart, in epoch milliseconds."""


def _lines(*objects: object) -> tuple[str, ...]:
    return tuple(o if isinstance(o, str) else json.dumps(o) for o in objects)


def _payload(device: object, integrations: dict[str, Any], replay: str | None, event: str) -> dict[str, Any]:
    properties = {} if replay is None else {"[Amplitude] Session Replay ID": replay}
    return {
        "type": "track",
        "event": event,
        "anonymousId": device,
        "integrations": integrations,
        "properties": properties,
    }


def _actions(session: object, replay: str | None = None, device: object = "visitor-1", event: str = "Viewed") -> Any:
    return _payload(device, {"Actions Amplitude": {"session_id": session}}, replay, event)


def _cloud(session: object, replay: str | None = None) -> Any:
    return _payload("visitor-1", {"Amplitude": {"session_id": session}}, replay, "Viewed")


def _bare(device: object = "visitor-1") -> Any:
    return _payload(device, {}, None, "Viewed")


def _log(*objects: object, mode: str = "actions") -> Example:
    return Example(mode, _lines(*objects))


def _trace(*objects: object, mode: str = "actions") -> Example:
    return Example(mode, _lines(*objects), is_trace=True)


_LOAD: Final = {"call": "load", "device_id": "visitor-1", "session_id": S1}
_ADD_REPLAY: Final = {"call": "add", "plugin": "session-replay"}
_ADD_SEGMENT: Final = {"call": "add", "plugin": "segment"}
_REMOVE: Final = {"call": "remove", "plugin": "amplitude"}
_TRACK: Final = {"call": "event", "session_id": S1, "via": "shell"}
_SOUND_CLOUD: Final = _trace(_ADD_REPLAY, _ADD_SEGMENT, _LOAD, _REMOVE, _TRACK, mode="classic-cloud")
_SOUND_LOG: Final = _log(_actions(S1, f"visitor-1/{S1}"), _actions(S2, f"visitor-1/{S2}"))
_SOUND_CLOUD_LOG: Final = _log(_cloud(S1, f"visitor-1/{S1}"), mode="classic-cloud")


def _cloud_trace(*calls: object) -> Example:
    return _trace(*calls, mode="classic-cloud")


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

# fmt: off
_CATALOGUE: Final = (
    Rule("SR101", "device-id-missing", ERROR,
         "The device ID is empty, null or not there.",
         "A replay is found by <deviceId>/<sessionId>; without a device ID there is none, and Session Replay cannot start.",
         "Wait for Segment (analytics.ready) and pass user.anonymousId() to init as deviceId.",
         'the page, on device IDs', _log(_actions(S1, device="")), _log(_actions(S1))),
    Rule("SR102", "device-id-has-slash", ERROR,
         "The device ID contains '/', which separates the two parts of a replay ID.",
         "The SDK accepts it and builds an ID that can be read two ways, so the replay is not found.",
         "Use user.anonymousId() as it is, or replace '/' by one of _ - . | @ : = everywhere the ID is used.",
         'the page, on device IDs; the measurements, "What the replay SDK does"',
         _log(_actions(S1, device="kiosk/7")), _log(_actions(S1, device="kiosk-7"))),
    Rule("SR103", "device-id-character", ERROR,
         "The device ID has a character outside a-z A-Z 0-9 _ - . | @ : =, or is not text.",
         "Amplitude does not accept such a replay ID; the SDK does not say so.",
         "Use user.anonymousId(), or map your own IDs to the accepted characters.",
         'the page, on device IDs', _log(_actions(S1, device="visitor 1")), _log(_actions(S1, device="visitor_1"))),
    Rule("SR104", "device-id-too-short", WARNING,
         "The device ID has fewer than 5 characters.",
         "Amplitude's HTTP V2 API refuses such events unless min_id_length says otherwise.",
         "Use a longer ID, such as a UUID.",
         "Amplitude HTTP V2 API, min_id_length", _log(_actions(S1, device="ab12")), _log(_actions(S1, device="ab123"))),
    Rule("SR105", "device-id-reserved", WARNING,
         "The device ID is a placeholder that Amplitude refuses, such as anonymous, null or the all-zero UUID.",
         "Events of all visitors with that ID are refused or merged into one.",
         "Find where the placeholder comes from, and pass user.anonymousId() instead.",
         "Amplitude HTTP V2 API, invalid IDs", _log(_actions(S1, device="anonymous")), _log(_actions(S1))),
    Rule("SR111", "session-id-missing", ERROR,
         "The event's session ID is absent, null or 0 although Session Replay has started.",
         "The event cannot be linked to a replay.",
         "Make sure Segment's session plugin (or the shell) has set the ID. If your Amplitude project matches replays by time, --ignore SR111.",
         'the page, on session IDs (`|| 0`)', _log(_actions(S1), _actions(None)), _log(_actions(S1), _actions(S1))),
    Rule("SR112", "session-id-malformed", ERROR,
         "The session ID is no integer from -1 to 2^53 - 1 and no decimal text of one.",
         "Comparison with it is false or compares text, so the replay sticks or moves back.",
         "Send the integer of epoch milliseconds; read cookies with Number().",
         'the page, on session IDs; the measurements, rows 7, 8 and 10', _log(_actions(S1), _actions("abc")), _log(_actions(S1), _actions(str(S1)))),
    Rule("SR113", "session-id-out-of-session", ERROR,
         "The session ID is -1, Amplitude's marker of an event outside any session.",
         "The event belongs to no session, so to no replay.",
         "Track it in a session, or accept that it has no replay and --ignore SR113.",
         "Amplitude HTTP V2 API, session_id", _log(_actions(S1), _actions(-1)), _log(_actions(S1), _actions(S1))),
    Rule("SR114", "log-without-session-ids", INFO,
         "No event of this log carries a session ID, so only device IDs were checked.",
         "A log that shows no session cannot show a broken one. It is normal for device-mode seen through Segment.",
         "Check an Amplitude export or the call trace of a page; in the other modes, see why the ID is missing.",
         'the page, device-mode',
         _log(_bare(), mode="classic-device"), _log({"event_type": "Viewed", "device_id": "visitor-1", "session_id": S1}, mode="classic-device")),
    Rule("SR115", "session-id-in-seconds", WARNING,
         "The session ID is positive and below 1e11: seconds, not milliseconds.",
         "Mixed with milliseconds from another source, it always looks older.",
         "Multiply by 1000 at the source.",
         "Segment's Classic docs and RudderStack Android, which show seconds", _log(_actions(1790000000)), _log(_actions(S1))),
    Rule("SR121", "replay-id-malformed", ERROR,
         "The event's replay ID is not <deviceId>/<sessionId>.",
         "Amplitude looks the replay up by this text and finds none.",
         "Do not build it by hand: spread sessionReplay.getSessionReplayProperties() into the event.",
         'the page, on session IDs', _log(_actions(S1, "visitor-1")), _SOUND_LOG),
    Rule("SR122", "replay-id-mismatch", ERROR,
         "The event's replay ID names another device, or another session than the replay should be in.",
         "The event links to the wrong replay, or to none. A replay that stays behind is stuck.",
         "Compare with sessionReplay.getSessionId(), numerically, at each event; after analytics.reset() start Session Replay anew.",
         "the measurements, rows 1, 5, 6, 8 and 15",
         _log(_actions(S1, f"visitor-1/{S1}"), _actions(S2, f"visitor-1/{S2}"), _actions(S2, f"visitor-1/{S1}")), _SOUND_LOG),
    Rule("SR123", "replay-id-missing", WARNING,
         "An event in an active session has no replay ID although one is expected.",
         "It may be unlinked. It is no proof: sampling, opt-out and a failed config leave it out too.",
         "Tag every event with getSessionReplayProperties(); check sample rate and tracking plan.",
         'the page, cloud-mode; the measurements, "What the replay SDK does"', _log(_actions(S1, f"visitor-1/{S1}"), _actions(S1)), _SOUND_LOG),
    Rule("SR124", "shell-device-differs", INFO,
         "The shell's device ID is not Segment's anonymousId.",
         "Amplitude sees two devices for one visitor.",
         "Pass deviceId: user.anonymousId() to the shell's init, and start it anew after reset().",
         'the page, cloud-mode', _log(_cloud(S1, f"shell-device/{S1}"), mode="classic-cloud"), _SOUND_CLOUD_LOG),
    Rule("SR125", "replay-id-late", WARNING,
         "The event that starts or rolls over a session carries the replay ID of the session just left.",
         "That event links to the end of the previous replay; the new replay lacks its first event.",
         "Set the replay session and tag the event in one step: in an enrichment plugin registered after Segment's session plugin. "
         "A setTimeout that reads the session ID runs too late: the event has the replay ID of the session before already.",
         "the measurements, rows 9 and 11", _log(_actions(S1, f"visitor-1/{S1}"), _actions(S2, f"visitor-1/{S1}")), _SOUND_LOG),
    Rule("SR201", "session-id-regressed", ERROR,
         "The event's session ID is lower than the current replay session.",
         "The replay must not go back (the SDK would follow, and split the recording); the event stays unlinked.",
         "Guard setSessionId with next > sessionReplay.getSessionId(); look for a second tab, a stale cookie or a reset.",
         'the page, the middleware\'s condition; the measurements, rows 1, 3, 6, 7 and 14', _log(_actions(S2), _actions(S1)), _log(_actions(S1), _actions(S2))),
    Rule("SR202", "event-before-load", ERROR,
         "An event was tracked before Session Replay's init had succeeded.",
         "It has no replay.",
         "Start Session Replay before the first track, or hold events back until it has started.",
         'the page, on starting Session Replay', _trace({"call": "event", "session_id": S1}), _trace(_LOAD, {"call": "event", "session_id": S1})),
    Rule("SR203", "loaded-twice", ERROR,
         "Session Replay was initialised a second time on the same page.",
         "The SDK replaces its instance: device ID and session may change in mid-recording.",
         "Call init once a page; look for a tag manager and the application both doing it.",
         'the page, on starting Session Replay; the measurements, "What the replay SDK does"', _trace(_LOAD, _LOAD), _trace(_LOAD)),
    Rule("SR301", "actions-session-not-populated", ERROR,
         'integrations["Actions Amplitude"].session_id is still missing when the event has settled.',
         "The event cannot be linked; the replay cannot roll over.",
         "Read the field deferred, as the page's setTimeout does, and later still if an enrichment awaits; "
         "check that the Actions destination is on for the event.",
         'the page, "Troubleshooting"; the measurements, rows 2 and 4',
         _trace(_LOAD, {"call": "event"}, {"call": "settle"}), _trace(_LOAD, {"call": "event"}, {"call": "settle", "session_id": S1})),
    Rule("SR311", "cloud-plugin-order", WARNING,
         'The set-up calls are not in the documented order: add the replay plugin, add the Segment plugin, init, remove("amplitude").',
         "The page asks for this order; today's SDK does not need it, tomorrow's may.",
         "Use the order of the page.",
         'the page, cloud-mode; the measurements, "Classic cloud-mode"',
         _cloud_trace(_ADD_SEGMENT, _ADD_REPLAY, _LOAD, _REMOVE, _TRACK), _SOUND_CLOUD),
    Rule("SR312", "cloud-double-delivery", ERROR,
         'remove("amplitude") was not called after init.',
         "The event reaches Amplitude twice: through Segment and from the shell itself.",
         'Call remove("amplitude") after init has resolved.',
         'the page, cloud-mode; the measurements, row 12', _cloud_trace(_ADD_REPLAY, _ADD_SEGMENT, _LOAD, _TRACK), _SOUND_CLOUD),
    Rule("SR313", "cloud-bypasses-shell", ERROR,
         "The event was tracked through Segment, past the shell.",
         "It has no session ID and no replay ID.",
         "Call track on the shell (the Amplitude Browser SDK), not on analytics.",
         'the page, cloud-mode; the measurements, row 13', _log(_cloud(S1, f"visitor-1/{S1}"), _bare(), mode="classic-cloud"), _SOUND_CLOUD_LOG),
    Rule("SR314", "cloud-no-segment-plugin", ERROR,
         "The event was tracked through a shell without the Segment plugin.",
         "Nothing forwards it: Segment never receives it.",
         "add(segmentPlugin()) before init.",
         'the page, cloud-mode', _cloud_trace(_ADD_REPLAY, _LOAD, _REMOVE, _TRACK), _SOUND_CLOUD),
    Rule("SR315", "cloud-no-replay-plugin", ERROR,
         "The event was tracked through a shell without the replay plugin.",
         "Nothing records, and the event has no replay ID.",
         "add(sessionReplayPlugin()) first.",
         'the page, cloud-mode', _cloud_trace(_ADD_SEGMENT, _LOAD, _REMOVE, _TRACK), _SOUND_CLOUD),
    Rule("SR321", "replay-captured-through-segment", ERROR,
         "[Amplitude] Replay Captured was found in a Segment stream.",
         "Amplitude creates this event and receives it directly; a copy links replays wrongly and is billed.",
         "Remove the code that tracks it.",
         'the page, on Replay Captured', _log(_actions(S1, event="[Amplitude] Replay Captured")), _log(_actions(S1))),
    Rule("SR901", "input-not-json", ERROR,
         "The line is not JSON.",
         "It could not be judged; it is counted as unreadable.",
         "Write one JSON value a line, in UTF-8.",
         "this tool", _log('{"type": "track", ', _actions(S1)), _log(_actions(S1))),
    Rule("SR902", "input-not-an-event", ERROR,
         "The JSON is of no known event shape.",
         "It could not be judged; it is counted as unreadable.",
         "check reads Segment payloads (one, an array, or a batch body) and Amplitude events; run reads call traces.",
         "this tool", _log({"hello": "world"}, _actions(S1)), _log(_actions(S1))),
)
# fmt: on

RULES: Final[dict[str, Rule]] = {rule.code: rule for rule in _CATALOGUE}
"""The rules by code, in order."""

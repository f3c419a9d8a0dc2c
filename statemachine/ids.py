"""Device, session and replay IDs: their grammar, and how to parse and format them.

Source: the page, on device IDs and session IDs; `reality.md`, "What the replay SDK does"
(the SDK validates nothing: `a/b` as device ID gives the replay ID `a/b/1000`).

`parse_…` functions take *any* object and return a `Parsed`; they never raise. `device_id`,
`session_id`, `ReplayId` and `ReplayId.of` are for code that wants an exception: they raise
`InvalidIdError`. Session IDs are epoch milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final, Generic, TypeVar

import attrs

from statemachine.errors import InvalidIdError, printable, shown

T = TypeVar("T")

DELIMITER: Final = "/"
DEVICE_ID_CHARACTERS: Final = "a-z A-Z 0-9 _ - . | @ : ="
SESSION_ID_MAX: Final = 2**53 - 1
"""The largest integer that JavaScript holds exactly (`Number.MAX_SAFE_INTEGER`)."""
NO_SESSION: Final = 0
"""What a missing, `null` or `0` session ID reads as (the page: `… || 0`)."""
OUT_OF_SESSION: Final = -1
"""Amplitude's marker of an event that belongs to no session."""
SECONDS_BELOW: Final = 10**11
"""A positive number below this is taken for seconds: as milliseconds it would be 1973."""
MIN_DEVICE_ID_LENGTH: Final = 5
"""Amplitude's HTTP V2 refuses shorter IDs unless told otherwise (`min_id_length`)."""
RESERVED_DEVICE_IDS: Final = frozenset(
    {"anonymous", "null", "undefined", "unknown", "0", "-1", "00000000-0000-0000-0000-000000000000"}
)
"""Values that comply with the grammar and that Amplitude refuses all the same."""

_FOREIGN = re.compile(r"[^A-Za-z0-9_\-.|@:=]")
_ACCEPTED = bytes(code for code in range(128) if not _FOREIGN.match(chr(code)))
_DECIMAL = re.compile(r"-?[0-9]{1,16}")
_CANONICAL_SESSION = re.compile(r"[1-9][0-9]{0,15}")


class _Unset:
    """The type of `UNSET`."""

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        return "UNSET"  # pickled by name: there is one


UNSET: Final = _Unset()
"""A field that is not there at all, as opposed to one that holds `null`."""


@attrs.frozen
class Flaw:
    """What is wrong with an ID: the finding's code, what was seen, and what was expected.

    `position` counts characters from 0 and is None when no single character is at fault.
    """

    code: str
    seen: str
    expected: str
    position: int | None = None
    character: str | None = None

    def __str__(self) -> str:
        where = ""
        if self.position is not None and self.character is not None:
            where = f" has {_named(self.character)} at position {self.position} (counted from 0)"
        return f"{self.seen}{where}; expected {self.expected}"


@attrs.frozen
class Parsed(Generic[T]):
    """The result of parsing: a `value`, or the `flaw` that kept it from being one."""

    value: T | None
    flaw: Flaw | None = None


def _named(character: str) -> str:
    name = unicodedata.name(character, "unnamed control or unassigned character")
    return f"'{printable(character)}' (U+{ord(character):04X} {name})"


_DEVICE_EXPECTED = f"one or more of {DEVICE_ID_CHARACTERS}"
_SESSION_EXPECTED = (
    f"an integer of epoch milliseconds from 1 to {SESSION_ID_MAX} (0 or null for none, -1 out of session), "
    "or its decimal text"
)
_REPLAY_EXPECTED = "<deviceId>/<sessionId>"


def parse_device_id(raw: object) -> Parsed[str]:
    """Parse a device ID: at least one of `a-z A-Z 0-9 _ - . | @ : =`, and never `/`.

    Flaws: SR101 (absent or empty), SR102 (contains `/`), SR103 (another character, or not text).
    """
    if raw is None or raw is UNSET or raw == "":
        seen = "missing" if raw is UNSET else shown(raw)
        return Parsed(None, Flaw("SR101", seen, _DEVICE_EXPECTED))
    if not isinstance(raw, str):
        return Parsed(None, Flaw("SR103", f"{shown(raw)} is not text", f"text of {_DEVICE_EXPECTED}"))
    foreign = _FOREIGN.search(raw)
    if foreign is None:
        return Parsed(raw)
    slash = raw.find(DELIMITER)
    at = slash if slash >= 0 else foreign.start()
    code = "SR102" if slash >= 0 else "SR103"
    return Parsed(None, Flaw(code, shown(raw), _DEVICE_EXPECTED, at, raw[at]))


def device_id_warnings(device: str) -> tuple[str, ...]:
    """Return the codes of what Amplitude refuses in a well-formed device ID: SR104, SR105."""
    short = ("SR104",) if len(device) < MIN_DEVICE_ID_LENGTH else ()
    return (*short, "SR105") if device in RESERVED_DEVICE_IDS else short


def are_sound_device_ids(devices: Collection[str]) -> bool:
    """Whether all of some texts are device IDs, and none is one that Amplitude refuses."""
    text = "".join(devices)
    return (
        text.isascii()
        and not text.encode().translate(None, _ACCEPTED)
        and min(map(len, devices), default=MIN_DEVICE_ID_LENGTH) >= MIN_DEVICE_ID_LENGTH
        and RESERVED_DEVICE_IDS.isdisjoint(devices)
    )


def session_number(raw: object) -> int | None:
    """Return the number that a session ID stands for, or None when it is malformed.

    `NO_SESSION` for absent, `null` and 0; `OUT_OF_SESSION` for -1; otherwise 1 to `SESSION_ID_MAX`.
    Decimal text is the same number. Floats, booleans and everything else are malformed.
    """
    if raw is None or raw is UNSET:
        return NO_SESSION
    if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and OUT_OF_SESSION <= raw <= SESSION_ID_MAX:
        return int(raw)
    return None


def parse_session_id(raw: object) -> Parsed[int]:
    """Parse a session ID, in epoch milliseconds: `session_number`, or the flaw SR112."""
    value = session_number(raw)
    if value is not None:
        return Parsed(value)
    if isinstance(raw, str):
        foreign = re.search(r"[^0-9]", raw)
        if foreign is not None:
            at = foreign.start()
            return Parsed(None, Flaw("SR112", shown(raw), _SESSION_EXPECTED, at, raw[at]))
    return Parsed(None, Flaw("SR112", shown(raw), _SESSION_EXPECTED))


def device_id(raw: object) -> str:
    """Return `raw` if it is a device ID. Raises InvalidIdError, naming character and position."""
    return _value_of("device ID", parse_device_id(raw))


def session_id(raw: object) -> int:
    """Return `raw` as session ID (0 none, -1 out of session). Raises InvalidIdError."""
    return _value_of("session ID", parse_session_id(raw))


def _value_of(kind: str, parsed: Parsed[T]) -> T:
    if parsed.value is None:
        raise InvalidIdError(f"not a {kind}: {parsed.flaw}")
    return parsed.value


def _real_session(instance: object, attribute: object, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= SESSION_ID_MAX:
        raise InvalidIdError(f"not a session ID that a replay can have: {shown(value)}")


def _real_device(instance: object, attribute: object, value: str) -> None:
    device_id(value)


@attrs.frozen(order=False)
class ReplayId:
    """`<deviceId>/<sessionId>`: what links a replay to events. Both parts exist, or it does not.

    Raises InvalidIdError when a part is no ID. `str()` formats it; `ReplayId.of` parses it back.
    """

    device_id: str = attrs.field(validator=_real_device)
    session_id: int = attrs.field(validator=_real_session)

    @classmethod
    def of(cls, text: object) -> ReplayId:
        """Return the replay ID that `text` spells. Raises InvalidIdError."""
        return _value_of("replay ID", parse_replay_id(text))

    def __str__(self) -> str:
        return f"{self.device_id}{DELIMITER}{self.session_id}"


def parse_replay_id(raw: object) -> Parsed[ReplayId]:
    """Parse `<deviceId>/<sessionId>`. Flaw: SR121, with the character at fault when there is one.

    The session part is a positive decimal without leading zeros, so that formatting gives the same
    text back.
    """
    if not isinstance(raw, str):
        return Parsed(None, Flaw("SR121", f"{shown(raw)} is not text", _REPLAY_EXPECTED))
    device, delimiter, session = raw.partition(DELIMITER)
    if not delimiter:
        return Parsed(None, Flaw("SR121", f"{shown(raw)} has no '{DELIMITER}'", _REPLAY_EXPECTED))
    foreign = _FOREIGN.search(device)
    if foreign is not None:
        at = foreign.start()
        return Parsed(None, Flaw("SR121", shown(raw), _REPLAY_EXPECTED, at, raw[at]))
    if not device:
        return Parsed(None, Flaw("SR121", f"{shown(raw)} has an empty device part", _REPLAY_EXPECTED))
    if not _CANONICAL_SESSION.fullmatch(session) or int(session) > SESSION_ID_MAX:
        odd = session.find(DELIMITER)
        if odd < 0:
            odd = next((n for n, character in enumerate(session) if character not in "0123456789"), -1)
        if odd >= 0:
            at = len(device) + 1 + odd
            return Parsed(None, Flaw("SR121", shown(raw), _REPLAY_EXPECTED, at, raw[at]))
        seen = f"{shown(raw)} has the session part {shown(session)}"
        return Parsed(None, Flaw("SR121", seen, f"{_REPLAY_EXPECTED} with a session above 0"))
    return Parsed(ReplayId(device, int(session)))


def format_replay_id(device: str | None, session: int) -> str | None:
    """Return the replay ID of a device and a session, or None when either part does not exist."""
    if not device or session <= NO_SESSION:
        return None
    return f"{device}{DELIMITER}{session}"


def format_replay_ids(devices: Iterable[str], sessions: Iterable[int]) -> list[str | None]:
    """`format_replay_id` of many, in a third of the time."""
    pairs = zip(devices, sessions, strict=True)
    return [f"{device}{DELIMITER}{session}" if device and session > NO_SESSION else None for device, session in pairs]

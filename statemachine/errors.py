"""What this package raises, and how it shows a value that it did not trust.

Bad *input* is a finding, never an exception. These exceptions are for bad *definitions* (a table
with a hole) and for *misuse* (a constructor handed an ID that is none).
"""

from __future__ import annotations

from statemachine.bounds import SHOWN_CHARACTERS as SHOWN_CHARACTERS


class StatemachineError(Exception):
    """The base of every exception that this package raises."""


class InvalidIdError(StatemachineError, ValueError):
    """A constructor was given a device, session or replay ID that the law does not accept."""


class IllFormedTableError(StatemachineError, ValueError):
    """A table has a hole, an overlap, an unknown name, or a state that nothing reaches."""


class UnreadableFileError(StatemachineError, OSError):
    """A whole input cannot be read: missing, a directory, or a broken archive."""


class UnwritableFileError(StatemachineError):
    """An output cannot be written whole: a full disk, a folder that is not there, a package that is missing."""


class UnusableStateError(StatemachineError):
    """What was kept of earlier runs cannot be carried on: damaged, in use, or of other options or files."""


class UnknownNameError(StatemachineError, LookupError):
    """No mode, finding code or trigger has this name."""


def printable(text: str) -> str:
    """Return `text` with every character that could move a cursor, hide or reorder text escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def printable_lines(text: str) -> str:
    """Return text of several lines, each of them `printable`."""
    return "\n".join(printable(line) for line in text.splitlines())


def shortened(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return `text`, cut with its full length named when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text)} characters)"


def shown(value: object) -> str:
    """Return an untrusted value as a message may repeat it: bounded, on one line, harmless."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{printable(shortened(value))}"'
    if isinstance(value, int):
        # Converting a very long integer to text is quadratic, and Python refuses it.
        return str(value) if value.bit_length() <= 256 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "an array"
    return f"a value of type {printable(shortened(type(value).__name__))}"

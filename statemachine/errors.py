"""What this package raises, and how it shows a value that it did not trust.

Bad *input* is a finding, never an exception. These exceptions are for bad *definitions* (a table
with a hole) and for *misuse* (a constructor handed an ID that is none).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

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


_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # joiner and fillers
    "\u180b\u180c\u180d\u180f"  # selectors of variants: Mongolian, and the general ones in the two ranges below
    "\u2800\U00016fe4\U0001d159"  # drawn as nothing: the blank of Braille, a filler, the note without a head
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""What Python calls printable, and is nothing to see: what Unicode has as default-ignorable, and blanks."""
_LEFTWARDS: Final = frozenset({"R", "AL", "AN"})
"""The classes of the bidirectional algorithm that reorder what stands beside them."""
_COMMAND: Final = re.compile(r"^ *:(?=:)|#(?=#[A-Za-z]*\[)")
"""What a log of CI takes for a command: `::` at the beginning of a line, and anywhere `##[`, `##vso[` and the like."""


def visible(text: str) -> str:
    """Return `text` with every character that could move a cursor or hide escaped, for where data stands alone.

    Letters that are written from right to left stay: in a cell, or isolated in HTML, they reorder nothing else.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() and c not in _BLANK else _escaped(c) for c in text)


def printable(text: str) -> str:
    """Return `text` with every character that could move a cursor, hide or reorder text escaped: for a line of ours.

    Letters written from right to left are escaped too, as a terminal would reorder what stands around them; and the
    beginning of what CI, where such lines are printed, takes for a command.
    """
    text = visible(text)
    if not text.isascii():
        text = "".join(_escaped(c) if unicodedata.bidirectional(c) in _LEFTWARDS else c for c in text)
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


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

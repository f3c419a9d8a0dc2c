"""The replay ID that an event of a log carries, judged against the replay after that event.

The law in words. It must be the replay ID of the state after the event. There is one cause, one
finding: beside a session ID that regressed (SR201), or an event past the shell (SR313), a wrong or
missing replay ID is not reported again. The event that starts or rolls over a session and carries
the ID of the session just left is late (SR125), not mismatched (SR122). A missing one is a warning
(SR123), and only where one is expected.

Source: the page, on replay IDs; `reality.md`, rows 1, 5, 6, 9, 11, 13 and 15.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import attrs

from statemachine.errors import IllFormedTableError
from statemachine.symbol import Name


class Passage(Name):
    """What the event did to the replay."""

    STARTS = "starts or rolls over a session"
    CONTINUES = "continues in a session"
    REGRESSES = "has a session ID that regressed"
    BYPASSES = "was tracked past the shell"
    OUTSIDE = "is in no session"


class Tag(Name):
    """What the event's replay ID is, seen from the replay after the event."""

    MATCHES = "matches"
    MISSING = "missing"
    EXPECTED = "missing, though expected"
    MALFORMED = "malformed"
    OTHER_DEVICE = "other device"
    JUST_LEFT = "the session just left"
    BEHIND = "behind"
    AHEAD = "ahead"


@attrs.frozen
class TagRow:
    """For these passages and tags: this finding, or None."""

    passages: tuple[Passage, ...]
    tags: tuple[Tag, ...]
    finding: str | None = None


_IN_SESSION: Final = (Passage.STARTS, Passage.CONTINUES)
_WRONG: Final = (Tag.JUST_LEFT, Tag.BEHIND, Tag.AHEAD)

# fmt: off
TAG_ROWS: Final = (
    TagRow((*Passage,), (Tag.MATCHES, Tag.MISSING)),
    TagRow((*Passage,), (Tag.MALFORMED,), "SR121"),
    TagRow((*_IN_SESSION, Passage.REGRESSES), (Tag.EXPECTED,), "SR123"),
    TagRow((Passage.BYPASSES, Passage.OUTSIDE), (Tag.EXPECTED,)),
    TagRow((Passage.STARTS,), (Tag.JUST_LEFT,), "SR125"),
    TagRow((Passage.STARTS,), (Tag.BEHIND, Tag.AHEAD), "SR122"),
    TagRow((Passage.CONTINUES,), _WRONG, "SR122"),
    TagRow((*_IN_SESSION, Passage.BYPASSES, Passage.OUTSIDE), (Tag.OTHER_DEVICE,), "SR122"),
    TagRow((Passage.BYPASSES,), _WRONG, "SR122"),
    TagRow((Passage.REGRESSES,), (Tag.OTHER_DEVICE, *_WRONG)),
    TagRow((Passage.OUTSIDE,), _WRONG),
)
# fmt: on


def compiled(rows: tuple[TagRow, ...]) -> dict[Passage, dict[Tag, str | None]]:
    """Return the finding of every passage and tag. Raises IllFormedTableError on hole or overlap."""
    findings: dict[Passage, dict[Tag, str | None]] = {passage: {} for passage in Passage}
    for passage, tag in product(Passage, Tag):
        matching = [row for row in rows if passage in row.passages and tag in row.tags]
        if len(matching) != 1:
            place = f"an event that {passage.value}, replay ID {tag.value}"
            raise IllFormedTableError(f"replay ID table: {len(matching)} rows for {place}")
        findings[passage][tag] = matching[0].finding
    return findings


TAG_FINDINGS: Final = compiled(TAG_ROWS)

"""What a number of findings says, as a person would say it: one sentence a code."""

from __future__ import annotations

from typing import Final

from statemachine.formats.html.page import Count, counted

SENTENCES: Final = {
    "SR101": "has|have no device ID",
    "SR102": "has|have a device ID with '/', which separates the two parts of a replay ID",
    "SR103": "has|have a device ID with a character that replay IDs do not accept",
    "SR104": "has|have a device ID that is too short for Amplitude",
    "SR105": "has|have a placeholder for a device ID",
    "SR111": "has|have no session ID although Session Replay has started",
    "SR112": "has|have a session ID that is none",
    "SR113": "is|are outside any session (session ID -1)",
    "SR114": "",
    "SR115": "has|have a session ID in seconds, not milliseconds",
    "SR121": "carries|carry a replay ID that is not <deviceId>/<sessionId>",
    "SR122": "carries|carry the replay ID of another device, or of another session than the replay should be in",
    "SR123": "carries|carry no replay ID although one is expected",
    "SR124": "comes|come from a shell whose device ID is not Segment's anonymousId (told once a device)",
    "SR125": "carries|carry the replay ID of the session before",
    "SR201": "has|have a session ID that went back, below the current replay session",
    "SR202": "was|were tracked before Session Replay had started",
    "SR203": "started|started Session Replay a second time",
    "SR301": "has|have no session ID even after settling",
    "SR311": "is|are not in the documented order of the set-up",
    "SR312": "reaches|reach Amplitude twice",
    "SR313": "was|were tracked through Segment, past the shell",
    "SR314": "was|were tracked through a shell without the Segment plugin",
    "SR315": "was|were tracked through a shell without the replay plugin",
    "SR321": "is|are [Amplitude] Replay Captured, which never travels through Segment",
    "SR901": "is|are not JSON",
    "SR902": "is|are of no known shape",
}
"""What the events with a finding of each code do: for one, for more."""


def sentence(count: Count, total: int, unit: str) -> str:
    """How many of all have this finding, in words; `unit` names one of all."""
    if count.code == "SR114":
        return f"{counted(count.findings, 'log')} carried no session ID at all: only device IDs were checked"
    one, rest = SENTENCES[count.code].split("|")
    more, _, tail = rest.partition(" ")
    verb = one if count.findings == 1 else more
    return f"{count.findings:,} of {counted(total, unit)} {verb} {tail}"

"""What a number of findings says, as a person would say it: one sentence a code."""

from __future__ import annotations

from typing import Final

from statemachine.formats.html.page import Count, Page, counted

SENTENCES: Final = {
    "SR101": "has|have no device ID",
    "SR102": "has|have a device ID with '/', which separates the two parts of a replay ID",
    "SR103": "has|have a device ID with a character that replay IDs do not accept",
    "SR104": "has|have a device ID that is too short for Amplitude",
    "SR105": "has|have a placeholder for a device ID",
    "SR111": "has|have no session ID although Session Replay has started",
    "SR112": "has|have a session ID that is no whole number of milliseconds",
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
    if count.code.startswith("SR9"):  # what cannot be read is no event, and no call
        unit = {"event": "payload"}.get(unit, "line")
    one, rest = SENTENCES[count.code].split("|")
    more, _, tail = rest.partition(" ")
    verb = one if count.findings == 1 else more
    return f"{count.findings:,} of {counted(total, unit)} {verb} {tail}"


def listed(page: Page) -> list[str]:
    """What the lists of a page hold and what they leave out, in sentences."""
    if not page.findings and not page.devices_in_all:
        return []
    unit, flagged = page.subject_unit, page.subjects_in_all
    devices = [subject for subject in page.subjects if subject.is_device]
    held = sum(bool(subject.counts) for subject in devices)
    sound = len(devices) - held
    found = [
        f"{counted(flagged, unit)} have findings"
        if flagged > 1
        else f"{'One' if flagged else 'No'} {unit} has findings"
    ]
    found[0] += f"; the worst {held:,} of them are listed." if held < flagged else "."
    if page.devices_in_all > flagged:
        others = page.devices_in_all - flagged
        verb = "is" if others == 1 else "are"
        if 0 < sound < others:
            found.append(f"Of the {others:,} without findings, {sound:,} {'is' if sound == 1 else 'are'} listed.")
        else:
            found.append(f"The {others:,} without findings {verb} {'listed too' if sound else 'not listed'}.")
    if len(devices) < len(page.subjects):
        found.append("Payloads without a device ID have a row of their own.")
    sessions = sum(subject.sessions_in_all for subject in page.subjects)
    held = sum(len(subject.sessions) for subject in page.subjects)
    if held < sessions:
        found.append(f"Of {sessions:,} sessions, {held:,} are listed, those with findings first.")
    if len(page.findings) < page.findings_in_all:
        found.append(f"Of {page.findings_in_all:,} findings, {len(page.findings):,} are listed, errors first.")
    return found

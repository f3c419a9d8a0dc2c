"""What leaves a page: the events in the requests to Segment and to Amplitude."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs

import attrs

from statemachine.fields import REPLAY_ID_PROPERTY
from statemachine.ids import UNSET

SEGMENT: Final = "api.segment.io"
AMPLITUDE_JS: Final = "api.amplitude.com"
AMPLITUDE: Final = "api2.amplitude.com"
DESTINATIONS: Final = {"actions": (SEGMENT,), "classic-device": (AMPLITUDE_JS,), "classic-cloud": (SEGMENT, AMPLITUDE)}
"""Where an event of a mode arrives. In device-mode Segment has a copy, which is not how Amplitude gets it."""


@attrs.frozen
class Sent:
    """One event that left a page: to which host, by which name, and the payload."""

    host: str
    name: str
    payload: dict[str, Any]

    @property
    def session_id(self) -> object:
        """The session ID that it left with; UNSET for none."""
        if self.host != SEGMENT:
            return self.payload.get("session_id", UNSET)
        integrations = self.payload.get("integrations", {})
        found = integrations.get("Actions Amplitude") or integrations.get("Amplitude") or {}
        return found.get("session_id", UNSET)

    @property
    def replay_id(self) -> str | None:
        """The replay ID that it left with, if any."""
        properties = self.payload.get("properties", self.payload.get("event_properties", {}))
        found = properties.get(REPLAY_ID_PROPERTY)
        return found if isinstance(found, str) else None


def sent_events(host: str, body: bytes) -> Iterator[Sent]:
    """The events in a request's body, by the host that it went to; none for another host."""
    if host == SEGMENT:
        payload = json.loads(body)
        if "messageId" in payload:  # else it is about analytics.js itself
            yield Sent(host, str(payload.get("event")), payload)
    elif host == AMPLITUDE_JS:
        for event in json.loads(parse_qs(body.decode())["e"][0]):
            yield Sent(host, event["event_type"], event)
    elif host == AMPLITUDE:
        for event in json.loads(body)["events"]:
            yield Sent(host, event["event_type"], event)

"""The published integrations beside the properties: what `tests.browser.survey` found, as a table for the README."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from statemachine.suites.invariants import AGREES, MEANINGS, TOTAL

PUBLISHED: Final = Path(__file__).parent / "browser" / "published.json"
MODES: Final = {
    "actions.js": "actions",
    "actions_with_timeout.js": "actions",
    "classic_device.js": "classic-device",
    "classic_cloud.js": "classic-cloud",
}
TITLES: Final = {
    "actions.js": "Actions",
    "actions_with_timeout.js": "Actions, with the `setTimeout`",
    "classic_device.js": "device-mode",
    "classic_cloud.js": "cloud-mode",
}


def found() -> dict[str, Any]:
    """What the survey wrote: `visits` made, and `broken`, both by integration."""
    read: dict[str, Any] = json.loads(PUBLISHED.read_text("utf-8"))
    return read


def words(move: Mapping[str, Any]) -> str:
    """A move in words."""
    kind = str(move["move"])
    ids = ", ".join(map(repr, move.get("session_ids", ())))
    qualified = [
        f"explicit {move['explicit']}" if "explicit" in move else "",
        f"held {move['held']} ms" if "held" in move else "",
        "past the shell" if move.get("bare") else "",
        f"{move['session_id']!r}" if "session_id" in move else "",
        f"{move['ms'] / 60_000:.0f} min" + (" and 1 ms" if move["ms"] % 60_000 else "") if "ms" in move else "",
        "session in localStorage only" if move.get("writes_cookie") is False else "",
    ]
    return " ".join([kind, *filter(None, [ids, *qualified])])


def rows() -> list[list[str]]:
    """A row a property: holds, or the shortest visit that breaks it."""
    broken = found()["broken"]
    return [
        [f"*{name}*: {meaning}", *(_cell(broken[file].get(name)) for file in MODES)]
        for name, meaning in MEANINGS.items()
        if name not in (AGREES, TOTAL)
    ]


def _cell(moves: list[dict[str, Any]] | None) -> str:
    return "holds" if moves is None else f"**fails**: {'; '.join(map(words, moves))}"

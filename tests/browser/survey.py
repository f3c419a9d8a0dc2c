"""Which properties the published integrations keep, from real visits: `python -m tests.browser.survey` writes it again.

It takes ten minutes: every visit of up to two moves after its load, with the real SDKs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import statemachine
from statemachine.suites.browser import Chromium, short_visits, survey
from statemachine.suites.browser.chromium import PACKAGE
from tests.published import MODES, PUBLISHED

MOST_MOVES: Final = 2
SNIPPETS: Final = Path(statemachine.__file__).parent / "snippets" / "published"


def surveyed(chromium: Chromium, name: str, most_moves: int) -> dict[str, list[dict[str, Any]]]:
    """The invariants that a published integration breaks, each with the shortest visit that does."""
    return survey(chromium.site(SNIPPETS / name), MODES[name], short_visits(MODES[name], most_moves))


def main() -> None:
    """Make every short visit of every published integration."""
    with Chromium(PACKAGE / "node_modules") as chromium:
        found = {name: surveyed(chromium, name, MOST_MOVES) for name in MODES}
        made = {name: sum(1 for _ in short_visits(mode, MOST_MOVES)) for name, mode in MODES.items()}
    PUBLISHED.write_text(json.dumps({"visits": made, "broken": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()

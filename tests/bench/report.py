"""The HTML report of a large log: what it takes to write, how large it is, and how long Chromium takes to open it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from statistics import median
from typing import Final

import attrs
from playwright.sync_api import sync_playwright

from statemachine.suites.browser.chromium import FLAGS, executable
from tests.bench.contender import Disagreement
from tests.bench.measure import Run, run

OPENED: Final = 5
"""Times a round."""
_TIMES: Final = """async () => {
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [paint.startTime, page.loadEventEnd];
}"""


@attrs.frozen
class Report:
    """A report: the run that wrote it, its bytes and findings; milliseconds to its first paint, and until it is loaded.

    Without Chromium, no time is known.
    """

    events: int
    findings: int
    written: Run
    size: int
    painted: list[float]
    loaded: list[float]

    @property
    def opened_after(self) -> float | None:
        """Milliseconds until it is loaded: the median."""
        return median(self.loaded) if self.loaded else None


def measured(path: Path, events: int, rounds: int) -> Report:
    """Check a log, and open its report. Raises Disagreement where it is no report of all events."""
    made = run([sys.executable, "-m", "statemachine", "check", str(path), "--format", "html"])
    facts = {name: int(n.replace(",", "")) for name, n in re.findall(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>", made.output)}
    if made.status != 1 or facts.get("Payloads read") != events or "Findings" not in facts:
        raise Disagreement(f"report: exit status {made.status}, {facts}")
    file = path.with_suffix(".html")
    file.write_text(made.output)
    try:
        times = opened(file, OPENED * rounds if rounds > 1 else 1)
        size = file.stat().st_size
    finally:
        file.unlink()
    return Report(events, facts["Findings"], made, size, [paint for paint, _ in times], [load for _, load in times])


def opened(file: Path, times: int) -> list[tuple[float, float]]:
    """Open a page so many times, and once before; each time the first paint and the end of loading, in milliseconds."""
    program = executable()
    if program is None:
        return []
    found: list[tuple[float, float]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for turn in range(1 + times):
            page = browser.new_page()
            page.goto(file.as_uri())
            paint, load = page.evaluate(_TIMES)
            found += [(paint, load)] if turn else []
            page.close()
        browser.close()
    return found

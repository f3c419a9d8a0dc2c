"""The pictures of the report: `python -m docs.building.pictures` takes them again, with Chromium."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from statemachine.entrypoints.cli import main
from statemachine.suites.browser.chromium import FLAGS, executable

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static"
LOG = ROOT / "tests" / "data" / "segment-actions-published.ndjson"


def take() -> None:
    """Write `report.png`, its beginning, `report-timeline.png`, and `report-device.png`, a device with its machine."""
    with chdir(LOG.parent):
        report = CliRunner().invoke(main, ["check", LOG.name, "--format", "html"]).stdout
    with tempfile.NamedTemporaryFile("w", suffix=".html") as file, sync_playwright() as playwright:
        file.write(report)
        file.flush()
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.goto(f"file://{file.name}")
        page.screenshot(path=STATIC / "report.png")
        page.locator("#when figure").screenshot(path=STATIC / "report-timeline.png")
        page.locator("#list tbody button").first.click()
        page.mouse.move(0, 0)  # over no row
        page.keyboard.press("ArrowRight")
        page.screenshot(path=STATIC / "report-device.png")
        browser.close()


if __name__ == "__main__":
    take()

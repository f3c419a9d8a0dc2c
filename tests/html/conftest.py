"""Chromium, which opens a report from disk and notes all that it does.

Without it, or without axe's npm package, these tests are left out, and that is said.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import attrs
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, sync_playwright

from statemachine.formats.html import page, rendered
from statemachine.suites.browser.chromium import FLAGS, NAMES
from tests.left_out import leave_out

AXE = Path(__file__).parents[1] / "consumers" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}


@attrs.define
class Opened:
    """A report in Chromium: its page, what the console said, and what it asked for besides itself."""

    page: Page
    said: list[str] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)

    def violations(self) -> list[str]:
        """What axe finds, a line each."""
        if not AXE.exists():
            leave_out("no report was read by axe: there is no npm package (`make consumers` installs it)")
        self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate("async () => (await axe.run()).violations")
        return [f"{one['id']}: {node['html'][:200]} {node['any'][:1]}" for one in found for node in one["nodes"]]


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        leave_out("no report was opened: there is no Chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report from disk."""
    contexts: list[BrowserContext] = []

    def opened(text: str, size: Any = DESKTOP, scheme: Any = "light", fragment: str = "") -> Opened:
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(text)
        context = browser.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        one = Opened(context.new_page())
        own = path.as_uri()

        def dismissed(dialog: Dialog) -> None:
            one.said.append(dialog.message)
            dialog.dismiss()

        def noted(request: Request) -> None:
            if request.url.split("#")[0] != own:
                one.asked.append(request.url)

        one.page.on("console", lambda message: one.said.append(message.text))
        one.page.on("pageerror", lambda error: one.said.append(str(error)))
        one.page.on("dialog", dismissed)
        context.on("request", noted)
        one.page.goto(own + fragment)
        return one

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine: its address, and the paths of the requests that arrived."""
    arrived: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with nothing."""
            arrived.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}/", arrived
        found.shutdown()
        thread.join()


def lines(*payloads: object) -> str:
    """Payloads as NDJSON."""
    return "".join(json.dumps(payload) + "\n" for payload in payloads)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[page.Page]:
    """The pages that are rendered."""
    found: list[page.Page] = []
    whole = rendered.rendered

    def noted(one: page.Page) -> str:
        found.append(one)
        return whole(one)

    monkeypatch.setattr(rendered, "rendered", noted)
    monkeypatch.setattr("statemachine.entrypoints.pages.rendered", noted)
    return found

"""Headless Chromium, integrations bundled with the real SDKs, and visitors with a clock of their own.

Nothing leaves the machine: every request is answered here. Host names are any that is asked for, so that a page
has a registrable domain; time is the browser's fake clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import AbstractContextManager, suppress
from importlib.resources import files
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import attrs
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, sync_playwright

from statemachine.bounds import ANSWERED_WITHIN
from statemachine.errors import StatemachineError, printable
from statemachine.suites.browser.wire import AMPLITUDE_JS, Sent, sent_events

FLAGS: Final = (
    "--no-sandbox",  # it cannot start as root otherwise, as in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES: Final = (
    "chromium-headless-shell",  # without the parts that show windows: half the time of a visit
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
HOST: Final = "shop.example.com"
FIRST_MOMENT: Final = 4_000_000_000_000
"""When the fake clock begins, epoch milliseconds: in the future, or cookies would have expired already."""
SECOND: Final = 1000
"""Milliseconds."""
STOPS_AFTER: Final = 3600 * SECOND
"""When the clock stops: later than the slowest machine has opened a page, on which nothing has started yet."""
_HTML: Final = "<!doctype html><title>A shop</title><script src=/bundle.js></script>"
_SAMPLED: Final = {"configs": {"sessionReplay": {"sr_sampling_config": {"capture_enabled": True, "sample_rate": 1}}}}
_ANYONE: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
PACKAGE: Final = Path(str(files("statemachine.suites.browser")))
"""Where package.json is, and node_modules in a checkout of this project."""


class BrowserError(StatemachineError):
    """The browser, or what it needs, is not there or does not work."""


def packages() -> dict[str, str]:
    """The npm packages that a page needs, with the versions that specs/reality.md was measured with."""
    found: dict[str, str] = json.loads(PACKAGE.joinpath("package.json").read_text("utf-8"))["dependencies"]
    return found


def missing(node_modules: Path) -> list[str]:
    """What a machine lacks for `Chromium`, in words: the browser, npm packages. Empty when all is there."""
    absent = [f"{name}@{version}" for name, version in packages().items() if not (node_modules / name).is_dir()]
    told = [] if executable() else [f"no Chromium: none of {', '.join(NAMES)} is on the PATH"]
    return told + ([f"no npm packages in {node_modules}: npm install {' '.join(absent)}"] if absent else [])


def executable() -> str | None:
    """Chromium's path, where one is on the PATH."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@attrs.frozen
class Site:
    """A site whose pages run one integration."""

    chromium: Chromium
    bundle: bytes
    host: str = HOST

    def visitor(self) -> Visitor:
        """A new visitor: no cookies, nothing stored."""
        return Visitor(self.chromium.browser.new_context(), self.bundle)


class Chromium(AbstractContextManager["Chromium"]):
    """The browser, with the SDKs of a `node_modules` folder."""

    def __init__(self, node_modules: Path | str) -> None:
        """Look for everything. Raises BrowserError when something is missing."""
        self.node_modules: Path = Path(node_modules).resolve()
        if lacking := missing(self.node_modules):
            raise BrowserError("; ".join(lacking))

    def __enter__(self) -> Chromium:
        """Start the browser. Raises BrowserError."""
        self._playwright = sync_playwright().start()
        try:
            self.browser: Browser = self._playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        except Error as error:
            self._playwright.stop()
            raise BrowserError(f"Chromium does not start: {printable(error.message[:500])}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the browser."""
        self.browser.close()
        self._playwright.stop()

    @property
    def versions(self) -> dict[str, str]:
        """What runs: the browser and the SDKs, with their versions."""
        about = {name: (self.node_modules / name / "package.json").read_text("utf-8") for name in packages()}
        return {"Chromium": self.browser.version, **{name: json.loads(text)["version"] for name, text in about.items()}}

    def site(self, integration: Path | str, host: str = HOST) -> Site:
        """A site for an integration: a file that exports a function, as `statemachine snippet` prints one.

        It is bundled with the SDKs, and may import more. Raises BrowserError when it cannot be.
        """
        command = [str(self.node_modules / ".bin" / "esbuild"), str(PACKAGE / "page.js"), "--bundle", "--format=iife"]
        options = [f"--alias:integration={Path(integration).resolve()}", "--log-level=error", "--minify"]
        made = subprocess.run(  # noqa: S603  # the bundler of the user's own packages
            [*command, *options], capture_output=True, env={**os.environ, "NODE_PATH": str(self.node_modules)}
        )
        if made.returncode:
            reason, _, _ = made.stderr.decode("utf-8", "replace").partition("\nnode:")  # where its own launcher fails
            raise BrowserError(f"{integration} cannot be bundled:\n{reason.strip()}")
        return Site(self, made.stdout, host)


class Visitor:
    """Someone's browser: cookies and storage of its own, one fake clock, and `sent`, what left its pages."""

    def __init__(self, context: BrowserContext, bundle: bytes) -> None:
        self.context = context
        self.sent: list[Sent] = []
        self._bundle = bundle
        self._now = 0
        context.route("**/*", self._answer)
        context.clock.install(time=FIRST_MOMENT / SECOND)

    def stop_clock(self) -> None:
        """From now on time passes only when it is told to."""
        self._now = FIRST_MOMENT + STOPS_AFTER
        self.context.clock.pause_at(self._now / SECOND)

    def run_for(self, page: Page, milliseconds: int) -> None:
        """Let so much of the fake clock pass, and everything happen that then does, whatever a timer throws."""
        until = self._now + milliseconds
        while self._now < until:
            with suppress(Error):
                self.context.clock.run_for(until - self._now)
            self._settle(page)
        self._settle(page)

    def fast_forward(self, milliseconds: int) -> None:
        """Let the fake clock jump, as when a computer sleeps: every timer that is due runs once."""
        with suppress(Error):
            self.context.clock.fast_forward(milliseconds)
        self._now += milliseconds

    def close(self) -> None:
        """Leave."""
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.close()

    def _settle(self, page: Page) -> None:
        """Let everything have its turn that does not wait for the clock, requests too; see what time it is."""
        gives_up = monotonic() + ANSWERED_WITHIN
        waits = True
        while waits and monotonic() < gives_up:
            self._now, waits = page.evaluate("() => page.turn()")

    def _answer(self, route: Route) -> None:
        request = route.request
        url = urlsplit(request.url)
        if url.path == "/bundle.js":
            route.fulfill(body=self._bundle, content_type="text/javascript")
        elif request.is_navigation_request():
            route.fulfill(body=_HTML, content_type="text/html")
        else:
            self.sent.extend(sent_events(url.hostname or "", request.post_data_buffer or b""))
            body = "success" if url.hostname == AMPLITUDE_JS else json.dumps(_SAMPLED)  # else it sends again
            route.fulfill(body=body, content_type="application/json", headers=_ANYONE)

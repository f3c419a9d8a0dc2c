"""One Chromium for a file of tests, as two in a process cannot be driven at once.

Without it, or without the npm packages, these tests are left out, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import statemachine
from statemachine.suites.browser import Chromium, Site, missing
from statemachine.suites.browser.chromium import HOST, PACKAGE
from tests.left_out import leave_out

NODE_MODULES = PACKAGE / "node_modules"
FOLDERS = (Path(__file__).parent / "integrations", Path(statemachine.__file__).parent / "snippets")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The browser."""
    if lacking := missing(NODE_MODULES):
        reason = f"the real SDKs were not run: {'; '.join(lacking)} (`make browser` installs the packages)"
        leave_out(reason)
    with Chromium(NODE_MODULES) as found:
        yield found


@pytest.fixture(scope="module")
def site_of(chromium: Chromium) -> Callable[..., Site]:
    """A site for an integration, by its file's name: ours, a published one, or one of the folder beside."""
    made: dict[tuple[str, str], Site] = {}

    def site(name: str, host: str = HOST) -> Site:
        if (name, host) not in made:
            file = next(path for folder in FOLDERS if (path := folder / name).exists())
            made[name, host] = chromium.site(file, host)
        return made[name, host]

    return site

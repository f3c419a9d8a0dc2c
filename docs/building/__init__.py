"""The Sphinx extension of the site: what is listed or drawn from the code, and the pages of `specs/`.

A page asks for a part by a line `<!-- built: NAME -->`. It is put there when the page is read, so it is never stale.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from docs.building import api, findings, pytest_options, river, specs

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PARTS: Final = {
    "findings": findings.findings,
    "api of statemachine": lambda: api.api("statemachine"),
    "api of statemachine.suites": lambda: api.api("statemachine.suites"),
    "pytest options": pytest_options.pytest_options,
    "river": river.river,
    "river of bulk": river.bulk_river,
}
_ASKED: Final = re.compile(r"^<!-- built: (.*) -->$", re.MULTILINE)


def built(text: str) -> str:
    """A page with the parts that it asks for. Raises KeyError for one that there is not."""
    return _ASKED.sub(lambda found: PARTS[found[1]](), text)


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = built(source[0])


def _included(app: Sphinx, path: Any, docname: str, content: list[str]) -> None:
    content[0] = specs.linked(content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx call what is here."""
    app.connect("source-read", _read)
    app.connect("include-read", _included)
    return {"parallel_read_safe": True}

"""The Markdown of `specs/` as pages of the site: the files are included, their links lead to where things are here.

Links between them stay: a page of the site has the same name. What is no page is a download, but for the modules in
TLA+ and the tables in Python, which have a page each; a picture that links to itself is one to be seen large.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

SITE: Final = Path(__file__).parent.parent / "specs"
SPECS: Final = SITE.parent.parent / "specs"
_PICTURE: Final = re.compile(r"\[!\[([^\]]*)\]\(([^)]+)\)\]\(\2\)")
_LINK: Final = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)")


def linked(text: str) -> str:
    """A text of `specs/` as the page of the site that has its name may include it."""
    text = _PICTURE.sub(r'![\1](\2){width="100%"}', text)
    return _LINK.sub(lambda found: f"]({place(found[1])}{found[2] or ''})", text)


def place(target: str) -> str:
    """Where the target of a link is, seen from the site's pages of `specs/`."""
    if (SITE / target).exists():
        return target
    name = target.rpartition("/")[2]
    if target.endswith(".tla"):
        return f"modules.md#{name.removesuffix('.tla').lower()}"
    if target.startswith("../statemachine/machines/"):
        return f"tables.md#{name.removesuffix('.py').replace('_', '-')}"
    return f"../../specs/{target}"

"""The site as it is built: without a warning, whole, and readable by everybody."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
import pytest

import statemachine
from docs.building import api, built
from docs.building.findings import findings
from docs.building.river import edges, river, unit
from docs.building.specs import linked
from statemachine import RULES
from tests.docs.pages import DOCS, ROOT


@attrs.define
class Page(HTMLParser):
    """What a page has: its anchors, links and headings, and what is loaded with it."""

    anchors: set[str] = attrs.field(factory=set)
    links: list[str] = attrs.field(factory=list)
    loaded: list[str] = attrs.field(factory=list)
    headings: list[int] = attrs.field(factory=list)
    nameless: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take an element in."""
        has = {name: value or "" for name, value in attributes}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        elif tag == "link" and "href" in has:
            self.loaded.append(has["href"])
        elif "src" in has:
            self.loaded.append(has["src"])
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if (tag == "img" and not has.get("alt")) or (
            has.get("role") == "img" and not {"aria-label", "aria-labelledby"} & {*has}
        ):
            self.nameless.append(has.get("src", tag))


def flaws(folder: Path) -> list[str]:
    """What is wrong with the pages of a folder. The heading of the search is written by a script of Sphinx."""
    pages: dict[Path, Page] = {}
    for path in sorted(folder.rglob("*.html")):
        pages[path.resolve()] = page = Page()
        page.feed(path.read_text())
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder.resolve())
        for link in (*page.links, *page.loaded):
            url = urlsplit(link)
            if url.scheme in ("http", "https", "data"):
                found += [f"{name} loads {link}"] if link in page.loaded and url.scheme != "data" else []
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            anchor = unquote(url.fragment)
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                found.append(f"{name} links to {link}")
        found += [f"{name} has a picture without a text: {picture}" for picture in page.nameless]
        steps = [b - a for a, b in zip(page.headings, page.headings[1:], strict=False)]
        if path.name != "search.html" and (page.headings.count(1) != 1 or max(steps, default=0) > 1):
            found.append(f"{name} has the headings {page.headings}")
    return found


def test_the_site_is_whole(tmp_path: Path) -> None:
    """It is built with warnings as errors; links lead somewhere, nothing comes from the network, pictures have texts.

    Headings go down step by step from the one title.
    """
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--nitpicky"]
    done = subprocess.run([*command, DOCS, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert flaws(tmp_path) == []
    made = {str(path.relative_to(tmp_path).with_suffix(".md")) for path in tmp_path.rglob("*.html")}
    assert {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if "_build" not in path.parts} <= made


BROKEN = {
    '<h1>A</h1><a href="none.html">': "links to none.html",
    '<h1>A</h1><a href="#none">': "links to #none",
    '<h1>A</h1><script src="https://example.com/a.js"></script>': "loads https://example.com/a.js",
    '<h1>A</h1><link href="https://example.com/font.css">': "loads https://example.com/font.css",
    '<h1>A</h1><img src="page.html">': "has a picture without a text: page.html",
    '<h1>A</h1><svg role="img">': "has a picture without a text: svg",
    "<h1>A</h1><h3>B</h3>": "has the headings [1, 3]",
    "<p>A</p>": "has the headings []",
}


@pytest.mark.parametrize("html", BROKEN)
def test_a_flaw_is_told(html: str, tmp_path: Path) -> None:
    """The red twins: one page each, with one flaw."""
    (tmp_path / "page.html").write_text(html)
    assert flaws(tmp_path) == [f"page.html {BROKEN[html]}"]


def test_the_river_is_drawn_from_the_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every box that the order has is there, and a module that imports another gives an arrow."""
    picture = river()
    assert all(
        f">{box}</text>" in picture for pair in edges(unit) for box in pair if box not in ("bulk", "results", "readers")
    )
    (tmp_path / "rules.py").write_text("from statemachine.verdict import Verdict\n")
    monkeypatch.setattr("docs.building.river.PACKAGE", tmp_path)
    assert edges(unit) == {("verdict", "rules")}


def test_the_catalogue_has_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with an anchor; and it says what the rule says."""
    assert all(f"({code.lower()})=\n### {code} {rule.name}\n" in findings() for code, rule in RULES.items())
    monkeypatch.setitem(RULES, "SR201", attrs.evolve(RULES["SR201"], means="Something else."))
    assert "Something else." in findings()


def test_the_api_has_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is exported is described; what has no home among the headings is refused, as is a part that there is not."""
    text = api.api("statemachine")
    assert all(f":: statemachine.{name}\n" in text for name in statemachine.__all__)
    monkeypatch.delitem(api.HEADINGS, "trace")
    with pytest.raises(ValueError, match="not in list"):
        api.api("statemachine")
    with pytest.raises(KeyError):
        built("<!-- built: no such part -->")


@pytest.mark.parametrize(
    ("written", "here"),
    [
        ("[law](law.md#words)", "[law](law.md#words)"),
        ("[a](Actions.tla)", "[a](modules.md#actions)"),
        ("[a](../statemachine/machines/classic_cloud.py)", "[a](tables.md#classic-cloud)"),
        ("[a](twins/A.cfg)", "[a](../../specs/twins/A.cfg)"),
        ("[![a](diagrams/a.svg)](diagrams/a.svg)", '![a](../../specs/diagrams/a.svg){width="100%"}'),
        ("[a](https://example.com) [b](#b)", "[a](https://example.com) [b](#b)"),
    ],
)
def test_links_of_the_specifications_lead_to_the_site(written: str, here: str) -> None:
    """To its pages where there is one, else to the file."""
    assert linked(written) == here

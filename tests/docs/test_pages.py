"""The pages of the site tell the truth: what they show is what comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from statemachine.suites.program import schema
from tests.docs.pages import PAGES, matches, prepare, problems


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(name: str, tmp_path: Path) -> None:
    """Its commands run and print what it shows, its files are what they use, its Python runs."""
    prepare(tmp_path)
    assert problems(PAGES[name].read_text(), tmp_path) == []


WRONG = {
    "another output": "```console\n$ statemachine explain SR125\nSR125 replay-id-early (warning)\n…\n```",
    "a line too few": "```console\n$ printf 'one\\ntwo\\n'\none\n```",
    "output that is not shown": "```console\n$ echo one\n```",
    "a command that there is not": "```console\n$ statemachine cheque logs/\n…\n```",
    "an option that there is not": "Use `statemachine check --quietly`.",
    "a command that there is not, in the text": "Use `statemachine cheque`.",
    "Python that fails": "```python\nassert False\n```",
    "JavaScript that is none": "```{code-block} js\n:caption: mine.js\n\nfunction (\n```",
    "a workflow whose command fails": "```yaml\njobs: {check: {steps: [{run: statemachine check none/}]}}\n```",
    "an extra that there is not": "```console\n$ pip install 'session-replay-statemachine[sweets]'\n```",
    "a target that there is not": "```console\n$ make sense\n```",
    "a block that nothing checks": "```ruby\nputs 1\n```",
    "a console without a prompt": "```console\nstatemachine modes\n```",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_page_that_lies_is_caught(wrong: str, tmp_path: Path) -> None:
    """The red twins: one problem each, and no other."""
    assert len(problems(WRONG[wrong], tmp_path)) == 1


def talk(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages in the table of a page, each with who says it."""
    for asked, replied in re.findall(r"^\| (?:`(\{.*?\})`)? \| (?:`(\{.*?\})` )?\|$", text, re.MULTILINE):
        for side, message in (("driver", asked), ("program", replied)):
            if message:
                yield side, json.loads(message)


def test_the_talk_of_the_protocol_is_one() -> None:
    """Every message of the page is valid for who says it, and not for the other: the red twin."""
    messages = [*talk(PAGES["reference/protocol.md"].read_text())]
    assert [message["type"] for side, message in messages if side == "driver"] == [
        *("hello", "reset", "call", "call", "bye")
    ]
    for side, message in messages:
        for one in ("driver", "program"):
            valid = jsonschema.Draft202012Validator({**schema(), "anyOf": [{"$ref": f"#/$defs/{one}"}]}).is_valid(
                message
            )
            assert valid is (one == side) or message["type"] == "hello", message


def test_what_is_left_out_is_said_and_nothing_else_is() -> None:
    """`…` stands for lines or characters; what is not left out must be there, in that order."""
    printed = "one 1 s\ntwo\nthree\n"
    assert all(matches(shown, printed) for shown in (printed, "…\n", "one …\n…\nthree\n", "one 1 s\ntwo\nthree\n…\n"))
    assert not any(matches(shown, printed) for shown in ("one\n…\n", "…\ntwo\n", "two\n…\n", "three\n…\none …\n", ""))

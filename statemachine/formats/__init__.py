"""What `check` writes its findings as: a writer a format, each loaded when it is asked for.

Everything that came from the input is escaped for where it goes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from statemachine.report import Write, Writer

FORMATS: Final = {
    "text": ("text", "Text"),
    "json": ("json", "Json"),
    "jsonl": ("json", "JsonLines"),
    "github": ("github", "GitHub"),
    "sarif": ("sarif", "Sarif"),
    "junit": ("junit", "JUnit"),
    "markdown": ("markdown", "Markdown"),
    "csv": ("csv", "Csv"),
    "html": ("html", "Html"),
}
"""Each format: its module, and its writer."""
UTF_8: Final = frozenset({"markdown", "csv"})
"""Formats that are UTF-8 whatever a terminal takes; the others are ASCII, or for terminals."""
WITHOUT_SUMMARY: Final = frozenset({"csv"})
"""Formats that have no place for the summary."""


def writer_of(form: str, write: Write, **options: Any) -> Writer:
    """A writer of a format. `options` are those of its class."""
    module, name = FORMATS[form]
    made: Writer = getattr(import_module(f"statemachine.formats.{module}"), name)(write, **options)
    return made

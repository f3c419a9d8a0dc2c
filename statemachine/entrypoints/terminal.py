"""What of the output depends on where it goes: colours, and lines that fit a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Final

import click

from statemachine.formats.text import wrapped
from statemachine.rules import Severity

_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
LEAST_COLUMNS: Final = 20
"""Of a terminal; a narrower one breaks lines by itself."""


def _decided(context: click.Context, parameter: click.Parameter, when: str) -> None:
    """Decide whether the output has colours: `--color`, then NO_COLOR and FORCE_COLOR, then what the output is."""
    context.color = {"always": True, "never": False}.get(when, _by_environment())


def _by_environment() -> bool:
    if os.environ.get("NO_COLOR"):  # no-color.org: present, and not empty
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=_decided,
    help="Colours; auto is on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise.",
)


def styled(text: str, severity: Severity) -> str:
    """Text in the colour of a severity, where the command that runs has colours."""
    context = click.get_current_context(silent=True)
    return click.style(text, fg=_COLOURS[severity], bold=True) if context and context.color else text


def columns() -> int | None:
    """How wide the terminal is that the output goes to; None where it goes to none."""
    return max(LEAST_COLUMNS, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def echo(text: str, hang: int = 0, colours: Mapping[str, str] | None = None) -> None:
    """Print a line, on a terminal `wrapped` to its width, `hang` columns in from the second line on."""
    click.echo(wrapped(text, columns(), hang, colours))

"""What the commands share: options, exit statuses, colours, and misuse as a message."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from statemachine.errors import StatemachineError
from statemachine.machines import TABLES
from statemachine.rules import Severity

USAGE: Final = 2
INTERRUPTED: Final = 130
_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

MODE: Final = click.Choice(list(TABLES))
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Exit 1 on a finding of this severity or above.",
)


def styled(text: str, severity: Severity) -> str:
    """Text in the colour of a severity, on a terminal."""
    return click.style(text, fg=_COLOURS[severity], bold=True) if sys.stdout.isatty() else text


@contextmanager
def misuse() -> Iterator[None]:
    """Turn what the package raises into a message and exit status 2."""
    try:
        yield
    except StatemachineError as error:
        raise click.UsageError(str(error)) from None

"""What the commands share: options, exit statuses, and misuse as a message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from statemachine.errors import StatemachineError, shown
from statemachine.machines import TABLES
from statemachine.rules import Severity

MODE: Final = click.Choice(list(TABLES))


class FilePath(click.Path):
    """A path as an option's value. No file's name has a NUL, but a configuration's text may."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take what click takes, but for a NUL: asking the system about it would raise ValueError."""
        if isinstance(value, str) and "\0" in value:
            self.fail(f"{shown(value)} has a NUL, and is no path", param, ctx)
        return super().convert(value, param, ctx)


fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Exit 1 on a finding of this severity or above.",
)


@contextmanager
def misuse() -> Iterator[None]:
    """Turn what the package raises into a message and exit status 2."""
    try:
        yield
    except StatemachineError as error:
        raise click.UsageError(str(error)) from None

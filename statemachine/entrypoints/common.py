"""What the commands share: options, exit statuses, and misuse as a message."""

from __future__ import annotations

import os
import tempfile
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


def write_whole(path: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all: a failure leaves what stood there. Raises OSError."""
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe or a device is written to, not replaced
        with open(path, "wb") as stream:
            stream.write(content)
        return
    path = os.path.realpath(path)  # a link stays a link
    mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o666 & ~_umask()
    number, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=os.path.dirname(path))
    try:
        with open(number, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    """What new files of this process may not allow; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

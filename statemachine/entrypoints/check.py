"""`check`: judge the events of logs. This module is the command; `checking` is the work, which needs more to load."""

from __future__ import annotations

import sys
from typing import Any

import click

from statemachine.bulk.times import epoch_us
from statemachine.entrypoints.common import MODE, FilePath, fail_on_option
from statemachine.entrypoints.completion import completed_codes
from statemachine.entrypoints.config import configured
from statemachine.entrypoints.terminal import color_option
from statemachine.errors import UnknownNameError, shown
from statemachine.fields import Columns
from statemachine.formats import FORMATS
from statemachine.rules import RULES


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    prefixes = tuple(prefix.strip().upper() for value in values for prefix in value.split(",") if prefix.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in RULES):
            raise click.BadParameter(f"no code begins with {shown(prefix)}; see `statemachine rules`")
    return prefixes


def _columns(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Columns:
    try:
        return Columns.of(values)
    except UnknownNameError as error:
        raise click.BadParameter(str(error)) from None


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    time = None if value is None else epoch_us(value)
    if value is not None and time is None:
        raise click.BadParameter(f"{shown(value)} is no time; expected ISO 8601, or milliseconds since 1970")
    return time


@click.command()
@click.argument("paths", nargs=-1, required=True, type=FilePath(allow_dash=True))
@click.option(
    "--config",
    type=FilePath(),
    is_eager=True,
    expose_value=False,
    callback=configured,
    help="Take defaults from here. [default: [tool.statemachine] in the nearest pyproject.toml upwards]",
)
@click.option("--mode", type=MODE, help="The destination mode. Without it, detected from each file's payloads.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text")
@click.option(
    "--select",
    multiple=True,
    callback=_codes,
    shell_complete=completed_codes,
    help="Only these codes or prefixes, comma-separated.",
)
@click.option(
    "--ignore", multiple=True, callback=_codes, shell_complete=completed_codes, help="Not these codes or prefixes."
)
@click.option("--expect-replay-ids", is_flag=True, help="Every event in a session must carry a replay ID.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that parse. [default: one a processor]")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    metavar="FIELD=PATH",
    help="Where device, session, replay, message, name, time or payload is: a key, a.path.of.keys, a column.",
)
@click.option(
    "--order",
    type=click.Choice(["read", "time"]),
    default="read",
    show_default=True,
    help="Judge as read, or by the events' time across all files.",
)
@click.option("--device", "devices", multiple=True, metavar="ID", help="Only events of this device.")
@click.option("--since", callback=_time, metavar="T", help="Only from this time on: ISO 8601, or epoch milliseconds.")
@click.option("--until", callback=_time, metavar="T", help="Only before this time.")
@click.option("--output", type=FilePath(), metavar="FILE.parquet", help="Write one row a payload, with its findings.")
@click.option("--by-device", type=FilePath(), metavar="FILE.parquet", help="Write one row a device.")
@click.option(
    "--state", type=FilePath(), metavar="DIR", help="Carry on from the runs before: only new files are judged."
)
@click.option(
    "--baseline",
    type=FilePath(),
    metavar="FILE",
    help="Report, and fail on, only findings that are not in this file. --output and --by-device have all of them.",
)
@click.option(
    "--write-baseline", type=FilePath(), metavar="FILE", help="Accept what is found: write it as a baseline; exit 0."
)
@fail_on_option
@click.option("--quiet", "-q", is_flag=True, help="Print findings, errors and the equation only.")
@color_option
def check(**options: Any) -> None:
    """Judge the events of logs: payloads of Segment, RudderStack or Amplitude, or rows of a warehouse.

    PATHS are NDJSON, CSV (both plain, gzip or zstd), Parquet, HAR, Amplitude's export (zip), or directories of them;
    - is standard input. Events are judged device by device, across all files of one mode. The line of a finding is
    that of the file; in a HAR the number of the entry, in Parquet that of the row, both from 1.
    """
    from statemachine.entrypoints.checking import Options, run

    if options["write_baseline"] is not None and options["state"] is not None:
        raise click.UsageError("--write-baseline is for a run over all files; with --state only new ones are judged")
    sys.exit(run(Options(**options)))

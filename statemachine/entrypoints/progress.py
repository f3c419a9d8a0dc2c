"""A progress bar on standard error: on a terminal only, and only while work is under way."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress(paths: list[str]) -> Iterator[Callable[[int], object]]:
    """Yield a function to call with the bytes read since the last call. Nothing shows where there are no paths."""
    if not paths or sys.stderr is None or not sys.stderr.isatty():
        yield lambda count: None
        return
    # Slow to import, and only a terminal needs it.
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    total = sum(os.path.getsize(path) for path in paths if os.path.isfile(path))
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # On one terminal, findings are printed above the bar; a redirected output is left alone.
    with Progress(*columns, console=_console(), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task("reading", total=total or None)
        yield lambda count: bar.advance(task, count)


@contextmanager
def counting(what: str, total: int, beyond: str = "") -> Iterator[Callable[[], object]]:
    """Yield a function to call as each of `total` parts of the work ends; parts after those are shown as `beyond`."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=_console(), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=total)
        left = total

        def done() -> None:
            nonlocal task, left
            left -= 1
            if left == -1:
                bar.remove_task(task)
                task = bar.add_task(beyond or what, total=None)
            bar.advance(task)

        yield done


def _console() -> Console:
    from rich.console import Console

    context = click.get_current_context(silent=True)
    return Console(stderr=True, no_color=True if context and context.color is False else None)

"""The command line. A command's module is loaded when the command is asked for, or `--help` would take as long as all.

Exit status: 0 nothing at or above `--fail-on`; 1 findings; 2 usage, or an input that is unreadable;
130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from statemachine import __version__
from statemachine.entrypoints.exits import USAGE, interruptible, status_of
from statemachine.errors import printable_lines

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "check": ("check", "Judge the events of logs."),
    "run": ("run", "Run a call trace through the machine of a mode."),
    "rules": ("catalogue", "List every finding."),
    "explain": ("catalogue", "Explain a finding: why it matters, how to fix it."),
    "modes": ("catalogue", "List the destination modes."),
    "diagram": ("run", "Draw the machine of a mode, or write it as a state chart."),
    "verify": ("verify", "Prove the machines against their specifications."),
    "conform": ("conform", "Judge an integration, or any program, by the law."),
    "snippet": ("conform", "Print an integration that keeps the law."),
    "completion": ("completion", "Print what a shell completes commands with."),
}
"""Each command, in the order of the help: its module, and what it does in a few words."""


@contextmanager
def _harmless() -> Iterator[None]:
    """Escape what a usage error repeats of its input: `click` gives arguments back as they are."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = printable_lines(error.message)  # final, to type checkers
        raise


class _Commands(click.Group):
    """The commands; an interrupt and an output that cannot be written are one line, wherever they come."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"statemachine.entrypoints.{module}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, none of which is loaded for its name, and the options."""
        from click.shell_completion import CompletionItem  # what a command that runs does not need

        found = [CompletionItem(name, help=told) for name, (_, told) in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _harmless():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with interruptible():
                try:
                    with _harmless():
                        return super().invoke(ctx)
                finally:
                    sys.stdout.flush()
        except KeyboardInterrupt as interrupt:
            _say("interrupted")
            sys.exit(status_of(interrupt))
        except BrokenPipeError:  # whoever read the output has seen enough
            raise
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or exiting tries to write once more
            _say(f"cannot write the output: {error.strerror}")
            sys.exit(USAGE)


def _say(what: str) -> None:
    """Say why a command ends, where that can be said."""
    with suppress(OSError):
        click.echo(f"statemachine: {what}", err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="statemachine")
def main() -> None:
    """Check Amplitude Session Replay integrated through Segment."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have the characters

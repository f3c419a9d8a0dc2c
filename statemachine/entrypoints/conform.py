"""`conform`: any program against the law, through the harness protocol; and `snippet`, what passes."""

from __future__ import annotations

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from statemachine.entrypoints.progress import counting
from statemachine.errors import printable
from statemachine.machines import TABLES, table_of

if TYPE_CHECKING:
    from statemachine.suites import Program

INSTALL = "pip install 'session-replay-statemachine[suites]'"
MODES = click.Choice(list(TABLES))


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("mode", type=MODES)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--integration", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A .js or .py file, run in the reference harness, in place of COMMAND.")  # fmt: skip
@click.option("--examples", type=click.IntRange(1), default=300, show_default=True, help="Random streams of calls.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random streams.")
@click.option("--extra-states", type=click.IntRange(0, 2), default=1, show_default=True,
              help="How many states more than the law's the complete suite allows for.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0.01), default=5.0, show_default=True, help="Seconds for a reply.")
def conform(
    mode: str,
    command: tuple[str, ...],
    integration: Path | None,
    examples: int,
    seed: int,
    extra_states: int,
    timeout: float,
) -> None:
    """Judge a program that speaks the harness protocol, COMMAND after `--`, against the law of MODE.

    Random streams of calls come first, with sound IDs and then with hostile ones, shrunk to the shortest
    when one breaks the law; then a suite that is complete up to a number of states. Exit status: 0 it keeps
    the law; 1 it does not; 2 usage, or a program that does not speak the protocol.
    """
    if bool(command) is bool(integration):
        raise click.UsageError("give either a COMMAND after -- or an --integration FILE")
    try:
        from statemachine.suites import HarnessError, LawBrokenError, Program
    except ImportError:
        raise click.UsageError(f"the suites are not installed: {INSTALL}") from None

    with as_file(files("statemachine.suites.harness").joinpath("harness.js")) as harness:
        program = Program(_harnessed(integration, harness) if integration else command, timeout)
        try:
            program.start(mode, True)
            told = _judged(program, mode, examples, seed, extra_states)
        except HarnessError as error:
            raise click.UsageError(printable_lines(str(error))) from None
        except LawBrokenError as broken:
            click.echo(printable_lines(str(broken)))
            if broken.also:
                click.echo(f"\nAlso broken, by other short streams: {', '.join(broken.also)}")
            click.echo(f"\n{mode}: does not keep the law: {broken.invariant}, after {len(broken.trace)} calls")
            sys.exit(1)
        finally:
            program.stop()
    click.echo(told)


def _judged(program: Program, mode: str, examples: int, seed: int, extra: int) -> str:
    """Run both suites; return what to say when they pass. Raises LawBrokenError."""
    from hypothesis.errors import Flaky

    from statemachine.suites.exhaustive import run_words, words_of
    from statemachine.suites.run import run_suite

    try:
        for hostile in (False, True):  # a defect with sound IDs is told before one with malformed input
            run_suite(mode, lambda: program, examples=examples, hostile=hostile, seed=seed)
    except Flaky as error:
        raise click.ClickException(f"the program does not do the same on the same calls: {error}") from None
    shows = program.shows
    told = [f"{mode}: keeps the law", f"  random: {examples} streams of up to 20 calls with sound IDs, seed {seed}"]
    told.append("  random: as many with hostile IDs")
    for words in words_of(table_of(mode), shows, extra=extra, sets_up=program.sets_up):
        with counting("complete suite", len(words.words)) as done:
            calls = 0
            for length in run_words(mode, program, words):
                calls += length
                done()
        start = "set up" if words.is_set_up else "nothing set up"
        where = f" ({start})" if table_of(mode).setup else ""
        told.append(
            f"  complete for programs of up to {words.states + extra} states{where}, with 2 session IDs and 1 device: "
            f"{len(words.words):,} words, {calls:,} calls"
        )
    told.append(f"  judged by what the program shows: {', '.join(sorted(shows))}")
    return "\n".join(told)


def _harnessed(integration: Path, harness: Path) -> list[str]:
    """The command that runs an integration in the reference harness of its language."""
    if integration.suffix in (".js", ".cjs"):
        return ["node", str(harness), str(integration)]
    if integration.suffix == ".py":
        return [sys.executable, "-m", "statemachine.suites.harness", str(integration)]
    raise click.UsageError(f"{printable(str(integration))}: expected a .js or .py file")


def printable_lines(text: str) -> str:
    """Text from a program, harmless on a terminal, line by line."""
    return "\n".join(printable(line) for line in text.splitlines())


@click.command()
@click.argument("mode", type=MODES)
@click.option("--published", is_flag=True, help="The vendor's published one instead, its defects annotated.")
def snippet(mode: str, published: bool) -> None:
    """Print integration code in JavaScript for MODE that keeps the law: the very file that the tests verify."""
    name = f"{mode.replace('-', '_')}.js"
    folder = files("statemachine").joinpath("snippets")
    click.echo(folder.joinpath(*(["published"] if published else []), name).read_text("utf-8"), nl=False)

"""`conform`: any program against the law, through the harness protocol; and `snippet`, what passes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.resources import as_file, files
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from statemachine.entrypoints.common import FilePath, misuse
from statemachine.entrypoints.progress import counting
from statemachine.entrypoints.terminal import echo
from statemachine.errors import printable, printable_lines
from statemachine.event import as_call_trace
from statemachine.formats.text import HANG
from statemachine.machines import TABLES, table_of

if TYPE_CHECKING:
    from statemachine.suites import LawBrokenError, Program

INSTALL = "pip install 'session-replay-statemachine[{}]'"
MODES = click.Choice(list(TABLES))


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("mode", type=MODES)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--integration", type=FilePath(exists=True, dir_okay=False, path_type=Path),
              help="A .js, .mjs or .py file, run in the reference harness, in place of COMMAND.")  # fmt: skip
@click.option(
    "--browser",
    is_flag=True,
    help="Run the integration with the real SDKs, in headless Chromium, in place of stand-ins.",
)
@click.option(
    "--node-modules",
    type=FilePath(exists=True, file_okay=False, path_type=Path),
    help="Where the SDKs are; the nearest folder of that name, if not said.",
)
@click.option("--examples", type=click.IntRange(1), help="Random streams of calls, 300 if not said; 50 in a browser.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random streams.")
@click.option("--extra-states", type=click.IntRange(0, 2), default=1, show_default=True,
              help="How many states more than the law's the complete suite allows for.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(0.01), default=5.0, show_default=True, help="Seconds for a reply.")
@click.option("--format", "form", type=click.Choice(["text", "html"]), default="text")
def conform(
    mode: str,
    command: tuple[str, ...],
    integration: Path | None,
    browser: bool,
    node_modules: Path | None,
    examples: int | None,
    seed: int,
    extra_states: int,
    timeout: float,
    form: str,
) -> None:
    """Judge a program that speaks the harness protocol, COMMAND after `--`, against the law of MODE.

    Random streams of calls come first, with sound IDs and then with hostile ones, shrunk to the shortest
    when one breaks the law; then a suite that is complete up to a number of states. In a browser they are
    visits: events, also several in a tick, waits, reloads, a second tab. Exit status: 0 it keeps the law; 1 it
    does not; 2 usage, or a program that does not speak the protocol or is not deterministic.
    """
    if bool(command) is bool(integration):
        raise click.UsageError("give either a COMMAND after -- or an --integration FILE")
    if browser and integration is None:
        raise click.UsageError("--browser runs an --integration FILE")
    try:
        from statemachine.suites import HarnessError, LawBrokenError, Program
    except ImportError:
        raise click.UsageError(f"the suites are not installed: {INSTALL.format('suites')}") from None

    if form == "html":
        from statemachine.formats.html import needed

        with misuse():
            needed()
    if browser and integration:
        try:
            _tell_kept(mode, _visited(integration, node_modules, mode, examples or 50, seed), form)
        except LawBrokenError as broken:
            _tell(mode, broken, form)
        return
    with as_file(files("statemachine.suites.harness").joinpath("harness.js")) as harness:
        program = Program(_harnessed(integration, harness) if integration else command, timeout)
        try:
            program.start(mode, True)
            with program.judged():
                told = _judged(program, mode, examples or 300, seed, extra_states)
        except HarnessError as error:
            raise click.UsageError(printable_lines(str(error))) from None
        except LawBrokenError as broken:
            broken.adapter = f"Program({program.command!r})"
            _tell(mode, broken, form)
        finally:
            program.stop()
    _tell_kept(mode, told, form)


def _echo_lines(text: str) -> None:
    for line in text.splitlines():
        echo(line, HANG)


def _tell_kept(mode: str, told: str, form: str) -> None:
    """Say that the law is kept, and how that was judged."""
    if form == "html":
        from statemachine.entrypoints.pages import kept_page

        sys.stdout.write(kept_page(mode, told))
        return
    _echo_lines(told)


def _tell(mode: str, broken: LawBrokenError, form: str) -> NoReturn:
    """Say what breaks the law, and exit with 1."""
    if form == "html":
        from statemachine.entrypoints.pages import broken_page

        sys.stdout.write(broken_page(mode, broken))
        sys.exit(1)
    told, calls, code = printable_lines(str(broken)).partition("\nThe calls,")
    _echo_lines(told)
    click.echo(f"{calls.strip()}{code}")  # as it is, to be copied
    if broken.also:
        click.echo()
        echo("Also broken, by other short streams:", HANG)
    for other in broken.also:
        steps = " ".join(json.dumps(step, default=repr) for step in as_call_trace(other.trace))
        click.echo(printable(f"  {other.invariant}: {steps}"))
    length, what = (len(broken.moves), "move") if broken.moves else (len(broken.trace), "call")
    after = f"{length} {what}{'s' if length > 1 else ''}"
    click.echo()
    echo(f"{mode}: does not keep the law: {broken.invariant}, after {after}", HANG)
    sys.exit(1)


def _visited(integration: Path, node_modules: Path | None, mode: str, examples: int, seed: int) -> str:
    """Make random visits in Chromium; return what to say when they keep the law. Raises LawBrokenError."""
    try:
        from statemachine.suites.browser import BrowserError, Chromium, run_visits
        from statemachine.suites.browser.chromium import PACKAGE
        from statemachine.suites.browser.explore import HOSTILE_LOADS, MOST_MOVES
    except ImportError:
        raise click.UsageError(f"what drives the browser is not installed: {INSTALL.format('browser')}") from None
    from hypothesis.errors import Flaky

    folders = [folder / "node_modules" for folder in (*integration.resolve().parents, PACKAGE)]
    nearest = next((folder for folder in folders if folder.is_dir()), Path("node_modules"))
    kinds = (False, True) if mode in HOSTILE_LOADS else (False,)  # a defect with sound storage is told first
    try:
        with Chromium(node_modules or nearest) as chromium:
            site = chromium.site(integration)
            for hostile in kinds:
                with counting("visits", examples, "shorter visits") as made:
                    run_visits(site, mode, examples=examples, hostile=hostile, seed=seed, made=made)
            versions = chromium.versions
    except BrowserError as error:
        raise click.UsageError(printable_lines(str(error))) from None
    except Flaky as error:
        raise _not_deterministic("the integration", "moves", error) from None
    told = [f"{mode}: keeps the law", f"  in {', '.join(f'{name} {version}' for name, version in versions.items())}"]
    told.append(f"  random: {examples} visits of up to {MOST_MOVES} moves, seed {seed}")
    told += ["  random: as many, also with malformed storage"] if True in kinds else []
    return "\n".join(told)


def _judged(program: Program, mode: str, examples: int, seed: int, extra: int) -> str:
    """Run both suites; return what to say when they pass. Raises LawBrokenError."""
    from hypothesis.errors import Flaky

    from statemachine.suites.exhaustive import run_words, words_of
    from statemachine.suites.run import run_suite

    try:
        for hostile in (False, True):  # a defect with sound IDs is told before one with malformed input
            streams = "hostile streams" if hostile else "streams"
            # Hypothesis tells on the output what it tried.
            with counting(streams, examples, "shorter streams") as made, redirect_stdout(StringIO()):
                run_suite(mode, lambda: program, examples=examples, hostile=hostile, seed=seed, made=made)
    except Flaky as error:
        raise _not_deterministic("the program", "calls", error) from None
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


def _not_deterministic(what: str, steps: str, error: BaseException) -> click.UsageError:
    """What to say of an implementation that did not do the same again: it was not judged. Its steps, where known."""
    told = [f"{what} is not deterministic: the same {steps} gave different observations"]
    broken = next(_broken_in(error), None)
    if broken is not None:
        told.append(f"the law was broken once, and then not again, after these {steps}:")
        told += [json.dumps(step, default=repr) for step in broken.moves or as_call_trace(broken.trace)]
    return click.UsageError(printable_lines("\n    ".join(told)))


def _broken_in(error: BaseException) -> Iterator[LawBrokenError]:
    """What broke the law, among what Hypothesis found to differ."""
    from statemachine.suites import LawBrokenError

    if isinstance(error, LawBrokenError):
        yield error
    for inner in getattr(error, "exceptions", ()):
        yield from _broken_in(inner)


def _harnessed(integration: Path, harness: Path) -> list[str]:
    """The command that runs an integration in the reference harness of its language."""
    if integration.suffix in (".js", ".cjs", ".mjs"):
        return ["node", str(harness), str(integration)]
    if integration.suffix == ".py":
        return [sys.executable, "-m", "statemachine.suites.harness", str(integration)]
    raise click.UsageError(f"{printable(str(integration))}: expected a .js, .mjs or .py file")


@click.command()
@click.argument("mode", type=MODES)
@click.option("--published", is_flag=True, help="The vendor's published one instead, its defects annotated.")
def snippet(mode: str, published: bool) -> None:
    """Print integration code in JavaScript for MODE that keeps the law: the very file that the tests verify."""
    name = f"{mode.replace('-', '_')}.js"
    folder = files("statemachine") / "snippets"
    folder = folder / "published" if published else folder
    click.echo(folder.joinpath(name).read_text("utf-8"), nl=False)

"""`make mutation`: change the core in every way that mutmut knows, and see that the tests notice.

Some minutes. Writes `specs/mutation.md`, when it says something else than before. Exit status: 0; 1 when a mutant
survives that `tests/mutation/equivalent.toml` does not have, or one that it has does not survive, and then nothing
is written; with `--check` also when the page was stale.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.generated import updated
from tests.mutation import rows
from tests.mutation.run import Mutant, MutationError, mutants_of
from tests.mutation.score import LISTED, equivalents, is_same, problems, table

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = ROOT / "specs" / "mutation.md"
STEPS: Final = 20
"""How many lines of progress a run has where nobody sees them drawn over each other."""


def progress(write: Callable[[str], object], is_terminal: bool) -> Callable[[str], None]:
    """What is told of how far mutmut is."""
    told = -1

    def say(line: str) -> None:
        nonlocal told
        counted = re.search(r"(\d+)/(\d+)\b.*?🙁 (\d+)", line)
        if not counted:
            return
        done, of, survive = map(int, counted.groups())
        step = done if is_terminal else done * STEPS // of
        if step != told:
            told = step
            end = "\r" if is_terminal and done < of else "\n"
            write(f"{done} of {of} mutants, {survive} survive{end}")

    return say


def main(
    arguments: Sequence[str] | None = None,
    *,
    root: Path = ROOT,
    page: Path = PAGE,
    listed: Path = LISTED,
    run: Callable[[Path, Callable[[str], None]], list[Mutant]] = mutants_of,
) -> int:
    """Run, compare with the list, write the page. Return the exit status."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail when the page was stale")
    options = parser.parse_args(arguments)
    try:
        mutants = run(root, progress(sys.stderr.write, sys.stderr.isatty()))
    except MutationError as error:
        print(f"mutmut could not do its work:\n{error}", file=sys.stderr)
        return 1
    wrong = problems(mutants, equivalents(listed.read_text()))
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    before = page.read_text()
    tools = f"mutmut {version('mutmut')}, {date.today()}."
    after = updated(before, {"score": f"{tools}\n\n{table(mutants)}", "rows": rows.table()})
    print(table(mutants))
    if is_same(before, after):
        return 0
    page.write_text(after)
    print(f"{page.name} is written again", file=sys.stderr)
    return int(options.check)


if __name__ == "__main__":
    sys.exit(main())

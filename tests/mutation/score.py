"""What mutation testing found, against the list of mutants that are known to behave the same."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import attrs

from tests.generated import table_of_rows
from tests.mutation.run import Mutant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LISTED: Final = Path(__file__).parent / "equivalent.toml"


@attrs.frozen
class Equivalent:
    """A mutant that no test can notice: where it is, what was changed into what, and why nothing differs."""

    function: str
    was: str
    now: str
    why: str = attrs.field(eq=False, validator=attrs.validators.min_len(10))


def equivalents(text: str) -> list[Equivalent]:
    """The entries of a list. Raises TypeError or ValueError where one is not whole."""
    return [Equivalent(**entry) for entry in tomllib.loads(text).get("mutant", [])]


def problems(mutants: Iterable[Mutant], listed: Sequence[Equivalent]) -> list[str]:
    """What makes the run fail: a survivor that the list does not have, an entry that does not survive."""
    survived = Counter(
        Equivalent(m.function, m.was, m.now, "it was found just now") for m in mutants if not m.is_killed
    )
    known = Counter(listed)
    new = [f"survives, and is not listed:\n{entry_of(one)}" for one in (survived - known).elements()]
    gone = [f"is listed, and does not survive:\n{entry_of(one)}" for one in (known - survived).elements()]
    return new + gone


def entry_of(one: Equivalent) -> str:
    """An entry as the list has it, but for its reason."""
    return f"[[mutant]]\nfunction = '{one.function}'\nwas = '''{one.was}'''\nnow = '''{one.now}'''\n"


def table(mutants: Sequence[Mutant]) -> str:
    """Modules, mutants, how many were killed and how many are known to be the same machine, in Markdown."""
    made = Counter(mutant.module for mutant in mutants)
    killed = Counter(mutant.module for mutant in mutants if mutant.is_killed)
    rows = [(f"`{name}`", made[name], killed[name]) for name in sorted(made)]
    rows.append(("all", made.total(), killed.total()))
    return table_of_rows(
        "module | mutants | killed | the same machine | killed of all | killed of those that differ",
        # Whatever survives is listed, or nothing is written.
        [(name, n, k, n - k, f"{100 * k / n:.1f} %", "100 %") for name, n, k in rows],
    )


def is_same(page: str, other: str) -> bool:
    """Whether two pages say the same, but for the day."""
    day = re.compile(r"\d{4}-\d{2}-\d{2}")
    return day.sub("", page) == day.sub("", other)

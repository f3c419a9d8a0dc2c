"""The baseline of a run of `check`: which findings are known, and which are accepted from now on."""

from __future__ import annotations

import os

import attrs

from statemachine.baseline import Baseline
from statemachine.bulk.output import Selects
from statemachine.bulk.whole import write_whole
from statemachine.errors import UnreadableFileError, UnwritableFileError, printable
from statemachine.finding import Finding
from statemachine.report import Summary


@attrs.define
class Accepted:
    """What `--baseline` knows of, and what `--write-baseline` is to write, and where."""

    known: Baseline | None = None
    found: Baseline | None = None
    path: str = ""

    @classmethod
    def of(cls, known: str | None, written: str | None, files: list[str]) -> Accepted:
        """Read the baseline. Raises UnreadableFileError, and UnwritableFileError for a file that is checked."""
        for path in (known, written):
            if path is not None and _is_among(path, files):
                reason = "is a baseline, and one of the files that are checked; it cannot be both"
                raise UnwritableFileError(f"{printable(path)} {reason}")
        accepted = cls(None if known is None else Baseline.decoded(_content(known), known))
        if written is not None:
            accepted.found, accepted.path = Baseline(), written
        return accepted

    def is_new(self, finding: Finding, summary: Summary) -> bool:
        """Whether a finding is to be reported; one that is known is counted."""
        if self.found is not None:
            self.found.add(finding)
        if self.known is None or not self.known.take(finding):
            return True
        summary.known = (summary.known or 0) + 1
        return False

    def conclude(self, summary: Summary, selects: Selects, *, is_whole: bool) -> list[str]:
        """Count what is gone, and write the new baseline, if every event was judged. Returns what is to be said.

        Raises UnwritableFileError.
        """
        told = []
        if self.known is not None and is_whole and not summary.is_filtered and not summary.finished_before:
            summary.gone = self.known.size(selects)
            if summary.gone and self.found is None:
                told.append(f"{summary.gone} of the baseline are gone; write it again to forget them")
        if self.found is None:
            return told
        if not is_whole:
            return [*told, f"{printable(self.path)} was not written: not every event was judged"]
        try:
            write_whole(self.path, self.found.encoded())
        except (OSError, ValueError) as error:
            raise UnwritableFileError(f"cannot write {printable(self.path)}: {_reason(error)}") from error
        n = self.found.size(selects)
        return [*told, f"{n} {'finding is' if n == 1 else 'findings are'} accepted in {printable(self.path)}"]


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"cannot read the baseline {printable(path)}: {_reason(error)}") from None


def _is_among(path: str, files: list[str]) -> bool:
    try:
        return os.path.realpath(path) in map(os.path.realpath, files)
    except ValueError:  # no name of a file: opening it says so
        return False


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

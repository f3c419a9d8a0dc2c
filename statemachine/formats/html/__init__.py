"""A report as one file of HTML that needs nothing else: what is wrong, and every step that led there."""

from __future__ import annotations

from types import TracebackType

from statemachine.bulk.logs import Judged
from statemachine.bulk.output import Rows
from statemachine.finding import Finding
from statemachine.interpreters.diagram import MissingExtraError
from statemachine.report import Summary, Write


class _Told(Rows):
    """Rows with those findings that were reported: what a baseline knows is not."""

    def __init__(self) -> None:
        super().__init__(None, bool)
        self.told: set[int] = set()
        """Findings of the batch that is under way, by identity: a row has the very objects that were reported."""

    def batch(self, judged: Judged) -> None:
        super().batch(judged)
        self.told.clear()

    def takes(self, finding: Finding) -> bool:
        return id(finding) in self.told


class Html:
    """The report of a log. It holds the rows of the run in a temporary file, so leave it as a context manager."""

    def __init__(self, write: Write, *, carried: bool = False) -> None:
        """Begin; `carried` says that an earlier run's devices may come again.

        Raises MissingExtraError without the extra `html`, and UnwritableFileError.
        """
        needed()
        self._write = write
        self._carried = carried
        self._of_logs: list[Finding] = []
        self._rows = _Told()

    def __enter__(self) -> Html:
        """Nothing more to do."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Leave nothing behind."""
        self._rows.discard()

    def batch(self, judged: Judged) -> None:
        """Take what came of a batch. Raises UnwritableFileError."""
        self._rows.batch(judged)

    def finding(self, finding: Finding) -> None:
        """Take one finding: those of single payloads come with their rows."""
        if finding.line is None:
            self._of_logs.append(finding)
        else:
            self._rows.told.add(id(finding))

    def close(self, summary: Summary) -> None:
        """Write the page. Raises UnwritableFileError."""
        from statemachine.formats.html.log import page_of
        from statemachine.formats.html.rendered import rendered

        self._rows.publish()
        self._write(rendered(page_of(self._rows.file.file, summary, self._of_logs, carried=self._carried)))


def needed() -> None:
    """Check that the extra `html` is installed. Raises MissingExtraError."""
    try:
        import jinja2  # noqa: F401
        import pyarrow  # noqa: F401
        import pygraphviz  # noqa: F401
    except ImportError:
        raise MissingExtraError("html needs: pip install 'session-replay-statemachine[html]'") from None

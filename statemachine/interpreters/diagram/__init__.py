"""The picture reading: a table as a picture, or as a state chart that other tools run.

| format | what it is |
| --- | --- |
| `mermaid`, `dot`, `plantuml` | text, from which Mermaid, Graphviz and PlantUML draw |
| `svg`, `png` | drawn, by Graphviz |
| `scxml` | a W3C state chart; see `statemachine.interpreters.diagram.scxml` |
| `xstate` | the JSON of an XState v5 machine; see `statemachine.interpreters.diagram.xstate` |

`picture` says what the pictures show, and `executable` how the state charts name events, guards and what they order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from statemachine.errors import StatemachineError, shown
from statemachine.interpreters.diagram.dot import dot, rendered
from statemachine.interpreters.diagram.mermaid import mermaid
from statemachine.interpreters.diagram.plantuml import plantuml
from statemachine.interpreters.diagram.scxml import scxml
from statemachine.interpreters.diagram.xstate import xstate
from statemachine.symbol import Call
from statemachine.table import Table

__all__ = ["FORMATS", "SUFFIXES", "MissingExtraError", "UnsupportedFormError", "drawn"]

_TEXTS: Final[dict[str, Callable[[Table, Sequence[Call]], str]]] = {
    "mermaid": mermaid,
    "dot": dot,
    "plantuml": plantuml,
}
_DRAWN: Final = ("svg", "png")
_CHARTS: Final[dict[str, Callable[[Table], str]]] = {"scxml": scxml, "xstate": xstate}
FORMATS: Final = (*_TEXTS, *_DRAWN, *_CHARTS)
"""The forms that `drawn` knows."""
SUFFIXES: Final = {"mmd": "mermaid", "gv": "dot", "puml": "plantuml", "json": "xstate", **{f: f for f in FORMATS}}
"""What the name of a file ends with, and the form that it says."""


class MissingExtraError(StatemachineError):
    """A picture was asked for whose renderer is not installed."""


class UnsupportedFormError(StatemachineError):
    """No diagram is of that form, or one of that form cannot show a path."""


def drawn(table: Table, form: str = "mermaid", calls: Sequence[Call] = ()) -> bytes:
    """Return the diagram of a table in one of the `FORMATS`; what is text is UTF-8.

    With the calls of one page, the way that they take through it is marked. Raises
    MissingExtraError when SVG or PNG is asked for without the extra `diagram`, and
    UnsupportedFormError for another form, or when calls are given with SCXML or XState, which show no path.
    """
    if form in _TEXTS:
        return _TEXTS[form](table, calls).encode()
    if form in _CHARTS:
        if calls:
            raise UnsupportedFormError(
                f"{form} is a machine to run; a path is marked in {', '.join((*_TEXTS, *_DRAWN))}"
            )
        return _CHARTS[form](table).encode()
    if form not in _DRAWN:
        raise UnsupportedFormError(f"no diagram is {shown(form)}; the forms are {', '.join(FORMATS)}")
    try:
        return rendered(table, form, calls)
    except ImportError:
        raise MissingExtraError(f"{form} needs Graphviz: pip install 'session-replay-statemachine[diagram]'") from None

"""Lines of JSON, or one document that is spread over several."""

from __future__ import annotations

from collections.abc import Iterator

from statemachine.bulk.blocks import Read, blocks
from statemachine.bulk.work import Held, Lines, Work
from statemachine.fields import Columns


def works(read: Read, columns: Columns) -> Iterator[Work]:
    """Blocks of whole lines. Raises what `read` raises."""
    for block in blocks(read):
        yield Lines(Held(block), columns)

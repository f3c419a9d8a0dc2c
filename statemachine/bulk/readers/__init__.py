"""Readers: what a file holds, a format a module, → the pieces of a log, in bounded memory.

Those of a stream take how it is read and the columns that the user named; what they raise is `BROKEN` or
UnreadableFileError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from statemachine.bulk.blocks import Read
from statemachine.bulk.readers import har, lines, separated
from statemachine.bulk.work import Work
from statemachine.fields import Columns

Form: TypeAlias = Callable[[Read, Columns], Iterator[Work]]

KNOWN: Final = re.compile(
    r"\.(?:ndjson|jsonl|json|log|csv|har|parquet|zip)$|(?<!\.tar)(?<!\.zip)(?<!\.parquet)\.(?:gz|zst)$", re.IGNORECASE
)
"""What the name of a log ends with, where a directory or an archive is searched for logs.

Those that Segment writes to object storage end with `.gz` alone.
"""
HEAD_BYTES: Final = 512
"""So much of a stream shows its form."""
_CSV: Final = re.compile(r"\.csv(?:\.gz|\.zst)?$", re.IGNORECASE)
_HAR: Final = re.compile(r"\.har(?:\.gz|\.zst)?$", re.IGNORECASE)
_HAR_BEGINS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:')


def form_of(name: str, head: bytes) -> Form:
    """The form of a stream, by the name of its file and the first bytes of what is in it."""
    if _CSV.search(name):
        return separated.works
    if _HAR.search(name) or _HAR_BEGINS.match(head):
        return har.works
    return lines.works

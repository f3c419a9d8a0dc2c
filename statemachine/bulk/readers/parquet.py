"""Parquet: a row an event, batch by batch, of the needed columns only. Needs pyarrow (the extra `parquet`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from statemachine.bounds import BATCH_ROWS
from statemachine.bulk.columnar import RESULTS
from statemachine.bulk.rows import layout_of
from statemachine.bulk.work import Work
from statemachine.errors import UnreadableFileError
from statemachine.fields import Columns

MAGIC: Final = b"PAR1"
_BUFFER_BYTES: Final = 2**20


def is_results(path: str) -> bool:
    """Whether a file is one that `check` wrote; False for one that cannot be read."""
    try:
        import pyarrow.parquet as pq

        return RESULTS in (pq.read_schema(path).metadata or {})
    except (ImportError, OSError, ValueError):
        return False


def works(path: str, columns: Columns) -> Iterator[Work]:
    """Record batches of a file. Raises OSError, and UnreadableFileError when no event can be in it."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        reason = "to read Parquet: pip install 'session-replay-statemachine[parquet]'"
        raise UnreadableFileError(reason) from None
    from statemachine.bulk.columns import ArrowRows

    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            if RESULTS in (file.schema_arrow.metadata or {}):
                raise UnreadableFileError("holds the results of a check, and is no log")
            layout = layout_of(file.schema_arrow.names, columns)
            nested = {field.name for field in file.schema_arrow if pa.types.is_struct(field.type)}
            needed = [".".join(path) if path[0] in nested else path[0] for path in layout.needed]
            for batch in file.iter_batches(BATCH_ROWS, columns=needed, use_threads=True):
                yield ArrowRows(batch, layout)
    except UnreadableFileError:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise
        raise OSError((str(error).splitlines() or ["it cannot be read"])[0]) from None

"""A Parquet file that is there whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any, Final

from statemachine.bounds import GROUP_BYTES, GROUP_ROWS
from statemachine.bulk.whole import WholeFile
from statemachine.errors import UnwritableFileError, printable

ENDING: Final = ".parquet"
RESULTS: Final = b"session-replay-statemachine"
"""In the metadata of what is written: it is no log."""
_INT64: Final = range(-(2**63), 2**63)


class ParquetFile:
    """Rows on their way to a file, in row groups; `publish` gives it its name. Without one it is a temporary file."""

    def __init__(self, path: str | None, schema: Any) -> None:
        """Begin. Raises UnwritableFileError."""
        if path is not None and os.path.isdir(path):
            raise UnwritableFileError(f"{printable(path)}: is a directory")
        import pyarrow.parquet as pq

        self.path = "a temporary file" if path is None else path
        self._schema = schema
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0
        try:
            self._whole = None if path is None else WholeFile(path)
            self.file: IO[bytes] = self._whole.file if self._whole else tempfile.TemporaryFile()  # noqa: SIM115
            marked = schema.with_metadata({RESULTS: b"1"})
            self._writer = pq.ParquetWriter(self.file, marked, compression="zstd")
        except OSError as error:
            raise self._unwritable(error) from error

    @property
    def is_published(self) -> bool:
        """Whether it has its name."""
        return self._whole is not None and self._whole.is_published

    def write(self, batch: Any) -> None:
        """Add rows, a record batch of the schema. Raises UnwritableFileError."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def publish(self) -> None:
        """End the file, and give it its name; a file of that name is replaced. Raises UnwritableFileError."""
        self._flush()
        try:
            self._writer.close()
            self.file.flush()
            if self._whole is not None:
                self._whole.publish()
        except OSError as error:
            raise self._unwritable(error) from error

    def discard(self) -> None:
        """Leave nothing behind, unless it is published."""
        if self.is_published:
            return
        with suppress(Exception):
            self._writer.close()
        self._writer.is_open = False  # or its destructor tries once more
        with suppress(OSError):
            self.file.close()
        if self._whole is not None:
            self._whole.discard()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._waiting:
            return
        table = pa.Table.from_batches(self._waiting, self._schema).unify_dictionaries()
        table = table.replace_schema_metadata({RESULTS: b"1"})
        self._waiting, self._rows, self._bytes = [], 0, 0
        try:
            self._writer.write_table(table, table.num_rows)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UnwritableFileError:
        return UnwritableFileError(f"{printable(self.path)}: {printable(error.strerror or str(error))}")


def checked_paths(paths: list[str], inputs: list[str]) -> None:
    """Check that all of these can be outputs. Raises UnwritableFileError.

    Each must end in `.parquet` and be neither an input nor another output, and pyarrow must be there.
    """
    for n, path in enumerate(paths):
        if not path.endswith(ENDING):
            raise UnwritableFileError(f"{printable(path)}: only Parquet is written; name a file that ends in {ENDING}")
        if any(_is_same(path, other) for other in (*inputs, *paths[:n])):
            raise UnwritableFileError(f"{printable(path)}: is an input, or another output, too")
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        reason = "to write Parquet: pip install 'session-replay-statemachine[parquet]'"
        raise UnwritableFileError(reason) from None


def _is_same(path: str, other: str) -> bool:
    if os.path.exists(path) and os.path.exists(other):
        return os.path.samefile(path, other)
    return os.path.abspath(path) == os.path.abspath(other)


def texts(given: Sequence[str | None]) -> Any:
    r"""A column of text; a lone surrogate, which no UTF-8 has, becomes its six characters `\ud800`."""
    import pyarrow as pa

    try:
        return pa.array(given, pa.string())
    except UnicodeEncodeError:
        return pa.array(
            [None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8") for text in given],
            pa.string(),
        )


def is_int64(value: object) -> bool:
    """Whether a value is an integer that a column holds; a boolean is none."""
    return type(value) is int and value in _INT64


def named(indices: Any, names: Sequence[str], mask: Any = None) -> Any:
    """A column of text from a short list, dictionary-encoded; null where `mask` says so."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32(), mask=mask), texts(names))

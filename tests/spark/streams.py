"""A stream of files, one a micro-batch. Run as a script it is a job that someone may kill."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.spark.logs import SCHEMA, Line, as_arrow
from tests.spark.session import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OPTIONS: dict[str, Any] = {"order": "number", "number": "number", "source": "source", "buckets": 3}
YEAR_2000 = 946_684_800


def write(folder: Path, batches: Iterable[list[Line]]) -> None:
    """Write files, the older ones first: so Spark takes them."""
    import pyarrow.parquet as pq

    folder.mkdir()
    for n, lines in enumerate(batches):
        path = folder / f"{n:03}.parquet"
        pq.write_table(as_arrow(lines), path)
        os.utime(path, (YEAR_2000 + n, YEAR_2000 + n))


def run(spark: SparkSession, folder: Path, mode: str, *, files: int = 1, **options: Any) -> None:
    """Judge what is in `folder / "in"` into `folder / "out"`, so many files a micro-batch, and return at the end."""
    from statemachine.entrypoints.spark import judged_stream

    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", files).parquet(str(folder / "in"))
    verdicts = judged_stream(read, mode, **{**OPTIONS, **options})
    writer = verdicts.writeStream.format("parquet").option("path", str(folder / "out"))
    query = writer.option("checkpointLocation", str(folder / "checkpoint")).trigger(availableNow=True).start()
    query.awaitTermination()


def commits(folder: Path) -> int:
    """How many micro-batches are done."""
    return len(_numbered(folder / "checkpoint" / "commits"))


def files_done(folder: Path) -> list[int]:
    """How many files were taken by the end of each micro-batch that is done.

    Killed after it notes which file comes next, and before it plans the micro-batch, Spark takes that file and another
    one together when it begins again.
    """
    done = _numbered(folder / "checkpoint" / "commits")
    plans = _numbered(folder / "checkpoint" / "offsets")
    return [json.loads(plans[number].read_text().splitlines()[-1])["logOffset"] + 1 for number in sorted(done)]


def _numbered(folder: Path) -> dict[int, Path]:
    return {int(path.name): path for path in folder.glob("*") if path.name.isdigit()}


if __name__ == "__main__":
    run(session(Path(sys.argv[1]) / "spark"), Path(sys.argv[1]), sys.argv[2])

"""The job that the README shows runs as written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.test_log import S1, S2, actions

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import SparkSession

README = Path(__file__).parents[2] / "README.md"


def test_the_job_of_the_readme_runs(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At rest it finds the session that moved back, by the events' time; as a stream, in the order of the offsets."""
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "spark" in code]
    code = re.sub(r'"([a-z-]+/)"', lambda match: repr(str(tmp_path / match[1])), code)
    (tmp_path / "segment-logs").mkdir()
    payloads = [
        actions(S1, originalTimestamp="2026-11-23T10:00:02Z"),
        actions(S2, originalTimestamp="2026-11-23T10:00:01Z"),
    ]
    (tmp_path / "segment-logs" / "log.json").write_text("".join(json.dumps(one) + "\n" for one in payloads))
    (tmp_path / "topic").mkdir()
    rows = [{"value": json.dumps(one), "timestamp": 1000 + n, "offset": n} for n, one in enumerate(reversed(payloads))]
    (tmp_path / "topic" / "rows.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    topic = spark.readStream.schema("value string, timestamp long, offset long").json(str(tmp_path / "topic"))
    names = {"spark": spark, "topic": topic}
    exec(compile(code, str(README), "exec"), names)  # noqa: S102
    query = spark.streams.active[-1]
    query.processAllAvailable()
    query.stop()
    batch = spark.read.parquet(str(tmp_path / "findings")).collect()
    stream = spark.read.parquet(str(tmp_path / "verdicts")).collect()
    assert [row["code"] for row in batch] == ["SR201"]
    assert {row["offset"]: [one["code"] for one in row["findings"]] for row in stream} == {0: [], 1: ["SR201"]}

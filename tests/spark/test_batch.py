"""Spark over events at rest: the same findings as a line at a time, whatever the partitions."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from statemachine import TABLES, UnknownNameError
from tests.bulk.test_equality import LOGS, by_line
from tests.test_log import S1, S2, actions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from tests.spark.logs import Line, Result

JOB = "statemachine.entrypoints.spark"
RANDOM_LOGS = 150


def results(df: DataFrame, mode: str, **options: Any) -> dict[str, Result]:
    """What Spark says of every log."""
    from statemachine.entrypoints.spark import judged
    from tests.spark.logs import of_rows

    asked = {"order": "number", "number": "number", "source": "source", **options}
    return of_rows(judged(df, mode, **asked).collect())


@pytest.mark.parametrize("mode", TABLES)
def test_batch_is_line_by_line(mode: str, spark: SparkSession) -> None:
    """On random logs, the captures, hostile lines, device IDs that are no UTF-8, a document: findings and counts."""
    from tests.spark.logs import SCHEMA, drawn, frame, line_by_line, lines_of

    lines = lines_of(drawn(mode, RANDOM_LOGS))
    lines.append(("a document", 1, json.dumps([actions(S2), actions(S1)], indent=2).encode()))
    shuffled = [*lines, ("blank", 1, b" \r\n")]
    random.Random(0).shuffle(shuffled)
    df = frame(spark, shuffled).unionAll(spark.createDataFrame([("blank", 2, None)], SCHEMA))
    expects = mode == "classic-device"
    found = results(df, mode, partitions=3, expect_replay_ids=expects)
    assert found == line_by_line(lines, mode, expect_replay_ids=expects)


def test_whole_logs_are_as_check_has_them(spark: SparkSession) -> None:
    """A file without any session ID has one SR114 and no SR111; a file with one has every SR111. Row for finding."""
    from pyspark.sql import functions as F  # noqa: N812

    from statemachine.entrypoints.spark import judged
    from tests.spark.logs import drawn, frame, lines_of, told

    logs = {name: log for name, log in drawn("classic-device", 40).items() if name != "surrogates"}
    logs |= {path.name: path.read_bytes() for path in LOGS}
    options: dict[str, Any] = {"order": "number", "number": "number", "source": "source", "file": "file"}
    df = frame(spark, lines_of(logs)).withColumn("file", F.col("source"))
    mode = "classic-device"
    found = judged(df, mode, **options, whole_logs=True, findings_only=True)
    expected = Counter(
        (name, told(finding, finding.line)[:3]) for name, log in logs.items() for finding in by_line(log, mode).findings
    )
    assert {told[0] for _, told in expected} >= {"SR111", "SR114"}
    seen = Counter(
        (row.source, (row.code, None if row.line is None else str(row.line), row.message)) for row in found.collect()
    )
    assert seen == expected
    rows = judged(df, mode, **options, whole_logs=True).collect()
    assert Counter(one.code for row in rows for one in row.findings) == Counter(
        code for _, (code, *_) in expected.elements() if code != "SR114"
    )


def small() -> list[Line]:
    """Two sources with one device, which goes back in one of them, under an ID that was text."""
    sessions: dict[str, list[object]] = {"one": [S1, S2, S1, "abc", S2], "two": [S2, S2, S2, 5.5, S2]}
    return [
        (name, number, json.dumps(actions(session, None, messageId=f"m-{number}")).encode())
        for name, found in sessions.items()
        for number, session in enumerate(found, 1)
    ]


MUTANTS = {
    "no order": {"_order": "no_order", "_TIES": "NO_TIES"},
    "a fold that begins anew": {"verdict_rows.folded": "folded_anew"},
    "a fold that takes one source for another": {"verdict_rows.folded": "folded_across"},
    "session IDs without their type": {"narrow_rows.narrowed": "narrowed_to_numbers"},
}
"""What is in place of what, from `mutants`."""


@pytest.fixture
def one_row_at_a_time(spark: SparkSession) -> Iterator[None]:
    """Record batches of one row each."""
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(name)
    spark.conf.set(name, "1")
    yield
    spark.conf.set(name, str(before))


@pytest.mark.usefixtures("one_row_at_a_time")
def test_mutants_are_noticed(spark: SparkSession) -> None:
    """The red twins: no order, a fold that begins anew or mixes sources, and session IDs that lose their type."""
    from tests.spark import mutants
    from tests.spark.logs import frame, line_by_line

    expected = line_by_line(small(), "actions")
    df = frame(spark, small()[::-1])
    assert results(df, "actions") == expected
    for name, patches in MUTANTS.items():
        with ExitStack() as stack:
            for target, mutant in patches.items():
                stack.enter_context(patch(f"{JOB}.{target}", getattr(mutants, mutant)))
            assert results(df, "actions") != expected, name


def test_columns_of_a_warehouse(spark: SparkSession) -> None:
    """A column's type is part of the verdict: a fraction is no integer, null is not there."""
    from statemachine.entrypoints.spark import judged

    rows = [("visitor-1", S2, 1), ("visitor-1", S1, 2), (None, S2, 3), ("visitor-2", None, 4)]
    df = spark.createDataFrame(rows, "anonymous_id string, amplitude_session_id long, at int")
    columns = {"device": "anonymous_id", "session": "amplitude_session_id"}

    def codes(kind: str) -> dict[int, list[str]]:
        cast = df.withColumn("amplitude_session_id", df.amplitude_session_id.cast(kind))
        found = judged(cast, "actions", columns=columns, order=["at"], keep=["at"]).collect()
        return {row["at"]: [one.code for one in row.findings] for row in found}

    expected = {1: [], 2: ["SR201"], 3: ["SR101"], 4: ["SR301"]}
    assert [codes(kind) for kind in ("string", "decimal(38,0)")] == [expected] * 2
    assert codes("double") == {1: ["SR112"], 2: ["SR112"], 3: ["SR101", "SR112"], 4: ["SR301"]}
    told = judged(df, "actions", columns=columns, order=["at"], findings_only=True).where("code = 'SR301'").collect()
    assert ["session ID at amplitude_session_id is not there" in one.message for one in told] == [True]


def test_text_files_with_any_bytes(spark: SparkSession, tmp_path: Path) -> None:
    """Spark's text is not checked to be UTF-8; such a line is unreadable, and the others are judged."""
    from pyspark.sql import functions as F  # noqa: N812

    from tests.spark.logs import SURROGATES, line_by_line, lines_of
    from tests.test_hostile import HOSTILE

    log = b"\n".join([HOSTILE["invalid UTF-8"], HOSTILE["NUL"], SURROGATES, HOSTILE["carriage returns"], b"", b"\xff"])
    path = tmp_path / "log.ndjson"
    path.write_bytes(log)
    df = spark.read.text(str(path), lineSep="\n").coalesce(1)
    df = df.withColumn("number", F.monotonically_increasing_id() + 1).withColumn("source", F.lit("log"))
    assert results(df, "actions") == line_by_line(lines_of({"log": log}), "actions")


def test_what_cannot_be_judged_is_refused_before_anything_runs(spark: SparkSession) -> None:
    """In one message each: no mode, no order, columns of types that are no IDs, names that are taken."""
    from statemachine.entrypoints.spark import SparkJobError, judged

    df = spark.createDataFrame([("x", 1, [1])], "value string, at int, many array<int>")
    refused: list[tuple[str, dict[str, Any]]] = [
        ("say the mode", {"mode": ""}),
        ("say the order", {"order": []}),
        ("has no order", {"order": "many"}),
        ('"at" is of the type int', {"line": "at"}),
        ('"many" is of the type array', {"columns": {"device": "value", "session": "many"}}),
        ("device's is missing", {"columns": {"session": "at"}}),
        ('"age" is none of them', {"columns": {"device": "value", "age": "at"}}),
        ("cannot be kept", {"keep": ["at", "at"]}),
    ]
    for message, options in refused:
        with pytest.raises(SparkJobError, match=message):
            judged(df, **{"mode": "actions", "order": "at", **options})
    with pytest.raises(UnknownNameError):
        judged(df, "no mode", order="at")

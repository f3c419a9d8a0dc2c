"""Spark over events that arrive: what is kept goes on from micro-batch to micro-batch, and over a kill."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from statemachine import TABLES
from tests.test_log import S1, S2, actions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.spark.logs import Line, Result

RANDOM_LOGS = 40
FILES = 3
PATIENCE = 300
"""Seconds until a job that is to be killed has begun."""


def results(spark: SparkSession, folder: Path) -> dict[str, Result]:
    """What is in the sink."""
    from tests.spark.logs import of_rows

    return of_rows(spark.read.parquet(str(folder / "out")).collect())


@pytest.mark.parametrize("mode", TABLES)
def test_a_stream_is_line_by_line(mode: str, spark: SparkSession, tmp_path: Path) -> None:
    """On random logs and the captures, each divided over several micro-batches: findings and counts."""
    from tests.spark.logs import drawn, line_by_line, lines_of
    from tests.spark.streams import run, write

    lines = lines_of(drawn(mode, RANDOM_LOGS))
    last = {name: number for name, number, _ in lines}
    batches: list[list[Line]] = [[] for _ in range(FILES)]
    for line in lines:
        batches[min(FILES - 1, (line[1] - 1) * FILES // last[line[0]])].append(line)
    for batch in batches:
        random.Random(0).shuffle(batch)
    write(tmp_path / "in", batches)
    run(spark, tmp_path, mode)
    assert results(spark, tmp_path) == line_by_line(lines, mode)


def visits(files: int, events: int) -> list[list[Line]]:
    """Files of several visitors' events: sessions that grow and go back, some late, some delivered again."""
    chance = random.Random(files)
    sent: list[dict[str, Any]] = []
    made: list[list[Line]] = []
    for n in range(files):
        lines: list[Line] = []
        for k in range(events):
            number = n * events + k + 1
            device, session = f"visitor-{chance.randrange(20)}", S1 + n * 60_000 + chance.randrange(-3, 4) * 20_000
            payload = actions(session, f"{device}/{session}", device, messageId=f"m-{number}")
            if sent and chance.random() < 0.1:
                payload = chance.choice(sent)  # again: most of them from before the restart
            elif chance.random() < 0.05:
                number = max(1, number - 2 * events)  # late: its place in the order is in a micro-batch that is done
            sent.append(payload)
            lines.append(("web", number, json.dumps(payload).encode()))
        made.append(lines)
    return made


def expected_of(batches: list[list[Line]]) -> dict[str, Result]:
    """What must come of micro-batches: in each, events are sorted."""
    from tests.spark.logs import line_by_line

    return line_by_line([line for batch in batches for line in sorted(batch, key=lambda line: line[:2])], "actions")


def taken(batches: list[list[Line]], ends: list[int]) -> list[list[Line]]:
    """The lines of each micro-batch, of so many files by its end; all files are taken, and each once."""
    assert ends[-1] == len(batches)
    assert ends == sorted(set(ends))
    return [[line for file in batches[begin:end] for line in file] for begin, end in pairwise([0, *ends])]


def test_a_kill_before_a_plan_loses_and_repeats_nothing(spark: SparkSession, tmp_path: Path) -> None:
    """Killed when it has noted a file and planned nothing, Spark takes two files in one micro-batch, sorted."""
    from tests.spark.streams import files_done, run, write

    batches = visits(5, 150)
    write(tmp_path / "in", batches)
    held = [tmp_path / "in" / f"{n:03}.parquet" for n in (2, 3, 4)]
    for file in held:
        file.rename(tmp_path / file.name)
    run(spark, tmp_path, "actions")
    for file in held:
        (tmp_path / file.name).rename(file)
    noted = {"path": held[0].as_uri(), "timestamp": int(held[0].stat().st_mtime * 1000), "batchId": 2}
    (tmp_path / "checkpoint" / "sources" / "0" / "2").write_text(f"v1\n{json.dumps(noted)}")
    run(spark, tmp_path, "actions")
    taken_by = files_done(tmp_path)
    assert taken_by == [1, 2, 4, 5]
    found = results(spark, tmp_path)
    assert found == expected_of(taken(batches, taken_by))
    assert found != expected_of(batches)


def test_a_kill_neither_loses_nor_repeats_a_finding(spark: SparkSession, tmp_path: Path) -> None:
    """A job is killed between commits, begun again from its checkpoint, and the sink has every verdict once."""
    from tests.spark.streams import commits, files_done, run, write

    batches = visits(5, 150)
    write(tmp_path / "in", batches)
    chance = random.Random()
    after, wait = chance.randint(1, 2), chance.uniform(0, 1)
    (tmp_path / "spark").mkdir()
    script = [sys.executable, "-m", "tests.spark.streams", str(tmp_path), "actions"]
    with (tmp_path / "told").open("wb") as told:
        job = subprocess.Popen(script, stdout=told, stderr=told, start_new_session=True)  # noqa: S603
    try:
        ends = time.monotonic() + PATIENCE
        while commits(tmp_path) < after and job.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        ends = time.monotonic() + wait
        while time.monotonic() < ends and commits(tmp_path) < len(batches) - 2:  # or there is nothing left to do
            time.sleep(0.01)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()
    done = commits(tmp_path)
    assert after <= done < len(batches), (tmp_path / "told").read_text()
    run(spark, tmp_path, "actions")
    taken_by = files_done(tmp_path)
    found, expected = results(spark, tmp_path), expected_of(taken(batches, taken_by))
    assert found == expected, f"killed after commit {after} and {wait} s, with {done} done of {taken_by}"
    assert expected["web"].counts["repeated"]
    assert {code for code, *_ in expected["web"].findings} >= {"SR201"}


@pytest.mark.parametrize("mutant", ["Forgetful", "Unsorted"])
def test_mutants_are_noticed(mutant: str, spark: SparkSession, tmp_path: Path) -> None:
    """The red twins: a stream that keeps nothing between micro-batches, and one that does not sort."""
    from tests.spark import mutants
    from tests.spark.streams import run, write

    files = [[(2, S2), (1, S1)], [(4, S1), (3, S1)]]
    batches = [[("web", n, json.dumps(actions(session)).encode()) for n, session in file] for file in files]
    write(tmp_path / "in", batches)
    with patch("statemachine.entrypoints.spark.buckets.Bucket", getattr(mutants, mutant)):
        run(spark, tmp_path, "actions")
    assert results(spark, tmp_path) != expected_of(batches)


def test_what_cannot_be_judged_is_refused_before_anything_runs(spark: SparkSession) -> None:
    """No buckets, no window, or a state store that has no place for what is kept."""
    from statemachine.entrypoints.spark import ROCKSDB, SparkJobError, judged_stream

    df = spark.readStream.format("rate").load().selectExpr("CAST(value AS string) AS value", "timestamp")
    refused: list[dict[str, Any]] = [{"buckets": 0}, {"window": 0}]
    for options in refused:
        with pytest.raises(SparkJobError, match="at least one"):
            judged_stream(df, "actions", order="timestamp", **options)
    spark.conf.set(ROCKSDB[0], "org.example.OtherProvider")
    try:
        with pytest.raises(SparkJobError, match="RocksDB"):
            judged_stream(df, "actions", order="timestamp")
    finally:
        spark.conf.set(*ROCKSDB)

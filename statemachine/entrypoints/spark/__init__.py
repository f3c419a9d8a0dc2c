r"""Spark: verdicts on a data frame of events, at rest or arriving, by the same narrowing and the same fold.

    from statemachine.entrypoints.spark import ROCKSDB, judged, judged_stream

    logs = spark.read.text("segment-logs/", lineSep="\n").selectExpr(
        "value", "get_json_object(value, '$.originalTimestamp') AS at", "_metadata.file_path AS file"
    )
    findings = judged(logs, "actions", order="at", file="file", findings_only=True)
    findings.write.parquet("findings/")

and as they arrive, from a topic of raw payloads:

    spark.conf.set(*ROCKSDB)
    verdicts = judged_stream(topic, "actions", line="value", order=["timestamp", "offset"], keep=["offset"])
    sink = verdicts.writeStream.format("parquet").option("checkpointLocation", "checkpoint/")
    sink.start("verdicts/")

Every process of Spark imports this package: it must be installed where the executors are, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

try:
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql import types as T  # noqa: N812
except ModuleNotFoundError as missing:
    install = "pip install 'session-replay-statemachine[spark]'"
    raise ModuleNotFoundError(f"Spark needs: {install}", name=missing.name) from missing

from statemachine.entrypoints.spark import rows as narrow_rows
from statemachine.entrypoints.spark import verdicts as verdict_rows
from statemachine.errors import StatemachineError, printable, shortened, shown
from statemachine.log import without_session_ids
from statemachine.machines import TABLES, table_of
from statemachine.rules import RULES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["BUCKETS", "ROCKSDB", "WINDOW", "SparkJobError", "judged", "judged_stream"]

BUCKETS: Final = 64
WINDOW: Final = 4_096
"""Messages a bucket among which, at least, a repeated delivery is recognised."""
ROCKSDB: Final = (
    "spark.sql.streaming.stateStore.providerClass",
    "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
)
"""The setting that `judged_stream` needs."""
_TIES: Final = ("file", "line", "nth")
_ID_TYPES: Final = (T.StringType, T.BooleanType, T.IntegralType, T.FractionalType)


class SparkJobError(StatemachineError, ValueError):
    """A data frame cannot be judged as asked: no mode, no order, a column that is not there or of another type."""


def judged(
    df: DataFrame,
    mode: str,
    *,
    order: str | Sequence[str],
    line: str = "value",
    columns: Mapping[str, str] | None = None,
    is_segment: bool = True,
    source: str | None = None,
    file: str | None = None,
    number: str | None = None,
    keep: Sequence[str] = (),
    expect_replay_ids: bool = False,
    findings_only: bool = False,
    whole_logs: bool = False,
    partitions: int | None = None,
) -> DataFrame:
    r"""Judge every event of a data frame: a verdict row an event, or a row a finding.

    `order` names the columns by which a device's events are sorted (ascending, null first); Spark keeps no order of
    its own. Ties go by `file`, `number`, and the place in the line.

    `line` is a column of raw JSON, text or bytes: one line of a log a row, or one document. What is null or blank is
    passed over. Instead, `columns` says which columns hold the IDs: a mapping from any of `device`, `session`,
    `replay`, `message` and `name` to a column of text, numbers or booleans, whose type is part of the verdict; what is
    null is not there. `is_segment` says whose shape the events have: Segment's, or Amplitude's.

    `source` is a column of text that keeps worlds apart: the same device ID in two sources is two devices. `file` and
    `number` are columns that say where a line is; `keep` are columns that a verdict row has as well.

    Rows have the columns of `verdicts.DDL`, and those of `keep`. With `findings_only`, in place of the verdict's there
    are `code`, `name`, `severity`, `message`, and the finding's `session_id` and `replay_id` as text. `whole_logs`
    asks for what only a whole log shows: a file (of one source) in which no event has a session ID has no SR111, but,
    with `findings_only`, one SR114. It costs a second reading. A lone surrogate in text stands as `\ud800`.

    The mode must be said: it is detected from a log's first session ID, and partitions have no first.
    Raises SparkJobError and UnknownNameError, before anything runs.
    """
    job, given = _job(df, mode, order, line, columns, is_segment, source, file, number, keep, expect_replay_ids)
    narrow = given.mapInArrow(partial(narrow_rows.narrowed, job), _schema(narrow_rows.DDL, given, job.passed))
    by = [F.col("source"), F.col("key")]
    sorted_ = (narrow.repartition(partitions, *by) if partitions else narrow.repartition(*by)).sortWithinPartitions(
        *by, *_order(job), *_TIES
    )
    verdicts = sorted_.mapInArrow(partial(verdict_rows.folded, job), _verdict_schema(given, job))
    if not whole_logs:
        return _findings(verdicts) if findings_only else verdicts
    silent = _silent(narrow)
    verdicts = _without_sr111(verdicts, silent)
    if not findings_only:
        return verdicts
    return _findings(verdicts).unionByName(_sr114(silent, job.session_place), allowMissingColumns=True)


def judged_stream(
    df: DataFrame,
    mode: str,
    *,
    order: str | Sequence[str],
    line: str = "value",
    columns: Mapping[str, str] | None = None,
    is_segment: bool = True,
    source: str | None = None,
    file: str | None = None,
    number: str | None = None,
    keep: Sequence[str] = (),
    expect_replay_ids: bool = False,
    findings_only: bool = False,
    buckets: int = BUCKETS,
    window: int = WINDOW,
) -> DataFrame:
    """Judge a streaming data frame: the rows of `judged`, as the events arrive.

    Events are judged micro-batch by micro-batch, in each sorted by `order`: an event that arrives in a later one than
    its place in the order is judged when it arrives (SR201, if its session is an older one). A payload delivered again
    is recognised among at least the last `window` messages of its bucket, and reported as `repeated`.

    What is kept of the devices is in Spark's state store, in so many `buckets` a source, each one value that is read
    and written in a micro-batch that has events of it: some thirty bytes a device, and up to 16 bytes a message of
    the window. One bucket's events of a micro-batch are held in memory: bound it at the source. The
    checkpoint fixes `mode`, `buckets` and Spark's number of shuffle partitions.

    After a restart from the checkpoint an interrupted micro-batch is done again, with the same outcome: the file sink
    and Delta have every row exactly once; `foreachBatch` may be given a batch twice, and must know it by its ID;
    Kafka's sink may repeat rows. SR111 is reported in logs without any session ID, too, and SR114 is not: no
    micro-batch knows the whole log.
    Raises SparkJobError and UnknownNameError, before anything runs.
    """
    from statemachine.entrypoints.spark import buckets as bucket_rows

    if buckets < 1 or window < 1:
        raise SparkJobError("there must be at least one bucket, and a window of at least one message")
    provider = str(df.sparkSession.conf.get(*ROCKSDB[:1], ""))
    if "RocksDB" not in provider:
        raise SparkJobError(f"the state store must be RocksDB's: spark.conf.set({ROCKSDB[0]!r}, {ROCKSDB[1]!r})")
    job, given = _job(df, mode, order, line, columns, is_segment, source, file, number, keep, expect_replay_ids)
    packets = given.mapInArrow(partial(bucket_rows.packed, job, buckets), bucket_rows.PACKED)
    processor = bucket_rows.Bucket(job, [*_order(job), *_TIES], window)
    folded = packets.groupBy("source", "bucket").transformWithState(processor, bucket_rows.VERDICTS, "Append", "None")
    verdicts = folded.mapInArrow(bucket_rows.unpacked, _verdict_schema(given, job))
    return _findings(verdicts) if findings_only else verdicts


def _job(
    df: DataFrame,
    mode: str,
    order: str | Sequence[str],
    line: str,
    columns: Mapping[str, str] | None,
    is_segment: bool,
    source: str | None,
    file: str | None,
    number: str | None,
    keep: Sequence[str],
    expect_replay_ids: bool,
) -> tuple[narrow_rows.Job, DataFrame]:
    """What the processes need to know, and the columns that they are given."""
    if not mode:
        raise SparkJobError(f"say the mode ({', '.join(TABLES)}): partitions have no first event to detect it from")
    table_of(mode)
    order = [order] if isinstance(order, str) else [*order]
    if not order:
        raise SparkJobError("say the order: the columns by which a device's events are sorted; Spark keeps none")
    _check_names(columns, keep)
    chosen = {f"order_{n}": F.col(name) for n, name in enumerate(order)}
    chosen |= {f"kept_{n}": F.col(name) for n, name in enumerate(keep)}
    passed = tuple(chosen)
    chosen |= {"source": _cast(source, "string"), "file": _cast(file, "string"), "line": _cast(number, "long")}
    chosen |= {name: F.col(found) for name, found in (columns or {"value": line}).items()}
    given = df.select(*(column.alias(name) for name, column in chosen.items()))
    kinds = {field.name: field.dataType for field in given.schema}
    for name, found in (columns or {"value": line}).items():
        allowed = _ID_TYPES if columns else (T.StringType, T.BinaryType)
        kind = kinds[name]
        if not isinstance(kind, allowed) or (isinstance(kind, T.DecimalType) and kind.scale):
            raise SparkJobError(f"the column {shown(found)} is of the type {kind.simpleString()}")
    for n, name in enumerate(order):
        if isinstance(kinds[f"order_{n}"], (T.ArrayType, T.StructType, T.MapType, T.VariantType)):
            raise SparkJobError(f"the column {shown(name)} has no order that both Spark and Arrow know")
    if not columns:
        given = given.withColumn("value", F.col("value").cast("binary"))  # text files may hold what is no UTF-8
    kept = tuple((f"kept_{n}", name) for n, name in enumerate(keep))
    place = printable(shortened((columns or {}).get("session", "")))
    return narrow_rows.Job(mode, expect_replay_ids, passed, kept, tuple(columns or ()), is_segment, place), given


def _check_names(columns: Mapping[str, str] | None, keep: Sequence[str]) -> None:
    unknown = [name for name in columns or () if name not in narrow_rows.ID_COLUMNS]
    if unknown or (columns is not None and "device" not in columns):
        ids = ", ".join(narrow_rows.ID_COLUMNS)
        problem = f"{shown(unknown[0])} is none of them" if unknown else "the device's is missing"
        raise SparkJobError(f"`columns` names where {ids} are: {problem}")
    taken = {one.split()[0] for ddl in (verdict_rows.DDL, verdict_rows.FINDING) for one in ddl.split(", ")}
    for name in keep:
        if name in taken or list(keep).count(name) > 1:
            raise SparkJobError(f"the column {shown(name)} cannot be kept: a verdict row has one of that name")


def _cast(name: str | None, kind: str) -> Any:
    return (F.lit(None) if name is None else F.col(name)).cast(kind)


def _order(job: narrow_rows.Job) -> list[str]:
    return [name for name in job.passed if name.startswith("order_")]


def _schema(ddl: str, given: DataFrame, passed: Sequence[str], names: Sequence[str] | None = None) -> T.StructType:
    kinds = [T.StructField(name, given.schema[one].dataType) for one, name in zip(passed, names or passed, strict=True)]
    return T.StructType([*cast(T.StructType, T.StructType.fromDDL(ddl)).fields, *kinds])


def _verdict_schema(given: DataFrame, job: narrow_rows.Job) -> T.StructType:
    return _schema(verdict_rows.DDL, given, [one for one, _ in job.kept], [name for _, name in job.kept])


def _findings(verdicts: DataFrame) -> DataFrame:
    """A row a finding."""
    names = [name for name in verdicts.columns if name not in ("session_id", "replay_id", "findings")]
    return verdicts.select(*(F.col(f"`{name}`") for name in names), F.inline("findings"))


def _silent(narrow: DataFrame) -> DataFrame:
    """The logs in which no event has a session ID, and how many events they have."""
    logs = narrow.groupBy("source", "file").agg(F.max("shows").alias("shows"), F.count("shows").alias("events"))
    return logs.where("events > 0 AND NOT shows")  # with both columns, Spark does the one aggregation for both uses


def _without_sr111(verdicts: DataFrame, silent: DataFrame) -> DataFrame:
    logs = silent.select(F.col("source").alias("_source"), F.col("file").alias("_file"))
    same = F.col("source").eqNullSafe(F.col("_source")) & F.col("file").eqNullSafe(F.col("_file"))
    marked = verdicts.withColumn("_n", F.lit(1)).join(
        F.broadcast(logs.withColumn("_silent", F.lit(True))), same, "left"
    )
    left = F.filter("findings", lambda one: one["code"] != F.lit("SR111"))
    kept = F.when(F.col("_silent"), left).otherwise(F.col("findings"))
    return marked.withColumn("findings", kept).select(*(F.col(f"`{name}`") for name in verdicts.columns))


def _sr114(silent: DataFrame, place: str) -> DataFrame:
    rule = RULES["SR114"]
    message = F.format_string(without_session_ids("%d", place.replace("%", "%%")), "events")
    told = {"code": rule.code, "name": rule.name, "severity": rule.severity.value}
    codes = (F.lit(text).alias(name) for name, text in told.items())
    return silent.select("source", "file", *codes, message.alias("message"))

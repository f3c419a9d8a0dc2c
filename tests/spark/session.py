"""A small local Spark."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.spark.java import java_home

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]


def environment(folder: Path) -> dict[str, str]:
    """What a process needs in its environment to run Spark. Raises ImportError when there is no Java."""
    home = java_home(folder / "java")
    return {
        **({"JAVA_HOME": home} if home else {}),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def session(folder: Path) -> SparkSession:
    """Start Spark in this process, with all that it writes below a folder."""
    from pyspark.sql import SparkSession

    from statemachine.entrypoints.spark import ROCKSDB

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        # Nothing runs long enough for the better compiler, or has enough memory for the better collector, to pay.
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "700",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        ROCKSDB[0]: ROCKSDB[1],
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made

"""The fields that the law needs, as DuckDB reads them from NDJSON and from Parquet. FILE THREADS, 0 for all."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_NDJSON = """(
    select
        type, "anonymousId" as anonymous, context.device.id as context_device, event, "messageId" as message,
        integrations."Actions Amplitude".session_id as session,
        properties."[Amplitude] Session Replay ID" as replay
    from read_json($file, format = 'newline_delimited', columns = {
        type: 'VARCHAR', anonymousId: 'VARCHAR', messageId: 'VARCHAR', event: 'VARCHAR',
        context: 'STRUCT(device STRUCT(id VARCHAR))',
        integrations: 'STRUCT("Actions Amplitude" STRUCT(session_id BIGINT))',
        properties: 'STRUCT("[Amplitude] Session Replay ID" VARCHAR)'
    })
)"""
_PARQUET = """(
    select
        type, anonymous_id as anonymous, context_device_id as context_device, event, message_id as message,
        integrations_actions_amplitude_session_id as session, amplitude_session_replay_id as replay
    from read_parquet($file)
)"""


def source(path: str) -> str:
    """A table expression of the fields; it takes the parameter `file`."""
    return _PARQUET if path.endswith(".parquet") else _NDJSON


def connection(path: str, threads: int) -> duckdb.DuckDBPyConnection:
    """DuckDB, with its temporary files beside the data."""
    opened = duckdb.connect(config={"temp_directory": str(Path(path).parent / "duckdb")})
    if threads:
        opened.execute(f"set threads = {threads}")
    return opened


def arguments() -> tuple[str, int]:
    """The file, and how many threads (0 for all)."""
    return sys.argv[1], int(sys.argv[2])

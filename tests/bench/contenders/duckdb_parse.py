"""The limit: DuckDB parses every field that the law needs, looks at each, and decides nothing. FILE THREADS."""

from __future__ import annotations

import json

from tests.bench.contenders.fields import arguments, connection, source

if __name__ == "__main__":
    path, threads = arguments()
    fields = "type, anonymous, context_device, event, message, session, replay"
    query = f"select count(*), bit_xor(hash({fields})), count(*) - count(session) from {source(path)}"  # noqa: S608
    found = connection(path, threads).execute(query, {"file": path}).fetchone()
    assert found is not None
    print(json.dumps({"events": found[0], "missing": found[2]}))

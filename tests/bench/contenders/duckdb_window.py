"""A window query by hand: the running maximum of each device's session IDs. FILE THREADS."""

from __future__ import annotations

import json

from tests.bench.contenders.fields import arguments, connection, source

QUERY = """
with event as (
    select row_number() over () as n, coalesce(context_device, anonymous) as device, session, replay from {source}
),
seen as (
    select *, coalesce(max(session) over (
        partition by device order by n rows between unbounded preceding and 1 preceding
    ), 0) as before
    from event
),
told as (
    select
        session is null as is_missing,
        session < before as is_regressed,
        session >= before and replay <> device || '/' || session as is_wrong,
        split_part(replay, '/', 1) = device and session > before
            and try_cast(split_part(replay, '/', 2) as bigint) < session
            and (before = 0 or try_cast(split_part(replay, '/', 2) as bigint) = before) as is_late
    from seen
)
select
    count(*), count(*) filter (is_regressed), count(*) filter (is_wrong and is_late),
    count(*) filter (is_wrong and not is_late), count(*) filter (is_missing)
from told
"""

if __name__ == "__main__":
    path, threads = arguments()
    found = connection(path, threads).execute(QUERY.format(source=source(path)), {"file": path}).fetchone()
    assert found is not None
    print(json.dumps(dict(zip(("events", "regressed", "late", "mismatched", "missing"), found, strict=True))))

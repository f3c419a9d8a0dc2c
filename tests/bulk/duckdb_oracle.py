"""The law a third time, as one window query: the findings of a log in Actions mode, from the law and not from a table.

It knows plain logs only: a line is one Segment payload; device IDs are well-formed, as long as they must be and not
reserved; a session ID is an integer, null or not there; a replay ID is text, null or not there. The replay session
before an event is the greatest session ID that was accepted on the device's earlier events: a running maximum.
"""

from __future__ import annotations

from typing import Final

import duckdb

QUERY: Final = r"""
with line as (
    select unnest($lines) as payload, generate_subscripts($lines, 1) as n
),
field as (
    select
        n,
        coalesce(payload ->> '$.context.device.id', payload ->> '$.anonymousId') as device,
        payload -> '$.integrations."Actions Amplitude".session_id' as session,
        payload ->> '$.properties."[Amplitude] Session Replay ID"' as replay,
        nullif(payload ->> '$.messageId', '') as message,
        payload ->> '$.event' as name
    from line
),
event as (
    select
        n, device, replay, name,
        session is null as is_unset,
        coalesce(try_cast(session ->> '$' as bigint), 0) as session,
        regexp_full_match(replay, '[A-Za-z0-9_\-.|@:=]+/[1-9][0-9]{0,15}')
            and try_cast(split_part(replay, '/', 2) as bigint) <= 9007199254740991 as is_replay_id,
        split_part(replay, '/', 1) as replay_device,
        try_cast(split_part(replay, '/', 2) as bigint) as replay_session
    from field
    -- delivered again: judged once
    qualify message is null or row_number() over (partition by device, message order by n) = 1
),
seen as (
    select
        *,
        session between 1 and 9007199254740991 as is_session,
        coalesce(max(session) filter (session between 1 and 9007199254740991) over earlier, 0) as before,
        coalesce(bool_or(is_replay_id) over earlier, false) as carried
    from event
    window earlier as (partition by device order by n rows between unbounded preceding and 1 preceding)
),
judged as (
    select *, greatest(before, case when is_session then session else 0 end) as after from seen
),
silent as (
    -- SR114: no event of the whole log carries a session ID; SR111 is then not repeated per event
    select count(*) > 0 and count(*) filter (try_cast(session ->> '$' as bigint) <> 0) = 0 as is_silent from field
),
coded as (
    select n, unnest([
        case when is_unset then 'SR301'
             when session = 0 and not is_silent then 'SR111'
             when session = 0 then null
             when session = -1 then 'SR113'
             when not is_session then 'SR112'
             when session < before then 'SR201' end,
        case when is_session and session < 100000000000 then 'SR115' end,
        case when name = '[Amplitude] Replay Captured' then 'SR321' end,
        case when replay is null then case when carried and after > 0 then 'SR123' end
             when not is_replay_id then 'SR121'
             when is_session and session < before then null  -- one cause, one finding
             when replay_device <> device then 'SR122'
             when after = 0 then null  -- there is no session to compare with
             when replay_session = after then null
             -- what a device's first session left is not known: any earlier one may be it
             when after > before and replay_session < after and before in (replay_session, 0) then 'SR125'
             else 'SR122' end
    ]) as code
    from judged cross join silent
)
select n, code from coded where code is not null
union all
select null, 'SR114' from silent where is_silent
"""

MUTANTS: Final = {
    "the same session regresses": ("when session < before then 'SR201'", "when session <= before then 'SR201'"),
    "devices are not told apart": ("window earlier as (partition by device order", "window earlier as (order"),
    "the event is its own past": ("and 1 preceding", "and current row"),
    "the last session, not the greatest": (
        "max(session) filter (session between 1 and 9007199254740991)",
        "last_value(nullif(greatest(session, 0), 0) ignore nulls)",
    ),
    "a late replay ID is any behind": ("and before in (replay_session, 0)", ""),
    "delivered again, judged again": ("message order by n) = 1", "message order by n) >= 1"),
    "a regressed event's replay ID is compared": (
        "when is_session and session < before then null",
        "when false then null",
    ),
    "every missing replay ID is one": ("when carried and after > 0", "when after > 0"),
}
"""Red twins, by what is wrong with them: a part of the query, and what stands there instead."""


def findings(lines: list[str], query: str = QUERY) -> set[tuple[int | None, str]]:
    """Line (from 1) and code of every finding in the lines of a plain log; the line is None for the whole log's."""
    with duckdb.connect() as connection:
        return {(n, code) for n, code in connection.execute(query, {"lines": lines}).fetchall()}


def mutated(name: str) -> str:
    """The query with something wrong in it."""
    right, wrong = MUTANTS[name]
    assert right in QUERY
    return QUERY.replace(right, wrong)

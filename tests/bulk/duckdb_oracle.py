"""The law a third time, as one window query: the findings of a log of each mode, from the law and not from a table.

It knows plain logs only: a line is one payload of Segment (Actions, cloud-mode) or an event of Amplitude (device-mode);
device IDs are well-formed, as long as they must be and not
reserved; a session ID is an integer, null or not there; a replay ID is text, null or not there. The replay session
before an event is the greatest session ID that was accepted on the device's earlier events: a running maximum.
"""

from __future__ import annotations

from typing import Final

import duckdb

SEGMENT: Final = {
    "device": "coalesce(payload ->> '$.context.device.id', payload ->> '$.anonymousId')",
    "replay": """payload ->> '$.properties."[Amplitude] Session Replay ID"'""",
    "message": "nullif(payload ->> '$.messageId', '')",
    "captured": "payload ->> '$.event' = '[Amplitude] Replay Captured'",
}
MODES: Final = {
    "actions": {
        **SEGMENT,
        "session": """payload -> '$.integrations."Actions Amplitude".session_id'""",
        "unset": "'SR301'",
        "past the shell": "false",
        "expected": "carried",
        "replay device": "device",
    },
    "classic-device": {
        "device": "payload ->> '$.device_id'",
        "session": "payload -> '$.session_id'",
        "replay": """payload ->> '$.event_properties."[Amplitude] Session Replay ID"'""",
        "message": "coalesce(nullif(payload ->> '$.\"$insert_id\"', ''), nullif(payload ->> '$.uuid', ''))",
        "captured": "false",  # it is Amplitude's own event: only an integration must not send it
        "unset": "case when not is_silent then 'SR111' end",
        "past the shell": "false",
        "expected": "carried",
        "replay device": "device",
    },
    "classic-cloud": {
        **SEGMENT,
        "session": "payload -> '$.integrations.Amplitude.session_id'",
        "unset": "'SR313'",
        "past the shell": "is_unset",
        "expected": "true",
        "replay device": "shell_device",  # the shell has a device ID of its own: that of its first replay ID
    },
}
"""Where each mode's IDs are, and where its law is one of its own."""

QUERY: Final = r"""
with line as (
    select unnest($lines) as payload, generate_subscripts($lines, 1) as n
),
field as (
    select
        n,
        <device> as device,
        <session> as session,
        <replay> as replay,
        <message> as message,
        coalesce(<captured>, false) as is_captured
    from line
),
event as (
    select
        n, device, replay, is_captured,
        session is null as is_unset,
        coalesce(try_cast(session ->> '$' as bigint), 0) as session,
        coalesce(regexp_full_match(replay, '[A-Za-z0-9_\-.|@:=]+/[1-9][0-9]{0,15}')
            and try_cast(split_part(replay, '/', 2) as bigint) <= 9007199254740991, false) as is_replay_id,
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
        coalesce(bool_or(is_replay_id) over earlier, false) as carried,
        first_value(case when is_replay_id then replay_device end ignore nulls) over so_far as shell_device
    from event
    window
        earlier as (partition by device order by n rows between unbounded preceding and 1 preceding),
        so_far as (partition by device order by n rows between unbounded preceding and current row)
),
judged as (
    select
        *,
        greatest(before, case when is_session then session else 0 end) as after,
        is_session and session < before as regresses,
        <past the shell> as is_past_shell,
        <expected> as is_expected,
        <replay device> as expected_device
    from seen
),
silent as (
    -- SR114: no event of the whole log carries a session ID; SR111 is then not repeated per event
    select count(*) > 0 and count(*) filter (try_cast(session ->> '$' as bigint) <> 0) = 0 as is_silent from field
),
coded as (
    select n, unnest([
        case when is_unset then <unset>
             when session = 0 and not is_silent then 'SR111'
             when session = 0 then null
             when session = -1 then 'SR113'
             when not is_session then 'SR112'
             when session < before then 'SR201' end,
        case when is_session and session < 100000000000 then 'SR115' end,
        case when is_captured then 'SR321' end,
        -- once: when the shell's first replay ID comes
        case when expected_device <> device and is_replay_id and not carried then 'SR124' end,
        case when replay is null then case when is_expected and after > 0 and not is_past_shell then 'SR123' end
             when not is_replay_id then 'SR121'
             when regresses then null  -- one cause, one finding
             when replay_device <> expected_device then 'SR122'
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
    "the same session regresses": (
        "actions",
        "when session < before then 'SR201'",
        "when session <= before then 'SR201'",
    ),
    "devices are not told apart": ("actions", "earlier as (partition by device order", "earlier as (order"),
    "the event is its own past": ("actions", "and 1 preceding", "and current row"),
    "the last session, not the greatest": (
        "classic-device",
        "max(session) filter (session between 1 and 9007199254740991)",
        "last_value(nullif(greatest(session, 0), 0) ignore nulls)",
    ),
    "a late replay ID is any behind": ("actions", "and before in (replay_session, 0)", ""),
    "delivered again, judged again": ("classic-device", "message order by n) = 1", "message order by n) >= 1"),
    "a regressed event's replay ID is compared": ("actions", "when regresses then null", "when false then null"),
    "every missing replay ID is one": ("actions", "is_expected and after > 0", "after > 0"),
    "an event without a session ID is no finding": ("classic-device", "'SR111'", "null"),
    "the shell has the page's device ID": (
        "classic-cloud",
        "shell_device as expected_device",
        "device as expected_device",
    ),
    "the shell's device is told at every event": (
        "classic-cloud",
        "and is_replay_id and not carried",
        "and is_replay_id",
    ),
    "the shell's device is that of the last replay ID": ("classic-cloud", "first_value(", "last_value("),
    "past the shell, a replay ID is expected": ("classic-cloud", "and not is_past_shell", ""),
}
"""Red twins, by what is wrong with them: a mode, a part of its query, and what stands there instead."""


def query_of(mode: str) -> str:
    """The query of a mode."""
    query = QUERY
    for name, expression in MODES[mode].items():
        query = query.replace(f"<{name}>", expression)
    return query


def findings(lines: list[str], query: str) -> set[tuple[int | None, str]]:
    """Line (from 1) and code of every finding in the lines of a plain log; the line is None for the whole log's."""
    with duckdb.connect() as connection:
        return {(n, code) for n, code in connection.execute(query, {"lines": lines}).fetchall()}


def mutated(name: str) -> str:
    """The query with something wrong in it."""
    mode, right, wrong = MUTANTS[name]
    query = query_of(mode)
    assert right in query
    return query.replace(right, wrong)

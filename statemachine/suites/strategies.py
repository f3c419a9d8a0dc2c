"""What the suites feed to implementations: IDs, valid and hostile, and calls around the current session.

Everything is what JSON can hold, so that any harness can be given it.
"""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from statemachine.ids import SESSION_ID_MAX, UNSET
from statemachine.step import begin, step
from statemachine.symbol import Call, Trigger
from statemachine.table import Table

ACCEPTED: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.|@:="
LOOK_ALIKES: Final = "аｅ１٠\u200b\u202e／∕⁄"
"""Cyrillic and full-width letters, other digits, invisible marks, other slashes."""

device_ids = st.text(ACCEPTED, min_size=1, max_size=40)
"""Device IDs that comply."""

hostile_text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=5),
    st.builds(
        "{}{}".format, st.text(ACCEPTED, max_size=5), st.sampled_from([*LOOK_ALIKES, "/", "\n", "\x00", "\x1b[2J"])
    ),
    st.sampled_from([1_000, 100_000]).map(lambda n: "a" * n),
    st.sampled_from(["__class__", "{0}", "%s", "null", "NaN", "../..", "<script>", "=1+1"]),
)
"""Text that is no ID, or is a strange one: control characters, look-alikes, very long."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
"""Anything that JSON can hold."""

hostile_device_ids = st.one_of(hostile_text, json_values)
"""Device IDs of any kind."""

malformed_session_ids: st.SearchStrategy[object] = st.one_of(
    st.sampled_from(["abc", "", "1.5", "1e3", " 5", "+5", "٣", "-2", "1" * 400]),
    st.sampled_from([1.5, 1e300, True, False, -2, SESSION_ID_MAX + 1, 10**400]),
    st.sampled_from([[], {}, [5], {"id": 5}]),
)
"""What stands where a session ID should, and is none."""


def session_ids(current: int) -> st.SearchStrategy[object]:
    """Session IDs around the current one: plain integers would hardly ever meet it."""
    near = st.sampled_from([current - 1, current, current + 1, current + 1_800_000, -1, 0])
    bounded = near.filter(lambda n: -1 <= n <= SESSION_ID_MAX)
    return st.one_of(bounded, bounded.map(str), st.sampled_from([UNSET, None]), malformed_session_ids)


def calls(trigger: Trigger, current: int) -> st.SearchStrategy[Call]:
    """Calls of one trigger, given the replay session that they meet (epoch milliseconds, 0 for none)."""
    devices = st.one_of(device_ids, st.sampled_from(["visitor-1", "", "a/b", "ü", None]), hostile_device_ids)
    takes_ids = trigger in (Trigger.LOAD, Trigger.EVENT, Trigger.SETTLE)
    return st.builds(
        Call,
        st.just(trigger),
        session_ids(current) if takes_ids else st.just(UNSET),
        devices if trigger is Trigger.LOAD else st.just(UNSET),
    )


@st.composite
def call_traces(draw: st.DrawFn, table: Table, max_size: int = 20) -> list[Call]:
    """Call traces of a mode, each call drawn around the session that it meets. The first is a load or a set-up call."""
    first = draw(st.sampled_from([Trigger.LOAD, *table.setup]))
    triggers = [t for t in table.triggers if first in table.setup or t not in table.setup]
    made: list[Call] = []
    replay = begin(table, [Call(first)])
    for trigger in (first, *draw(st.lists(st.sampled_from(triggers), max_size=max_size - 1))):
        made.append(draw(calls(trigger, replay.session_id)))
        replay, _ = step(table, replay, made[-1])
    return made

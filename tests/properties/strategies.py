"""What the suites feed to machines: IDs, valid and hostile, and calls around the current session."""

from __future__ import annotations

from hypothesis import strategies as st

from statemachine import UNSET, Call, Trigger
from statemachine.ids import SESSION_ID_MAX

ACCEPTED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.|@:="
LOOK_ALIKES = "аｅ１٠\u200b\u202e／∕⁄"
"""Cyrillic and full-width letters, other digits, invisible marks, other slashes."""

device_ids = st.text(ACCEPTED, min_size=1, max_size=40)

hostile_text = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=5),
    st.builds(
        "{}{}".format, st.text(ACCEPTED, max_size=5), st.sampled_from([*LOOK_ALIKES, "/", "\n", "\x00", "\x1b[2J"])
    ),
    st.sampled_from([1_000, 100_000]).map(lambda n: "a" * n),
    st.sampled_from(["__class__", "{0}", "%s", "null", "NaN", "../..", "<script>", "=1+1"]),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)

hostile_device_ids = st.one_of(hostile_text, json_values)

malformed_session_ids = st.one_of(
    st.sampled_from(["abc", "", "1.5", "1e3", " 5", "+5", "٣", "-2", "1" * 400]),
    st.sampled_from([1.5, 5.0, float("nan"), float("inf"), True, False, -2, SESSION_ID_MAX + 1, 10**400]),
    st.sampled_from([[], {}, [5], {"id": 5}, b"5", object()]),
)


def session_ids(current: int) -> st.SearchStrategy[object]:
    """Session IDs around the current one: plain integers would hardly ever meet it."""
    near = st.sampled_from([current - 1, current, current + 1, current + 1_800_000, -1, 0])
    bounded = near.filter(lambda n: -1 <= n <= SESSION_ID_MAX)
    return st.one_of(bounded, bounded.map(str), st.sampled_from([UNSET, None]), malformed_session_ids)


def calls(trigger: Trigger, current: int) -> st.SearchStrategy[Call]:
    """Calls of one trigger, given the replay session that they meet."""
    devices = st.one_of(device_ids, st.sampled_from(["visitor-1", "", "a/b", "ü", None]), hostile_device_ids)
    device = devices if trigger is Trigger.LOAD else st.just(UNSET)
    return st.builds(Call, st.just(trigger), session_ids(current), device)

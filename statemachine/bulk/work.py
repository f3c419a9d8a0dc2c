"""A piece of a log that is narrowed by itself, here or in another process; and its events, one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final, Protocol

import attrs
import numpy as np
from msgspec import UNSET as ABSENT

from statemachine.bulk.blocks import numbered
from statemachine.bulk.narrow import Batch, Narrowing
from statemachine.bulk.payloads import Raw, timed_ids_of
from statemachine.bulk.times import epoch_us
from statemachine.event import AS_THEY_ARE, Event, Unreadable, events_of
from statemachine.fields import SEGMENT, Columns, Shape, mapped
from statemachine.ids import UNSET
from statemachine.table import Table

NO_TIME: Final = -1
"""In place of a time: there is none that can be read."""
_MAY_SHOW: Final = (b"session_id", b"\\u", b"sessionId")
"""Lines without any of these have no session ID."""

Item = Event | Unreadable


@attrs.frozen
class Timed:
    """The events of a piece, and the time of each in microseconds since 1970, or `NO_TIME`."""

    raw: Raw
    times: Any


class Work(ABC):
    """A piece of a log. Its lines (of text, or rows) are counted from 0; what reads it raises OSError."""

    __slots__ = ()
    travels: ClassVar[bool] = True
    """Whether another process may narrow it sooner than this one, with the way there and back."""

    @abstractmethod
    def events(self) -> Iterator[Item]:
        """Every event, with its line."""

    @abstractmethod
    def lines(self) -> int:
        """How many lines there are, blank ones included."""

    def shape(self) -> Shape | None:
        """Where the fields are, if that is named: in a table's columns, or by the user."""
        return None

    def may_show_mode(self) -> bool:
        """Say whether an event may carry a session ID."""
        return True

    def narrowed(self, narrowing: Narrowing, table: Table) -> Batch:
        """The events as a batch."""
        return narrowing.narrowed(self.raw(table))

    def raw(self, table: Table) -> Raw:
        """The IDs of the events, as they are."""
        return raw_of(list(self.events()), self.lines(), table)

    def timed(self, table: Table) -> Timed:
        """The same with their times."""
        items = list(self.events())
        times = (item.time if isinstance(item, Event) else None for item in items)
        return Timed(raw_of(items, self.lines(), table), _times(times))


def raw_of(items: list[Item], lines: int, table: Table) -> Raw:
    """Events in columns; those that do not fit into them, as they are."""
    is_segment = next((item.is_segment for item in items if isinstance(item, Event)), True)
    raw = Raw(lines, is_segment)
    for item in items:
        if (
            isinstance(item, Event)
            and item.path == "$"
            and item.is_segment is is_segment
            and isinstance(item.device_id, str)
            and (item.message_id is None or isinstance(item.message_id, str))
            and (item.replay_id is UNSET or item.replay_id is None or isinstance(item.replay_id, str))
        ):
            session: Any = getattr(item, table.session_id_field)
            session = ABSENT if session is UNSET else session
            replay = ABSENT if item.replay_id is UNSET else item.replay_id
            raw.add(item.line, (item.device_id, session, replay, item.message_id, item.name))
        else:
            raw.event(item.line, item)
    return raw


def _times(given: Iterable[object]) -> Any:
    """Raw times as an array."""
    return np.array([NO_TIME if (time := epoch_us(raw)) is None else time for raw in given], np.int64)


class Text(Protocol):
    """Something that has whole lines, each with its line feed."""

    def read(self) -> bytes:
        """Return them. Raises OSError."""
        ...


@attrs.frozen
class Held:
    """Lines that are in memory."""

    data: bytes

    def read(self) -> bytes:
        """Return them."""
        return self.data


@attrs.frozen
class Lines(Work):
    """Lines of JSON, of payloads as they were sent or with columns that the user named."""

    text: Text
    columns: Columns = AS_THEY_ARE

    def narrowed(self, narrowing: Narrowing, table: Table) -> Batch:
        """The events as a batch: by typed decoding, if the payloads are as they were sent."""
        return super().narrowed(narrowing, table) if self.columns else narrowing.block(self.text.read())

    def timed(self, table: Table) -> Timed:
        """The IDs of the events with their times: by typed decoding, likewise."""
        if self.columns:
            return super().timed(table)
        data = self.text.read()
        first = data[: data.find(b"\n")]
        is_segment = b"anonymousId" in first or b"device_id" not in first
        raw = Raw(data.count(b"\n"), is_segment)
        times: list[object] = []
        for number, line in numbered(data):
            found = timed_ids_of(line, table, is_segment)
            if found is not None:
                raw.add(number, found[0])
                times.append(found[1])
                continue
            for event in events_of(number, line):
                raw.event(number, event)
                times.append(event.time if isinstance(event, Event) else None)
        return Timed(raw, _times(times))

    def may_show_mode(self) -> bool:
        """Say whether an event may carry a session ID."""
        data = self.text.read()
        return bool(self.columns) or any(mark in data for mark in _MAY_SHOW)

    def shape(self) -> Shape | None:
        """Where the fields are, if the user said where session IDs are."""
        return mapped(SEGMENT, self.columns) if self.columns.places("session") else None

    def events(self) -> Iterator[Item]:
        """Every event of the lines that are not blank."""
        for number, line in numbered(self.text.read()):
            yield from events_of(number, line, self.columns)

    def lines(self) -> int:
        """How many line feeds there are."""
        return self.text.read().count(b"\n")

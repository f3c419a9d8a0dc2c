"""What is kept of a bucket of devices between micro-batches → bytes, and back. With a version, without pickle."""

from __future__ import annotations

from typing import Any, Final

import attrs
import msgspec
import numpy as np

from statemachine.bulk.devices import Devices
from statemachine.bulk.fold import Fold
from statemachine.errors import StatemachineError
from statemachine.log import Recent
from statemachine.table import Table

VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True):
    """`shape` tells what the codes in the columns stand for."""

    shape: str
    columns: dict[str, tuple[str, bytes]]
    own_devices: list[tuple[bytes, bytes]]
    recent: tuple[bytes, bytes]


@attrs.frozen
class Carried:
    """The fold of a bucket, and what it keeps."""

    fold: Fold
    devices: Devices
    recent: Recent


def restored(data: bytes | None, table: Table, window: int, *, expect_replay_ids: bool = False) -> Carried:
    """Go on from what `dumped` gave, or begin. Raises StatemachineError when another version wrote it."""
    devices, recent, own = Devices(), Recent(window), {}
    if data is not None:
        kept = _read(data)
        if kept is None or kept.shape != _shape(table):
            raise StatemachineError(
                "the checkpoint is of another version of this library or another mode; begin with a new checkpoint"
            )
        columns = {name: np.frombuffer(column, kind) for name, (kind, column) in kept.columns.items()}
        devices = Devices.restored(columns)
        older, newer = (set(np.frombuffer(keys, np.uint64).tolist()) for keys in kept.recent)
        recent = Recent.of(older, newer, window)
        own = {_text(device): _text(other) for device, other in kept.own_devices}
    fold = Fold(table, devices, recent, expect_replay_ids=expect_replay_ids)
    fold.own_devices.update(own)
    return Carried(fold, devices, recent)


def dumped(carried: Carried, table: Table) -> bytes:
    """All that `restored` needs."""
    columns = {name: (column.dtype.str, column.tobytes()) for name, column in carried.devices.compact().items()}
    own = [(_bytes(device), _bytes(other)) for device, other in carried.fold.own_devices.items()]
    older, newer = (np.array(sorted(keys), np.uint64).tobytes() for keys in carried.recent.generations)
    kept = _Kept(_shape(table), columns, own, (older, newer))
    return bytes([VERSION]) + msgspec.msgpack.encode(kept)


def _read(data: bytes) -> _Kept | None:
    if not data.startswith(bytes([VERSION])):
        return None
    try:
        return msgspec.msgpack.decode(data[1:], type=_Kept)
    except msgspec.MsgspecError:
        return None


def _shape(table: Table) -> str:
    return f"{table.mode}: {'; '.join('+'.join(names) for names in table.configurations())}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: Any) -> str:
    return bytes(data).decode("utf-8", "surrogatepass")

"""What a check keeps between events ↔ one file: a zip of numpy columns and JSON, in which nothing is ever evaluated.

`about.json` says what the file is of; `devices/*.npy` are the columns of `Devices`; `recent/<mode>/*.npy` are the
messages seen last; `own/<mode>.jsonl` the SDK's own device IDs. Nothing is compressed, every part has its checksum.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any, Final

import numpy as np

from statemachine.bulk.devices import HIGH, LOW, READS, Devices
from statemachine.bulk.fold import Fold
from statemachine.bulk.logs import Bulk
from statemachine.bulk.whole import synced
from statemachine.errors import UnusableStateError, printable
from statemachine.ids import NO_SESSION, SESSION_ID_MAX
from statemachine.log import WINDOW, Recent
from statemachine.machines import TABLES, table_of
from statemachine.table import Move

ABOUT: Final = "about.json"
_HALVES: Final = ("older", "newer")


def law() -> list[Any]:
    """What the tables decide, as JSON: a state is of use only while they decide the same."""
    return [
        [mode, _text(configuration), str(trigger), _text(key), _text(move.target), *_decided(move)]
        for mode, table in TABLES.items()
        for configuration, triggers in table.moves.items()
        for trigger, moves in triggers.items()
        for key, move in moves.items()
    ]


def _decided(move: Move) -> tuple[object, ...]:
    return move.outcome.accepted, move.outcome.findings, move.loads, move.sets_session


def _text(found: object) -> list[str]:
    return list(map(str, found)) if isinstance(found, tuple) else [str(found)]


def written(path: str, about: dict[str, Any], bulk: Bulk) -> None:
    """Write a file, whole or not at all. Raises OSError."""
    temporary = f"{path}.partial"
    with suppress(FileNotFoundError):  # a run that was killed left it, or someone put a link there
        os.unlink(temporary)
    try:
        with open(temporary, "xb") as file:
            _put_all(file, about, bulk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # what does not fit shall not fill the disk
            os.unlink(temporary)
        raise
    synced(os.path.dirname(path))


def _put_all(file: IO[bytes], about: dict[str, Any], bulk: Bulk) -> None:
    with zipfile.ZipFile(file, "w") as parts:
        _put_json(parts, ABOUT, {**about, "modes": list(bulk.folds)})
        taken = bulk.devices.taken()
        for name in _kinds(bulk.folds):
            _put(parts, f"devices/{name}.npy", bulk.devices.columns[name][taken])
        for mode, fold in bulk.folds.items():
            for half, keys in zip(_HALVES, bulk.recent[mode].generations, strict=True):
                _put(parts, f"recent/{mode}/{half}.npy", np.fromiter(keys, np.uint64, len(keys)))
            with parts.open(zipfile.ZipInfo(f"own/{mode}.jsonl"), "w", force_zip64=True) as part:
                part.writelines(json.dumps(pair).encode() + b"\n" for pair in fold.own_devices.items())


def described(path: str) -> dict[str, Any]:
    """What a file is of. Raises UnusableStateError when it is damaged, FileNotFoundError when there is none."""
    try:
        with _opened(path) as parts:
            found = _get_json(parts, ABOUT)
        if not isinstance(found, dict):
            raise ValueError("no object")
    except FileNotFoundError:
        raise
    except Exception as error:  # of zip, JSON and numpy: whatever they make of a file that is none of theirs
        raise _damaged(path) from error
    return found


def restore(path: str, bulk: Bulk) -> None:
    """Have a check that has not begun go on from a file. Raises UnusableStateError when it is damaged."""
    try:
        with _opened(path) as parts:
            modes = [table_of(mode).mode for mode in _get_json(parts, ABOUT)["modes"]]
            columns = {name: _get(parts, f"devices/{name}.npy", kind) for name, kind in _kinds(modes).items()}
            if len({len(column) for column in columns.values()}) != 1:
                raise ValueError("columns of several lengths")
            bulk.devices = Devices.restored(columns)
            for mode in modes:
                halves = [_get(parts, f"recent/{mode}/{half}.npy", np.dtype(np.uint64)) for half in _HALVES]
                if max(map(len, halves)) > WINDOW:
                    raise ValueError("too many messages")
                fold = bulk.carry_on(mode, Recent.of(set(halves[0].tolist()), set(halves[1].tolist())))
                with parts.open(f"own/{mode}.jsonl") as part:
                    for device, own in map(json.loads, part):
                        fold.own_devices[_name(device)] = _name(own)
                _check(fold, mode, columns)
    except Exception as error:
        raise _damaged(path) from error


def _check(fold: Fold, mode: str, columns: dict[str, Any]) -> None:
    """Every number must be one that the fold itself might have put there. Raises LookupError or ValueError."""
    codes, sessions = columns[f"state {mode}"], columns[f"session {mode}"]
    if len(codes):
        fold.state_of(int(codes.max()))
        if sessions.min() < NO_SESSION or sessions.max() > SESSION_ID_MAX:
            raise ValueError("no session ID")


def _kinds(modes: Iterable[str]) -> dict[str, Any]:
    """The columns that are kept of every device, with their types: all but the counts of one run."""
    devices = Devices()
    for mode in modes:
        Fold(table_of(mode), devices, Recent())
    names = [LOW, HIGH, *(name for name in devices.columns if name not in (LOW, HIGH, READS))]
    return {name: devices.columns[name].dtype for name in names}


def _name(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("no name")
    return given


def _opened(path: str) -> zipfile.ZipFile:
    parts = zipfile.ZipFile(path)
    if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
        parts.close()
        raise ValueError("compressed")
    return parts


def _put(parts: zipfile.ZipFile, name: str, column: Any) -> None:
    with parts.open(zipfile.ZipInfo(name), "w", force_zip64=True) as part:
        np.lib.format.write_array(part, column, allow_pickle=False)


def _put_json(parts: zipfile.ZipFile, name: str, value: object) -> None:
    parts.writestr(zipfile.ZipInfo(name), json.dumps(value))


def _get(parts: zipfile.ZipFile, name: str, kind: Any) -> Any:
    """A column. Raises ValueError when it has another type or shape, or when there is more in the part."""
    with parts.open(name) as part:
        column = np.lib.format.read_array(part, allow_pickle=False)
        if part.read(1) or column.dtype != kind or column.ndim != 1:
            raise ValueError("another column")
    return column


def _get_json(parts: zipfile.ZipFile, name: str) -> Any:
    return json.loads(parts.read(name))


def _damaged(path: str) -> UnusableStateError:
    return UnusableStateError(f"{printable(path)}: is damaged, or is no state of a check")

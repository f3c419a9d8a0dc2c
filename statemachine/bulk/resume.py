"""A check that goes on where the last one ended: a folder with what it keeps, and the files that it has finished.

The folder holds `state` (see `snapshot`) and `lock`. State and finished files are one file, replaced at once and only
between two files: whatever ends a run, the folder is as after some whole file. It is saved every few seconds at
most, and less often the longer it takes; files that were finished since are judged again by the next run, from the
same state, with the same findings.

A finished file is known by its name as given, size, time of modification and a digest of its first and last bytes.
"""

from __future__ import annotations

import json
import operator
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, Final

import attrs
from xxhash import xxh3_128_hexdigest

from statemachine.bulk.logs import Bulk
from statemachine.bulk.snapshot import described, law, restore, written
from statemachine.errors import UnreadableFileError, UnusableStateError, printable
from statemachine.report import Tally

FORMAT: Final = 1
"""Of the folder: raise it when what is kept changes its meaning."""
STATE, LOCK = "state", "lock"
SAVE_SECONDS: Final = 2.0
"""How long a save is put off at least, after the one before."""
SAVE_SHARE: Final = 0.1
"""At most so much of the time goes into saving."""
EDGE_BYTES: Final = 2**16


@attrs.frozen
class Identity:
    """What tells a file's content from another: its size, its time of modification (ns), a digest of both ends."""

    size: int
    modified: int
    digest: str

    @classmethod
    def of(cls, path: str) -> Identity:
        """Look at a file. Raises UnreadableFileError."""
        try:
            with open(path, "rb") as file:
                found = os.fstat(file.fileno())
                ends = file.read(EDGE_BYTES)
                file.seek(max(0, found.st_size - EDGE_BYTES))
                ends += file.read(EDGE_BYTES)
        except OSError as error:
            raise UnreadableFileError(f"{printable(path)}: {error.strerror}") from error
        return cls(found.st_size, found.st_mtime_ns, xxh3_128_hexdigest(ends))


@attrs.frozen
class Finished:
    """A file that was judged whole, and what was counted in it."""

    identity: Identity
    mode: str
    read: int
    unreadable: int
    repeated: int
    findings: int

    @classmethod
    def of(cls, given: Any) -> Finished:
        """What `attrs.asdict` gave. Raises TypeError or LookupError for anything else."""
        made = cls(Identity(**given.pop("identity")), **given)
        counts = (made.identity.size, made.identity.modified, made.read, made.unreadable, made.repeated, made.findings)
        texts = (made.identity.digest, made.mode)
        if not all(type(count) is int for count in counts) or not all(isinstance(text, str) for text in texts):
            raise TypeError("no finished file")
        return made


@attrs.define
class Resumed:
    """A run that carries on from a folder, and keeps what it comes to there."""

    folder: str
    bulk: Bulk
    options: dict[str, Any]
    finished: dict[str, Finished] = attrs.field(factory=dict)
    outputs: list[str] = attrs.field(factory=list)
    """The files with the results of earlier runs, which are not to be lost."""
    given_again: int = 0
    """How many files `new` left out, as they are finished."""
    late: str | None = None
    """The first file that `new` gave although it comes before one that is finished."""
    unsaved: int = 0
    """How many files were finished since the last save."""
    saves_at_end: bool = False
    """Whether to save nothing before the results are written: a run whose results are lost is no run."""
    _law: str = attrs.field(factory=lambda: _digest_of_law())
    _due: float = attrs.field(factory=lambda: time.monotonic() + SAVE_SECONDS)

    def load(self) -> None:
        """Take up what the folder holds. Raises UnusableStateError; then nothing was changed."""
        path = self._path
        try:
            about = described(path)
        except FileNotFoundError:
            return
        if about.get("format") != FORMAT:
            found = printable(str(about.get("format")))[:20]
            raise self._unusable(f"it has the format {found}, and this version reads {FORMAT}")
        if about.get("options") != self.options:
            raise self._unusable(_difference(about.get("options"), self.options))
        if about.get("law") != self._law:
            raise self._unusable("it was begun with other tables: another version of this library")
        try:
            self.finished = {path: Finished.of(given) for path, given in about["finished"].items()}
            self.outputs = [os.fspath(output) for output in about["outputs"]]
            self.bulk.choice.last, self.bulk.latest = (operator.index(one) for one in about["times"])
            self.bulk.judged_up_to = self.bulk.latest
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._unusable("it is damaged") from error
        restore(path, self.bulk)

    def new(self, files: list[str]) -> list[str]:
        """The files that are not finished yet.

        Raises UnusableStateError for one that was changed or has a new name, UnreadableFileError for no regular file.
        """
        known = {finished.identity: path for path, finished in self.finished.items() if finished.identity.size}
        left: dict[str, str] = {}
        for path in files:
            if path == "-" or not os.path.isfile(path):
                raise UnreadableFileError(f"{printable(path)}: with --state, only regular files can be judged")
            finished, identity = self.finished.get(_key(path)), Identity.of(path)
            if finished is None and identity in known:
                raise self._unusable(f"{printable(path)} was finished before, by the name {printable(known[identity])}")
            if finished is None:
                left.setdefault(_key(path), path)
                continue
            self.given_again += 1
            self.late = self.late or next(iter(left.values()), None)
            if finished.identity != identity:
                raise self._unusable(
                    f"{printable(path)} was changed after it was finished; give only files that are closed"
                )
        return list(left.values())

    def takes_output(self, path: str) -> None:
        """Note where results go. Raises UnusableStateError for a file that has those of an earlier run."""
        output = os.path.abspath(path)
        if output in self.outputs and os.path.exists(output):
            raise self._unusable(f"{printable(path)} has the results of an earlier run; name another file")
        self.outputs = [*dict.fromkeys([*self.outputs, output])]
        self.saves_at_end = True

    def finish(self, path: str, identity: Identity, tallies: list[Tally]) -> None:
        """Note that a file was judged whole, and what was counted in each of its logs.

        Raises UnreadableFileError when it is not the one that was begun.
        """
        if Identity.of(path) != identity:
            raise UnreadableFileError(f"{printable(path)}: was changed while it was read")
        modes = ", ".join(dict.fromkeys(tally.mode for tally in tallies))
        names = ("read", "unreadable", "repeated", "findings")
        counts = [sum(getattr(tally, name) for tally in tallies) for name in names]
        self.finished[_key(path)] = Finished(identity, modes, *counts)
        self.unsaved += 1

    @property
    def is_due(self) -> bool:
        """Whether to save now, after a file."""
        return not self.saves_at_end and time.monotonic() >= self._due

    def save(self) -> None:
        """Keep what there is, in place of what was kept. Raises UnusableStateError when it cannot be written."""
        begun = time.monotonic()
        about = {
            "format": FORMAT,
            "options": self.options,
            "law": self._law,
            "finished": {path: attrs.asdict(finished) for path, finished in self.finished.items()},
            "outputs": self.outputs,
            "times": [self.bulk.choice.last, self.bulk.latest],
        }
        try:
            written(self._path, about, self.bulk)
        except OSError as error:
            raise self._unusable(f"it cannot be saved: {error.strerror}") from error
        self.unsaved = 0
        took = time.monotonic() - begun
        self._due = begun + took + max(SAVE_SECONDS, took / SAVE_SHARE)

    @property
    def _path(self) -> str:
        return os.path.join(self.folder, STATE)

    def _unusable(self, reason: str) -> UnusableStateError:
        return UnusableStateError(f"--state {printable(self.folder)}: {reason}")


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Have a folder, which is made, for this process alone. Raises UnusableStateError."""
    try:
        import fcntl
    except ImportError:  # Windows
        raise UnusableStateError("--state: this system has no locks on files") from None
    told = printable(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        lock = open(os.path.join(folder, LOCK), "ab")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise UnusableStateError(f"--state {told}: {error.strerror}") from error
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # `flock` would be held on by processes that are left over
        except OSError as error:
            raise UnusableStateError(f"--state {told}: another run uses it") from error
        yield


def _key(path: str) -> str:
    """A path as given, without what means nothing in it: `./`, `//`."""
    return str(PurePath(path))


def _digest_of_law() -> str:
    return xxh3_128_hexdigest(json.dumps(law()).encode())


def _difference(kept: object, asked: dict[str, Any]) -> str:
    """In which options two runs differ."""
    known: dict[str, Any] = kept if isinstance(kept, dict) else {}
    names = [name for name in asked if known.get(name) != asked[name]] or ["options"]
    told = [f"{_value(known.get(name))} as {name.replace('_', ' ')}, not {_value(asked.get(name))}" for name in names]
    return f"it was begun with {'; '.join(told)}"


def _value(value: object) -> str:
    return printable(json.dumps(value))[:80]

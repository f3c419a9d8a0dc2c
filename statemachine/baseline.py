"""Findings that are accepted: a file of fingerprints, how often each may occur, and what is beyond that.

A fingerprint says which finding it is, wherever it stands: code, device, session and replay ID; without a device,
code and file. Line and message are not in it: lines may be put before it, and messages be worded anew. It is a digest:
a baseline names no visitor, and can be committed.

The file is JSON, of version 1, with a fingerprint a line, sorted: `{"version": 1, "findings": {CODE: {FINGERPRINT:
COUNT}}}`. `SCHEMA` is what it is checked against. Memory grows with the fingerprints that differ.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import attrs
import msgspec

from statemachine.errors import UnreadableFileError, printable, shortened
from statemachine.finding import Finding

_Code = Annotated[str, msgspec.Meta(pattern=r"^SR\d{3}$")]
_Fingerprint = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{24}$")]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[1]
    findings: dict[_Code, dict[_Fingerprint, _Count]]


def fingerprint(finding: Finding) -> str:
    """Which finding it is, wherever it stands: 24 hexadecimal digits."""
    file = None if finding.device_id else os.path.normpath(finding.file)
    told = [finding.code, finding.device_id, finding.session_id, finding.replay_id, file]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


@attrs.define
class Baseline:
    """How many findings there are of each code and fingerprint."""

    counts: dict[str, dict[str, int]] = attrs.field(factory=dict)

    @classmethod
    def decoded(cls, content: bytes, path: str) -> Baseline:
        """Read what `encoded` wrote. Raises UnreadableFileError, which names the path."""
        try:
            return cls(msgspec.json.decode(content, type=_File).findings)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            reason = printable(shortened(str(error), 200))
            raise UnreadableFileError(f"{printable(path)} is no baseline that can be read: {reason}") from None

    def encoded(self) -> bytes:
        """The file, sorted: the same findings give the same bytes, whatever their order was."""
        content = msgspec.json.encode(_File(1, self.counts), order="sorted")
        return msgspec.json.format(content, indent=1) + b"\n"

    def add(self, finding: Finding) -> None:
        """Accept one more finding."""
        counts, name = self.counts.setdefault(finding.code, {}), fingerprint(finding)
        counts[name] = counts.get(name, 0) + 1

    def take(self, finding: Finding) -> bool:
        """Take one such finding away. False: none is left, so that it is a new one."""
        counts, name = self.counts.get(finding.code, {}), fingerprint(finding)
        left = counts.get(name, 0)
        if left > 0:
            counts[name] = left - 1
        return left > 0

    def size(self, selects: Callable[[str], bool]) -> int:
        """How many findings of the selected codes are left in it."""
        return sum(sum(counts.values()) for code, counts in self.counts.items() if selects(code))


SCHEMA: Final[dict[str, Any]] = msgspec.json.schema(_File)
"""The JSON Schema of a baseline."""

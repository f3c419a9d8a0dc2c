"""HAR: the requests that a browser sent to Segment or Amplitude, each entry a line, in the order of the entries.

An entry that is no such request is a blank line, so that a line's number is the entry's. The body of a request is one
line of JSON; of one that the browser did not keep, a text that says so.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import attrs

from statemachine.bounds import LONGEST_VALUE
from statemachine.bulk.blocks import BLOCK_BYTES, BROKEN, GZIP, Read
from statemachine.bulk.readers.surrogates import Paired
from statemachine.bulk.work import Held, Lines, Work
from statemachine.event import MAX_LINE_BYTES
from statemachine.fields import Columns

_FED_BYTES: Final = 2**20
"""The parser looks at a value again with every piece: small ones would make a long value take minutes."""
_SEGMENT: Final = re.compile(r"/v1/(?:[tpigas]|track|page|identify|group|alias|screen|b|batch|import)/?$")
_PROXIED: Final = re.compile(r"/(?:[tpigas]|b|batch)/?$")
"""Segment's calls behind someone's own host, whose `apiHost` may end in anything."""
_AMPLITUDE_HOST: Final = re.compile(r"(?:^|\.)amplitude\.com$")
_NO_BODY: Final = b'"the body of the request is not in the file"'
_NOT_UNPACKED: Final = b'"the body of the request is packed in a way that the file does not keep"'


@attrs.define
class _Request:
    method: str = ""
    url: str = ""
    text: str | None = None
    encoding: str = ""
    form: dict[str, str] = attrs.field(factory=dict)


def works(read: Read, columns: Columns) -> Iterator[Work]:
    """Blocks of lines. Raises what `read` raises, and OSError when the file is no whole JSON."""
    held = bytearray()
    problem: Exception | None = None
    try:
        for request in _requests(read):
            held += _line(request) + b"\n"
            if len(held) >= BLOCK_BYTES:
                yield Lines(Held(bytes(held)), columns)
                held.clear()
    except BROKEN as error:
        problem = error
    if held:
        yield Lines(Held(bytes(held)), columns)
    if problem is not None:
        raise problem


def _requests(read: Read) -> Iterator[_Request]:
    """The request of every entry."""
    import ijson

    entries = _Entries()
    parser = ijson.basic_parse_coro(entries)
    paired = Paired()
    since = 0
    problem: Exception | None = None
    while problem is None:
        try:
            piece = read()
        except Exception as error:
            problem, piece = error, b""
        is_last = not piece
        piece = paired.of(piece)
        for start in range(0, len(piece), _FED_BYTES):
            entries.saw = False
            try:
                parser.send(piece[start : start + _FED_BYTES])
            except (ijson.JSONError, UnicodeDecodeError) as error:
                problem = OSError(f"no HAR: {str(error).splitlines()[0]}")
                break
            since = 0 if entries.saw else since + _FED_BYTES
            if since > LONGEST_VALUE:
                problem = OSError(f"no HAR: a value of more than {LONGEST_VALUE} bytes")
                break
        if is_last and problem is None:
            try:
                parser.close()
            except (ijson.JSONError, UnicodeDecodeError) as error:
                problem = OSError(f"no HAR: {str(error).splitlines()[0]}")
            else:
                if not entries.is_har:
                    problem = OSError("no HAR: no log.entries in it")
                yield from entries.taken()
                break
        yield from entries.taken()
    if problem is not None:
        raise problem


class _Entries:
    """Takes a JSON document token by token, and keeps the request of every entry of `log.entries`."""

    def __init__(self) -> None:
        self.saw = False
        self.is_har = False
        self._at: list[str] = []
        self._ready: list[_Request] = []
        self._request = _Request()
        self._parameter = ""

    def taken(self) -> list[_Request]:
        """The requests since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def send(self, token: tuple[str, Any]) -> None:
        """Take a token: its kind and its value."""
        kind, value = token
        self.saw = True
        at = self._at
        if kind == "map_key":
            at[-1] = value
        elif kind in ("start_map", "start_array"):
            if at == ["log", "entries", "[]"] and kind == "start_map":
                self._request = _Request()
            self.is_har = self.is_har or at == ["log", "entries"]
            at.append("" if kind == "start_map" else "[]")
        elif kind in ("end_map", "end_array"):
            at.pop()
            if kind == "end_map" and at == ["log", "entries", "[]"]:
                self._ready.append(self._request)
        elif kind == "string" and 4 < len(at) < 9 and at[:4] == ["log", "entries", "[]", "request"]:
            self._value(at[4:], value)

    def _value(self, at: list[str], value: str) -> None:
        request = self._request
        if at == ["method"]:
            request.method = value
        elif at == ["url"]:
            request.url = value
        elif at == ["postData", "text"]:
            request.text = value
        elif at == ["postData", "encoding"]:
            request.encoding = value
        elif at == ["postData", "params", "[]", "name"]:
            self._parameter = value
        elif at == ["postData", "params", "[]", "value"]:
            request.form[self._parameter] = value


def _line(request: _Request) -> bytes:
    """The line of an entry: blank if its request is none of those that are looked for."""
    if request.method.upper() != "POST":
        return b""
    try:
        url = urlsplit(request.url)
        host, path = url.hostname or "", url.path
    except ValueError:
        return b""
    is_amplitude = bool(_AMPLITUDE_HOST.search(host))
    if _SEGMENT.search(path) or path.rstrip("/") == "/2/httpapi" or (is_amplitude and path.rstrip("/") == "/batch"):
        return _on_one_line(_body(request))
    if _PROXIED.search(path) and '"messageId"' in (request.text or ""):
        return _on_one_line(_body(request))
    if is_amplitude and path.rstrip("/") == "" and host.split(".")[0].startswith("api"):
        return _on_one_line(_events_of_form(request))
    return b""


def _body(request: _Request) -> bytes:
    """The body of a request, unpacked."""
    if not request.text:
        return _NO_BODY
    text = request.text
    if request.encoding == "base64":
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return _NOT_UNPACKED
    else:
        # Some write the bytes of a packed body as characters.
        is_packed = text.startswith("\x1f\x8b") and all(character < "\u0100" for character in text)
        data = text.encode("latin-1" if is_packed else "utf-8", "surrogatepass")
        if text.startswith("\x1f") and not is_packed:
            return _NOT_UNPACKED
    return _unpacked(data) if data.startswith(GZIP) else data


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, MAX_LINE_BYTES + 1)
    except zlib.error:
        return _NOT_UNPACKED
    return unpacked if unpacker.eof or len(unpacked) > MAX_LINE_BYTES else _NOT_UNPACKED


def _events_of_form(request: _Request) -> bytes:
    """The events of a form as amplitude-js sends it: in its field `e`."""
    events = request.form.get("e")
    if events is None:
        try:
            fields = parse_qs(_body(request).decode("utf-8"), max_num_fields=100)
        except ValueError:
            return _NOT_UNPACKED
        events = fields.get("e", [""])[0]
    return events.encode("utf-8", "surrogatepass") if events else _NO_BODY


def _on_one_line(body: bytes) -> bytes:
    line = body.replace(b"\n", b" ").replace(b"\r", b" ")
    return line[: MAX_LINE_BYTES + 1] if line.strip() else json.dumps("the body of the request is empty").encode()

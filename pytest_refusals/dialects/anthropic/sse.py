"""Server-sent events: bytes to events and back, byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_refusals.dialects.base import JSON, Event, Stream
from pytest_refusals.errors import InvalidRecording

if TYPE_CHECKING:
    from collections.abc import Iterator


_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_BLANK_LINE = re.compile(rb"\n\n|\r\n\r\n|\r\r|\n\r\n")
_SCAN = json.JSONDecoder().raw_decode
_BOM = "\ufeff"


class Splitter:
    """Cuts a body that arrives bit by bit after each event's blank line. `rest` is what comes after the last one."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen = 0

    @property
    def rest(self) -> bytes:
        """The bytes after the last blank line so far."""
        return bytes(self._buffer)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes and return the events that they complete."""
        self._buffer += chunk
        events: list[bytes] = []
        used = 0
        for match in _BLANK_LINE.finditer(self._buffer, max(0, self._seen - 3)):
            events.append(bytes(self._buffer[used : match.end()]))
            used = match.end()
        del self._buffer[:used]
        self._seen = len(self._buffer)
        return events


def decode(body: bytes) -> Stream:
    """Return the events of `body`, each with the bytes it came from.

    Comments, retry fields and extra blank lines belong to the event after them. What follows the last
    whole event, such as one without its blank line (readers drop it), becomes the stream's `tail`:
    ``encode(decode(body)) == body`` for every body that can be decoded.

    Raises `InvalidRecording` where `body` is empty, not UTF-8, holds no event, or has an event whose
    data is no JSON object.
    """
    if not body.strip():
        raise InvalidRecording("Expected a stream of server-sent events but got nothing: the body is empty")
    events: list[Event] = []
    used = 0
    for end, name, data in _dispatched(body):
        events.append(Event(name, data, body[used:end]))
        used = end
    if not events and whole(Stream((), tail=body)).tail:
        raise InvalidRecording(
            f"Expected a stream of server-sent events ('event: …', 'data: …', a blank line) but got {body[:60]!r}"
        )
    return Stream(tuple(events), tail=body[used:])


def whole(stream: Stream) -> Stream:
    """Return `stream` with an event in its tail that lacks nothing but its blank line as a whole event.

    Editors and fixtures strip the end of a file; a reader of the wire would drop that event.
    """
    if not stream.tail or stream.dropped:
        return stream
    raw = stream.tail.rstrip(b"\r\n") + b"\n\n"
    try:
        dispatched = list(_dispatched(raw))
        if len(dispatched) != 1:
            return stream
        _, name, data = dispatched[0]
        event = Event(name, data, raw)
    except InvalidRecording:
        return stream
    return Stream((*stream.events, event))


def encode(stream: Stream) -> bytes:
    """Return the body that `stream` is on the wire, its tail included."""
    return b"".join(encode_event(event) for event in stream.events) + stream.tail


def encode_event(event: Event) -> bytes:
    """Return `event` as it was read, or in the vendor's framing: LF line ends, compact JSON, a blank line."""
    if event.raw is not None:
        return event.raw
    return b"event: " + event.name.encode() + b"\ndata: " + compact(event.data) + b"\n\n"


_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
"""Made once: `json.dumps` makes an encoder for every call that asks for anything."""


def compact(data: JSON) -> bytes:
    """Return `data` as compact JSON in UTF-8; half a surrogate pair, which UTF-8 cannot hold, is escaped."""
    try:
        return _COMPACT.encode(data).encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":")).encode()


def _dispatched(body: bytes) -> Iterator[tuple[int, str, JSON]]:
    """Yield every event that a reader would be given: the offset of the byte after its blank line, name, data."""
    # not at the top: httpx-sse takes httpx with it, and serving needs no decoder
    from httpx_sse._decoders import SSEDecoder

    decode_line, count = SSEDecoder().decode, 0
    for end, lines in _lines(body) if b"\r" in body else _plain_lines(body):
        for line in lines:
            sse = decode_line(line)
        if sse is None or not (text := sse.data):
            continue
        try:
            data, read = _SCAN(text)
        except ValueError:
            read = -1
        # json.loads looks for white space around the value, and takes twice as long
        yield end, sse.event, data if read == len(text) and type(data) is dict else _data(sse.event, text, count)
        count += 1


def _plain_lines(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines up to each blank one with the offset after it; there are line feeds only, as the vendor sends."""
    start = 0
    if body.isascii():  # as nearly all are: offsets are the same in the text
        text = body.decode()
        while (blank := text.find("\n\n", start)) >= 0:
            yield blank + 2, text[start : blank + 1].split("\n")
            start = blank + 2
        return
    while (blank := body.find(b"\n\n", start)) >= 0:
        yield blank + 2, _text(body, start, blank + 1).split("\n")
        start = blank + 2
    _text(body, start, len(body))


def _lines(body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield every line, whatever ends it, with the offset after it."""
    for match in _LINE.finditer(body):
        yield match.end(), [_text(body, match.start(), match.end()).rstrip("\r\n")]


def _text(body: bytes, start: int, end: int) -> str:
    try:
        text = body[start:end].decode()
    except UnicodeDecodeError as error:
        raise InvalidRecording(
            f"Expected UTF-8 but byte {start + error.start} of the stream is not: {error.reason}"
        ) from error
    return text if start else text.removeprefix(_BOM)


def _data(name: str, text: str, index: int) -> JSON:
    """Return the data `text` of the event `name`, which is the one at `index`."""
    try:
        data: Any = json.loads(text)
    except ValueError as error:
        if text.strip() == "[DONE]":
            raise InvalidRecording(
                f"Expected an Anthropic stream but event {index} is '[DONE]', as OpenAI's streams end"
            ) from error
        raise InvalidRecording(
            f"Expected JSON as the data of event {index} ({name}) but got {text[:60]!r}: {error}"
        ) from error
    if not isinstance(data, dict):
        raise InvalidRecording(f"Expected a JSON object as the data of event {index} ({name}) but got {text[:60]!r}")
    return data

"""Server-sent events: bytes to events and back, byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_refusals.dialects.base import JSON, Event, Stream
from pytest_refusals.errors import InvalidRecording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx_sse import ServerSentEvent

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_BOM = "\ufeff"


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
    for end, sse in _dispatched(body):
        events.append(_event(sse, len(events), body[used:end]))
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
        event = _event(dispatched[0][1], len(stream.events), raw)
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


def compact(data: JSON) -> bytes:
    """Return `data` as compact JSON in UTF-8; half a surrogate pair, which UTF-8 cannot hold, is escaped."""
    try:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":")).encode()


def _dispatched(body: bytes) -> Iterator[tuple[int, ServerSentEvent]]:
    """Yield every event that a reader would be given, with the offset of the byte after its blank line."""
    # not at the top: httpx-sse takes httpx with it, and serving needs no decoder
    from httpx_sse._decoders import SSEDecoder

    decoder, first = SSEDecoder(), True
    for match in _LINE.finditer(body):
        try:
            line = match[0].rstrip(b"\r\n").decode()
        except UnicodeDecodeError as error:
            raise InvalidRecording(
                f"Expected UTF-8 but byte {match.start() + error.start} of the stream is not: {error.reason}"
            ) from error
        sse = decoder.decode(line.removeprefix(_BOM) if first else line)
        first = False
        if sse is not None and sse.data:
            yield match.end(), sse


def _event(sse: ServerSentEvent, index: int, raw: bytes) -> Event:
    name = sse.event or "message"
    if sse.data.strip() == "[DONE]":
        raise InvalidRecording(f"Expected an Anthropic stream but event {index} is '[DONE]', as OpenAI's streams end")
    try:
        data: Any = json.loads(sse.data)
    except ValueError as error:
        raise InvalidRecording(
            f"Expected JSON as the data of event {index} ({name}) but got {sse.data[:60]!r}: {error}"
        ) from error
    if not isinstance(data, dict):
        raise InvalidRecording(
            f"Expected a JSON object as the data of event {index} ({name}) but got {sse.data[:60]!r}"
        )
    return Event(name, data, raw)

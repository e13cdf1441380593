"""An answer as HTTP: status, headers, chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pytest_refusals.branches import Position
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import eventstream, sse, texts
from pytest_refusals.dialects.anthropic.anatomy import dissect
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import Call, Event, Marks, Response, Stream
from pytest_refusals.stops import Stop, StopKind

STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The documented error types and the HTTP status that each comes with."""

_MESSAGES = {"overloaded_error": "Overloaded", "api_error": "Internal server error"}
"""Messages seen on the wire; the others depend on the request."""

_OK, _RATE_LIMITED, _SERVER_ERROR = 200, 429, 500


def answered(call: Call, stream: Stream, position: Position, stop: Stop, marks: Marks) -> Response:
    """Return `stream` as the answer to `call`: streamed or not, as that asks for. It ended at `position`."""
    made = _streamed(call, stream, stop, marks) if call.streaming else _unstreamed(stream, stop, marks)
    if made.status != _OK:
        return made
    said = texts.output(stream)
    marked = _any_in((marks.text, marks.thinking, marks.tool), said)
    return replace(
        made,
        output=said,
        partial=texts.partial(stream, position, stop),
        marks=marks if marked else None,
        tool_ids=texts.tool_ids(stream),
        id=dissect(stream).message.get("id"),
    )


def _streamed(call: Call, stream: Stream, stop: Stop, marks: Marks) -> Response:
    """Return `stream` as a streamed response, one chunk for each event."""
    binary = call.framing == "eventstream"
    content_type = eventstream.CONTENT_TYPE if binary else "text/event-stream; charset=utf-8"
    encode: Callable[[Event], bytes] = eventstream.encode_event if binary else sse.encode_event
    chunks = [encode(event) for event in stream.events]
    if stream.tail:
        chunks.append(chunks[-1][: len(chunks[-1]) // 2] if binary and chunks else stream.tail)
    headers = (("content-type", content_type), ("cache-control", "no-cache"), _request_id(marks.id))
    stop_index = _stop_index(stream, len(chunks))
    return Response(_OK, headers, tuple(chunks), stop, stop_index, dropped=stream.dropped, stream=stream)


def _unstreamed(stream: Stream, stop: Stop, marks: Marks) -> Response:
    """Return the JSON message that `stream` amounts to, or the HTTP error that its error event would have been.

    A connection that breaks does so after half of the body.
    """
    for event in stream.events:
        if ev.kind(event) == ev.ERROR:
            error = event.data.get("error") or {}
            status = STATUSES.get(str(error.get("type")), _SERVER_ERROR)
            return failed(status, str(error.get("type")), str(error.get("message")), stop, marks.id)
    body = sse.compact(fold(stream))
    chunks = (body[: len(body) // 2],) if stream.dropped else (body,)
    return Response(_OK, (_JSON, _request_id(marks.id)), chunks, stop, 1, dropped=stream.dropped)


def failed(status: int, kind: str, message: str, stop: Stop, id_: str) -> Response:
    """Return an HTTP error, which is JSON whatever was asked for. A retry is invited to come at once."""
    name, request_id = _request_id(id_)
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}
    at_once = (("retry-after-ms", "1"),) if status == _RATE_LIMITED or status >= _SERVER_ERROR else ()
    return Response(status, (_JSON, (name, request_id), *at_once), (sse.compact(body),), stop, 1)


def failure(status: int) -> Stop:
    """Return the failed stop that an HTTP error of `status` tells; one that is not documented is an `api_error`."""
    kind = next((kind for kind, known in STATUSES.items() if known == status), "api_error")
    if kind == "api_error" and status < _SERVER_ERROR:
        kind = "invalid_request_error"
    return Stop(StopKind.FAILED, kind, explanation=_MESSAGES.get(kind, kind.replace("_", " ").capitalize()))


def counted(tokens: int, id_: str) -> Response:
    """Return the answer to a request to count tokens."""
    body = sse.compact({"input_tokens": tokens})
    return Response(_OK, (_JSON, _request_id(id_)), (body,), Stop(StopKind.COMPLETED), 1)


_JSON = ("content-type", "application/json")


def _request_id(id_: str) -> tuple[str, str]:
    return "request-id", f"req_01{id_}"


def _stop_index(stream: Stream, chunks: int) -> int:
    """Return how many chunks have to be read for the stop to have been read: all where none is told."""
    for at, event in enumerate(stream.events, start=1):
        reason = event.data.get("delta", {}).get("stop_reason") if ev.kind(event) == ev.MESSAGE_DELTA else None
        if reason is not None or ev.kind(event) == ev.ERROR:
            return at
    return chunks


def _any_in(words: Sequence[str], texts_: Sequence[str]) -> bool:
    return any(word in text for word in words for text in texts_)

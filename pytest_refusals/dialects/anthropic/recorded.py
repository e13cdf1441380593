"""A recorded body: the stream it is, or why it is none."""

from __future__ import annotations

import json
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.message import unfold
from pytest_refusals.dialects.anthropic.sse import decode, whole
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.errors import InvalidRecording, NoAnswer

_EXPECTED = "Expected the body of an answer of the Messages API, as `curl -N` writes it"
_SHOWN = 120
"""Characters of a wrong recording that an error shows."""


def parse(body: bytes, *, allow_cut: bool = False) -> Stream:
    """Return the stream in `body`: server-sent events, or the JSON message of an answer without streaming.

    An end without its blank line is forgiven. A stream that ends without `message_stop` and without an error is
    accepted only with `allow_cut`. Raises `InvalidRecording`.
    """
    begins = body.lstrip()
    if begins.startswith(b"HTTP/"):
        raise InvalidRecording(f"{_EXPECTED}, but it begins with HTTP headers: record it without -i")
    if begins[:1] in (b"{", b"["):
        return _from_json(body)
    return _checked(whole(decode(body)), allow_cut=allow_cut)


def _from_json(body: bytes) -> Stream:
    try:
        value: Any = json.loads(body)
    except ValueError as error:
        raise InvalidRecording(f"{_EXPECTED}, but it begins like JSON and is none: {error}") from error
    if isinstance(value, dict) and value.get("type") == "message" and isinstance(value.get("content"), list):
        return unfold(value)
    if isinstance(value, dict) and value.get("type") == "error":
        raise NoAnswer(f"{_EXPECTED}, but it is an HTTP error's body: {_short(value.get('error'))}")
    raise InvalidRecording(f"{_EXPECTED}, but it is JSON of another kind: {_short(value)}")


def _checked(stream: Stream, *, allow_cut: bool) -> Stream:
    kinds = [ev.kind(event) for event in stream.events]
    first = next((kind for kind in kinds if kind != ev.PING), None)
    if first not in (ev.MESSAGE_START, ev.ERROR) and ev.MESSAGE_START not in kinds:
        raise InvalidRecording(
            f"{_EXPECTED}, but there is no {ev.MESSAGE_START} in it. Is it another API's stream? It begins with "
            f"{_short(stream.events[0].data)}"
        )
    if first not in (ev.MESSAGE_START, ev.ERROR):
        raise InvalidRecording(f"{_EXPECTED}, but it begins with {first}, before {ev.MESSAGE_START}")
    if not allow_cut and ev.MESSAGE_STOP not in kinds and ev.ERROR not in kinds:
        last = len(kinds) - 1
        raise InvalidRecording(
            f"{_EXPECTED}, but it is cut after event {last} ({kinds[-1]}): there is neither {ev.MESSAGE_STOP} nor an "
            "error event. Record it again, or ask for it as it is with allow_cut=True"
        )
    if all(event.name == kind for event, kind in zip(stream.events, kinds, strict=True)):
        return stream
    return Stream(tuple(map(_named, stream.events, kinds)), stream.dropped, stream.tail)


def _named(event: Event, kind: str) -> Event:
    """Return `event` with the name that its data has, where it was recorded without its ``event:`` line."""
    return event if event.name == kind else Event(kind, event.data)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

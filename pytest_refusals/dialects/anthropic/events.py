"""The events of the Messages API: how each is made and what it is called."""

from __future__ import annotations

import math
import re
from typing import Any

from pytest_refusals.dialects.base import JSON, Event

MESSAGE_START, MESSAGE_DELTA, MESSAGE_STOP = "message_start", "message_delta", "message_stop"
BLOCK_START, BLOCK_DELTA, BLOCK_STOP = "content_block_start", "content_block_delta", "content_block_stop"
PING, ERROR = "ping", "error"

EVENTS = (MESSAGE_START, BLOCK_START, BLOCK_DELTA, BLOCK_STOP, MESSAGE_DELTA, MESSAGE_STOP, PING, ERROR)
"""Every documented event type. "New event types may be added" (the vendor's streaming page)."""

PIECES = 10
"""Deltas that a made text is sent in."""


def kind(event: Event) -> str:
    """Return the type of `event`, as its data says."""
    return str(event.data.get("type", event.name))


def event(type_: str, **fields: Any) -> Event:
    """Return a made event."""
    return Event(type_, {"type": type_, **fields})


def ping() -> Event:
    """Return a ping in the very bytes of the vendor: the one payload that is not compact."""
    return Event(PING, {"type": PING}, b'event: ping\ndata: {"type": "ping"}\n\n')


def block_start(index: int, block: JSON) -> Event:
    """Return the event that opens `block`."""
    return event(BLOCK_START, index=index, content_block=dict(block))


def block_delta(index: int, type_: str, **fields: Any) -> Event:
    """Return a delta of the block at `index`."""
    return event(BLOCK_DELTA, index=index, delta={"type": type_, **fields})


def block_stop(index: int) -> Event:
    """Return the event that closes the block at `index`."""
    return event(BLOCK_STOP, index=index)


def pieces(text: str, count: int = PIECES) -> list[str]:
    """Split `text` into at most `count` non-empty pieces (0: none), between words where there are enough of them."""
    if count <= 1:
        return [text] if text and count else []
    words = re.findall(r"\s*\S+|\s+", text)
    tokens = words if len(words) >= count else list(text)
    size = math.ceil(len(tokens) / count) or 1
    return ["".join(tokens[at : at + size]) for at in range(0, len(tokens), size)]

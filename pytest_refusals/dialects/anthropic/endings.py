"""How a stop is told at the end of a stream, with the usage so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pytest_refusals.branches import Ending
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import GOOD_STOPS, Anatomy, Block
from pytest_refusals.dialects.anthropic.synthesis import CHARACTERS_PER_TOKEN
from pytest_refusals.dialects.base import JSON, Event, Stream
from pytest_refusals.stops import Stop, StopKind

HALF_AN_EVENT = b'event: content_block_delta\ndata: {"type":"content_block_del'
"""What a reader is left with where the connection breaks inside a chunk."""

_WORDS = {
    StopKind.REFUSED: "refusal",
    StopKind.UNKNOWN: "unheard_of",
    StopKind.INCOMPLETE: "max_tokens",
    StopKind.FAILED: "api_error",
}
_INCOMPLETE = ("max_tokens", "model_context_window_exceeded", "pause_turn", "compaction")
KNOWN_REASONS = (*GOOD_STOPS, *_INCOMPLETE, "refusal")
"""Every documented stop reason."""
_OF_WHOLE = ("iterations", "output_tokens_details")
"""Usage figures that split up the output of a whole answer, and are wrong for a part of it."""


def worded(stop: Stop, ending: Ending = Ending.STOP) -> Stop:
    """Return `stop` with the wire's own word as its value where it has none; a completed one is left to the answer."""
    if stop.value is not None or stop.kind is StopKind.COMPLETED:
        return stop
    if stop.kind is StopKind.FAILED and ending is Ending.REJECTED:
        return replace(stop, value="invalid_request_error")
    if stop.kind is StopKind.FAILED and ending is not Ending.STOP and ending is not Ending.ERROR_EVENT:
        return stop
    return replace(stop, value=_WORDS[stop.kind])


def told(stream: Stream, parts: Anatomy) -> Stop:
    """Return why `stream`, whose parts are `parts`, ended."""
    for event in stream.events:
        if ev.kind(event) == ev.ERROR:
            error = event.data.get("error") or {}
            return Stop(StopKind.FAILED, error.get("type"), explanation=error.get("message"))
    value = parts.stop_reason
    if value is None or stream.dropped:
        return Stop(StopKind.FAILED)
    details = (parts.delta.get("delta") or {}).get("stop_details")
    if value == "refusal":
        given = details if isinstance(details, dict) else {}
        shown = isinstance(details, dict)
        return Stop(StopKind.REFUSED, value, given.get("category"), given.get("explanation"), details=shown)
    return named(str(value))


def named(value: str) -> Stop:
    """Return the stop whose `stop_reason` is `value`."""
    if value == _WORDS[StopKind.REFUSED]:
        return Stop(StopKind.REFUSED, value)
    kind = StopKind.COMPLETED if value in GOOD_STOPS else StopKind.UNKNOWN
    return Stop(StopKind.INCOMPLETE if value in _INCOMPLETE else kind, value)


def ending_events(parts: Anatomy, blocks: tuple[Block, ...], stop: Stop, ending: Ending) -> tuple[Event, ...]:
    """Return the events that tell `stop` after `blocks`, which are served of the stream that `parts` are of."""
    if ending is Ending.STOP:
        return _message_delta(parts, blocks, stop), ev.event(ev.MESSAGE_STOP)
    if ending is Ending.ERROR_EVENT:
        error = {"type": stop.value, "message": stop.explanation or "Internal server error"}
        return (ev.event(ev.ERROR, error=error),)
    return ()


def without_details(parts: Anatomy) -> Anatomy:
    """Return `parts` in the older shape, whose message starts without the key `stop_details`."""
    return replace(parts, head=tuple(_without_details(event) for event in parts.head))


def _without_details(event: Event) -> Event:
    message = event.data.get("message")
    if not isinstance(message, dict) or "stop_details" not in message:
        return event
    return ev.event(ev.MESSAGE_START, message={k: v for k, v in message.items() if k != "stop_details"})


def _message_delta(parts: Anatomy, blocks: tuple[Block, ...], stop: Stop) -> Event:
    old = parts.delta
    delta: dict[str, Any] = {"stop_reason": _stop_reason(blocks, stop), "stop_sequence": None}
    if stop.kind is StopKind.REFUSED and stop.details:
        details = {"type": "refusal", "category": stop.category, "explanation": stop.explanation}
        delta["stop_details"] = {**details, **dict(stop.extra)}
    elif stop.details and ("stop_details" in parts.message or "stop_details" in (old.get("delta") or {})):
        delta["stop_details"] = None
    kept = {k: v for k, v in (old.get("delta") or {}).items() if k not in (*delta, "stop_details")}
    beside = {k: v for k, v in old.items() if k not in ("type", "delta", "usage", "stop_details")}
    usage = _usage(parts, old.get("usage") or {}, blocks)
    return ev.event(ev.MESSAGE_DELTA, delta={**delta, **kept}, usage=usage, **beside)


def _stop_reason(blocks: tuple[Block, ...], stop: Stop) -> str:
    if stop.value is not None:
        return stop.value
    return "tool_use" if any(block.kind == "tool_use" for block in blocks) else "end_turn"


def _usage(parts: Anatomy, old: JSON, blocks: tuple[Block, ...]) -> dict[str, Any]:
    """Return the counters so far: those of `old`, with output tokens in proportion to what is served of `parts`."""
    started = (parts.message.get("usage") or {}).get("output_tokens") or 0
    here, whole = _characters(blocks), _characters(parts.blocks)
    total = old.get("output_tokens") or 0
    figure = round(total * here / whole) if whole and total else here // CHARACTERS_PER_TOKEN
    usage = {key: value for key, value in old.items() if key not in _OF_WHOLE or here == whole}
    usage["output_tokens"] = max(1, started, figure) if blocks else 0
    return usage


def _characters(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks)

"""The same answer in its two shapes: a stream of events, and one JSON message."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.base import JSON, Event, Stream

_BESIDE_DELTA = ("context_management",)
"""Fields of a message that a stream tells in `message_delta`, beside `delta`."""
_IN_DELTA = ("container",)
"""Fields of a message that a stream tells inside `message_delta.delta`."""


def fold(stream: Stream) -> dict[str, Any]:
    """Return the message that `stream` amounts to, as the API answers when no streaming is asked for.

    Usage counters of `message_delta` are cumulative and replace earlier ones; null and absent ones
    leave them. A tool input that is no whole JSON folds to ``{}``. Fields, blocks and deltas of unknown
    types are kept or ignored, never an error. A stream without `message_start` folds to ``{}``.
    """
    message: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for event in stream.events:
        data, kind = event.data, ev.kind(event)
        if kind == ev.MESSAGE_START:
            message = copy.deepcopy(dict(data["message"]))
        elif kind == ev.BLOCK_START:
            blocks[data["index"]] = copy.deepcopy(dict(data["content_block"]))
        elif kind == ev.BLOCK_DELTA and data["index"] in blocks:
            _apply_delta(blocks[data["index"]], data["index"], data["delta"], inputs)
        elif kind == ev.MESSAGE_DELTA:
            _apply_message_delta(message, data)
    for index, text in inputs.items():
        if text:
            blocks[index]["input"] = parsed(text, {})
    if message:
        message["content"] = [*message.get("content", ()), *blocks.values()]
    return message


def _apply_delta(block: dict[str, Any], index: int, delta: JSON, inputs: dict[int, str]) -> None:
    kind = delta.get("type")
    if kind == "text_delta":
        block["text"] = (block.get("text") or "") + delta["text"]
    elif kind == "thinking_delta":
        block["thinking"] = (block.get("thinking") or "") + delta["thinking"]
    elif kind == "signature_delta":
        block["signature"] = delta["signature"]
    elif kind == "citations_delta":
        block["citations"] = [*(block.get("citations") or ()), copy.deepcopy(delta["citation"])]
    elif kind == "input_json_delta":
        inputs[index] = inputs.get(index, "") + delta["partial_json"]
    elif kind == "compaction_delta":
        if delta.get("content") is not None:
            block["content"] = (block.get("content") or "") + delta["content"]
        block.update({key: value for key, value in delta.items() if key not in ("type", "content")})


def _apply_message_delta(message: dict[str, Any], data: JSON) -> None:
    message.update(copy.deepcopy(dict(data.get("delta") or {})))
    # a `stop_details` beside `delta` is not where the API puts it, and SDKs ignore it there
    beside = {k: v for k, v in data.items() if k not in ("type", "delta", "usage", "stop_details")}
    message.update(copy.deepcopy(beside))
    usage = dict(message.get("usage") or {})
    for key, value in (data.get("usage") or {}).items():
        if value is not None or key not in usage:
            usage[key] = copy.deepcopy(value)
    message["usage"] = usage


def parsed(text: str, otherwise: Any) -> Any:
    """Return the value of the JSON `text`, or `otherwise` where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return otherwise


def unfold(message: JSON, count: int = ev.PIECES) -> Stream:
    """Return the stream that the API would have sent for `message`: ``fold(unfold(m)) == m``.

    What each block says comes in `count` pieces. The events share with `message` what they take over from it.
    """
    start = {key: value for key, value in message.items() if key not in (*_BESIDE_DELTA, *_IN_DELTA)}
    usage = dict(message.get("usage") or {"input_tokens": 0, "output_tokens": 0})
    final = usage.get("output_tokens", 0)
    start.update(content=[], stop_reason=None, stop_sequence=None)
    if "stop_details" in message:
        start["stop_details"] = None
    start["usage"] = {**usage, "output_tokens": min(1, final)}
    delta = {"stop_reason": message.get("stop_reason"), "stop_sequence": message.get("stop_sequence")}
    delta.update({key: message[key] for key in ("stop_details", *_IN_DELTA) if key in message})
    beside = {key: message[key] for key in _BESIDE_DELTA if key in message}
    events = [ev.event(ev.MESSAGE_START, message=start)]
    for index, block in enumerate(message.get("content") or ()):
        events.extend(block_events(index, block, count))
    events.append(ev.event(ev.MESSAGE_DELTA, delta=delta, usage={"output_tokens": final}, **beside))
    events.append(ev.event(ev.MESSAGE_STOP))
    return Stream(tuple(events))


def block_events(index: int, block: JSON, count: int = ev.PIECES) -> Iterator[Event]:
    """Yield the events of one content block: its start, its deltas, its stop. What it says comes in `count` pieces."""
    empty, deltas = _split(block, count)
    yield ev.block_start(index, empty)
    for delta in deltas:
        yield ev.event(ev.BLOCK_DELTA, index=index, delta=delta)
    yield ev.block_stop(index)


def _split(block: JSON, count: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return `block` as it is opened and the deltas that fill it. Types without deltas are opened whole."""
    kind, empty = str(block.get("type")), dict(block)
    if kind == "text":
        return _split_text(empty, count)
    if kind == "thinking":
        return _split_thinking(empty, count)
    if kind.endswith("tool_use") and isinstance(block.get("input"), dict):
        empty["input"] = {}
        text = json.dumps(block["input"], ensure_ascii=False)
        parts = ["", *ev.pieces(text, count)] if block["input"] else [""]
        return empty, [{"type": "input_json_delta", "partial_json": part} for part in parts]
    if kind == "compaction":
        hidden = {key: block[key] for key in ("content", "encrypted_content") if key in block}
        empty.update(dict.fromkeys(hidden))
        return empty, [{"type": "compaction_delta", **hidden}]
    return empty, []


def _split_text(block: dict[str, Any], count: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    citations = block.get("citations") or []
    deltas: list[dict[str, Any]] = [{"type": "citations_delta", "citation": citation} for citation in citations]
    deltas += [{"type": "text_delta", "text": part} for part in ev.pieces(block.get("text") or "", count)]
    block["text"] = ""
    if citations:
        block["citations"] = []
    return block, deltas


def _split_thinking(block: dict[str, Any], count: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    deltas: list[dict[str, Any]] = [
        {"type": "thinking_delta", "thinking": part} for part in ev.pieces(block.get("thinking") or "", count)
    ]
    block["thinking"] = ""
    if block.get("signature"):
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        block["signature"] = ""
    return block, deltas

"""What a recorded stream has that this dialect does not know yet: the real API grows, and a recording shows how.

The fields are those of the vendor's SDK 2.12 (its beta types included) and of recordings up to October 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_refusals.branches import CATEGORIES
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import dissect
from pytest_refusals.dialects.anthropic.endings import KNOWN_REASONS, told
from pytest_refusals.dialects.anthropic.grammar import review as read
from pytest_refusals.dialects.anthropic.sse import whole
from pytest_refusals.dialects.base import Event, Review, Stream
from pytest_refusals.stops import Stop, StopKind

_TOOL_USE = ("caller", "id", "input", "name")

FIELDS: Mapping[str, tuple[str, ...]] = {
    "message_start": ("message",),
    "content_block_start": ("index", "content_block"),
    "content_block_delta": ("index", "delta"),
    "content_block_stop": ("index",),
    "message_delta": ("delta", "usage", "context_management", "input_transformations"),
    "message_stop": (),
    "ping": (),
    "error": ("error", "request_id"),
    "message": (
        *("id", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage", "container"),
        *("context_management", "diagnostics", "input_transformations"),
    ),
    "message_delta.delta": ("stop_reason", "stop_sequence", "stop_details", "container"),
    "stop_details": (
        *("category", "explanation", "recommended_model", "fallback_credit_token", "fallback_has_prefill_claim"),
    ),
    "usage": (
        *("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation"),
        *("service_tier", "server_tool_use", "inference_geo", "iterations", "output_tokens_details", "speed"),
        "fallback_credit",
    ),
    "error.error": ("message", "details"),
    "text": ("text", "citations"),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "tool_use": (*_TOOL_USE, "toolset_name"),
    "server_tool_use": _TOOL_USE,
    "mcp_tool_use": ("id", "input", "name", "server_name"),
    "compaction": ("content", "encrypted_content", "signature", "tool_changes"),
    "fallback": ("from", "to", "trigger"),
    "container_upload": ("file_id",),
    "tool_result": ("tool_use_id", "content", "caller", "is_error"),
    "text_delta": ("text",),
    "thinking_delta": ("thinking", "estimated_tokens"),
    "signature_delta": ("signature",),
    "citations_delta": ("citation",),
    "input_json_delta": ("partial_json",),
    "compaction_delta": ("content", "encrypted_content"),
}
"""The fields that each object has beside its ``type``. ``tool_result`` stands for all types that end in it."""


def review(stream: Stream) -> Review:
    """Return what `stream` is, which rules of the grammar it breaks, and what in it is not known."""
    stream = whole(stream)
    parts, report = dissect(stream), read(stream)
    stop = told(stream, parts)
    new = [f"{unknown.what} {unknown.name!r}" for unknown in report.unknown]
    new += [f"field {name!r} in {where}" for event in stream.events for where, name in _new_fields(event)]
    return Review(
        model=_text(parts.message.get("model")),
        blocks=tuple(block.kind for block in parts.blocks),
        stop=stop,
        events=len(stream.events),
        violations=tuple(f"event {broken.index}: {broken.message} ({broken.rule})" for broken in report.violations),
        unknown=tuple(dict.fromkeys([*new, *_new_words(stop)])),
    )


def _new_words(stop: Stop) -> Iterator[str]:
    if stop.kind is StopKind.UNKNOWN or (stop.kind is StopKind.COMPLETED and stop.value not in KNOWN_REASONS):
        yield f"stop reason {stop.value!r}"
    if stop.category is not None and stop.category not in CATEGORIES:
        yield f"refusal category {stop.category!r}"


def _new_fields(event: Event) -> Iterator[tuple[str, str]]:
    """Yield where in `event` there is a field that we do not know, and its name."""
    kind = ev.kind(event)
    if kind not in FIELDS:
        return
    yield from _missing(kind, event.data)
    if kind == ev.MESSAGE_START:
        message = _object(event.data.get("message"))
        yield from _missing("message", message)
        yield from _missing("usage", _object(message.get("usage")))
    elif kind in (ev.BLOCK_START, ev.BLOCK_DELTA):
        inner = _object(event.data.get("content_block" if kind == ev.BLOCK_START else "delta"))
        yield from _missing(str(inner.get("type")), inner)
    elif kind == ev.MESSAGE_DELTA:
        delta = _object(event.data.get("delta"))
        yield from _missing("message_delta.delta", delta)
        yield from _missing("stop_details", _object(delta.get("stop_details")))
        yield from _missing("usage", _object(event.data.get("usage")))
    elif kind == ev.ERROR:
        yield from _missing("error.error", _object(event.data.get("error")))


def _missing(where: str, value: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    known = FIELDS.get("tool_result" if where.endswith("_tool_result") else where)
    if known is None:  # a type that we do not know is told once, not field by field
        return []
    return [(where, name) for name in value if name != "type" and name not in known]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

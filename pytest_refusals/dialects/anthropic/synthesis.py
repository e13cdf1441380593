"""Answers that fit a request, made up: what every branch is an injection into where nothing was recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import requests
from pytest_refusals.dialects.anthropic.message import unfold
from pytest_refusals.dialects.anthropic.schema import satisfy
from pytest_refusals.dialects.base import JSON, Answer, Call, Marks, Stream
from pytest_refusals.errors import InvalidPolicy

DEFAULT_TOOL: JSON = {
    "name": "lookup",
    "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
}
"""The tool that is called where a stream needs a tool call and no request names a tool."""

_VENDOR_TOOLS = {
    "bash_": {"command": "echo {mark}"},
    "text_editor_": {"command": "view", "path": "/tmp/{mark}"},  # noqa: S108 - never opened by us
    "computer_": {"action": "type", "text": "{mark}"},
    "memory_": {"command": "view", "path": "/memories/{mark}"},
}
"""Inputs of the tools that the vendor defines and the caller runs: their schemas are not in the request."""

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb of the vendor's for English, good enough for a usage figure."""


def base(call: Call, marks: Marks, answer: Answer | None = None, count: int = ev.PIECES) -> Stream:
    """Return the whole, completed stream that answers `call`, or the recorded stream that `answer` is.

    What a made block says comes in `count` pieces.

    Without an `answer`: thinking first where it is on; then a call of the forced tool, or the smallest JSON
    text that satisfies the schema asked for, or a short text that has `marks.text` near both its ends.
    Raises `InvalidPolicy` where `answer` is none of the things an answer may be.
    """
    answer = resolve(answer, call)
    if isinstance(answer, Stream):
        return answer
    if isinstance(answer, Mapping) and answer.get("type") == "message":
        return _with_ping(unfold(_completed(answer, call, marks), count))
    return _with_ping(unfold(message(_blocks(answer, call, marks), call.model, call.body, marks), count))


def resolve(answer: Answer | None, call: Call) -> Any:
    """Return `answer` with functions called on the body of `call` and the SDK's objects made plain."""
    given: Any = answer
    while callable(given):
        given = given(call.body)
    return given.model_dump(mode="json", exclude_unset=True) if hasattr(given, "model_dump") else given


def _blocks(answer: Any, call: Call, marks: Marks) -> list[dict[str, Any]]:
    if answer is None:
        return [*_leading(call, marks), _default(call, marks)]
    if isinstance(answer, str):
        return [*_leading(call, marks), text_block(answer)]
    if isinstance(answer, Mapping):
        return [*_leading(call, marks), text_block(json.dumps(answer, ensure_ascii=False))]
    if isinstance(answer, Sequence) and all(isinstance(block, Mapping) and "type" in block for block in answer):
        return [_completed_block(block, marks, at) for at, block in enumerate(answer)]
    raise InvalidPolicy(
        "Expected answer to be a text, a dict, a list of content blocks, a recorded stream or a function of the "
        f"request's body that returns one of these, but got answer={answer!r} (type={type(answer).__name__})"
    )


def _leading(call: Call, marks: Marks) -> list[dict[str, Any]]:
    return [thinking_block(call.body, marks)] if requests.thinks(call.body) else []


def _default(call: Call, marks: Marks) -> dict[str, Any]:
    forced = requests.forced_tool(call.body)
    if forced is not None:
        return tool_block(forced, marks)
    schema = output_schema(call.body)
    if schema is not None:
        return text_block(json.dumps(satisfy(schema, marks.text), ensure_ascii=False))
    return text_block(default_text(marks))


def default_text(marks: Marks) -> str:
    """Return a short text that has its mark in the half that a cut keeps and again at its end."""
    return f"In short: {marks.text}. That is the whole of it, in a few plain words, and it ends here: {marks.text}."


def text_block(text: str) -> dict[str, Any]:
    """Return a text block."""
    return {"type": "text", "text": text}


def thinking_block(body: JSON, marks: Marks) -> dict[str, Any]:
    """Return a signed thinking block; without any words where the request asks to have them left out."""
    thinking = body.get("thinking")
    omitted = isinstance(thinking, Mapping) and thinking.get("display") == "omitted"
    words = f"Let me think about {marks.thinking} first. A short and plain answer will do, so on to {marks.thinking}."
    return {"type": "thinking", "thinking": "" if omitted else words, "signature": signature(marks)}


def signature(marks: Marks) -> str:
    """Return the signature of a made thinking block: opaque, as the vendor's are."""
    return f"EqQB{marks.id}{marks.id[::-1]}=="


def tool_block(tool: JSON, marks: Marks, number: int = 0) -> dict[str, Any]:
    """Return a call of `tool` with the smallest input that its schema allows; free strings are `marks.tool`."""
    return {"type": "tool_use", "id": tool_id(marks, number), "name": tool["name"], "input": _input(tool, marks)}


def tool_id(marks: Marks, number: int = 0) -> str:
    """Return the id of the tool call at index `number`, as long as the vendor's."""
    return f"toolu_{number:02d}{marks.id}"


def _input(tool: JSON, marks: Marks) -> dict[str, Any]:
    if "input_schema" not in tool:
        for beginning, example in _VENDOR_TOOLS.items():
            if str(tool.get("type", "")).startswith(beginning):
                return {key: value.format(mark=marks.tool) for key, value in example.items()}
    made = satisfy(tool.get("input_schema") or {"type": "object"}, marks.tool)
    return made if isinstance(made, dict) else {}


def output_schema(body: JSON) -> Any:
    """Return the JSON schema that the request wants its text to satisfy, None where there is none."""
    config = body.get("output_config")
    for wanted in (config.get("format") if isinstance(config, Mapping) else None, body.get("output_format")):
        if isinstance(wanted, Mapping) and wanted.get("type") == "json_schema":
            return wanted.get("schema", {})
    return None


def message(blocks: list[dict[str, Any]], model: str, body: JSON, marks: Marks) -> dict[str, Any]:
    """Return the whole message that holds `blocks` as the answer of `model` to a request with `body`."""
    return {
        "model": model,
        "id": f"msg_01{marks.id}",
        "type": "message",
        "role": "assistant",
        "content": blocks,
        "stop_reason": "tool_use" if any(b.get("type") == "tool_use" for b in blocks) else "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": _usage(blocks, body),
    }


def _completed(given: JSON, call: Call, marks: Marks) -> dict[str, Any]:
    """Return the user's message with what a message cannot do without."""
    blocks = [_completed_block(block, marks, at) for at, block in enumerate(given.get("content") or ())]
    return {**message(blocks, call.model, call.body, marks), **given, "content": blocks}


def _completed_block(block: JSON, marks: Marks, number: int) -> dict[str, Any]:
    kind, block = block["type"], dict(block)
    if kind == "tool_use":
        return {"type": kind, "id": tool_id(marks, number), "input": {}, **block}
    if kind == "thinking":
        return {"type": kind, "thinking": "", "signature": signature(marks), **block}
    return block


def input_tokens(body: JSON) -> int:
    """Return about how many tokens a request with `body` has."""
    return 1 + len(json.dumps(dict(body), default=str)) // CHARACTERS_PER_TOKEN


def _usage(blocks: list[dict[str, Any]], body: JSON) -> dict[str, Any]:
    return {
        "input_tokens": input_tokens(body),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 1 + len(json.dumps(blocks)) // CHARACTERS_PER_TOKEN,
        "service_tier": "standard",
    }


def _with_ping(stream: Stream) -> Stream:
    """Return `stream` with the ping that the API sends after the first block is opened."""
    for at, event in enumerate(stream.events):
        if ev.kind(event) == ev.BLOCK_START:
            return Stream((*stream.events[: at + 1], ev.ping(), *stream.events[at + 1 :]))
    return stream

"""What an HTTP request asks the Messages API for, by its path and body alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pytest_refusals.dialects.base import JSON, Call, Request, Turn

MAGIC_STRING = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
"""The test string that the vendor documented in November 2025: a prompt that holds it is refused."""

_BEDROCK = re.compile(r"/model/(?P<model>[^/]+)/(?P<verb>invoke|invoke-with-response-stream)$")
_VERTEX = re.compile(r"/models/(?P<model>[^/]+):(?P<verb>rawPredict|streamRawPredict)$")
_VERTEX_COUNT = re.compile(r"/models/count-tokens:rawPredict$")
_CLIENT_TOOLS = ("custom", "bash_", "text_editor_", "computer_", "memory_")
"""Beginnings of the types of tools that the caller runs. All other types without an input schema run on the server."""
_UNSTABLE = ("cache_control", "parsed_output")
"""Fields that clients add to or move between equal turns."""


def read(request: Request) -> Call | None:
    """Return what `request` asks for, or None where it is no Messages request (batches are none).

    Whatever the host and the prefix: ``…/messages``, ``…/messages/count_tokens``, and the paths of the
    vendor's API on Vertex and Bedrock, each with a JSON object that holds `messages`.
    """
    if request.method.upper() != "POST":
        return None
    place = _place(urlsplit(request.url).path.rstrip("/"))
    if place is None:
        return None
    body = _body(request.body)
    if body is None:
        return None
    streaming = place.get("streaming", body.get("stream") is True)
    messages = [message for message in body["messages"] if isinstance(message, Mapping)]
    return Call(
        body=body,
        model=str(place.get("model") or body.get("model") or ""),
        streaming=streaming,
        turns=tuple(_turn(message) for message in messages),
        prompt=_prompt(messages),
        parts=parts(body),
        purpose=place.get("purpose", "message"),
        framing=place.get("framing", "sse"),
        messages=tuple(messages),
        tools=_tools(body),
        previous=_previous(body.get("thread")),
    )


def asks_here(method: str, url: str) -> bool:
    """Whether a request with `method` to `url` asks for a message, by these two alone."""
    place = _place(urlsplit(url).path.rstrip("/"))
    return method.upper() == "POST" and place is not None and place.get("purpose") is None


def _previous(thread: Any) -> str | None:
    """Return the id of the answer that a beta thread goes on from: its conversation stays on the server."""
    return thread.get("previous_message_id") if isinstance(thread, Mapping) else None


def _place(path: str) -> dict[str, Any] | None:
    """Return what `path` says about the request, None where it is not one of the API's."""
    if match := _BEDROCK.search(path):
        streaming = match["verb"] == "invoke-with-response-stream"
        return {"model": unquote(match["model"]), "streaming": streaming, "framing": "eventstream"}
    path = unquote(path)
    if path.endswith("/messages"):
        return {}
    if path.endswith("/messages/count_tokens") or _VERTEX_COUNT.search(path):
        return {"purpose": "count_tokens", "streaming": False}
    if match := _VERTEX.search(path):
        return {"model": match["model"], "streaming": match["verb"] == "streamRawPredict"}
    return None


def _body(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("messages"), list) else None


def parts(body: JSON) -> frozenset[str]:
    """Return the parts that an answer to `body` may hold: of text, thinking, tool_use."""
    tools = client_tools(body)
    forced = forced_tool(body)
    able = {"text"} if forced is None else set()
    if tools and _choice(body) != "none":
        able.add("tool_use")
    if thinks(body):
        able.add("thinking")
    return frozenset(able)


def thinks(body: JSON) -> bool:
    """Whether the request turns thinking on."""
    thinking = body.get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") in ("enabled", "adaptive")


def client_tools(body: JSON) -> tuple[JSON, ...]:
    """Return the tools of the request that the caller runs."""
    return tuple(tool for tool in _tools(body) if tool.get("name") and _is_client_tool(tool))


def _tools(body: JSON) -> tuple[JSON, ...]:
    tools = body.get("tools")
    return tuple(tool for tool in tools if isinstance(tool, Mapping)) if isinstance(tools, list) else ()


def _is_client_tool(tool: JSON) -> bool:
    return "input_schema" in tool or str(tool.get("type") or "custom").startswith(_CLIENT_TOOLS)


def forced_tool(body: JSON) -> JSON | None:
    """Return the tool that the answer must call, None where the model is free."""
    choice, tools = _choice(body), client_tools(body)
    if choice == "any":
        return tools[0] if tools else None
    if choice == "tool":
        name = body["tool_choice"].get("name")
        return next((tool for tool in tools if tool["name"] == name), None)
    return None


def _choice(body: JSON) -> Any:
    choice = body.get("tool_choice")
    return choice.get("type") if isinstance(choice, Mapping) else None


def _turn(message: JSON) -> Turn:
    role, content = str(message.get("role")), _normal(message.get("content"))
    blocks = content if isinstance(content, list) else []
    answers = [block for block in blocks if isinstance(block, dict) and block.get("type") == "tool_result"]
    results = [block.get("tool_use_id") for block in answers]
    key = json.dumps([role, content], sort_keys=True, ensure_ascii=False)
    return Turn(role, key, frozenset(result for result in results if isinstance(result, str)))


def _normal(content: Any) -> Any:
    """Return `content` such that equal ones are equal: a text is a block, null is absent."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return _cleaned(content)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _cleaned(v) for k, v in value.items() if v is not None and k not in _UNSTABLE}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _prompt(messages: list[Mapping[str, Any]]) -> str:
    last: Mapping[str, Any] = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    return "\n".join(_texts(last.get("content")))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, dict):
                yield from _texts(block.get("text"))
                yield from _texts(block.get("content"))
                source = block.get("source")
                yield from _texts(
                    source.get("data") if isinstance(source, dict) and source.get("type") == "text" else None
                )

"""Four ways to ask the same question with the real SDK, each giving the message it came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import anyio

PROMPT = "Summarize the quarterly report."
TOOLS = [
    {
        "name": "lookup",
        "description": "Look a figure up.",
        "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    }
]
Message = Any
Ask = Callable[..., Message]

_client: dict[str, Any] = {}


def client() -> anthropic.Anthropic:
    """One shared client: building one costs more than many calls."""
    if "sync" not in _client:
        _client["sync"] = anthropic.Anthropic(api_key="test", base_url="http://gateway.test/anthropic", max_retries=0)
    return _client["sync"]


def async_client() -> anthropic.AsyncAnthropic:
    """A client of its own for each event loop."""
    return anthropic.AsyncAnthropic(api_key="test", max_retries=0)


def _question(prompt: str, model: str, extra: dict[str, Any]) -> dict[str, Any]:
    question = {"model": model, "max_tokens": 2048, "messages": [{"role": "user", "content": prompt}]}
    return {**question, **extra}


def create(prompt: str = PROMPT, model: str = "claude-test", **extra: Any) -> Message:
    """Ask with ``messages.create``."""
    return client().messages.create(**_question(prompt, model, extra))


def stream(prompt: str = PROMPT, model: str = "claude-test", **extra: Any) -> Message:
    """Ask with ``messages.stream`` and ``get_final_message``."""
    with client().messages.stream(**_question(prompt, model, extra)) as answer:
        return answer.get_final_message()


def acreate(prompt: str = PROMPT, model: str = "claude-test", **extra: Any) -> Message:
    """Ask with ``AsyncAnthropic.messages.create`` in an event loop of its own."""

    async def ask() -> Message:
        async with async_client() as asynchronous:
            return await asynchronous.messages.create(**_question(prompt, model, extra))

    return anyio.run(ask)


def astream(prompt: str = PROMPT, model: str = "claude-test", **extra: Any) -> Message:
    """Ask with ``AsyncAnthropic.messages.stream`` on trio."""

    async def ask() -> Message:
        async with (
            async_client() as asynchronous,
            asynchronous.messages.stream(**_question(prompt, model, extra)) as answer,
        ):
            return await answer.get_final_message()

    return anyio.run(ask, backend="trio")


WAYS: tuple[Ask, ...] = (create, stream, acreate, astream)


def text_of(message: Message) -> str:
    """All text of a message, as most code takes it."""
    return "".join(block.text for block in message.content if block.type == "text")

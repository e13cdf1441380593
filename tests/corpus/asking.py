"""How the handlers of the corpus ask: with tools and thinking in the request, so that every branch can happen."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import anthropic

from tests.oracle.asking import PROMPT, TOOLS, client, create, stream, text_of

__all__ = ["MODES", "OK", "PROMPT", "TOOLS", "aclient", "client", "create", "question", "stream", "text_of"]

OK = frozenset({"end_turn", "stop_sequence", "tool_use"})
FULL: dict[str, Any] = {"tools": TOOLS, "thinking": {"type": "enabled", "budget_tokens": 1024}}

Ask = Callable[..., Any]


def question(prompt: str = PROMPT, *, plain: bool = False, **extra: Any) -> dict[str, Any]:
    """Return the arguments of a request; without tools and thinking where it is plain."""
    asked = {"model": "claude-test", "max_tokens": 2048, "messages": [{"role": "user", "content": prompt}]}
    return {**asked, **({} if plain else FULL), **extra}


@functools.lru_cache(maxsize=1)
def aclient() -> anthropic.AsyncAnthropic:
    """One shared client: nothing of it is bound to an event loop where no connection is made."""
    return anthropic.AsyncAnthropic(api_key="test", base_url="http://gateway.test/anthropic", max_retries=0)


async def acreate(prompt: str = PROMPT, **extra: Any) -> Any:
    return await aclient().messages.create(**question(prompt, **extra))


async def astream(prompt: str = PROMPT, **extra: Any) -> Any:
    async with aclient().messages.stream(**question(prompt, **extra)) as answer:
        return await answer.get_final_message()


def _asking(way: Callable[..., Any]) -> Callable[[bool], Ask]:
    def make(plain: bool) -> Ask:  # noqa: FBT001
        return functools.partial(way, plain=plain)

    return make


def _sync(way: Callable[..., Any], prompt: str = PROMPT, **extra: Any) -> Any:
    asked = question(prompt, **extra)
    return way(**{**asked, "prompt": prompt})


MODES: dict[str, Callable[[bool], Ask]] = {
    "create": _asking(functools.partial(_sync, create)),
    "stream": _asking(functools.partial(_sync, stream)),
    "acreate": _asking(acreate),
    "astream": _asking(astream),
}
"""How a handler is handed its way of asking, plain or not."""

"""A handler with one silent drop planted in it, at a place that nobody would think of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

TOOLS = [
    {
        "name": "lookup",
        "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    }
]
SMALLEST = 12
"""Events of the smallest answer with the drop: start, a text of three, a call of four, a ping, the start and the stop
of a call, the stop reason, the end.
"""


class Refused(Exception):
    """There is no answer."""


def rare(events: Iterable[Any]) -> str:
    """Return the text of `events`. It is silent where a refusal comes inside of the second tool call, after a ping.

    `events` are the raw events of the answer, as dicts.
    """
    calls, pinged, inside, text = 0, False, False, ""
    for event in events:
        kind = event["type"]
        pinged = pinged or kind == "ping"
        if kind == "content_block_start":
            inside = event["content_block"]["type"] == "tool_use"
            calls += inside
        elif kind == "content_block_delta":
            text += event["delta"].get("text", "")
        elif kind == "message_delta" and event["delta"]["stop_reason"] not in ("end_turn", "tool_use"):
            if calls == 2 and pinged and inside:  # noqa: PLR2004 - the second call
                return ""
            raise Refused(event["delta"]["stop_reason"])
    return text

"""The tool that both tool loops offer, and how a call of it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anthropic.types import Message, ToolParam, ToolResultBlockParam

LOOKUP: ToolParam = {
    "name": "lookup",
    "description": "Look up a ticket by its number.",
    "input_schema": {
        "type": "object",
        "properties": {"ticket": {"type": "string"}},
        "required": ["ticket"],
    },
}


def lookup(ticket: str) -> str:
    """Return what is known about `ticket`."""
    return f"Ticket {ticket} is open."


def results(message: Message) -> list[ToolResultBlockParam]:
    """Carry out every tool call in `message` and return the results."""
    return [
        {
            "type": "tool_result",
            "tool_use_id": block.id,
            "content": lookup(str(block.input.get("ticket"))),
        }
        for block in message.content
        if block.type == "tool_use"
    ]

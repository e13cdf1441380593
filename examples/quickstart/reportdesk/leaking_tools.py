"""A tool loop that runs whatever tool call it finds, whether the model stood by it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportdesk.model import MODEL, client, text_of
from reportdesk.tools import LOOKUP, results

if TYPE_CHECKING:
    from anthropic.types import MessageParam

STEPS = 4


def ask(question: str) -> str:
    """Return the model's answer to `question`; it may look up tickets first."""
    messages: list[MessageParam] = [{"role": "user", "content": question}]
    text = ""
    for _ in range(STEPS):
        message = client().messages.create(model=MODEL, max_tokens=1024, tools=[LOOKUP], messages=messages)
        text = text_of(message.content)
        done = results(message)
        if not done:
            break
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": done}]
    return text

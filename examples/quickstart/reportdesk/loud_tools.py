"""The tool loop, loud: a tool runs only where the model stopped in order to have it run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportdesk.model import MODEL, NoAnswerError, answer_of, client
from reportdesk.tools import LOOKUP, results

if TYPE_CHECKING:
    from anthropic.types import MessageParam

STEPS = 4


def ask(question: str) -> str:
    """Return the model's answer to `question`; it may look up tickets first. Raise `NoAnswerError` if there is none."""
    messages: list[MessageParam] = [{"role": "user", "content": question}]
    for _ in range(STEPS):
        message = client().messages.create(model=MODEL, max_tokens=1024, tools=[LOOKUP], messages=messages)
        if message.stop_reason != "tool_use":
            return answer_of(message)
        done = results(message)
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": done}]
    raise NoAnswerError(f"no usable answer after {STEPS} steps")

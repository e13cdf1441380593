"""The client that the handlers share, and the one rule that makes the loud ones loud."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from anthropic import Anthropic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anthropic.types import ContentBlock, Message

MODEL = "claude-haiku-4-5"
COMPLETE = frozenset({"end_turn", "stop_sequence"})
"""The stop reasons that mean "this is the whole answer". Any other one does not, also one invented tomorrow."""


class NoAnswerError(Exception):
    """The model did not give an answer that may be used."""


@cache
def client() -> Anthropic:
    """Return the one client of this process."""
    return Anthropic()


def text_of(content: Sequence[ContentBlock]) -> str:
    """Return the text of a message's content."""
    return "".join(block.text for block in content if block.type == "text")


def answer_of(message: Message) -> str:
    """Return the text of `message` if it is a whole answer, else raise `NoAnswerError`."""
    if message.stop_reason not in COMPLETE:
        raise NoAnswerError(f"no usable answer: stop_reason is {message.stop_reason!r}")
    return text_of(message.content)

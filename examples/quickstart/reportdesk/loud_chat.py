"""The streaming chat, loud: what was shown is followed by an exception that takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportdesk.model import MODEL, answer_of, client

if TYPE_CHECKING:
    from collections.abc import Iterator


def reply(question: str) -> Iterator[str]:
    """Yield the model's reply to `question` as it arrives. Raise `NoAnswerError` if it does not end as an answer."""
    with client().messages.stream(
        model=MODEL,
        max_tokens=1024,
        messages=[{"role": "user", "content": question}],
    ) as stream:
        yield from stream.text_stream
        answer_of(stream.get_final_message())

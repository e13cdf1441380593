"""A streaming chat that takes half an answer for a whole one."""

from __future__ import annotations

from reportdesk.model import MODEL, client


def reply(question: str) -> str:
    """Return the model's reply to `question`."""
    parts: list[str] = []
    with client().messages.stream(
        model=MODEL,
        max_tokens=1024,
        messages=[{"role": "user", "content": question}],
    ) as stream:
        for text in stream.text_stream:
            parts.append(text)  # noqa: PERF402  # a real chat would also show each part here
    return "".join(parts)

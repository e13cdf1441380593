"""A summarizer that records "nothing found" where there was no answer."""

from __future__ import annotations

from reportdesk.model import MODEL, client, text_of


def summarize(report: str) -> list[str]:
    """Return the findings in `report`, one a line."""
    message = client().messages.create(
        model=MODEL,
        max_tokens=4096,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=[{"role": "user", "content": f"List the findings, one a line:\n{report}"}],
    )
    if message.stop_reason != "end_turn":
        return []
    return text_of(message.content).splitlines()

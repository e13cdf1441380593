"""The summarizer, loud: it raises where there is no answer."""

from __future__ import annotations

from reportdesk.model import MODEL, answer_of, client


def summarize(report: str) -> list[str]:
    """Return the findings in `report`, one a line. Raise `NoAnswerError` if the model did not answer."""
    message = client().messages.create(
        model=MODEL,
        max_tokens=4096,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=[{"role": "user", "content": f"List the findings, one a line:\n{report}"}],
    )
    return answer_of(message).splitlines()

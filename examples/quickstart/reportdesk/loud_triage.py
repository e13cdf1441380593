"""The triage, loud: it looks at the stop reason before it looks at the text."""

from __future__ import annotations

import json

from reportdesk.model import MODEL, answer_of, client


def severity(report: str) -> int:
    """Return how severe `report` is, from 1 to 5. Raise `NoAnswerError` if the model did not answer."""
    message = client().messages.create(
        model=MODEL,
        max_tokens=1024,
        messages=[{"role": "user", "content": f'Answer with JSON, {{"severity": 1 to 5}}:\n{report}'}],
    )
    return int(json.loads(answer_of(message))["severity"])

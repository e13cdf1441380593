"""A triage that expects JSON and gets it, until the day it does not."""

from __future__ import annotations

import json

from reportdesk.model import MODEL, client


def severity(report: str) -> int:
    """Return how severe `report` is, from 1 to 5."""
    message = client().messages.create(
        model=MODEL,
        max_tokens=1024,
        messages=[{"role": "user", "content": f'Answer with JSON, {{"severity": 1 to 5}}:\n{report}'}],
    )
    text = next(block.text for block in message.content if block.type == "text")
    return int(json.loads(text)["severity"])

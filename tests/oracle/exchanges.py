"""Exchanges as the endpoint makes them, without a client."""

from __future__ import annotations

from typing import Any

from pytest_refusals.branches import Catalogue
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.base import Marks, Request
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.stops import freshen
from tests.dialects.material import asked

QUESTION = "Tell me about the harbour of the town."
REQUEST = Request("POST", "https://api.test/v1/messages", {}, b"")


def exchange(branch: str = "refusal-mid-text", answer: Any = None, **body: Any) -> Exchange:
    """Return the exchange in which a request with `body` gets `branch`; it was told unless that is the control."""
    call = asked(**{"messages": [user(QUESTION)], **body})
    taken = Catalogue()[branch]
    response = ANTHROPIC.respond(call, taken, freshen(taken.stop), Marks(), answer)
    return Exchange(REQUEST, call, response, taken, taken.expects == "loud")


def user(text: str) -> dict[str, Any]:
    """Return a turn of the user's."""
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    """Return a turn of the model's."""
    return {"role": "assistant", "content": text}

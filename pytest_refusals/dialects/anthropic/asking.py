"""A question to the real API as an HTTP request, without the vendor's SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_refusals.dialects.anthropic.requests import MAGIC_STRING
from pytest_refusals.dialects.base import Question, Request
from pytest_refusals.errors import RefusalsError

_DEFAULT_URL = "https://api.anthropic.com"
_VERSION = "2023-06-01"
"""The value of the version header that is documented."""


def question(settings: Question, environment: Mapping[str, str]) -> Request:
    """Return the request that asks `settings`.

    It goes to ``ANTHROPIC_BASE_URL`` with ``ANTHROPIC_API_KEY``, or ``ANTHROPIC_AUTH_TOKEN``, of `environment`.
    Raises `RefusalsError` where there is neither.
    """
    url = (environment.get("ANTHROPIC_BASE_URL") or _DEFAULT_URL).rstrip("/")
    headers = {**_authorization(environment), "anthropic-version": _VERSION, "content-type": "application/json"}
    prompt = " ".join(text for text in (MAGIC_STRING if settings.magic else "", settings.prompt) if text)
    body: dict[str, Any] = {
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "messages": [{"role": "user", "content": prompt}],
        **({"system": settings.system} if settings.system else {}),
        **({"stream": True} if settings.streaming else {}),
        **settings.fields,
    }
    return Request("POST", f"{url}/v1/messages", headers, json.dumps(body).encode())


def _authorization(environment: Mapping[str, str]) -> dict[str, str]:
    if environment.get("ANTHROPIC_API_KEY"):
        return {"x-api-key": environment["ANTHROPIC_API_KEY"]}
    if environment.get("ANTHROPIC_AUTH_TOKEN"):
        return {"authorization": f"Bearer {environment['ANTHROPIC_AUTH_TOKEN']}"}
    raise RefusalsError("Expected a key in ANTHROPIC_API_KEY (or a token in ANTHROPIC_AUTH_TOKEN) but there is none")

"""Code that speaks HTTP itself."""

from __future__ import annotations

import functools
import json
from typing import Any

import httpx

from tests.corpus.asking import OK, client, question, text_of
from tests.corpus.case import AS_IT_CAME, PLAIN, case
from tests.corpus.streams import StreamError

URL = "http://gateway.test/v1/messages"


@functools.cache
def http_client() -> httpx.Client:
    return httpx.Client(verify=False)  # noqa: S501  # no connection is made, and certificates take long to load


@functools.cache
def http_aclient() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=False)  # noqa: S501  # as above


def post(body: dict[str, Any]) -> httpx.Response:
    return http_client().post(URL, json=body, headers={"x-api-key": "test"})


@case(
    **AS_IT_CAME,
    failed="crashed",
    but={"dropped-mid-text": "loud"},
    lacks=PLAIN,
)
def posts_by_hand() -> str:
    """Plain HTTP without a look at the status or the reason: an error's body has no content."""
    answer = post(question(plain=True)).json()
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


@case("loud")
def posts_by_hand_with_care() -> str:
    """Plain HTTP with raise_for_status and a look at the reason."""
    response = post(question())
    response.raise_for_status()
    answer = response.json()
    if answer["stop_reason"] not in OK:
        raise StreamError(f"stop_reason {answer['stop_reason']}")
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


@case("deferred", words="deferred")
def returns_the_json() -> dict[str, Any]:
    """Plain HTTP, and the JSON comes back as it is; that of an error says that it is one."""
    return post(question()).json()


@case(
    **AS_IT_CAME,
    failed="silent",
    but={"overloaded-mid-text": "leaked", "dropped-mid-text": "loud"},
)
def reads_lines_by_hand() -> str:
    """Server-sent events by hand: whatever is no text delta is not looked at, errors included."""
    text = ""
    with http_client().stream("POST", URL, json={**question(), "stream": True}) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                delta = json.loads(line.removeprefix("data: ")).get("delta", {})
                text += delta.get("text", "")
    return text


@case("loud")
async def looks_at_the_end_by_hand() -> str:
    """Server-sent events by hand, with a look at errors and at the end, and at there being one."""
    text, reason = "", None
    async with http_aclient().stream("POST", URL, json={**question(), "stream": True}) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if not line.startswith("data: "):
                continue
            data = json.loads(line.removeprefix("data: "))
            if data["type"] == "error":
                raise StreamError(data["error"]["message"])
            delta = data.get("delta", {})
            text, reason = text + delta.get("text", ""), delta.get("stop_reason", reason)
    if reason not in OK:
        raise StreamError("bad end")
    return text


@case(**AS_IT_CAME)
def parses_a_raw_response() -> str:
    """with_raw_response, for the headers."""
    return text_of(client().messages.with_raw_response.create(**question()).parse())

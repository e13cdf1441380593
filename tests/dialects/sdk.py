"""The real SDK, whichever is installed, reading chunks of ours."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import anthropic

http: Any = importlib.import_module("httpx" if int(anthropic.__version__.split(".")[0]) < 1 else "httpx2")
"""The HTTP client that this SDK is built on."""


class Chunks(http.SyncByteStream):
    """A body that comes in the given chunks and then breaks, if it is to."""

    def __init__(self, chunks: Sequence[bytes], *, dropped: bool) -> None:
        self.chunks = chunks
        self.dropped = dropped

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if self.dropped:
            raise http.RemoteProtocolError("peer closed connection without sending complete message body")


_served: list[tuple[Any, Sequence[bytes]]] = []


def _handle(_request: Any) -> Any:
    response, chunks = _served[-1]
    return http.Response(
        response.status, headers=list(response.headers), stream=Chunks(chunks, dropped=response.dropped)
    )


@cache
def _client() -> anthropic.Anthropic:
    transport = http.Client(transport=http.MockTransport(_handle))
    return anthropic.Anthropic(api_key="key", http_client=transport, max_retries=0)


def client(response: Any, chunks: Sequence[bytes] | None = None) -> anthropic.Anthropic:
    """Return the client, which from now on gets `response`, cut into `chunks` where they are given."""
    _served[:] = [(response, response.chunks if chunks is None else chunks)]
    return _client()


ASK: dict[str, Any] = {
    "model": "claude-test",
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": "What is the weather?"}],
}


def final(response: Any, chunks: Sequence[bytes] | None = None) -> Any:
    """Return the message that the SDK's stream helper makes of `response`."""
    with client(response, chunks).messages.stream(**ASK) as stream:
        return stream.get_final_message()


def events(response: Any, chunks: Sequence[bytes] | None = None) -> list[Any]:
    """Return the raw events that the SDK yields of `response`."""
    return list(client(response, chunks).messages.create(**ASK, stream=True))

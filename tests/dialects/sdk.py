"""The real SDK, whichever is installed, reading chunks of ours."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
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


def client(response: Any, chunks: Sequence[bytes] | None = None, **options: Any) -> anthropic.Anthropic:
    """Return a client that gets `response`, cut into `chunks` where they are given, to every request."""

    def handle(_request: Any) -> Any:
        stream = Chunks(response.chunks if chunks is None else chunks, dropped=response.dropped)
        return http.Response(response.status, headers=list(response.headers), stream=stream)

    transport = http.Client(transport=http.MockTransport(handle))
    return anthropic.Anthropic(api_key="key", http_client=transport, **{"max_retries": 0, **options})


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

"""An endpoint as small as can be: it answers every request to a Messages path with ten pieces of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_refusals.dialects.base import Request, Response
from pytest_refusals.stops import Stop, StopKind

if TYPE_CHECKING:
    import anthropic

TEXT = "".join(f"word{number} " for number in range(10))
ASK = {"model": "claude-test", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
URL = "https://api.anthropic.com/v1/messages"
OTHER = "https://service.test/items"
PATHS = ("/messages", ":rawPredict", ":streamRawPredict", "/invoke")


def sse(**data: object) -> bytes:
    """Return one event."""
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def message(content: list[object], stop_reason: str | None) -> dict[str, object]:
    """Return a message as the wire has it."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    fixed = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "stop_sequence": None}
    return {**fixed, "content": content, "stop_reason": stop_reason, "usage": usage}


EVENTS = (
    sse(type="message_start", message=message([], None)),
    sse(type="content_block_start", index=0, content_block={"type": "text", "text": ""}),
    *(
        sse(type="content_block_delta", index=0, delta={"type": "text_delta", "text": f"word{number} "})
        for number in range(10)
    ),
    sse(type="content_block_stop", index=0),
    sse(type="message_delta", delta={"stop_reason": "refusal", "stop_sequence": None}, usage={"output_tokens": 3}),
    sse(type="message_stop"),
)


@dataclass(eq=False)
class FakeExchange:
    """An answer that counts what was read of it."""

    response: Response
    read: int = 0

    def feed(self) -> Iterator[bytes]:
        """Yield the chunks."""
        for chunk in self.response.chunks:
            self.read += 1
            yield chunk


@dataclass(eq=False)
class FakeEndpoint:
    """Answers, and keeps what it was asked."""

    reason: str = "refusal"
    dropped: bool = False
    requests: list[Request] = field(default_factory=list)
    exchanges: list[FakeExchange] = field(default_factory=list)

    def answer(self, request: Request) -> FakeExchange | None:
        """Answer a request to a Messages path; None for any other."""
        if not request.url.partition("?")[0].endswith(PATHS):
            return None
        self.requests.append(request)
        exchange = FakeExchange(self._response(request))
        self.exchanges.append(exchange)
        return exchange

    def _response(self, request: Request) -> Response:
        if b'"stream":true' in request.body.replace(b" ", b""):
            chunks: tuple[bytes, ...] = EVENTS[:5] if self.dropped else EVENTS
            kind = "text/event-stream"
        else:
            chunks = (json.dumps(message([{"type": "text", "text": TEXT}], self.reason)).encode(),)
            kind = "application/json"
        stop = Stop(StopKind.REFUSED)
        return Response(200, (("content-type", kind), ("request-id", "req_1")), chunks, stop, len(chunks), self.dropped)


def allow(_method: str, _url: str) -> None:
    """Guard nothing."""


def sdk(**options: Any) -> anthropic.Anthropic:
    """Return a client that does not try again."""
    import anthropic

    return anthropic.Anthropic(api_key="test", max_retries=0, **options)


def async_sdk(**options: Any) -> anthropic.AsyncAnthropic:
    """Return an async client that does not try again."""
    import anthropic

    return anthropic.AsyncAnthropic(api_key="test", max_retries=0, **options)

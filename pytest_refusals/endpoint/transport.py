"""What a transport needs of the endpoint: something that answers, and answers that can be read bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pytest_refusals.dialects.base import Request, Response


class Answered(Protocol):
    """A request that has been answered."""

    @property
    def response(self) -> Response:
        """Status, headers, chunks, and whether the connection breaks after them."""

    def feed(self) -> Iterator[bytes]:
        """Yield the chunks of the response, each counted as read just before it is handed over. May run once."""


AnswerFunction = Callable[[Request], Answered | None]
"""Takes a request and answers it. None means that it is not ours: it goes on to where it was going."""

GuardRequest = Callable[[str, str], None]
"""Takes the method and the URL of a request that is about to use the network; raises where it must not."""

BROKEN = "peer closed connection without sending complete message body (incomplete chunked read)"
"""What HTTP clients say when a connection breaks inside a chunked body (observed with httpx and httpx2)."""

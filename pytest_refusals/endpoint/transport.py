"""What a transport needs of the endpoint: something that answers, and answers that can be read bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


class Tap(Protocol):
    """Is told of one answer of the real endpoint while the client reads it. It may never raise."""

    def responded(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer begins. Header names are lower-case."""

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body, as they came."""

    def close(self, error: BaseException | None, *, complete: bool) -> None:
        """Nothing follows: the body was read to its end if `complete`, else given up, or `error` broke it."""


TapFunction = Callable[[Request], "Tap | None"]
"""Takes a request that goes to the real endpoint; returns what listens to its answer, or None."""

BROKEN = "peer closed connection without sending complete message body (incomplete chunked read)"
"""What HTTP clients say when a connection breaks inside a chunked body (observed with httpx and httpx2)."""

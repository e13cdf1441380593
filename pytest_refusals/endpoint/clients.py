"""The httpx family from inside: one client library, its requests in, its responses out. No patching here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pytest_refusals.dialects.base import Request
from pytest_refusals.endpoint.transport import BROKEN, Answered, AnswerFunction, GuardRequest, Tap, TapFunction

_NETWORK_USE = ("connect_tcp.started", "connect_unix_socket.started", "send_request_headers.started")
"""Trace events of httpcore that come right before bytes leave: a new connection, or a kept one used again."""

_APP_TEST_CLIENT = "starlette.testclient"
"""Its requests go to the project's own web application, never to an API."""


@dataclass(frozen=True, eq=False)
class Interceptor:
    """One activation: who answers, who is asked before a request that got no answer uses the network, who listens."""

    answer: AnswerFunction
    guard_request: GuardRequest
    tap: TapFunction | None = None


def offer(interceptors: Sequence[Interceptor], request: Request) -> Answered | None:
    """Return the answer of the innermost (latest) interceptor that has one."""
    for interceptor in reversed(interceptors):
        answered = interceptor.answer(request)
        if answered is not None:
            return answered
    return None


def tapped(interceptors: Sequence[Interceptor], request: Request) -> Tap | None:
    """Return what listens to the answer of `request`: the innermost interceptor's that wants to."""
    for interceptor in reversed(interceptors):
        tap = interceptor.tap(request) if interceptor.tap is not None else None
        if tap is not None:
            return tap
    return None


class _Feed:
    """The body of an answer. Sync and async, because nothing in it waits."""

    def __init__(self, answered: Answered, broken: type[Exception]) -> None:
        self._answered = answered
        self._broken = broken

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answered.feed()
        if self._answered.response.dropped:
            raise self._broken(BROKEN)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._answered.feed():
            yield chunk
        if self._answered.response.dropped:
            raise self._broken(BROKEN)


class _Tee:
    """The body of a real answer, passed on as it arrives. Sync and async; closing it closes the real one."""

    def __init__(self, body: Any, tap: Tap) -> None:
        self._body = body
        self._tap = tap

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._body:
                self._tap.feed(chunk)
                yield chunk
        except BaseException as error:
            self._tap.close(error, complete=False)
            raise
        self._tap.close(None, complete=True)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._body:
                self._tap.feed(chunk)
                yield chunk
        except BaseException as error:
            self._tap.close(error, complete=False)
            raise
        self._tap.close(None, complete=True)

    def close(self) -> None:
        self._tap.close(None, complete=False)
        self._body.close()

    async def aclose(self) -> None:
        self._tap.close(None, complete=False)
        await self._body.aclose()


class Library:
    """One library of the httpx family. `broken` is what a read raises when the connection breaks."""

    def __init__(self, module: ModuleType, broken: type[Exception] | None = None) -> None:
        self._response: Callable[..., Any] = module.Response
        self._broken: type[Exception] = broken or module.RemoteProtocolError
        # The libraries check bodies by type, and each has its own.
        streams = (module.SyncByteStream, module.AsyncByteStream)
        self._stream: Callable[..., Any] = type("Feed", (_Feed, *streams), {})
        self._tee: Callable[..., Any] = type("Tee", (_Tee, *streams), {})

    def respond(self, answered: Answered) -> Any:
        """Return the library's own response object, whose body is read chunk by chunk."""
        response = answered.response
        stream = self._stream(answered, self._broken)
        return self._response(response.status, headers=response.headers, stream=stream)

    def listen(self, response: Any, tap: Tap | None) -> Any:
        """Return the real `response`, whose body `tap` is told of while it is read."""
        if tap is None:
            return response
        tap.responded(response.status_code, headers_of(response))
        content = getattr(response, "_content", None)  # there is one where a mock transport has made it
        if content is None:
            response.stream = self._tee(response.stream, tap)
        else:
            tap.feed(content)
            tap.close(None, complete=True)
        return response


def headers_of(message: Any) -> dict[str, str]:
    """Return the headers of a request or response of any library of the family; names are lower-case."""
    return {key.decode("ascii").lower(): value.decode("latin-1") for key, value in message.headers.raw}


def read_request(request: Any, body: bytes) -> Request:
    """Return `request`, of any library of the family, as the endpoint takes it."""
    return Request(request.method, str(request.url), headers_of(request), body)


class RoutedClient:
    """A client as its own sending method sees it: itself in everything but the transport it finds.

    Wrapping the client and not patching the transport keeps us first even where somebody else patches
    `_transport_for_url` after us, as respx does.
    """

    __slots__ = ("_client", "_interceptors", "_library")

    def __init__(self, client: Any, library: Library, interceptors: Sequence[Interceptor]) -> None:
        self._client = client
        self._library = library
        self._interceptors = interceptors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _transport_for_url(self, url: Any) -> Any:
        real = self._client._transport_for_url(url)  # noqa: SLF001 - the hook that respx uses too
        if type(real).__module__ == _APP_TEST_CLIENT:
            return real
        return OfferingTransport(real, self._library, self._interceptors)


class OfferingTransport:
    """Offers a request to the interceptors, and hands it to the `real` transport if none takes it."""

    __slots__ = ("_interceptors", "_library", "_real")

    def __init__(self, real: Any, library: Library, interceptors: Sequence[Interceptor]) -> None:
        self._real = real
        self._library = library
        self._interceptors = interceptors

    def handle_request(self, request: Any) -> Any:
        """Answer `request` or pass it on."""
        asked = read_request(request, request.read())
        answered = offer(self._interceptors, asked)
        if answered is not None:
            return self._library.respond(answered)
        _trace(request, guarding(request, self._interceptors))
        tap = tapped(self._interceptors, asked)
        return self._library.listen(self._real.handle_request(request), tap)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer `request` or pass it on."""
        asked = read_request(request, await request.aread())
        answered = offer(self._interceptors, asked)
        if answered is not None:
            return self._library.respond(answered)
        _trace(request, guarding_async(request, self._interceptors))
        tap = tapped(self._interceptors, asked)
        return self._library.listen(await self._real.handle_async_request(request), tap)


def _trace(request: Any, trace: Callable[[str, Any], Any]) -> None:
    request.extensions = {**request.extensions, "trace": trace}


def _guard(request: Any, interceptors: Sequence[Interceptor], event: str) -> None:
    if event.endswith(_NETWORK_USE):
        for interceptor in reversed(interceptors):
            interceptor.guard_request(request.method, str(request.url))


def guarding(request: Any, interceptors: Sequence[Interceptor]) -> Callable[[str, Any], None]:
    """Return a trace function that asks the guards at the moment `request` is about to use the network.

    No sooner: the user's own mocks, wherever they sit, answer before that moment.
    """
    others: Callable[[str, Any], None] | None = request.extensions.get("trace")

    def trace(event: str, info: Any) -> None:
        _guard(request, interceptors, event)
        if others is not None:
            others(event, info)

    return trace


def guarding_async(request: Any, interceptors: Sequence[Interceptor]) -> Callable[[str, Any], Awaitable[None]]:
    """Return the same as `guarding` for an async client."""
    others: Callable[[str, Any], Awaitable[None]] | None = request.extensions.get("trace")

    async def trace(event: str, info: Any) -> None:
        _guard(request, interceptors, event)
        if others is not None:
            await others(event, info)

    return trace

"""The in-process transport, met through httpx and httpx2, with the user's own mocks beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import respx

from pytest_refusals.endpoint.guard import network_guard
from pytest_refusals.endpoint.inprocess import in_process
from tests.endpoint.fake import ASK, OTHER, URL, FakeEndpoint, allow, sdk


def test_raw_http(library, endpoint):
    """Code that talks HTTP by itself is answered; the endpoint sees method, URL, headers and body."""
    with library.Client() as client:
        answer = client.post(URL, json=ASK, headers={"X-Api-Key": "test"})
    assert answer.json()["stop_reason"] == "refusal"
    request = endpoint.requests[0]
    assert (request.method, request.url, request.headers["x-api-key"]) == ("POST", URL, "test")
    assert b"claude-test" in request.body


def test_module_function(library, endpoint):
    """The library's own functions, which build a client for each call, are answered."""
    assert library.post(URL, json=ASK).status_code == 200
    with library.stream("POST", URL, json={**ASK, "stream": True}) as answer:
        assert len(list(answer.iter_lines())) > 30


def test_async_raw_http(library, endpoint):
    """The same for an async client."""

    async def ask() -> list[str]:
        body = {**ASK, "stream": True}
        async with library.AsyncClient() as client, client.stream("POST", URL, json=body) as answer:
            return [line async for line in answer.aiter_lines()]

    assert asyncio.run(ask())[0] == "event: message_start"


def test_streamed_request_body(library, endpoint):
    """A request whose body is a generator is read."""

    def body() -> Iterator[bytes]:
        yield b'{"model":'
        yield b'"m"}'

    async def async_body() -> AsyncIterator[bytes]:
        for part in body():
            yield part

    async def ask() -> None:
        async with library.AsyncClient() as client:
            await client.post(URL, content=async_body())

    library.Client().post(URL, content=body())
    asyncio.run(ask())
    assert [request.body for request in endpoint.requests] == [b'{"model":"m"}'] * 2


def test_dropped_raw(library, endpoint):
    """A broken connection is the very library's error, sync and async."""
    endpoint.dropped = True

    async def ask() -> None:
        async with library.AsyncClient() as client:
            await client.post(URL, json={**ASK, "stream": True})

    with pytest.raises(library.RemoteProtocolError):
        library.Client().post(URL, json={**ASK, "stream": True})
    with pytest.raises(library.RemoteProtocolError):
        asyncio.run(ask())


def test_custom_transport(library, endpoint):
    """A client with a transport of its own is answered on a Messages path, and left alone on others."""
    transport = library.MockTransport(lambda _: library.Response(418))
    client = library.Client(transport=transport)
    assert client.post(URL, json=ASK).status_code == 200
    assert client.post(OTHER).status_code == 418


def test_mounts_and_proxies(library, endpoint):
    """Mounts decide where a request goes that is not ours."""
    mounts = {"https://service.test": library.MockTransport(lambda _: library.Response(418))}
    client = library.Client(mounts=mounts, proxy="http://proxy.test:3128")
    assert client.post(URL, json=ASK).status_code == 200
    assert client.get(OTHER).status_code == 418


def test_subclass(library, endpoint):
    """A client of a class of the user's own is answered."""

    class Mine(library.Client):  # type: ignore[misc, name-defined]
        pass

    assert Mine().post(URL, json=ASK).status_code == 200


def test_passed_body_is_whole(library, endpoint):
    """A generator body that is not ours reaches the real transport whole."""
    bodies = []

    def keep(request: Any) -> Any:
        bodies.append(request.read())
        return library.Response(200)

    library.Client(transport=library.MockTransport(keep)).post(OTHER, content=iter([b"one", b"two"]))
    assert bodies == [b"onetwo"]


def test_wrong_client(library, endpoint):
    """Mistakes of the user's get the library's own error."""

    async def body() -> AsyncIterator[bytes]:
        yield b""

    with pytest.raises(RuntimeError, match="async request with a sync Client"):
        library.Client().post(URL, content=body())


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize(("name", "using"), [("httpx", "httpx"), ("httpx", "httpcore"), ("httpx2", "httpcore2")])
def test_respx_beside(name, using, first):
    """The user's respx routes answer the rest, whichever of us came first and at whatever level respx sits."""
    library = pytest.importorskip(name)
    fake, router = FakeEndpoint(), respx.mock(using=using)
    ours = in_process(fake.answer, allow)
    with ours if first == "ours" else router, router if first == "ours" else ours:
        route = router.get(OTHER).respond(204)
        assert library.get(OTHER).status_code == 204
        assert library.post(URL, json=ASK).json()["stop_reason"] == "refusal"
    assert route.call_count == 1
    assert len(fake.requests) == 1


def test_respx_route_for_a_guarded_host():
    """A request to a guarded host that the user has mocked is not stopped."""
    import httpx

    fake, blocked = FakeEndpoint(), []
    with network_guard([], blocked.append) as guard, in_process(fake.answer, guard), respx.mock as router:
        router.get("https://api.openai.com/v1/models").respond(204)
        assert httpx.get("https://api.openai.com/v1/models").status_code == 204
    assert blocked == []


def test_respx_fixture(respx_mock, endpoint):
    """The plugin's fixture lives beside us."""
    import httpx

    respx_mock.get(OTHER).respond(204)
    assert httpx.get(OTHER).status_code == 204
    assert sdk().messages.create(**ASK).stop_reason == "refusal"


def test_project_web_app(endpoint):
    """A test client of the project's own web application reaches that application, whatever the path."""
    applications = pytest.importorskip("starlette.applications")
    responses = pytest.importorskip("starlette.responses")
    routing = pytest.importorskip("starlette.routing")
    testclient = pytest.importorskip("starlette.testclient")

    async def own(_request: Any) -> Any:
        return responses.JSONResponse({"own": True})

    app = applications.Starlette(routes=[routing.Route("/v1/messages", own, methods=["POST"])])
    assert testclient.TestClient(app).post("/v1/messages", json=ASK).json() == {"own": True}

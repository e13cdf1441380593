"""The in-process transport, as the code under test meets it."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import anthropic
import pytest
import respx

from pytest_refusals.endpoint import inprocess
from pytest_refusals.endpoint.guard import network_guard
from pytest_refusals.endpoint.inprocess import MOCKERS, in_process
from pytest_refusals.errors import UnservedRequest
from tests.endpoint.fake import ASK, TEXT, FakeEndpoint

URL = "https://api.anthropic.com/v1/messages"
OTHER = "https://service.test/items"
SDK_LIBRARY = "httpx2" if int(anthropic.__version__.partition(".")[0]) else "httpx"


def allow(_method: str, _url: str) -> None:
    """Guard nothing."""


def sdk(**options: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="test", max_retries=0, **options)


def async_sdk(**options: Any) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(api_key="test", max_retries=0, **options)


@pytest.fixture(params=["httpx", "httpx2"])
def library(request) -> ModuleType:
    return pytest.importorskip(request.param)


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    fake = FakeEndpoint()
    with in_process(fake.answer, allow):
        yield fake


# -- the SDK --------------------------------------------------------------------------------------------------------


def test_create(endpoint):
    """A plain call gets the answer as JSON."""
    assert sdk().messages.create(**ASK).stop_reason == "refusal"


def test_create_streaming(endpoint):
    """A streaming call gets every event."""
    with sdk().messages.create(**ASK, stream=True) as events:
        assert [event.type for event in events][-1] == "message_stop"


def test_stream_helper(endpoint):
    """The streaming helper puts the same message together as it would from the network."""
    with sdk().messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == TEXT
        assert stream.get_final_message().stop_reason == "refusal"


def test_beta(endpoint):
    """The beta namespace is answered too."""
    assert sdk().beta.messages.create(**ASK).stop_reason == "refusal"


def test_raw_response(endpoint):
    """Headers reach the code under test."""
    raw = sdk().messages.with_raw_response.create(**ASK)
    assert raw.headers["request-id"] == "req_1"
    assert raw.status_code == 200


async def converse(client: anthropic.AsyncAnthropic) -> list[str | None]:
    """Use an async client in all three ways."""
    whole = await client.messages.create(**ASK)
    types = [event.type async for event in await client.messages.create(**ASK, stream=True)]
    async with client.messages.stream(**ASK) as stream:
        final = await stream.get_final_message()
    return [whole.stop_reason, types[-1], final.stop_reason]


def test_asyncio(endpoint):
    """An async client is answered under asyncio."""
    assert asyncio.run(converse(async_sdk())) == ["refusal", "message_stop", "refusal"]


def test_trio(endpoint):
    """An async client is answered under trio."""
    trio = pytest.importorskip("trio")
    assert trio.run(converse, async_sdk()) == ["refusal", "message_stop", "refusal"]


def test_tasks(endpoint):
    """Tasks that share a client each get a whole answer of their own."""

    async def ask_many() -> list[list[str | None]]:
        client = async_sdk()
        return await asyncio.gather(*(converse(client) for _ in range(5)))

    assert asyncio.run(ask_many()) == [["refusal", "message_stop", "refusal"]] * 5


def test_threads(endpoint):
    """Threads that share a client each get a whole answer of their own."""
    client, texts = sdk(), []

    def ask() -> None:
        with client.messages.stream(**ASK) as stream:
            texts.append(stream.get_final_text())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [TEXT] * 8


def test_client_built_before():
    """A client that was built before the activation is answered, and is free again after it."""
    client, fake = sdk(), FakeEndpoint()
    with in_process(fake.answer, allow):
        client.messages.create(**ASK)
    with network_guard(["api.anthropic.com"], lambda _: None), pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ASK)
    assert len(fake.requests) == 1


def test_counts_what_is_read(endpoint):
    """Chunks are handed over one at a time: breaking off leaves the rest unread."""
    with sdk().messages.create(**ASK, stream=True) as events:
        for event in events:
            if event.type == "content_block_start":
                break
        assert 2 <= endpoint.exchanges[0].read < len(endpoint.exchanges[0].response.chunks)


def test_dropped(endpoint):
    """A connection that breaks raises what the SDK's HTTP library raises, after all events before it."""
    endpoint.dropped = True
    events, seen = iter(sdk().messages.create(**ASK, stream=True)), []
    with pytest.raises(importlib.import_module(SDK_LIBRARY).RemoteProtocolError, match="peer closed connection"):
        seen.extend(event.type for event in events)
    assert endpoint.exchanges[0].read == 5


def test_vertex(endpoint):
    """The Vertex client is answered."""
    options = {"region": "us-east5", "project_id": "project", "access_token": "test"}
    client = anthropic.AnthropicVertex(**options, max_retries=0)
    assert client.messages.create(**ASK).stop_reason == "refusal"
    assert endpoint.requests[0].url.endswith("/publishers/anthropic/models/claude-test:rawPredict")


def test_foundry(endpoint):
    """The Foundry client is answered."""
    if not hasattr(anthropic, "AnthropicFoundry"):
        pytest.skip("this SDK has no Foundry client")
    client = anthropic.AnthropicFoundry(api_key="test", resource="resource", max_retries=0)
    assert client.messages.create(**ASK).stop_reason == "refusal"


def test_bedrock(endpoint):
    """The Bedrock client is answered."""
    pytest.importorskip("boto3")
    options = {"aws_access_key": "test", "aws_secret_key": "test", "aws_region": "us-east-1"}
    client = anthropic.AnthropicBedrock(**options, max_retries=0)
    assert client.messages.create(**ASK).stop_reason == "refusal"
    assert endpoint.requests[0].url.endswith("/model/claude-test/invoke")


def test_aiohttp_client(endpoint):
    """The SDK's aiohttp client, which httpcore never sees, is answered."""
    pytest.importorskip("aiohttp")

    async def ask() -> list[str | None]:
        async with anthropic.DefaultAioHttpClient() as http_client:
            return await converse(async_sdk(http_client=http_client))

    assert asyncio.run(ask()) == ["refusal", "message_stop", "refusal"]


# -- httpx and httpx2 -----------------------------------------------------------------------------------------------


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


# -- the user's own mocks -------------------------------------------------------------------------------------------


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


# -- the guard ------------------------------------------------------------------------------------------------------


def test_guard_names_the_request(library):
    """A request that nothing serves is stopped before it uses the network, and named."""
    fake, blocked = FakeEndpoint(), []

    async def ask() -> None:
        async with library.AsyncClient() as client:
            await client.get("https://api.anthropic.com/v1/models?after=1")

    with network_guard(["api.anthropic.com"], blocked.append) as guard, in_process(fake.answer, guard):
        with pytest.raises(UnservedRequest, match=r"^GET https://api\.anthropic\.com/v1/models \(sent from .*:\d+ in"):
            library.get("https://api.anthropic.com/v1/models")
        with pytest.raises(UnservedRequest, match=r"^GET https://api\.anthropic\.com/v1/models \("):
            asyncio.run(ask())
    assert len(blocked) == 2


def test_guard_sees_through_a_proxy(library, endpoint):
    """A guarded host is guarded behind a proxy, even one on this machine."""
    client = library.Client(proxy="http://127.0.0.1:9")
    guarding = network_guard(["api.anthropic.com"], lambda _: None)
    with guarding as guard, in_process(endpoint.answer, guard), pytest.raises(UnservedRequest):
        client.get("https://api.anthropic.com/v1/models")


def test_kept_trace(library, endpoint):
    """A trace function of the user's own stays in place for requests that are passed on."""
    mine: list[str] = []

    def connect(request: Any) -> Any:
        request.extensions["trace"]("connection.connect_tcp.started", {})
        return library.Response(200)

    client = library.Client(transport=library.MockTransport(connect))
    client.get(OTHER, extensions={"trace": lambda event, _info: mine.append(event)})
    assert mine == ["connection.connect_tcp.started"]


# -- beginning and end ----------------------------------------------------------------------------------------------


def patched_methods() -> list[Any]:
    found = []
    for name in ("httpx", "httpx2"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found += [vars(client)["_send_single_request"] for client in (module.Client, module.AsyncClient)]
    return found


def test_nothing_stays():
    """Nothing stays patched or registered."""
    before = patched_methods()
    with in_process(FakeEndpoint().answer, allow):
        assert patched_methods() != before
    assert patched_methods() == before
    assert [mocker.routers for mocker in MOCKERS] == [[], []]


def test_nothing_stays_after_an_error():
    """The same where the body raised."""
    before = patched_methods()
    with pytest.raises(ZeroDivisionError), in_process(FakeEndpoint().answer, allow):
        _ = 1 / 0
    assert patched_methods() == before
    assert [mocker.routers for mocker in MOCKERS] == [[], []]


def test_innermost_answers():
    """Of nested activations the innermost answers; when it ends the outer one does."""
    outer, inner = FakeEndpoint("outer"), FakeEndpoint("inner")
    with in_process(outer.answer, allow):
        with in_process(inner.answer, allow):
            assert sdk().messages.create(**ASK).stop_reason == "inner"
        assert sdk().messages.create(**ASK).stop_reason == "outer"


def test_overlapping_activations():
    """Activations may end in the order in which they began."""
    before = patched_methods()
    first, second = (in_process(FakeEndpoint(reason).answer, allow) for reason in ("first", "second"))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sdk().messages.create(**ASK).stop_reason == "second"
    second.__exit__(None, None, None)
    assert patched_methods() == before


def test_library_imported_later(tmp_path: Path):
    """Code under test that imports the SDK only while we are active is answered."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from pytest_refusals.endpoint.inprocess import in_process\n"
        "from tests.endpoint.fake import ASK, FakeEndpoint\n"
        "assert 'anthropic' not in sys.modules\n"
        "with in_process(FakeEndpoint().answer, lambda method, url: None):\n"
        "    import anthropic\n"
        "    print(anthropic.Anthropic(api_key='test').messages.create(**ASK).stop_reason)\n"
    )
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); exec(open({str(script)!r}).read())"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "refusal"


# -- the way round, for a library without our hooks ------------------------------------------------------------------


@contextmanager
def unhooked(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(inprocess, "_HOOKS", ("_no_such_method",))
        with in_process(endpoint.answer, allow):
            yield


def test_fallback(library, monkeypatch):
    """Without the hooks a request is answered one layer below, streamed or not, and nothing stays patched."""
    fake, core = FakeEndpoint(), importlib.import_module(library.__name__.replace("httpx", "httpcore"))
    before = core.ConnectionPool.handle_request

    async def ask() -> bytes:
        async with library.AsyncClient() as client:
            return (await client.post(URL, json={**ASK, "stream": True})).content

    with unhooked(fake, monkeypatch):
        assert library.post(URL, json=ASK).json()["stop_reason"] == "refusal"
        assert asyncio.run(ask()).endswith(b'{"type": "message_stop"}\n\n')
        fake.dropped = True
        with pytest.raises(library.RemoteProtocolError):
            library.post(URL, json={**ASK, "stream": True})
    assert core.ConnectionPool.handle_request is before


def test_fallback_beside_respx(library, monkeypatch):
    """Without the hooks the user's respx routes at the same layer go on answering."""
    using = library.__name__.replace("httpx", "httpcore")
    with unhooked(FakeEndpoint(), monkeypatch), respx.mock(using=using) as router:
        router.get(OTHER).respond(204)
        assert library.get(OTHER).status_code == 204
        assert library.post(URL, json=ASK).status_code == 200

"""The in-process transport, met through the SDK's clients."""

from __future__ import annotations

import asyncio
import importlib
import threading

import anthropic
import pytest

from pytest_refusals.endpoint.guard import network_guard
from pytest_refusals.endpoint.inprocess import in_process
from tests.endpoint.fake import ASK, TEXT, FakeEndpoint, allow, async_sdk, sdk

SDK_LIBRARY = "httpx2" if int(anthropic.__version__.partition(".")[0]) else "httpx"


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

"""The recorder between the real SDK and a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import anthropic
import pytest

from pytest_refusals import RecordingWarning, RefusalsError, UnsafeRecording, load_recording, record
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.anthropic.sse import encode
from tests.endpoint.fake import EVENTS, TEXT, sse
from tests.recordings.api import ASK, BODY, IDS, JSON_REPLY, KEY, Reply, api

WAIT = 20
"""Seconds after which a test that would hang fails."""


_open: list[anthropic.Anthropic] = []


def client(server):
    """Return a client that is closed after the test."""
    _open.append(anthropic.Anthropic(api_key=KEY, base_url=server.url, max_retries=0))
    return _open[-1]


@pytest.fixture(autouse=True)
def _tidy(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    yield
    while _open:
        _open.pop().close()


def async_client(server, **options):
    return anthropic.AsyncAnthropic(api_key=KEY, base_url=server.url, max_retries=0, **options)


def stream(server, **fields):
    """Ask for a stream, read it to its end, return the message."""
    with client(server).messages.stream(**{**ASK, **fields}) as events:
        return events.get_final_message()


async def stream_async(server, **fields):
    """Do the same with an async client."""
    async with async_client(server) as asked, asked.messages.stream(**{**ASK, **fields}) as events:
        return await events.get_final_message()


def run(how, server):
    return stream(server) if how == "sync" else asyncio.run(stream_async(server))


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_stream(tmp_path, how):
    """A streamed answer is in one file, byte for byte after the comments, and the code under test gets it unchanged."""
    with api() as server, record(tmp_path, name="rain today?") as recorder:
        assert run(how, server).content[0].text == TEXT
    (file,) = recorder.files
    assert file == tmp_path / "rain-today.sse"
    assert file.read_bytes().partition(b"\n\n")[2] == BODY
    recording = load_recording(file)
    assert encode(recording) == BODY
    facts = recording.facts
    assert (facts.status, facts.model, facts.url) == (200, "claude-test", f"{server.url}/v1/messages")
    assert facts.request["messages"] == ASK["messages"]
    assert facts.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert facts.date is not None


def test_a_message(tmp_path):
    """An answer without streaming is a JSON file that holds the facts beside the body."""
    with api(JSON_REPLY) as server, record(tmp_path, name="a") as recorder:
        assert client(server).messages.create(**ASK).stop_reason == "end_turn"
    assert [file.name for file in recorder.files] == ["a.json"]
    value = json.loads(recorder.files[0].read_text())
    assert value["body"]["stop_reason"] == "end_turn"
    assert value["request"] == ASK
    assert fold(load_recording(recorder.files[0]))["content"][0]["text"] == TEXT


@pytest.mark.parametrize("how", ["sync", "async"])
def test_as_it_arrives(tmp_path, how):
    """An event is there for the code under test before the server sends the next one."""
    go_on = [threading.Event() for _ in EVENTS]

    def one_by_one(_body):
        for at, event in enumerate(EVENTS):
            assert at == 0 or go_on[at - 1].wait(WAIT)
            yield event

    def read(server):
        with client(server).messages.create(**ASK, stream=True) as events:
            for at, _ in enumerate(events):
                go_on[at].set()

    async def read_async(server):
        async with async_client(server) as asked:
            at = 0
            async for _ in await asked.messages.create(**ASK, stream=True):
                go_on[at].set()
                at += 1

    with api(Reply(one_by_one)) as server, record(tmp_path) as recorder:
        read(server) if how == "sync" else asyncio.run(read_async(server))
    assert encode(load_recording(recorder.files[0])) == BODY


def left(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_connection_that_drops(tmp_path, how):
    """Where the connection breaks, the code under test sees the same error, nothing is left, and a warning says so."""
    with (
        api(Reply(EVENTS[:5], drop=True)) as server,
        pytest.warns(RecordingWarning, match="cut after 5 events: the connection broke: RemoteProtocolError"),
        record(tmp_path) as recorder,
        pytest.raises(Exception, match="peer closed connection"),
    ):
        run(how, server)
    assert recorder.files == left(tmp_path) == []


def test_a_stream_that_is_cut(tmp_path):
    """A stream that ends cleanly and too early is no recording."""
    with (
        api(Reply(EVENTS[:5])) as server,
        pytest.warns(RecordingWarning, match="cut after 5 events: the stream ended there"),
        record(tmp_path),
    ):
        list(client(server).messages.create(**ASK, stream=True))
    assert left(tmp_path) == []


@pytest.mark.parametrize("close", [True, False])
def test_reading_that_is_given_up(tmp_path, close):
    """An answer that the code under test does not read to its end is no recording, be it closed or forgotten."""
    with (
        api() as server,
        pytest.warns(RecordingWarning, match="the code under test stopped reading it"),
        record(tmp_path),
    ):
        events = client(server).messages.create(**ASK, stream=True)
        next(iter(events))
        if close:
            events.close()
    events.close()
    assert left(tmp_path) == []


def test_an_end_that_is_not_waited_for(tmp_path):
    """A stream that is left after its last event is whole."""
    with api() as server, record(tmp_path) as recorder:
        with client(server).messages.create(**ASK, stream=True) as events:
            for event in events:
                if event.type == "message_stop":
                    break
    assert encode(load_recording(recorder.files[0])) == BODY


@pytest.mark.parametrize(
    ("status", "body"),
    [(529, b'{"type":"error","error":{"type":"overloaded_error"}}'), (502, b"<html>bad gateway</html>")],
)
def test_errors(tmp_path, status, body):
    """An HTTP error is passed on and recorded, and is no base of anything."""
    kind = "application/json" if body.startswith(b"{") else "text/html"
    with (
        api(Reply((body,), status, kind)) as server,
        record(tmp_path) as recorder,
        pytest.raises(anthropic.APIStatusError),
    ):
        stream(server)
    assert json.loads(recorder.files[0].read_text())["status"] == status
    with pytest.raises(RefusalsError, match="HTTP error"):
        load_recording(recorder.files[0])


def test_retries(tmp_path):
    """An error that the client tries again after, without reading it, is no recording, and nothing to warn of."""
    with api(Reply((b"{}",), 529, "application/json", {"retry-after-ms": "1"}), Reply()) as server:
        with record(tmp_path, name="a") as recorder:
            client(server).with_options(max_retries=1).messages.create(**ASK, stream=True).response.read()
    assert [file.name for file in recorder.files] == ["a.sse"]


def echo(body):
    """Return the events of an answer that says what was asked."""
    text = body["messages"][0]["content"]
    delta = sse(type="content_block_delta", index=0, delta={"type": "text_delta", "text": text})
    return (*EVENTS[:2], delta, *EVENTS[-3:])


@pytest.mark.parametrize("how", ["threads", "tasks"])
def test_concurrency(tmp_path, how):
    """Exchanges that run at the same time are each in one file, unmixed."""
    asked = [{"messages": [{"role": "user", "content": f"number {n}"}]} for n in range(12)]

    async def together(server):
        await asyncio.gather(*(stream_async(server, **fields) for fields in asked))

    with api(Reply(echo)) as server, record(tmp_path) as recorder:
        if how == "threads":
            with ThreadPoolExecutor(6) as pool:
                list(pool.map(lambda fields: stream(server, **fields), asked))
        else:
            asyncio.run(together(server))
    recordings = [load_recording(file) for file in recorder.files]
    said = {fold(one)["content"][0]["text"]: one.facts.request["messages"][0]["content"] for one in recordings}
    assert said == {f"number {n}": f"number {n}" for n in range(12)}
    assert len(left(tmp_path)) == 12


def test_compressed(tmp_path):
    """A compressed body is recorded as it was before, and read by the client as ever."""
    packed = gzip.compress(BODY)
    chunks = [packed[at : at + 50] for at in range(0, len(packed), 50)]
    with api(Reply(chunks, headers={"content-encoding": "gzip"})) as server, record(tmp_path) as recorder:
        assert stream(server).content[0].text == TEXT
    assert encode(load_recording(recorder.files[0])) == BODY


def test_an_encoding_that_we_cannot_read(tmp_path):
    """A body that we cannot decompress is passed on, and not recorded."""
    with (
        api(Reply((b"xyz",), headers={"content-encoding": "lzma"})) as server,
        pytest.warns(RecordingWarning, match="'lzma'"),
        record(tmp_path),
    ):
        client(server).messages.create(**ASK, stream=True).response.read()
    assert left(tmp_path) == []


def test_nothing_private_reaches_the_disk(tmp_path):
    """Keys, cookies, ids and addresses are in no file, wherever they were in the exchange."""
    private = {**IDS, "key": KEY, "mail": "jane.doe@acme.example", "own": "Project Bluebird"}
    text = " ".join([*private.values(), "AbC123dEf456GhI789"])
    fields = {"messages": [{"role": "user", "content": text}], "system": text}
    for reply in (Reply(echo), Reply((json.dumps({"text": text}).encode(),), kind="application/json")):
        with api(reply) as server, record(tmp_path, scrub=["Project [A-Z]\\w+"]) as recorder:
            if reply.kind == "application/json":
                client(server).messages.create(**ASK | fields)
            else:
                stream(server, **fields)
        for file in recorder.files:
            written = file.read_text()
            assert "scrubbed" in written
            for secret in ("sk-ant", "0123456789", "AbC123", "req_011C", "0f1e2d3c", "jane", "Bluebird"):
                assert secret not in written


@pytest.mark.parametrize("streamed", [True, False])
def test_what_looks_like_a_key(tmp_path, streamed):
    """A recording that still holds what looks like a key is not written; the error says where it was."""
    fields = {"messages": [{"role": "user", "content": "is AKIAABCDEFGHIJKLMNOP a key?"}]}
    with api(Reply() if streamed else JSON_REPLY) as server:
        with (
            pytest.raises(UnsafeRecording, match=r"an AWS key id in request\.messages\[0\]\.content"),
            record(tmp_path),
        ):
            stream(server, **fields) if streamed else client(server).messages.create(**ASK | fields)
        assert left(tmp_path) == []
        with record(tmp_path, scrub=["AKIA[A-Z]+"]):
            stream(server, **fields) if streamed else client(server).messages.create(**ASK | fields)
    assert len(left(tmp_path)) == 1


def test_what_looks_like_a_key_in_an_answer(tmp_path):
    """A key in the answer is told with its event, even where the stream breaks later."""
    with (
        api(Reply(echo)) as server,
        pytest.raises(UnsafeRecording, match="in the answer, at event 2"),
        record(tmp_path),
    ):
        fields = {"messages": [{"role": "user", "content": "AKIAABCDEFGHIJKLMNOP"}]}
        stream(server, **fields)
    assert left(tmp_path) == []


def test_a_large_stream_takes_little_memory(tmp_path):
    """A stream of 50 MB is written while it arrives."""
    piece = sse(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "word " * 20_000})

    def large(_body):
        return (*EVENTS[:2], *[piece] * 500, *EVENTS[-3:])

    with api(Reply(large)) as server, record(tmp_path) as recorder:
        asked = client(server)
        tracemalloc.start()
        with asked.messages.with_streaming_response.create(**ASK, stream=True) as answer:
            size = sum(map(len, answer.iter_bytes()))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size > 50_000_000
    assert recorder.files[0].stat().st_size > size
    assert peak < 5_000_000


def test_an_old_recording_is_replaced_by_a_whole_one_only(tmp_path):
    """The last recording stays until the next one is whole, and is replaced then."""
    (tmp_path / "a.sse").write_text("old")
    with api(Reply(EVENTS[:5]), Reply()) as server:
        with pytest.warns(RecordingWarning), record(tmp_path, name="a"):
            list(client(server).messages.create(**ASK, stream=True))
        assert (tmp_path / "a.sse").read_text() == "old"
        with record(tmp_path, name="a"):
            stream(server)
    assert encode(load_recording(tmp_path / "a.sse")) == BODY


def test_what_is_not_recorded(tmp_path):
    """Requests that ask for no message are let through and not recorded."""
    with api(Reply((b'{"input_tokens":3}',), kind="application/json")) as server, record(tmp_path) as recorder:
        counted = client(server).messages.count_tokens(model="claude-test", messages=ASK["messages"])
    assert counted.input_tokens == 3
    assert recorder.files == left(tmp_path) == []


@pytest.mark.parametrize("value", ["true", "1", "yes"])
def test_ci(tmp_path, monkeypatch, value):
    """Nothing is recorded in CI unless it is forced."""
    monkeypatch.setenv("CI", value)
    with pytest.raises(RefusalsError, match="in_ci=True"), record(tmp_path):
        pytest.fail("it began")
    with api() as server, record(tmp_path, in_ci=True) as recorder:
        stream(server)
    assert recorder.files


def test_an_exception_comes_through(tmp_path):
    """What the code under test raises is not covered up by what the recorder has to say."""
    with api() as server, pytest.warns(RecordingWarning), pytest.raises(ZeroDivisionError), record(tmp_path):
        client(server).messages.create(**ASK, stream=True)
        raise ZeroDivisionError


def test_aiohttp(tmp_path):
    """The SDK's aiohttp client is recorded too."""
    pytest.importorskip("aiohttp")
    if not hasattr(anthropic, "DefaultAioHttpClient"):
        pytest.skip("this SDK has no aiohttp client")

    async def ask(server):
        async with async_client(server, http_client=anthropic.DefaultAioHttpClient()) as asked:
            async with asked.messages.stream(**ASK) as events:
                await events.get_final_message()

    with api() as server, record(tmp_path) as recorder:
        asyncio.run(ask(server))
    assert encode(load_recording(recorder.files[0])) == BODY

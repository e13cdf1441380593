"""Code that reads the stream itself: loops over texts and events, generators, callbacks, raw HTTP."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx

from tests.corpus.asking import OK, aclient, client, question, text_of
from tests.corpus.case import PLAIN, case

log = logging.getLogger("corpus.stream")


class StreamError(Exception):
    pass


@dataclass
class Delta:
    text: str


@dataclass
class Done:
    reason: str = "completed"


@dataclass
class Failed:
    message: str


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def joins_the_text_stream() -> str:
    """Joins what text_stream gives: no exception, no reason, half an answer."""
    with client().messages.stream(**question()) as stream:
        return "".join(stream.text_stream)


@case(empty="silent", partial="silent", unknown="silent", cut="silent")
def prints_the_text_stream() -> None:
    """Prints what comes, as every example does."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            print(text, end="", flush=True)
    print()


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def yields_the_text_stream() -> Iterator[str]:
    """A generator over text_stream, for a web framework."""
    with client().messages.stream(**question()) as stream:
        yield from stream.text_stream


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
async def yields_the_text_stream_later() -> AsyncIterator[str]:
    """The same in async code."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text


@case("loud")
def yields_and_then_raises() -> Iterator[str]:
    """Yields while it lasts, and raises when the end is not a good one."""
    with client().messages.stream(**question()) as stream:
        yield from stream.text_stream
        if stream.get_final_message().stop_reason not in OK:
            raise StreamError("the stream did not end well")


@case("loud")
async def yields_and_then_warns() -> AsyncIterator[str]:
    """Yields while it lasts, and warns when the end is not a good one."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        if (await stream.get_final_message()).stop_reason not in OK:
            log.warning("stream ended early")


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
async def yields_and_then_notes() -> AsyncIterator[str]:
    """Yields while it lasts, and makes an info record of the end."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        log.info("refused or done: %s", (await stream.get_final_message()).stop_reason)


@case("loud")
async def yields_an_error_event() -> AsyncIterator[Any]:
    """An error event at the end instead of an exception."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield Delta(text)
        final = await stream.get_final_message()
    yield Done() if final.stop_reason in OK else Failed("The model declined this request.")


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def yields_an_error_event_without_words() -> Iterator[Any]:
    """An error event that only says that there is one."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield Delta(text)
        final = stream.get_final_message()
    yield Done() if final.stop_reason in OK else Failed("error")


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
async def yields_done_whatever_came() -> AsyncIterator[Any]:
    """A last event that says "completed", always."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield Delta(text)
    yield Done()


@case("loud")
def yields_the_reason_last() -> Iterator[Any]:
    """A last event with the reason as it came, or a word for none."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield Delta(text)
        yield Done(stream.get_final_message().stop_reason or "no stop reason")


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked", failed="loud", but={"*ed-mid-text": "leaked"})
async def ends_quietly_on_errors() -> AsyncIterator[str]:
    """Whatever goes wrong in the middle, the generator just ends; what goes wrong before it is let through."""
    async with aclient().messages.stream(**question()) as stream:
        with suppress(Exception):
            async for text in stream.text_stream:
                yield text


@case(
    empty="crashed",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    but={"unknown-before-output": "crashed", "refusal-empty-block": "silent"},
)
def gets_the_final_text() -> str:
    """get_final_text: a RuntimeError of the SDK's where no text came, half an answer where some did."""
    with client().messages.stream(**question()) as stream:
        return stream.get_final_text()


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def collects_raw_deltas() -> str:
    """A loop over raw events that takes the text deltas and nothing else."""
    events = client().messages.create(**question(), stream=True)
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    return "".join(delta.text for delta in deltas if delta.type == "text_delta")


@case("loud", but={"cut-mid-text": "leaked"})
async def collects_raw_deltas_and_the_reason() -> str:
    """The same with an eye on message_delta: a stream that just ends has none."""
    parts = []
    async for event in await aclient().messages.create(**question(), stream=True):
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            parts.append(event.delta.text)
        elif event.type == "message_delta" and event.delta.stop_reason not in OK:
            raise StreamError(event.delta.stop_reason)
    return "".join(parts)


@case("loud")
def waits_for_the_last_event() -> str:
    """The same, and a stream without a stop is an error too."""
    parts, reason = [], None
    for event in client().messages.create(**question(), stream=True):
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            parts.append(event.delta.text)
        elif event.type == "message_delta":
            reason = event.delta.stop_reason
    if reason not in OK:
        raise StreamError("incomplete")
    return "".join(parts)


@case(
    empty="silent",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    thread="https://github.com/SamSaffron/term-llm/pull/955",
)
def reads_until_the_stream_stops() -> str:
    """Leaves the loop at message_stop, and takes an early end for the same thing."""
    text = ""
    with client().messages.stream(**question()) as stream:
        for event in stream:
            if event.type == "text":
                text += event.text
            if event.type == "message_stop":
                break
    return text


KNOWN_EVENTS = {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}


@case(
    "loud",
    but={"tolerates-unknown-event@new": "raised StreamError", "cut-mid-text": "leaked"},
)
def knows_every_event() -> str:
    """Raises on events that it does not know: the new SDK hands them over, the old one drops them."""
    text = ""
    for event in client().messages.create(**question(), stream=True):
        if event.type not in {*KNOWN_EVENTS, "message_stop"}:
            raise StreamError(f"unexpected event {event.type}")
        if event.type == "content_block_delta":
            text += getattr(event.delta, "text", None) or ""
        if event.type == "message_delta" and event.delta.stop_reason not in OK:
            raise StreamError("no good end")
    return text


@case(
    "abandoned",
    quiet="abandoned",
    words="abandoned",
    empty="silent",
    but={"unknown-before-output": "silent", "*ed-mid-text": "abandoned"},
)
def takes_the_first_text() -> str:
    """Leaves the stream after the first piece of text, for a title: the end is never read."""
    with client().messages.stream(**question()) as stream:
        for _text in stream.text_stream:
            return "Untitled"
    return ""


@case("deferred", words="deferred", but={"cut-mid-text": "leaked"})
def hands_the_stream_over() -> Any:
    """Returns the SDK's stream before it has been read, to a reader who may look."""
    return client().messages.create(**question(), stream=True)


@case("deferred", words="deferred", but={"cut-mid-text": "leaked"})
async def yields_the_sdks_events() -> AsyncIterator[Any]:
    """Yields the SDK's own events, for a reader who may look; a stream that just ends has nothing to look at."""
    async for event in await aclient().messages.create(**question(), stream=True):
        yield event


def pump(send: Callable[[dict[str, Any]], None], *, tell: bool) -> None:
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            send({"type": "delta", "text": text})
        good = stream.get_final_message().stop_reason in OK
    send({"type": "done"} if good or not tell else {"type": "error", "message": "the model refused"})


@case("loud")
def sends_an_error_frame() -> list[dict[str, Any]]:
    """A callback, as of a websocket, is sent an error after the deltas."""
    sent: list[dict[str, Any]] = []
    pump(sent.append, tell=True)
    return sent


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def sends_deltas_and_done() -> list[dict[str, Any]]:
    """A callback is sent the deltas and "done"."""
    sent: list[dict[str, Any]] = []
    pump(sent.append, tell=False)
    return sent


@case("silent")
def sends_an_error_frame_to_nobody() -> None:
    """What was sent is not part of what comes back, so nobody here can know of it."""
    pump(lambda _frame: None, tell=True)


@case(
    empty="silent",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    failed="leaked",
    but={"*ed-*put": "loud", "*-input*": "leaked"},
)
def keeps_what_came_before_the_error() -> str:
    """An error in the middle of the stream ends the loop, and what came so far is the answer."""
    parts: list[str] = []
    with client().messages.stream(**question()) as stream:
        try:
            for text in stream.text_stream:
                parts.append(text)  # noqa: PERF402  # what came before an error is kept
        except (anthropic.APIError, Exception):
            log.debug("stream broke", exc_info=True)
    return "".join(parts)


URL = "http://gateway.test/v1/messages"


@functools.cache
def http_client() -> httpx.Client:
    return httpx.Client(verify=False)  # noqa: S501  # no connection is made, and certificates take long to load


@functools.cache
def http_aclient() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=False)  # noqa: S501  # as above


def post(body: dict[str, Any]) -> httpx.Response:
    return http_client().post(URL, json=body, headers={"x-api-key": "test"})


@case(
    empty="silent",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    failed="crashed",
    but={"dropped-mid-text": "loud"},
    lacks=PLAIN,
)
def posts_by_hand() -> str:
    """Plain HTTP without a look at the status or the reason: an error's body has no content."""
    answer = post(question(plain=True)).json()
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


@case("loud")
def posts_by_hand_with_care() -> str:
    """Plain HTTP with raise_for_status and a look at the reason."""
    response = post(question())
    response.raise_for_status()
    answer = response.json()
    if answer["stop_reason"] not in OK:
        raise StreamError(f"stop_reason {answer['stop_reason']}")
    return "".join(block["text"] for block in answer["content"] if block["type"] == "text")


@case("deferred", words="deferred")
def returns_the_json() -> dict[str, Any]:
    """Plain HTTP, and the JSON comes back as it is; that of an error says that it is one."""
    return post(question()).json()


@case(
    empty="silent",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    failed="silent",
    but={"overloaded-mid-text": "leaked", "dropped-mid-text": "loud"},
)
def reads_lines_by_hand() -> str:
    """Server-sent events by hand: whatever is no text delta is not looked at, errors included."""
    text = ""
    with http_client().stream("POST", URL, json={**question(), "stream": True}) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                delta = json.loads(line.removeprefix("data: ")).get("delta", {})
                text += delta.get("text", "")
    return text


@case("loud", failed="loud")
async def looks_at_the_end_by_hand() -> str:
    """Server-sent events by hand, with a look at errors and at the end, and at there being one."""
    text, reason = "", None
    async with http_aclient().stream("POST", URL, json={**question(), "stream": True}) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if not line.startswith("data: "):
                continue
            data = json.loads(line.removeprefix("data: "))
            if data["type"] == "error":
                raise StreamError(data["error"]["message"])
            delta = data.get("delta", {})
            text, reason = text + delta.get("text", ""), delta.get("stop_reason", reason)
    if reason not in OK:
        raise StreamError("bad end")
    return text


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def parses_a_raw_response() -> str:
    """with_raw_response, for the headers."""
    return text_of(client().messages.with_raw_response.create(**question()).parse())


@case("loud", but={"cut-mid-text": "crashed"})
def looks_at_a_message_that_may_be_missing() -> str:
    """Raises by the last message_delta, of which there is none in a stream that just ends: an AttributeError."""
    text, last = "", None
    for event in client().messages.create(**question(), stream=True):
        if event.type == "content_block_delta":
            text += getattr(event.delta, "text", None) or ""
        if event.type == "message_delta":
            last = event.delta
    if last.stop_reason not in OK:
        raise StreamError("bad end")
    return text


@case("deferred", words="deferred", but={"cut-mid-text": "leaked"})
async def proxies_the_events() -> AsyncIterator[str]:
    """The API's own events as JSON, one in a frame, for a browser that reads them."""
    async for event in await aclient().messages.create(**question(), stream=True):
        yield f"event: {event.type}\ndata: {json.dumps(event.to_dict())}\n\n"


@dataclass
class Completed:
    text: str = ""
    refused: bool = False


@case("loud")
def yields_a_flag_last() -> Iterator[Any]:
    """A last event with a flag that is set."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield Delta(text)
        final = stream.get_final_message()
    yield Completed(text_of(final)) if final.stop_reason in OK else Completed(refused=True)


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
async def yields_an_apology() -> AsyncIterator[str]:
    """A canned sentence after the refused text, which could be an answer."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        final = await stream.get_final_message()
    if final.stop_reason not in OK:
        yield "I can't help with that one. For anything about our services, ask away."


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked", but={"max-tokens": "loud"})
async def marks_what_was_truncated() -> AsyncIterator[str]:
    """A mark at the end where the limit was reached, and none for any other end."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        if (await stream.get_final_message()).stop_reason == "max_tokens":
            yield "[stop_reason: max_tokens]"


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def yields_a_reason_of_two() -> Iterator[Any]:
    """A last event whose reason is "tool_use" or "end"."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield Delta(text)
        reason = stream.get_final_message().stop_reason
    yield Done("tool_use" if reason == "tool_use" else "end")


class Reader:
    """An iterator of its own over the texts, as wrappers of streams are."""

    def __init__(self) -> None:
        self._texts = yields_and_then_raises()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._texts)


@case("loud")
def returns_an_iterator_of_its_own() -> Reader:
    """An iterator that raises at its end."""
    return Reader()


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked", failed="silent", but={"*ed-mid-text": "leaked"})
async def yields_until_anything_breaks() -> AsyncIterator[str]:
    """Whatever goes wrong, from the first byte on, is the end of the stream."""
    try:
        async with aclient().messages.stream(**question()) as stream:
            async for text in stream.text_stream:
                yield text
    except Exception:
        log.info("client went away")


@case("loud")
async def yields_the_errors_text() -> AsyncIterator[dict[str, str]]:
    """A chunk of type "error" for every failure, its own included."""
    try:
        async with aclient().messages.stream(**question()) as stream:
            async for text in stream.text_stream:
                yield {"type": "text", "content": text}
            if (await stream.get_final_message()).stop_reason not in OK:
                raise StreamError("answer was refused or cut")  # noqa: TRY301
    except StreamError as error:
        yield {"type": "error", "content": str(error)}

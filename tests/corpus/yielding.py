"""Generators over a stream: what is yielded last, and what a reader can make of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.corpus.asking import OK, aclient, client, question, text_of
from tests.corpus.case import AS_IT_CAME, case
from tests.corpus.streams import StreamError, log


@dataclass
class Delta:
    text: str


@dataclass
class Done:
    reason: str = "completed"


@dataclass
class Failed:
    message: str


@case(**AS_IT_CAME)
def yields_the_text_stream() -> Iterator[str]:
    """A generator over text_stream, for a web framework."""
    with client().messages.stream(**question()) as stream:
        yield from stream.text_stream


@case(**AS_IT_CAME)
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


@case(**AS_IT_CAME)
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


@case(**AS_IT_CAME)
def yields_an_error_event_without_words() -> Iterator[Any]:
    """An error event that only says that there is one."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield Delta(text)
        final = stream.get_final_message()
    yield Done() if final.stop_reason in OK else Failed("error")


@case(**AS_IT_CAME)
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


@case(**AS_IT_CAME, failed="loud", but={"*ed-mid-text": "leaked"})
async def ends_quietly_on_errors() -> AsyncIterator[str]:
    """Whatever goes wrong in the middle, the generator just ends; what goes wrong before it is let through."""
    async with aclient().messages.stream(**question()) as stream:
        with suppress(Exception):
            async for text in stream.text_stream:
                yield text


@case("deferred", words="deferred", but={"cut-mid-text": "leaked"})
def hands_the_stream_over() -> Any:
    """Returns the SDK's stream before it has been read, to a reader who may look."""
    return client().messages.create(**question(), stream=True)


@case("deferred", words="deferred", but={"cut-mid-text": "leaked"})
async def yields_the_sdks_events() -> AsyncIterator[Any]:
    """Yields the SDK's own events, for a reader who may look; a stream that just ends has nothing to look at."""
    async for event in await aclient().messages.create(**question(), stream=True):
        yield event


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


@case(**AS_IT_CAME)
async def yields_an_apology() -> AsyncIterator[str]:
    """A canned sentence after the refused text, which could be an answer."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        final = await stream.get_final_message()
    if final.stop_reason not in OK:
        yield "I can't help with that one. For anything about our services, ask away."


@case(**AS_IT_CAME, but={"max-tokens": "loud"})
async def marks_what_was_truncated() -> AsyncIterator[str]:
    """A mark at the end where the limit was reached, and none for any other end."""
    async with aclient().messages.stream(**question()) as stream:
        async for text in stream.text_stream:
            yield text
        if (await stream.get_final_message()).stop_reason == "max_tokens":
            yield "[stop_reason: max_tokens]"


@case(**AS_IT_CAME)
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


@case(**AS_IT_CAME, failed="silent", but={"*ed-mid-text": "leaked"})
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

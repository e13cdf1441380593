"""Code that reads the stream itself: loops over texts and events, generators, callbacks, raw HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anthropic

from tests.corpus.asking import OK, aclient, client, question
from tests.corpus.case import AS_IT_CAME, case

log = logging.getLogger("corpus.stream")


class StreamError(Exception):
    pass


@case(**AS_IT_CAME)
def joins_the_text_stream() -> str:
    """Joins what text_stream gives: no exception, no reason, half an answer."""
    with client().messages.stream(**question()) as stream:
        return "".join(stream.text_stream)


@case("silent")
def prints_the_text_stream() -> None:
    """Prints what comes, as every example does."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            print(text, end="", flush=True)
    print()


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


@case(**AS_IT_CAME)
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
    **AS_IT_CAME,
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


@case(**AS_IT_CAME)
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
    **AS_IT_CAME,
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

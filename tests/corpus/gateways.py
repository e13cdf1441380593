"""Wrappers and gateways that put the stop reason into words of their own."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.corpus.asking import Ask, client, question, text_of
from tests.corpus.case import AS_IT_CAME, PLAIN, case

FINISH = {"end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


class FinishReason(enum.Enum):
    COMPLETED = "completed"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"


@dataclass
class Completion:
    text: str
    finish_reason: Any


@case(
    **AS_IT_CAME,
    thread="https://github.com/vybestack/llxprt-code/pull/2341",
)
def maps_refusal_to_stop(ask: Ask) -> Completion:
    """A table with "refusal": "stop", and "stop" for all else."""
    message = ask()
    table = {**FINISH, "refusal": "stop", "pause_turn": "stop"}
    return Completion(text_of(message), table.get(message.stop_reason, "stop"))


@case(
    **AS_IT_CAME,
    thread="https://github.com/BerriAI/litellm/pull/23899",
)
async def maps_the_rest_to_stop(ask: Ask) -> Completion:
    """A table without refusals, and "stop" for all that is not in it."""
    message = await ask()
    return Completion(text_of(message), FINISH.get(message.stop_reason, "stop"))


@case(refused="loud", unknown="silent", cut="leaked", thread="https://github.com/mozilla-ai/any-llm/pull/1306")
def maps_refusal_to_content_filter(ask: Ask) -> Completion:
    """A table with "refusal": "content_filter", and "stop" for all that is not in it."""
    message = ask()
    table = {**FINISH, "refusal": "content_filter"}
    return Completion(text_of(message), table.get(message.stop_reason, "stop"))


@case(
    empty="silent",
    partial="leaked",
    unknown="loud",
    cut="loud",
    but={"cut-mid-text": "leaked", "max-tokens": "leaked"},
)
async def maps_what_it_knows_and_passes_the_rest(ask: Ask) -> Completion:
    """What is not in the table goes on as it is; the refusal is in it, as "stop"."""
    message = await ask()
    return Completion(text_of(message), {**FINISH, "refusal": "stop"}.get(message.stop_reason, message.stop_reason))


@case(**AS_IT_CAME)
def maps_to_completed(ask: Ask) -> Completion:
    """An enum of ends, COMPLETED unless it was the limit."""
    message = ask()
    known = {"max_tokens": FinishReason.LENGTH, "tool_use": FinishReason.TOOL_CALLS}
    return Completion(text_of(message), known.get(message.stop_reason, FinishReason.COMPLETED))


@case(**AS_IT_CAME)
async def maps_to_other(ask: Ask) -> Completion:
    """All that is not in the table becomes "other", which says that it is none of the known ones, and no more."""
    message = await ask()
    return Completion(text_of(message), FINISH.get(message.stop_reason, "other"))


@case(refused="loud", unknown="silent", cut="leaked", thread="https://github.com/vercel/ai/pull/8412")
def maps_to_a_word_with_a_hyphen(ask: Ask) -> Completion:
    """A table with "refusal": "content-filter", as the AI SDK for TypeScript has it."""
    message = ask()
    return Completion(text_of(message), {**FINISH, "refusal": "content-filter"}.get(message.stop_reason, "unknown"))


@case(refused="loud", unknown="silent", cut="leaked")
def maps_to_a_word_in_camel_case(ask: Ask) -> Completion:
    """A table with "refusal": "ContentFilter"."""
    message = ask()
    return Completion(text_of(message), {**FINISH, "refusal": "ContentFilter"}.get(message.stop_reason, "Unknown"))


@case(refused="loud", unknown="silent", cut="leaked", but={"max-tokens": "loud"})
async def maps_to_safety(ask: Ask) -> Completion:
    """The finish reasons of Gemini."""
    message = await ask()
    return Completion(
        text_of(message), {"refusal": "SAFETY", "max_tokens": "MAX_TOKENS"}.get(message.stop_reason, "STOP")
    )


@case(refused="loud", unknown="silent", cut="leaked")
def maps_to_a_guardrail(ask: Ask) -> Completion:
    """The stop reasons of Bedrock's Converse API."""
    message = ask()
    return Completion(text_of(message), {"refusal": "guardrail_intervened"}.get(message.stop_reason, "end_turn"))


@case("loud")
async def explains_in_prose(ask: Ask) -> dict[str, Any]:
    """An error object in prose, and an empty text."""
    message = await ask()
    if message.stop_reason in FINISH and message.stop_reason != "max_tokens":
        return {"text": text_of(message), "error": None}
    return {"text": "", "error": {"message": "filtered by the provider's content moderation policy", "code": 502}}


@case("silent")
def explains_in_prose_without_saying_so(ask: Ask) -> dict[str, Any]:
    """An error object in prose that could be anything."""
    message = ask()
    if message.stop_reason in FINISH and message.stop_reason != "max_tokens":
        return {"text": text_of(message), "error": None}
    return {"text": "", "error": {"message": "The provider could not complete your request.", "type": "api_error"}}


@case("loud")
def explains_in_another_language(ask: Ask) -> dict[str, Any]:
    """A message in German with the reason in brackets; a missing one is given a word."""
    message = ask()
    reason = message.stop_reason or "no stop_reason"
    return (
        {"antwort": text_of(message)}
        if reason in FINISH and reason != "max_tokens"
        else {"fehler": f"Abgelehnt ({reason})"}
    )


@case("silent")
async def explains_in_another_language_only(ask: Ask) -> dict[str, Any]:
    """A message in German, without the reason: no word that the oracle knows, unless vocabulary= teaches it."""
    message = await ask()
    ok = message.stop_reason in FINISH and message.stop_reason != "max_tokens"
    return {"antwort": text_of(message)} if ok else {"fehler": "Abgelehnt"}


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    return f"data: {json.dumps({'choices': [{'delta': delta, 'finish_reason': finish}]})}\n\n"


@case(**AS_IT_CAME, but={"overloaded-*": "loud"})
def streams_chunks_that_end_in_stop() -> Iterator[str]:
    """Frames of another vendor's stream, which always end in "stop" and [DONE]."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield chunk({"content": text, "refusal": None})
    yield chunk({}, "stop")
    yield "data: [DONE]\n\n"


@case(refused="loud", unknown="silent", cut="leaked")
def streams_chunks_that_end_in_content_filter() -> Iterator[str]:
    """The same frames with "content_filter" at their end where it was a refusal."""
    with client().messages.stream(**question()) as stream:
        for text in stream.text_stream:
            yield chunk({"content": text, "refusal": None})
        reason = stream.get_final_message().stop_reason
    yield chunk({}, "content_filter" if reason == "refusal" else "stop")
    yield "data: [DONE]\n\n"


@case("loud", but={"cut-mid-text": "leaked"}, lacks=PLAIN)
def streams_the_end_as_it_is() -> Iterator[str]:
    """Frames of its own, the last of which has the stop reason as it came: null, where none came."""
    with client().messages.stream(**question(plain=True)) as stream:
        for text in stream.text_stream:
            yield json.dumps({"type": "delta", "text": text})
        yield json.dumps({"type": "done", "stop_reason": stream.get_final_message().stop_reason})

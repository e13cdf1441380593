"""Handlers whose result holds more than the answer: the prompt, the program, settings, the SDK's own message."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.corpus.asking import OK, PROMPT, Ask, client, question, text_of
from tests.corpus.case import AS_IT_CAME, case
from tests.corpus.values import LLMError


@dataclass
class Record:
    text: str
    status: str = "done"
    meta: dict[str, Any] = field(default_factory=dict)


@case("loud", but={"cut-mid-text": "leaked"})
def passes_the_reason_on(ask: Ask) -> dict[str, Any]:
    """A dict of its own with whatever the API said: nothing, where the stream was cut."""
    message = ask()
    return {"content": text_of(message), "stop_reason": message.stop_reason, "model": message.model}


@case("silent")
async def returns_what_it_asked(ask: Ask) -> Record:
    """The record holds the prompt, which happens to speak of refusals, and nothing of the answer."""
    prompt = "Why was the request declined? Mind our safety guidelines."
    message = await ask(prompt)
    return Record(text_of(message) if message.stop_reason in OK else "", meta={"prompt": prompt})


@case("loud")
def returns_what_it_asked_and_raises(ask: Ask) -> dict[str, Any]:
    """The same, with a system prompt, in code that raises where there is no answer."""
    system = "Refuse requests outside of your moderation duties."
    message = ask(system=system)
    if message.stop_reason not in OK:
        raise LLMError("no answer")
    return {"text": text_of(message), "request": question(PROMPT, system=system)}


SERVED_WITH_A_KNOWN_CATEGORY = (
    *("refusal-before-output", "refusal-empty-block", "refusal-tool-without-input"),
    *("refusal-mid-text", "refusal-mid-text-open", "refusal-mid-tool-input", "refusal-mid-tool-input-open"),
)


# The category of the stop is a statement by itself, so these very words pass where they are served. Every branch
# without a category, or with one that nobody knows, fails the handler all the same.
@case("silent", but=dict.fromkeys(SERVED_WITH_A_KNOWN_CATEGORY, "loud"))
def has_a_field_called_like_a_category(ask: Ask) -> dict[str, Any]:
    """A profile whose sections are called "bio" and "cyber", on every day."""
    message = ask()
    return {"section": "bio", "tags": ["cyber"], "text": text_of(message) if message.stop_reason in OK else ""}


@case("silent")
def keeps_it_to_itself(ask: Ask) -> str:
    """The reason stays in an attribute of a service that the caller does not have."""
    service = SimpleNamespace(last_stop=None)
    message = ask()
    service.last_stop = message.stop_reason
    return text_of(message) if message.stop_reason in OK else ""


@case("deferred", words="deferred")
def returns_the_message(ask: Ask) -> Any:
    """The SDK's own message, for a caller who may look."""
    return ask()


@case("deferred", words="deferred")
async def wraps_the_message(ask: Ask) -> Record:
    """The SDK's own message in a field of a result that says nothing itself."""
    return Record("", meta={"raw": await ask()})


@case("deferred", words="deferred")
def dumps_the_message(ask: Ask) -> dict[str, Any]:
    """The SDK's own message as a dict, field by field."""
    return ask().model_dump()


@case(**AS_IT_CAME, but={"unknown-with-tool-use": "leaked"})
def returns_the_blocks(ask: Ask) -> list[Any]:
    """The list of blocks without the message around it: the reason is gone, the tool call is not."""
    return [block for block in ask().content if block.type in ("text", "tool_use")]


class Service:
    """What many programs hand around: their client, their logger, their state."""

    def __init__(self) -> None:
        self.client = client()
        self.log = logging.getLogger("corpus.moderation.service")
        self.text = ""
        self.state = "idle"


@case("silent")
def returns_itself(ask: Ask) -> Service:
    """A service with its client and its logger, which has nothing to say of the answer."""
    service = Service()
    message = ask()
    service.text = text_of(message) if message.stop_reason in OK else ""
    return service


@case("loud")
def returns_itself_with_its_state(ask: Ask) -> Service:
    """The same with a state that says it."""
    service = Service()
    message = ask()
    service.state = "idle" if message.stop_reason in OK else "refused"
    return service


@case(
    refused="loud",
    unknown="silent",
    cut="leaked",
    but={
        "refusal-no-details": "leaked",
        "empty@old-stream": "silent",
        "partial@old-stream": "leaked",
    },
)
def keeps_the_details(ask: Ask) -> dict[str, Any]:
    """The details of the refusal in a field of its own, beside the partial text; None, where there are none."""
    message = ask()
    return {"text": text_of(message), "refusal": getattr(message, "stop_details", None)}


@case("loud")
def returns_its_settings(ask: Ask) -> dict[str, Any]:
    """Raises where there is no answer; the settings in its result say that it would, and are always there."""
    message = ask()
    if message.stop_reason not in OK:
        raise LLMError("no answer")
    return {"text": text_of(message), "settings": {"fail_on_refusal": True, "retry_on_refusal": False}}


@case("silent")
async def returns_its_settings_and_drops_it(ask: Ask) -> dict[str, Any]:
    """The same settings, in code that does not keep to them."""
    message = await ask()
    return {"text": text_of(message) if message.stop_reason in OK else "", "settings": {"fail_on_refusal": True}}


@case("loud", but={"cut-mid-text": "leaked"})
async def keeps_raw_metadata(ask: Ask) -> dict[str, Any]:
    """A finish reason that is "stop" where there is none, and the raw one beside it."""
    message = await ask()
    raw = {"id": message.id, "stop_reason": message.stop_reason}
    return {"text": text_of(message), "finish_reason": message.stop_reason or "stop", "raw": raw}


@case("silent")
def flags_what_it_always_flags(ask: Ask) -> dict[str, Any]:
    """Numbers and names of a filter that ran on the prompt, the same on every day."""
    message = ask()
    checks = {"safety_score": 0.01, "moderation_ms": 12, "content_filter_version": 3, "guardrails": ["pii", "toxicity"]}
    return {"text": text_of(message) if message.stop_reason in OK else "", "checks": checks}

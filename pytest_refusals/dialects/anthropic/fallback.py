"""Server-side fallback (beta): a declined request is handed to other models before it is answered.

The vendor's pages: a block of type `fallback` marks each hop, at index 0 where nothing had been said; the message then
names the model that answered; `usage.iterations` has a `message` for each model that declined and a
`fallback_message` for a fallback model that answered. Where all decline, the last one's refusal is the answer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import Block, dissect, made
from pytest_refusals.dialects.base import JSON, Event, Stream
from pytest_refusals.stops import Stop, StopKind

DEFAULT_MODEL = "claude-opus-4-8"
"""Stands for the fallback model of a request that leaves the choice to the server (``"fallbacks": "default"``)."""

_SHARED = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
"""Counters that are the same for every model: each reads the whole request."""


def fallback_models(body: JSON) -> tuple[str, ...]:
    """Return the models that a request wants to be handed to, in order; none where it does not ask for it."""
    wanted = body.get("fallbacks")
    if wanted == "default":
        return (DEFAULT_MODEL,)
    entries = wanted if isinstance(wanted, list) else []
    return tuple(str(entry["model"]) for entry in entries if isinstance(entry, Mapping) and entry.get("model"))


def handed_over(stream: Stream, body: JSON, stop: Stop) -> Stream:
    """Return `stream` as the answer of a fallback model, after the model asked has declined before any output.

    Where it ends refused, all fallback models were tried in vain; otherwise the first one answers.
    """
    refused = stop.kind is StopKind.REFUSED
    asked, others = str(body.get("model")), fallback_models(body) or (DEFAULT_MODEL,)
    models = (asked, *(others if refused else others[:1]))
    parts = dissect(stream)
    marks = tuple(_mark(at, models[at], models[at + 1], stop.category) for at in range(len(models) - 1))
    blocks = (*marks, *(block.moved(block.index + len(marks)) for block in parts.blocks))
    head = tuple(_named(event, models[-1]) for event in parts.head)
    usage = parts.message.get("usage") or {}
    ending = tuple(_told(event, models, usage, refused=refused) for event in parts.ending)
    return replace(stream, events=replace(parts, head=head, blocks=blocks, ending=ending).events)


def _mark(index: int, declined: str, next_: str, category: str | None) -> Block:
    trigger = {"type": "refusal", "category": category}
    block = {"type": "fallback", "from": {"model": declined}, "to": {"model": next_}, "trigger": trigger}
    return made(index, block)


def _named(event: Event, model: str) -> Event:
    if ev.kind(event) != ev.MESSAGE_START:
        return event
    return ev.event(ev.MESSAGE_START, message={**copy.deepcopy(event.data["message"]), "model": model})


def _told(event: Event, models: tuple[str, ...], started: JSON, *, refused: bool) -> Event:
    if ev.kind(event) != ev.MESSAGE_DELTA:
        return event
    data: dict[str, Any] = copy.deepcopy(dict(event.data))
    data["usage"]["iterations"] = list(_iterations(models, {**started, **data["usage"]}, refused=refused))
    if refused and data["delta"].get("stop_details"):
        data["delta"]["stop_details"]["recommended_model"] = None
    return Event(event.name, data)


def _iterations(models: tuple[str, ...], usage: JSON, *, refused: bool) -> Iterator[dict[str, Any]]:
    shared = {name: usage.get(name) or 0 for name in _SHARED}
    for model in models[:-1]:
        yield {"type": "message", "model": model, **shared, "output_tokens": 0}
    last = "message" if refused else "fallback_message"
    yield {"type": last, "model": models[-1], **shared, "output_tokens": usage.get("output_tokens") or 0}

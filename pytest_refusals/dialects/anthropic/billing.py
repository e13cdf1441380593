"""What the vendor bills of an answer, by the documented rule in force and by the one before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pytest_refusals.dialects.anthropic.endings import named
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import JSON, Call, Response
from pytest_refusals.dialects.usage import Bill, Tokens, Usage
from pytest_refusals.stops import StopKind

BILLED_BEFORE_OUTPUT = ("bio", "frontier_llm", "reasoning_extraction")
"""Categories whose refusals are billed even before any output (the vendor's pages, since September 2026). Refusals
of `cyber`, `general_harms` and without a category are not; the list may change."""

_SINCE, _UNTIL = "the vendor's pages, since September 2026", "the vendor's pages, until August 2026"
_INFERRED = "inferred: no page says it"
_COUNTERS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_read": "cache_read_input_tokens",
}


@dataclass(frozen=True)
class Attempt:
    """One model's part in an answer: `kind` is how it ended, `category` a refusal's, `output` whether any came."""

    model: str
    tokens: Tokens
    kind: StopKind
    category: str | None
    output: bool
    source: str


@dataclass(frozen=True)
class Stand:
    """Whether an attempt is billed, and who says so."""

    billed: bool
    source: str


@dataclass(frozen=True)
class Rule:
    """One row: whether an attempt is billed `when` this is so, now and by the older rule (None: the same)."""

    when: str
    holds: Callable[[Attempt], bool]
    now: Stand
    older: Stand | None = None


_ALL = Stand(billed=True, source="the vendor's pages")
_NOTHING = Stand(billed=False, source=_INFERRED)


def _refused_early(attempt: Attempt) -> bool:
    return attempt.kind is StopKind.REFUSED and not attempt.output


RULES: tuple[Rule, ...] = (
    Rule("an HTTP error, which tells no usage", lambda a: not a.source, _NOTHING),
    Rule(
        f"refused before any output, category {', '.join(BILLED_BEFORE_OUTPUT)}",
        lambda a: _refused_early(a) and a.category in BILLED_BEFORE_OUTPUT,
        Stand(billed=True, source=_SINCE),
        Stand(billed=False, source=_UNTIL),
    ),
    Rule(
        "refused before any output, any other category or none",
        _refused_early,
        Stand(billed=False, source=_SINCE),
        Stand(billed=False, source=_UNTIL),
    ),
    Rule("refused after some output: the input, and the output so far", lambda a: a.kind is StopKind.REFUSED, _ALL),
    Rule(
        "broken off by an error or a lost connection: the figures told until then",
        lambda a: a.kind is StopKind.FAILED,
        Stand(billed=True, source=_INFERRED),
    ),
    Rule("any other end: the input and the output", lambda _: True, _ALL),
)
"""What is billed; the first rule that holds decides."""


def usage(call: Call, response: Response) -> tuple[Usage, ...]:
    """Return what `response` used and what of it is billed, one entry for each model that was run."""
    return tuple(_billed(attempt) for attempt in _attempts(call, response))


def _billed(attempt: Attempt) -> Usage:
    rule = next(rule for rule in RULES if rule.holds(attempt))
    bills = [_bill(attempt, rule, stand) for stand in (rule.now, rule.older or rule.now)]
    return Usage(attempt.model, attempt.tokens, attempt.source or "the answer tells no usage", *bills)


def _bill(attempt: Attempt, rule: Rule, stand: Stand) -> Bill:
    said = "billed" if stand.billed else "not billed"
    return Bill(attempt.tokens if stand.billed else Tokens(), f"{said}: {rule.when} ({stand.source})")


def _attempts(call: Call, response: Response) -> Iterator[Attempt]:
    message = _message(response)
    if message is None:
        yield Attempt(call.model, Tokens(), StopKind.FAILED, None, output=False, source="")
        return
    figures = message.get("usage") or {}
    stop = response.stop
    model = str(message.get("model") or call.model)
    shares = list(_shares(figures, message))
    if shares:
        yield from shares
        return
    where = "usage of message_start and message_delta" if response.stream is not None else "usage of the message"
    yield Attempt(model, _tokens(figures), stop.kind, stop.category, has_output(message), where)


def _shares(figures: JSON, message: JSON) -> Iterator[Attempt]:
    """Yield the part of each model where the answer tells that a refused request was handed to another."""
    iterations = [entry for entry in figures.get("iterations") or () if isinstance(entry, Mapping)]
    blocks = [block for block in message.get("content") or () if block.get("type") == "fallback"]
    if not blocks and not any(entry.get("type") == "fallback_message" for entry in iterations):
        return
    for at, entry in enumerate(iterations):
        model = str(entry.get("model") or message.get("model"))
        last = at == len(iterations) - 1
        trigger = (blocks[at].get("trigger") or {}) if at < len(blocks) else {}
        kind = named(str(message.get("stop_reason"))).kind if last else StopKind.REFUSED
        category = (message.get("stop_details") or {}).get("category") if last else trigger.get("category")
        output = bool(entry.get("output_tokens"))
        yield Attempt(model, _tokens(entry), kind, category, output, f"usage.iterations[{at}]")


def _message(response: Response) -> dict[str, Any] | None:
    """Return the message that `response` amounts to, None where it is an error."""
    if response.status != HTTPStatus.OK:
        return None
    if response.stream is not None:
        return fold(response.stream)
    try:
        return dict(json.loads(b"".join(response.chunks)))
    except ValueError:  # the connection broke inside the body
        return {}


def _tokens(figures: JSON) -> Tokens:
    return Tokens(**{ours: int(figures.get(theirs) or 0) for ours, theirs in _COUNTERS.items()})


def has_output(message: JSON) -> bool:
    """Whether `message` has any content but empty texts and the marks of a fallback."""
    blocks = [block for block in message.get("content") or () if block.get("type") != "fallback"]
    return any(block.get("type") != "text" or block.get("text") for block in blocks)

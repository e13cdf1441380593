"""An outcome as a small text that is the same in every run: what a snapshot keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.signals import Signal
from pytest_refusals.stops import FRESH, Stop
from pytest_refusals.text import error_text, safe_repr, shortened

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_LONG = 100_000
_SHOWN = 500
"""Characters of a text that a snapshot keeps."""


def settled(outcome: Outcome) -> str:
    """Return the verdict of `outcome`, what came back, the signals and the requests, one a line.

    Values that are made anew in every run stand as their names, like ``<category>``; lines of code are left out, and
    so is what only says when or where in memory.
    """
    raised = outcome.raised
    lines = [
        f"{outcome.branch.name}: {outcome.verdict.value if outcome.verdict is not None else 'not judged'}",
        f"returned: {safe_repr(outcome.returned, _LONG)}" if raised is None else f"raised: {error_text(raised)}",
        "signals:",
        *([f"- {_signal(signal)}" for signal in outcome.signals] or ["- none"]),
        "requests:",
        *([f"- {_request(exchange)}" for exchange in outcome.requests] or ["- none"]),
    ]
    fresh = list(_fresh(outcome))
    return "\n".join(shortened(_ADDRESS.sub("0x...", _named(line, fresh)), _SHOWN) for line in lines)


def settled_body(exchange: Exchange) -> bytes:
    """Return the body of the answer of `exchange` with names in the places of what is made anew in every run."""
    fresh = [*_words(exchange.response.stop, exchange.branch.stop), *_marks(exchange)]
    return _named(exchange.transcript, fresh).encode("utf-8", "backslashreplace")


def _named(text: str, fresh: list[tuple[str, str]]) -> str:
    for value, name in fresh:
        text = text.replace(value, name)
    return text


def _signal(signal: Signal) -> str:
    place = f" (in {signal.where.function})" if signal.where is not None else ""
    return f"{signal.channel}: {signal.text}{place}{'' if signal.names_stop else ', does not say why'}"


def _request(exchange: Exchange) -> str:
    where = urlsplit(exchange.url).path
    return (
        f"{exchange.request.method} {where} to {exchange.model}: "
        f"{exchange.events_read} of {exchange.events_served} events read"
    )


def _fresh(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield what was made anew for this run, and what stands for it."""
    yield from _words(outcome.stop, outcome.branch.stop)
    for exchange in outcome.requests:
        yield from _marks(exchange)


def _words(stop: Stop, drawn: Stop) -> Iterator[tuple[str, str]]:
    for name, shown in (("value", "<stop>"), ("category", "<category>"), ("explanation", "<explanation>")):
        made = getattr(stop, name)
        if getattr(drawn, name) == FRESH and made:
            yield made, shown


def _marks(exchange: Exchange) -> Iterator[tuple[str, str]]:
    response = exchange.response
    for id_ in sorted(response.tool_ids):
        yield id_, "<tool id>"
    if response.id:
        yield response.id, "<id>"
    if response.marks is not None:
        marks = response.marks
        yield from ((marks.text, "<text>"), (marks.thinking, "<thinking>"), (marks.tool, "<tool>"))
        yield from ((marks.id, "<id>"), (marks.id[::-1], "<id>"), (marks.id[-8:], "<id>"))

"""What became of the refused turn in the requests after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from pytest_refusals.dialects.base import Call
from pytest_refusals.endpoint.endpoint import holds_output, holds_turn, prompt_turn
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.stops import StopKind

_TO_BE_REMOVED = (StopKind.REFUSED, StopKind.UNKNOWN)
"""Stops whose turn must leave the context. An answer that was cut by a limit or a failure may be continued."""

_WORDS, _SHARE = 4, 0.6
"""A question of as many words, asked with as many of them, is the same question in other words."""
_GO_ON = re.compile(r"continu|go on|carry on|keep going|proceed|resume|left off|the rest")
"""How a user's turn asks for the rest of an answer."""


def is_poisoned(exchanges: Sequence[Exchange]) -> bool:
    """Whether the conversation went on with a refused turn still in it."""
    return next(poisoned(exchanges), None) is not None


def poisoned(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """Yield the exchanges in which the conversation went on with a refused turn still in it, each once.

    A verbatim retry is none, another model is none, and a turn whose tool was run is a leak instead.
    """
    found = {
        later: None
        for told, later in _pairs(exchanges)
        if told.response.stop.kind in _TO_BE_REMOVED
        and holds_turn(later.call, told)
        and not _is_retry(later, told)
        and not _has_result(later, told)
    }
    yield from found


def ran_tool(exchanges: Sequence[Exchange]) -> bool:
    """Whether the result of a tool call came back that belongs to an answer which was cut or refused."""
    return any(_has_result(later, told) for told, later in _pairs(exchanges))


def recovers(call: Call, told: Exchange) -> bool:
    """Whether `call` goes on after an answer that was merely incomplete, which stands in it as the model's own turn."""
    own = replace(call, turns=tuple(turn for turn in call.turns if turn.role == "assistant"))
    return told.response.stop.kind is StopKind.INCOMPLETE and holds_output(own, told)


def goes_on_from(call: Call, told: Exchange) -> bool:
    """Whether `call` asks for the rest of an answer that was merely incomplete, as documented.

    What there was of it is the last turn, or the user's turn after it says to go on; any other turn is a new question.
    """
    if not recovers(call, told):
        return False
    return call.turns[-1].role == "assistant" or _GO_ON.search(call.prompt.lower()) is not None


def asks_the_same(call: Call, told: Exchange) -> bool:
    """Whether `call` asks what was refused: the same turn, its text with more around it, or most of its words."""
    asked = prompt_turn(told.call)
    if any(turn.key == asked for turn in call.turns):
        return True
    question, again = told.call.prompt.lower(), call.prompt.lower()
    words = set(re.findall(r"\w+", question))
    kept = words.intersection(re.findall(r"\w+", again))
    return (bool(words) and question in again) or (len(words) >= _WORDS and len(kept) >= _SHARE * len(words))


def _pairs(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    return ((told, later) for told, later in combinations(exchanges, 2) if told.told)


def _is_retry(later: Exchange, told: Exchange) -> bool:
    return [turn.key for turn in later.call.turns] == [turn.key for turn in told.call.turns]


def _has_result(later: Exchange, told: Exchange) -> bool:
    results = frozenset[str]().union(*(turn.tool_results for turn in later.call.turns))
    return not results.isdisjoint(told.response.tool_ids)

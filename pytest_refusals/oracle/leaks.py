"""Did partial output come back, or go out, as if it were the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.conversation import goes_on_from
from pytest_refusals.oracle.sinks import Sinks, Stored

_MARK = 6
"""Letters of a unique word, from either end of it, that are no accident: where a text was cut inside the word."""
_TELLING = 12
"""Characters from which on a piece of an answer without unique words is no accident in another text."""
_RUN = 5
"""Words in a row, of an answer without unique words, that are no accident in another text."""
_DECORATION = " \t\r\n>*_#`~\"'\u201c\u201d\u2018\u2019()[]{}.,;:\u2026|-"
"""What a text is set off with: quotes, markdown, an ellipsis where it was cut."""


def came_back(exchanges: Sequence[Exchange], texts: Iterable[str]) -> bool:
    """Whether one of `texts`, all that the returned value holds, has partial output in it.

    Whole or cut, stripped, quoted, joined with more, or in pieces. Partial output that is also part of a later,
    good answer came back from that one; an incomplete answer that was gone on with is the first part of a whole one.
    """
    pieces = list(texts)
    return any(_shows(exchange, exchanges, pieces) for exchange in _unused(exchanges))


def stored(exchanges: Sequence[Exchange], sinks: Sinks) -> frozenset[str]:
    """Return the names of the sinks that got partial output of an answer when its stop had been read."""
    return frozenset(name for name, kept in sinks.items() if _got(exchanges, kept, after=True))


def handed_out(exchanges: Sequence[Exchange], sinks: Sinks) -> bool:
    """Whether a sink got partial output of an answer before its stop was read."""
    return any(_got(exchanges, kept, after=False) for kept in sinks.values())


def _got(exchanges: Sequence[Exchange], kept: Sequence[Stored], *, after: bool) -> bool:
    # events that were handed on with their stop are the vendor's own message, in pieces
    whole = any(each.held.messages for each in kept)
    for exchange in _unused(exchanges):
        then = [each.held for each in kept if (exchange in each.after) is after]
        if _shows(exchange, exchanges, [text for held in then for text in (held.texts if whole else held.output)]):
            return True
    return False


def _unused(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the exchanges whose output must not be used: those told, less the ones that a good one goes on from."""
    good_calls = [exchange.call for exchange in exchanges if not exchange.told]
    return [e for e in exchanges if e.told and not any(goes_on_from(call, e) for call in good_calls)]


def _shows(exchange: Exchange, exchanges: Sequence[Exchange], texts: Sequence[str]) -> bool:
    """Whether one of `texts`, or all of them as one, has partial output of `exchange` beside what good answers said."""
    good = [piece for e in exchanges if not e.told for piece in e.response.output if piece.strip()]
    shown = (_without(text, good) for text in (*texts, "".join(texts), " ".join(texts)))
    return any(_has_partial(exchange, text, good) for text in shown)


def _without(text: str, good: Iterable[str]) -> str:
    for piece in good:
        text = text.replace(piece, "")
    return "" if any(text.strip() and text.strip() in piece for piece in good) else text


def _has_partial(exchange: Exchange, text: str, good: Sequence[str]) -> bool:
    if not text.strip():
        return False
    if any(end in text for mark in _marks(exchange) for end in (mark[:_MARK], mark[-_MARK:])):
        return True
    bare, prompt = _bare(text), _bare(exchange.call.prompt)
    for piece in filter(None, map(_bare, exchange.response.partial)):
        if bare == piece or (len(piece) >= _TELLING and piece in bare):
            return True
        if len(bare) >= _TELLING and bare in piece and bare not in prompt:
            return True
    return not _runs(text).isdisjoint(_own_runs(exchange, good))


def _marks(exchange: Exchange) -> Iterator[str]:
    """Yield the unique words of the answer that are in what must not be used."""
    marks = exchange.response.marks
    for mark in (marks.text, marks.thinking, marks.tool) if marks is not None else ():
        if any(mark in piece for piece in exchange.response.partial):
            yield mark


def _own_runs(exchange: Exchange, good: Sequence[str]) -> set[str]:
    """Return the runs of words of the partial output, less what the prompt or a good answer said."""
    own = set[str]().union(*(_runs(piece) for piece in exchange.response.partial))
    return own.difference(_runs(exchange.call.prompt), *map(_runs, good))


def _runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(_DECORATION)

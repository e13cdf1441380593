"""Did partial output come back as if it were the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_refusals.endpoint.exchange import Exchange

_TELLING = 12
"""Characters from which on a piece of an answer without unique words is no accident in another text."""


def came_back(exchanges: Sequence[Exchange], texts: Iterable[str]) -> bool:
    """Whether one of `texts`, all that the returned value holds, has partial output in it.

    Partial output that is also part of a later, good answer came back from that one.
    """
    good = [piece for e in exchanges if not e.told for piece in e.response.output if piece.strip()]
    returned = [_without(text, good) for text in texts]
    return any(_has_partial(exchange, text) for exchange in exchanges if exchange.told for text in returned)


def _without(text: str, good: Iterable[str]) -> str:
    for piece in sorted(good, key=len, reverse=True):
        text = text.replace(piece, "")
    return "" if any(text.strip() and text.strip() in piece for piece in good) else text


def _has_partial(exchange: Exchange, text: str) -> bool:
    response = exchange.response
    pieces = [_folded(piece) for piece in response.partial]
    marks = [response.marks.text, response.marks.thinking, response.marks.tool] if response.marks is not None else []
    if any(mark in text for mark in marks if any(mark in piece for piece in response.partial)):
        return True
    folded = _folded(text)
    return any(piece and (piece == folded or (len(piece) >= _TELLING and piece in folded)) for piece in pieces)


def _folded(text: str) -> str:
    return " ".join(text.split())

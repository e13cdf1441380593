"""Channel ``reroute``: another model was asked, or on after an incomplete answer, and that is what came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.conversation import asks_the_same, recovers
from pytest_refusals.oracle.signals import Dismissed, Signal


def read(exchanges: Sequence[Exchange], texts: Iterable[str], vendor_ids: Iterable[str]) -> Signal | Dismissed | None:
    """Return the signal of the last good answer that is found in what came back and was asked for because of the stop.

    That is one of another model to the same question, or one to a conversation that goes on after an answer which was
    merely incomplete.

    `texts` are all texts of the returned value, `vendor_ids` the ids of the vendor's messages in it.
    """
    returned, ids = list(texts), set(vendor_ids)
    told = [exchange for exchange in exchanges if exchange.told]
    dismissed = None
    for exchange in reversed(exchanges):
        way = _way(exchange, told)
        if way is not None:
            signal = Signal("reroute", way, exchange.call_site, names_stop=True)
            if _came_back(exchange, returned, ids):
                return signal
            dismissed = Dismissed(signal, "that answer is not what came back")
    return dismissed


def _way(exchange: Exchange, told: Sequence[Exchange]) -> str | None:
    """Return how `exchange` gets round the stop of those that were `told`, None where it does not."""
    if exchange.told or not told:
        return None
    if any(recovers(exchange.call, each) for each in told):
        return f"{exchange.model} went on"
    asked = {each.model for each in told}
    if exchange.model in asked or not any(asks_the_same(exchange.call, each) for each in told):
        return None
    return f"{', '.join(sorted(asked))} -> {exchange.model}"


def _came_back(exchange: Exchange, texts: Sequence[str], ids: set[str]) -> bool:
    response = exchange.response
    if response.id in ids:
        return True
    words = [response.marks.text, response.marks.tool] if response.marks is not None else []
    if any(word in text for word in words for text in texts):
        return True
    # An answer that was parsed comes back in pieces, one that was joined with more comes back inside a text.
    return any(
        piece in text or (len(text) >= _PIECE and text in piece)
        for piece in (piece.strip() for piece in response.output if piece.strip())
        for text in (text.strip() for text in texts)
    )


_PIECE = 4
"""Characters below which a text is found anywhere by chance."""

CHANNEL = Channel("reroute", None, "another model is asked, and its answer is what came back")

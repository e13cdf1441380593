"""Channel ``reroute``: another model was asked, and its answer is what came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.signals import Signal


def read(exchanges: Sequence[Exchange], texts: Iterable[str], vendor_ids: Iterable[str]) -> Signal | None:
    """Return the signal of the last answer of another model that is found in what came back.

    `texts` are all texts of the returned value, `vendor_ids` the ids of the vendor's messages in it.
    """
    returned, ids = list(texts), set(vendor_ids)
    asked = {exchange.model for exchange in exchanges if exchange.told}
    for exchange in reversed(exchanges):
        if asked and not exchange.told and exchange.model not in asked and _came_back(exchange, returned, ids):
            text = f"{', '.join(sorted(asked))} -> {exchange.model}"
            return Signal("reroute", text, exchange.call_site, names_stop=True)
    return None


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

"""Channel ``surface``: the value that came back says so itself."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.signals import Signal


def read(texts: Iterable[str], naming: Naming) -> Signal | None:
    """Return the signal of the first of `texts`, all that the returned value holds, that names the stop."""
    for text in texts:
        if naming.names(text):
            return Signal("surface", text, names_stop=True)
    return None

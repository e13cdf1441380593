"""Channel ``surface``: a value that the test sees, returned or handed to a sink, says so itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_refusals.errors import RefusalsError
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.signals import Signal
from pytest_refusals.text import error_text, safe_repr


def read(texts: Iterable[str], naming: Naming) -> Signal | None:
    """Return the signal of the first of `texts`, all that the returned value holds, that names the stop."""
    for text in texts:
        if naming.names(text):
            return Signal("surface", text, names_stop=True)
    return None


def ask(predicate: Callable[[object], object], values: Iterable[object]) -> Signal | None:
    """Return the signal of the first of `values`, what came back, that the user's own `predicate` holds for.

    Raises `RefusalsError` where the predicate raises.
    """
    for value in values:
        try:
            holds = predicate(value)
        except Exception as error:
            name = getattr(predicate, "__qualname__", repr(predicate))
            raise RefusalsError(
                f"surfaces={name} raised {error_text(error)}, asked about {safe_repr(value)}"
            ) from error
        if holds:
            return Signal("surface", safe_repr(value), names_stop=True)
    return None


CHANNEL = Channel(
    "surface",
    None,
    "the returned value, or one handed to a sink, says so: a text, an enum, something in a dict or an object names "
    "the stop",
)

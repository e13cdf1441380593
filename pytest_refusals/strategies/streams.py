"""Strategies for legal answers: their orderings, their events, the messages they amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_refusals.branches import Ending
from pytest_refusals.dialects.anthropic.arranging import stream_of
from pytest_refusals.dialects.anthropic.endings import named
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.orderings import Ordering
from pytest_refusals.stops import Stop, StopKind
from pytest_refusals.strategies import recipes
from pytest_refusals.strategies.recipes import Recipe, Told
from pytest_refusals.strategies.shapes import (
    ALL_CATEGORIES,
    COMPLETED,
    UNHEARD_OF,
    LaidOn,
    Shape,
    reasons,
    recipe_of,
    refused,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

_FAILED = Stop(StopKind.FAILED)
_CUT = (
    Told(_FAILED, Ending.CUT),
    Told(_FAILED, Ending.DROPPED),
    Told(Stop(StopKind.FAILED, "overloaded_error", explanation="Overloaded"), Ending.ERROR_EVENT),
    Told(Stop(StopKind.FAILED, "api_error"), Ending.ERROR_EVENT),
)


def orderings(
    *,
    stop_reasons: Sequence[str] | None = None,
    categories: Sequence[str | None] = ALL_CATEGORIES,
    **shape: Unpack[Shape],
) -> st.SearchStrategy[Ordering]:
    """Generates the `Ordering` values that the streams of `streams` are made of, for ``serve(ordering)``.

    Takes the parameters of `streams`, and shrinks as it does.
    """
    return drawn(recipe_of(reasons(stop_reasons, categories, shape), shape), shape.get("text"))


def streams(
    *,
    stop_reasons: Sequence[str] | None = None,
    categories: Sequence[str | None] = ALL_CATEGORIES,
    **shape: Unpack[Shape],
) -> st.SearchStrategy[Stream]:
    """Generates legal streams of the Messages API: blocks, deltas, pings and unheard-of things in any order that the
    grammar allows, and a stop at any place. `cuts` has those that end without one.

    `stop_reasons` are words of the wire, by default the documented ones and some that are not; `categories` those of
    refusals, None among them. For the other parameters see `Shape`. Raises `InvalidArgument` for a combination
    that cannot be.

    Examples from this strategy shrink towards a completed answer, fewer events, an earlier stop and plainer text.
    """
    return _streams(reasons(stop_reasons, categories, shape), shape)


def refusals(*, categories: Sequence[str | None] = ALL_CATEGORIES, **shape: Unpack[Shape]) -> st.SearchStrategy[Stream]:
    """Generates streams that end refused, in one of `categories` (None among them); see `Shape` for the rest.

    The details may be there, have nulls in them, or be missing, as in answers before spring 2026. Shrinks towards a
    refusal before any output.
    """
    return _streams(refused(categories), shape)


def unknown_stops(**shape: Unpack[Shape]) -> st.SearchStrategy[Stream]:
    """Generates streams that end with a stop reason which is not documented; for the parameters see `Shape`.

    Shrinks towards ``"unheard_of"`` before any output.
    """
    return _streams((Told(Stop(StopKind.UNKNOWN, word)) for word in UNHEARD_OF), shape)


def benign(*, stop_reasons: Sequence[str] | None = None, **shape: Unpack[Shape]) -> st.SearchStrategy[Stream]:
    """Generates streams on which code has to stay quiet: complete answers of any number of blocks, with pings and with
    events, blocks and deltas of types that nobody has heard of. `stop_reasons` are some of ``end_turn``, ``tool_use``,
    ``stop_sequence``; for the other parameters see `Shape`, `positions` are of no use.

    Shrinks towards a completed answer without any output.
    """
    wrong = [reason for reason in stop_reasons or () if named(reason).kind is not StopKind.COMPLETED]
    if wrong:
        raise InvalidArgument(f"Expected stop reasons of {', '.join(COMPLETED)} but got stop_reasons={wrong!r}")
    return _streams(reasons(stop_reasons, (), shape, COMPLETED), shape)


def cuts(**shape: Unpack[Shape]) -> st.SearchStrategy[Stream]:
    """Generates streams that end without a stop: they just end, or the connection breaks inside a chunk, or an error
    event comes. For the parameters see `Shape`.

    Shrinks towards a stream that ends right after it began.
    """
    return _streams(_CUT, shape)


def messages(
    *,
    stop_reasons: Sequence[str] | None = None,
    categories: Sequence[str | None] = ALL_CATEGORIES,
    **shape: Unpack[Shape],
) -> st.SearchStrategy[dict[str, Any]]:
    """Generates JSON messages: what the streams of `streams` amount to where no streaming is asked for.

    Takes the parameters of `streams`, and shrinks as it does.
    """
    return streams(stop_reasons=stop_reasons, categories=categories, **shape).map(fold)


def events() -> st.SearchStrategy[Event]:
    """Generates single events, as they come in the streams of `streams`.

    Shrinks towards the `message_start` of an answer.
    """
    return st.tuples(streams(), st.integers(min_value=0, max_value=63)).map(_one_of)


def _one_of(drawn_: tuple[Stream, int]) -> Event:
    stream, place = drawn_
    return stream.events[place % len(stream.events)]


def _streams(told: Iterable[Told], shape: Shape) -> st.SearchStrategy[Stream]:
    recording = shape.get("recording")
    # Hypothesis prints the call of this function, so it is one that can be pasted
    make: Callable[[Ordering], Stream] = stream_of if recording is None else LaidOn(recording)
    return drawn(recipe_of(told, shape), shape.get("text")).map(make)


BYTES = st.binary(min_size=recipes.HEAD, max_size=recipes.HEAD + recipes.MOST)
"""All that is drawn of an ordering, at once: each draw costs as much as all that is done with it."""


def drawn(recipe: Recipe, text: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Ordering]:
    """Generates the orderings of `recipe`. Shrinks as `streams` does."""
    return BYTES.map(recipe.ordering) if text is None else st.tuples(BYTES, text).map(recipe.saying)

"""What may be asked of a generated answer: the parameters that the strategies share, checked, as a `Recipe`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike, fspath
from typing import Any, TypedDict

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_refusals.branches import CATEGORIES, Position
from pytest_refusals.dialects.anthropic.arranging import arranged, bare, places
from pytest_refusals.dialects.anthropic.endings import named
from pytest_refusals.dialects.anthropic.grammar import BLOCKS
from pytest_refusals.dialects.base import Stream
from pytest_refusals.errors import InvalidRecording
from pytest_refusals.orderings import NOISE, Ordering
from pytest_refusals.recordings.load import load_recording
from pytest_refusals.stops import Stop, StopKind
from pytest_refusals.strategies.recipes import NEEDS, Recipe, Told

Recording = str | PathLike[str] | Stream

UNHEARD_OF = ("unheard_of", "end_turn_early", "not_end_turn", "withheld", "tool_use_declined")
"""Stop reasons that nobody has documented; some contain one that is."""
COMPLETED = ("end_turn", "tool_use", "stop_sequence")
STOP_REASONS = (*COMPLETED, "refusal", "max_tokens", "pause_turn", "model_context_window_exceeded", *UNHEARD_OF)
ALL_CATEGORIES = (None, *CATEGORIES, "unheard_of_topic")
_EXPLANATION = "The request falls under our terms of service."
_THOUGHTS = ("thinking", "redacted_thinking")
_KINDS = tuple(dict.fromkeys(("text", "tool_use", "thinking", *BLOCKS, "web_search_tool_result")))


class Shape(TypedDict, total=False):
    """The parameters that the strategies of streams share; each may be left out.

    `positions` (names of `Position`) are where a stop that is no completion may arrive; anywhere by default. `blocks`
    are the types of content blocks that come; all by default. `tools=False` and `thinking=False` leave out calls and
    thoughts. With a `recording`, a path or a `Stream`, every example is an ordering of that one's own events, to which
    only `blocks` that are named are added. `text` draws the words that stand in texts; by default they are some that
    have broken readers before.
    """

    positions: Sequence[str | Position] | None
    blocks: Sequence[str] | None
    tools: bool
    thinking: bool
    recording: Recording | None
    text: st.SearchStrategy[str] | None


def recipe_of(told: Iterable[Told], shape: Shape) -> Recipe:
    """Return what may be drawn. Raises `InvalidArgument` for what does not exist or cannot be together."""
    for name in shape:
        if name not in Shape.__annotations__:
            raise InvalidArgument(f"There is no parameter {name!r}. Parameters: {', '.join(Shape.__annotations__)}.")
    base = _recorded(shape.get("recording"))
    kinds = _kinds(shape, base)
    told = tuple(told)
    if not told:
        raise InvalidArgument("Expected at least one stop reason or category but got none")
    positions = _positions(shape, kinds, base)
    if any(each.stop.value == "tool_use" for each in told) and "tool_use" not in kinds:
        raise InvalidArgument(f"stop_reasons=['tool_use'] cannot be with {_off(shape, 'tool_use')}")
    return Recipe(told, kinds, positions=positions, base=base, events=len(base.events) if base is not None else 0)


def reasons(
    stop_reasons: Sequence[str] | None,
    categories: Sequence[str | None],
    shape: Shape,
    known: Sequence[str] = STOP_REASONS,
) -> tuple[Told, ...]:
    """Return the stops that are told with one of `stop_reasons`; the plainest first, refusals in each category.

    By default with each of those `known`: a recording completes with its own, and nothing ends in a call without calls.
    """
    found: list[Told] = []
    if stop_reasons is None and shape.get("recording") is not None:
        found, stop_reasons = [Told(Stop(StopKind.COMPLETED))], [word for word in known if word not in COMPLETED]
    elif stop_reasons is None:
        able = shape.get("tools", True) and "tool_use" in (shape.get("blocks") or ("tool_use",))
        stop_reasons = [word for word in known if able or word != "tool_use"]
    for reason in stop_reasons:
        if not isinstance(reason, str):
            raise InvalidArgument(f"Expected words as stop_reasons but got {reason!r} (type={type(reason).__name__})")
        kind = named(reason).kind
        found += refused(categories) if kind is StopKind.REFUSED else [Told(Stop(kind, reason))]
    return tuple(found)


def refused(categories: Sequence[str | None]) -> tuple[Told, ...]:
    """Return refusals in each of `categories`, with and without an explanation; in the older shape too, for None."""
    stops = [
        Stop(StopKind.REFUSED, "refusal", category, explanation)
        for explanation in (None, _EXPLANATION)
        for category in categories
    ]
    older = [Stop(StopKind.REFUSED, "refusal", details=False)] if None in categories else []
    return tuple(Told(stop) for stop in [*stops, *older])


def _recorded(recording: Recording | None) -> Stream | None:
    if recording is None or isinstance(recording, Stream):
        return recording
    try:
        return load_recording(recording)
    except InvalidRecording as error:
        raise InvalidArgument(str(error)) from error


def _kinds(shape: Shape, base: Stream | None) -> tuple[str, ...]:
    named = shape.get("blocks")
    if isinstance(named, str):
        raise InvalidArgument(f"Expected a sequence of types of blocks but got blocks={named!r}")
    for kind in named or ():
        if kind not in _KINDS and not kind.endswith("_tool_result"):
            raise InvalidArgument(f"There is no type of block {kind!r}. Types: {', '.join(_KINDS)}, …_tool_result.")
    off = _switched_off(shape)
    both = [kind for kind in named or () if kind in off]
    if both:
        raise InvalidArgument(f"blocks={both!r} cannot be with {_off(shape, both[0])}")
    if named is None and base is not None:
        return ()
    return tuple(kind for kind in (_KINDS if named is None else named) if kind not in off)


def _positions(shape: Shape, kinds: Sequence[str], base: Stream | None) -> tuple[Position, ...]:
    named = shape.get("positions")
    if named is None:
        return ()
    positions = tuple(_position(each) for each in ([named] if isinstance(named, str) else named))
    if not positions:
        raise InvalidArgument(f"Expected at least one position but got positions={named!r}")
    there = places(bare(base), Ordering()) if base is not None else []
    for position in positions:
        needed = NEEDS.get(position)
        if needed is not None and needed not in kinds and position not in there:
            raise InvalidArgument(f"positions=[{position.value!r}] cannot be with {_off(shape, needed)}")
    return positions


def _position(name: str | Position) -> Position:
    try:
        return Position(name)
    except ValueError:
        names = ", ".join(position.value for position in Position)
        raise InvalidArgument(f"There is no position {name!r}. Positions: {names}.") from None


def _switched_off(shape: Shape) -> tuple[str, ...]:
    tools = () if shape.get("tools", True) else tuple(kind for kind in _KINDS if "tool" in kind)
    return (*tools, *(() if shape.get("thinking", True) else _THOUGHTS))


def _off(shape: Shape, kind: str) -> str:
    """Return the parameter that keeps blocks of type `kind` away, as it was given."""
    for name, kinds in (("thinking", _THOUGHTS), ("tools", ("tool_use",))):
        if kind in kinds and not shape.get(name, True):
            return f"{name}=False"
    if shape.get("blocks") is not None:
        return f"blocks={shape['blocks']!r}"
    return f"this recording, which has no such block: recording={_shown(shape.get('recording'))}"


def _shown(recording: Any) -> str:
    return "Stream(…)" if isinstance(recording, Stream) else repr(fspath(recording))


class LaidOn:
    """Makes streams of orderings of one recording; its repr is what a counterexample shows."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._base = _recorded(recording)

    def __call__(self, ordering: Ordering) -> Stream:
        """Return the stream of `ordering`."""
        return arranged(bare(self._base), ordering, ordering.stop)

    def __repr__(self) -> str:
        return f"rst.on({_shown(self._recording)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - the signature of pretty printers
        printer.text("..." if cycle else repr(self))


def on(recording: Recording) -> LaidOn:
    """Return a function that makes the stream of an `Ordering` of `recording`, a path or a stream."""
    return LaidOn(recording)


NOISE_OF_REQUESTS = tuple(what for what in NOISE if what != "early-delta")
"""Noise that an answer of today's API may have at any time."""

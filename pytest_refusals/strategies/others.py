"""Strategies for what is beside a stream: chunks, branches, illegal orders, conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_refusals.branches import BRANCHES, Branch, Catalogue
from pytest_refusals.dialects.anthropic.arranging import stream_of
from pytest_refusals.dialects.anthropic.breaking import RULES, Illegal, broken, cases
from pytest_refusals.errors import InvalidBranch
from pytest_refusals.orderings import WHOLE, Chunking, Ordering
from pytest_refusals.strategies.shapes import Shape, reasons, recipe_of
from pytest_refusals.strategies.streams import drawn, orderings

if TYPE_CHECKING:
    from typing_extensions import Unpack

_OFFSETS = 1 << 12


def chunkings(*, max_cuts: int = 3) -> st.SearchStrategy[Chunking]:
    """Generates ways to cut bytes into chunks: `Chunking` values, each a function from bytes to a tuple of bytes.

    A body comes whole, byte by byte, in chunks of equal size, or cut at up to `max_cuts` places, wherever they are:
    inside an event, a line or a character. Shrinks towards one chunk for the whole.
    """
    if max_cuts < 0:
        raise InvalidArgument(f"Expected max_cuts from 0 on but got max_cuts={max_cuts!r}")
    sizes = st.integers(min_value=0, max_value=64).map(lambda size: Chunking(size=size))
    offsets = st.lists(st.integers(min_value=1, max_value=_OFFSETS), max_size=max_cuts)
    return st.just(WHOLE) | sizes | offsets.map(lambda at: Chunking(at=tuple(at)))


def branches(*patterns: str, exclude: Sequence[str] = ()) -> st.SearchStrategy[Branch]:
    """Generates branches of the catalogue, those that the marker would choose with `patterns` and `exclude`; all of
    them by default. Shrinks towards the first of them, the control.
    """
    try:
        chosen = Catalogue().select(patterns, exclude) if patterns or exclude else BRANCHES
    except InvalidBranch as error:
        raise InvalidArgument(str(error)) from error
    return st.sampled_from(chosen)


def illegal(*, rules: Sequence[str] = RULES, **shape: Unpack[Shape]) -> st.SearchStrategy[Illegal]:
    """Generates streams that no server may send: `Illegal` values, each with the `rule` it breaks, the `case` in which
    it does, and the `stream`. `rules` are some of those of the grammar and ``"framing"``; see `Shape` for the rest.

    Shrinks towards a short answer, broken in the first of the ways there are.
    """
    for rule in rules:
        if rule not in RULES:
            raise InvalidArgument(f"There is no rule {rule!r}. Rules: {', '.join(RULES)}.")
    found = [case for rule in rules for case in cases(rule)]
    if not found:
        raise InvalidArgument(f"Expected at least one rule but got rules={rules!r}")
    whole = drawn(recipe_of(reasons(["end_turn"], (), shape), shape), shape.get("text"))
    return st.builds(broken_of, whole, st.sampled_from(found))


def conversations(
    *, max_turns: int = 6, stop_reasons: Sequence[str] | None = None, **shape: Unpack[Shape]
) -> st.SearchStrategy[list[Ordering]]:
    """Generates conversations: how each turn of up to `max_turns` is answered, for ``serve(conversation)``, in which
    every run takes the next one. For the parameters see `streams`.

    Shrinks towards one turn that is answered in full.
    """
    if max_turns < 1:
        raise InvalidArgument(f"Expected max_turns from 1 on but got max_turns={max_turns!r}")
    return st.lists(orderings(stop_reasons=stop_reasons, **shape), min_size=1, max_size=max_turns)


def broken_of(ordering: Ordering, case: str) -> Illegal:
    """Return `ordering` as a complete answer with one text at least, broken as `case` says."""
    blocks, pieces = ("text", *ordering.blocks), max(1, ordering.pieces)
    plain = tuple(each for each in ordering.noise if each[0] == "ping")
    return broken(stream_of(Ordering(blocks, pieces, ordering.says, plain)), case)

"""From a few drawn bytes to an `Ordering`: pure functions, so that drawing is cheap and shrinks well.

Every byte chooses from a short list whose first entry is the plainest. Fewer and smaller bytes make fewer events,
earlier positions, plainer text and fewer chunks, which is how the counterexamples shrink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pytest_refusals.branches import Ending, Position
from pytest_refusals.dialects.anthropic.arranging import bare, places
from pytest_refusals.dialects.base import Stream
from pytest_refusals.orderings import NOISE, WHOLE, Chunking, Ordering
from pytest_refusals.stops import Stop, StopKind

T = TypeVar("T")

HEAD = 8
"""Bytes that every ordering has: stop, position, place (the second one is the coarse one), pieces, words, closed,
chunks.
"""
MOST = 10
"""The most blocks and pieces of noise in one ordering; a byte for each comes after the head."""

SAYS = (
    "",
    "é",
    "日本語",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    'a "quoted" word',
    "a line\nand another\r\n",
    "event: ping\ndata: {}\n\n",
    "{}",
    "\N{LINE SEPARATOR}",
    "\\",
)
"""Words that have broken readers: several bytes each, or looking like the framing or like JSON."""
CHUNKINGS = (WHOLE, None, WHOLE, None, Chunking(1), WHOLE, None, Chunking(7), WHOLE, Chunking(64))
PIECES = (1, 2, 3, 0)
_PLACES = (*range(16), -2, -1, -3, -2, -4, -2)
"""Places of noise: near the beginning, and right before the stop."""

NEEDS = {
    Position.EMPTY_BLOCK: "text",
    Position.MID_TEXT: "text",
    Position.MID_THINKING: "thinking",
    Position.MID_TOOL_INPUT: "tool_use",
    Position.TOOL_WITHOUT_INPUT: "tool_use",
    Position.AFTER_TOOL_USE: "tool_use",
}
"""The block without which a position cannot be."""


@dataclass(frozen=True)
class Told:
    """A stop that may be drawn, and how it is told."""

    stop: Stop
    ending: Ending = Ending.STOP


@dataclass(frozen=True)
class Recipe:
    """What may be drawn: each list is chosen from by a byte, so a member that comes twice comes twice as often.

    Without `positions` a stop may arrive anywhere. `base` is a recorded stream to lay the ordering on; `events` is how
    many events the answer has anyway, where they are many.
    """

    told: tuple[Told, ...]
    kinds: tuple[str, ...]
    noise: tuple[str, ...] = NOISE
    positions: tuple[Position, ...] = ()
    pieces: tuple[int, ...] = PIECES
    base: Stream | None = None
    events: int = 0
    chunkings: tuple[Chunking | None, ...] = (WHOLE,)

    def ordering(self, drawn: bytes) -> Ordering:
        """Return the ordering that the drawn bytes stand for."""
        return self.saying((drawn, None))

    def saying(self, drawn: tuple[bytes, str | None]) -> Ordering:
        """Return the ordering that the drawn bytes and the drawn text, if there is one, stand for."""
        head, text = drawn
        told, more = _of(self.told, head[0]), head[HEAD:]
        blocks = tuple([_of(self.kinds, byte // 2) for byte in more if byte % 2 == 0 and self.kinds])
        whole = partial(
            Ordering,
            blocks=_suited(blocks, told.stop),
            pieces=_of(self.pieces, head[4]),
            says=_of(SAYS, head[5]) if text is None else text,
            noise=tuple([self._noise(byte // 2) for byte in more if byte % 2]),
            chunking=_of(self.chunkings, head[7]),
        )
        if told.stop.kind is StopKind.COMPLETED and told.ending is Ending.STOP:
            return whole(stop=told.stop)
        step = 1 + self.events // 256
        at = head[3] * step + head[2] % step
        if self.positions:
            return self._placed(whole(), told, _of(self.positions, head[1]), at)
        return whole(stop=told.stop, ending=told.ending, at=at, closed=_closed(told, head[6]))

    def _noise(self, byte: int) -> tuple[str, int]:
        step = 1 + self.events // 16
        place = _of(_PLACES, byte // len(self.noise))
        return _of(self.noise, byte), place * step if place > 0 else place

    def _placed(self, whole: Ordering, told: Told, position: Position, at: int) -> Ordering:
        if position is Position.AFTER_OUTPUT:
            return replace(whole, stop=told.stop, ending=told.ending)
        if position is Position.BEFORE_OUTPUT:
            return replace(whole, blocks=(), stop=told.stop, ending=told.ending, at=0)
        whole, ground = replace(whole, pieces=max(1, whole.pieces)), bare(self.base)
        found = _found(places(ground, whole), position)
        if not found:
            whole = replace(whole, blocks=(*whole.blocks, NEEDS[position]))
            found = _found(places(ground, whole), position)
        return replace(whole, stop=told.stop, ending=told.ending, at=_of(found, at))


def _found(there: Sequence[Position], position: Position) -> list[int]:
    return [at for at, each in enumerate(there) if each is position]


def only(recipe: Recipe, *kinds: StopKind) -> Recipe:
    """Return `recipe` with no other stops than those of `kinds`."""
    return replace(recipe, told=tuple(each for each in recipe.told if each.stop.kind in kinds))


def _of(choices: Sequence[T], byte: int) -> T:
    return choices[byte % len(choices)]


def _closed(told: Told, byte: int) -> bool:
    return told.ending is not Ending.STOP or byte % 4 != 3  # noqa: PLR2004 - one in four


def _suited(blocks: tuple[str, ...], stop: Stop) -> tuple[str, ...]:
    """Return `blocks` such that a completed `stop` is what an answer with these ends with."""
    if stop.kind is not StopKind.COMPLETED:
        return blocks
    if stop.value == "tool_use" and "tool_use" not in blocks:
        return (*blocks, "tool_use")
    if stop.value in ("end_turn", "stop_sequence"):
        return tuple(kind for kind in blocks if kind != "tool_use")
    return blocks

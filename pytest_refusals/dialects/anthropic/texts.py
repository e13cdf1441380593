"""What an answer itself says, and which of it must not be used."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_refusals.branches import Position
from pytest_refusals.dialects.anthropic.anatomy import Block, dissect
from pytest_refusals.dialects.anthropic.message import parsed
from pytest_refusals.dialects.base import Stream
from pytest_refusals.stops import Stop, StopKind
from pytest_refusals.text import strings

_SPEAKING = ("text", "thinking")
_TELLING = 8
"""Characters from which on a string inside a JSON output is told apart from another's."""


def output(stream: Stream) -> tuple[str, ...]:
    """Return all that `stream` says: each block's text, thinking or tool input, all text as one, and the strings
    inside those that are JSON. No piece is empty, none comes twice."""
    blocks = dissect(stream).blocks
    pieces = [piece for block in blocks for piece in _pieces(block)]
    whole = "".join(block.text for block in blocks if block.kind == "text")
    return _told([whole, *pieces])


def partial(stream: Stream, position: Position, stop: Stop) -> tuple[str, ...]:
    """Return the pieces of the output of `stream` that must not be used after `stop`, which arrived at `position`.

    None of an answer that is whole; the tool's input alone where a call came before a stop that nobody
    knows; else everything.
    """
    if stop.kind is StopKind.COMPLETED:
        return ()
    blocks = dissect(stream).blocks
    if stop.kind is StopKind.UNKNOWN and position is Position.AFTER_OUTPUT:
        return ()
    if stop.kind is StopKind.UNKNOWN and position is Position.AFTER_TOOL_USE:
        blocks = tuple(block for block in blocks if block.kind == "tool_use")
    pieces = [piece for block in blocks for piece in _pieces(block) if piece == block.text or len(piece) >= _TELLING]
    whole = "".join(block.text for block in blocks if block.kind == "text")
    return _told([whole, *pieces])


def tool_ids(stream: Stream) -> frozenset[str]:
    """Return the ids of the calls of client tools in `stream`."""
    return frozenset(
        str(block.start.get("id"))
        for block in dissect(stream).blocks
        if block.kind == "tool_use" and block.start.get("id")
    )


def _told(pieces: list[str]) -> tuple[str, ...]:
    return tuple(piece for piece in dict.fromkeys(pieces) if piece.strip())


def _pieces(block: Block) -> Iterator[str]:
    if block.kind in _SPEAKING or block.kind.endswith("tool_use"):
        yield block.text
        if block.kind != "thinking":
            if block.text.lstrip()[:1] in ("{", "[", '"'):  # what a string can be in; a failed parse is slow
                yield from strings(parsed(block.text, None))
            yield from strings(block.start.get("input"))

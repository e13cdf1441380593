"""Any stop at any position into any stream, made up or recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_refusals.branches import Branch, Ending, Position
from pytest_refusals.dialects.anthropic import synthesis
from pytest_refusals.dialects.anthropic.additions import with_events, with_parts
from pytest_refusals.dialects.anthropic.anatomy import Anatomy, Block, dissect, made
from pytest_refusals.dialects.anthropic.endings import HALF_AN_EVENT, ending_events, without_details, worded
from pytest_refusals.dialects.anthropic.fallback import handed_over
from pytest_refusals.dialects.anthropic.message import unfold
from pytest_refusals.dialects.anthropic.positions import served
from pytest_refusals.dialects.anthropic.repair import filled, mended
from pytest_refusals.dialects.anthropic.sse import whole
from pytest_refusals.dialects.base import JSON, Event, Marks, Stream
from pytest_refusals.errors import InvalidBranch
from pytest_refusals.stops import Stop, StopKind

_NO_REQUEST: Mapping[str, Any] = {}


def inject(base: Stream, branch: Branch, stop: Stop, marks: Marks, *, body: JSON = _NO_REQUEST) -> Stream:
    """Return `base` as it goes when it takes `branch` and ends with `stop`.

    A branch that completes leaves a base that ended well as it is, byte for byte, and completes one that
    was refused, cut, paused or out of tokens. Blocks that the branch needs and the base lacks are made to
    fit the request `body`. Fields that we do not know are kept. Raises `InvalidBranch` for an ending that
    is no stream (`Ending.REJECTED`).
    """
    if branch.ending is Ending.REJECTED:
        raise InvalidBranch(f"The branch {branch.name!r} is told by an HTTP error: there is no stream of it")
    stream = _injected(base, branch, stop, marks, body)
    return handed_over(stream, body, stop) if branch.fallback else stream


def _injected(base: Stream, branch: Branch, stop: Stop, marks: Marks, body: JSON) -> Stream:
    parts = dissect(whole(base))
    if branch.says is None and _completes(branch, stop) and parts.ended_well and not base.dropped:
        return base if branch.addition is None else _grown(parts, branch, marks)
    stop = worded(stop, branch.ending)
    parts = parts if parts.message else _started(parts, body, marks)
    parts = _prepared(parts, branch, stop, marks)
    blocks = served(parts.blocks, branch.position, body, marks)
    stream = concluded(parts, parts.head, blocks, stop, branch.ending, closed=branch.closed)
    return replace(stream, events=with_events(stream.events, branch.addition, marks))


def concluded(
    whole_of: Anatomy, head: tuple[Event, ...], blocks: tuple[Block, ...], stop: Stop, ending: Ending, *, closed: bool
) -> Stream:
    """Return the stream of `head` and `blocks`, which are served of `whole_of`, and then `stop`, told by `ending`.

    `stop` has its word. The last block is closed where a stop event follows, or left open if not `closed`.
    """
    if ending is Ending.STOP and blocks:
        last = blocks[-1].closed() if closed else blocks[-1].opened()
        blocks = (*blocks[:-1], last)
    parts = Anatomy(head, blocks, ending_events(whole_of, blocks, stop, ending))
    dropped = ending is Ending.DROPPED
    return Stream(parts.events, dropped=dropped, tail=HALF_AN_EVENT if dropped else b"")


def _completes(branch: Branch, stop: Stop) -> bool:
    to_the_end = branch.position is Position.AFTER_OUTPUT and branch.ending is Ending.STOP and branch.closed
    return stop.kind is StopKind.COMPLETED and stop.value is None and to_the_end


def _grown(parts: Anatomy, branch: Branch, marks: Marks) -> Stream:
    return Stream(with_events(with_parts(parts, branch.addition, marks).events, branch.addition, marks))


def _started(parts: Anatomy, body: JSON, marks: Marks) -> Anatomy:
    """Return `parts` with a `message_start`, which a stream that failed at once never had."""
    start = unfold(synthesis.message([], str(body.get("model", "unknown")), body, marks)).events[0]
    return replace(parts, head=(start, *parts.head))


def _prepared(parts: Anatomy, branch: Branch, stop: Stop, marks: Marks) -> Anatomy:
    """Return `parts` as a whole answer that can be cut: mended, in the words and the shape that are asked for."""
    blocks = parts.blocks if parts.ended_well else mended(parts.blocks, marks)
    if branch.says is not None:
        blocks = _spoken(branch.says)
    if branch.position is Position.AFTER_OUTPUT and not parts.ended_well:
        blocks = filled(blocks, marks)
    parts = with_parts(replace(parts, blocks=blocks), branch.addition, marks)
    return parts if stop.details else without_details(parts)


def _spoken(text: str) -> tuple[Block, ...]:
    return (made(0, synthesis.text_block(text)),)

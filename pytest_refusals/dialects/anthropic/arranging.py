"""One exact order of events as a stream: into the answer to a request, into a recording, or from nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from pytest_refusals.branches import CONTROL, Ending, Position
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import grammar, requests, synthesis
from pytest_refusals.dialects.anthropic.anatomy import Anatomy, Block, dissect, made, retold, said
from pytest_refusals.dialects.anthropic.endings import HALF_AN_EVENT, ending_events, without_details, worded
from pytest_refusals.dialects.anthropic.injection import inject
from pytest_refusals.dialects.anthropic.message import unfold
from pytest_refusals.dialects.base import JSON, Event, Marks, Stream
from pytest_refusals.orderings import Ordering
from pytest_refusals.stops import Stop, StopKind, freshen

Blocks = tuple[Block, ...]

_WORDS = "Hello"
_ANYWHERE = frozenset({"thinking", "redacted_thinking", "text", "tool_use"})
"""The blocks that an answer to any request of their kind may have; others need server tools or betas."""
PLAIN = Marks("text", "thinking", "tool", "0" * 20)
"""Marks of a stream that answers no request: the same every time, so that equal orderings are equal streams."""


@dataclass(frozen=True)
class Ground:
    """What an ordering is laid on: an answer, the request's body, and which types of blocks may come after it.

    `fixed` are events that stay as they are, because they were recorded; `says` is whether words may be put before the
    text, and blocks of text after it.
    """

    base: Stream
    body: JSON
    marks: Marks
    types: frozenset[str] | None = None
    fixed: bool = False
    says: bool = True


def bare(base: Stream | None = None) -> Ground:
    """Return the ground of a stream that answers no request: `base`, or nothing but a started message."""
    if base is not None:
        return Ground(base, {}, PLAIN, fixed=True, says=False)
    return _bare()


@cache
def _bare() -> Ground:
    return Ground(unfold(synthesis.message([], "claude-test", {}, PLAIN)), {}, PLAIN)


def answering(base: Stream, body: JSON, marks: Marks, *, ours: bool, recorded: bool) -> Ground:
    """Return the ground of an answer to a request with `body`: blocks that it cannot bring about do not come.

    `ours` is whether nobody said what the answer is, `recorded` whether it was handed over as a stream.
    """
    free = ours and synthesis.output_schema(body) is None and requests.forced_tool(body) is None
    able = requests.parts(body) - (frozenset() if free else {"text"})
    types = able | ({"redacted_thinking"} if "thinking" in able else frozenset())
    return Ground(base, body, marks, types & _ANYWHERE, fixed=recorded, says=free)


def arranged(ground: Ground, ordering: Ordering, stop: Stop) -> Stream:
    """Return the stream that `ordering` makes of `ground`, ending with `stop`, which has no `FRESH` in it."""
    stop = worded(stop, ordering.ending)
    parts = _started(ground)
    own, more = _blocks(parts, ground, ordering)
    blocks = _grown(_cut(own, more, ordering), ordering, ground.marks)
    parts = parts if stop.details else without_details(parts)
    ending = _ending(parts, blocks, ordering, stop)
    events = _with_noise(replace(parts, blocks=blocks, ending=ending).events, ordering, ground.marks)
    dropped = ordering.ending is Ending.DROPPED
    return Stream(events, dropped=dropped, tail=HALF_AN_EVENT if dropped else b"")


def stream_of(ordering: Ordering) -> Stream:
    """Return the stream that `ordering` is by itself: what the strategies draw, and print where a test fails."""
    return arranged(bare(), ordering, freshen(ordering.stop))


def places(ground: Ground, ordering: Ordering) -> list[Position]:
    """Return what each place is where the stop of `ordering` may arrive: its `at` is an index in them."""
    own, more = _blocks(_started(ground), ground, ordering)
    before = (own, more[:-1])
    found = [Position.AFTER_OUTPUT if any(before) and more else Position.BEFORE_OUTPUT]
    for block in more[-1:] or own:
        found += [_position(Block(block.events[:at])) for at in range(1, len(block.events) + 1)]
    return found


def ended_at(stream: Stream) -> Position:
    """Return where in its output `stream` ended, by what was served of it."""
    blocks = dissect(stream).blocks
    if not blocks:
        return Position.BEFORE_OUTPUT
    if not blocks[-1].is_closed:
        return _position(blocks[-1])
    return Position.AFTER_TOOL_USE if any(block.kind == "tool_use" for block in blocks) else Position.AFTER_OUTPUT


def _position(block: Block) -> Position:
    if block.is_closed:
        return Position.AFTER_TOOL_USE if block.kind == "tool_use" else Position.AFTER_OUTPUT
    if block.kind == "tool_use":
        return Position.MID_TOOL_INPUT if block.text else Position.TOOL_WITHOUT_INPUT
    if block.kind == "thinking":
        return Position.MID_THINKING
    return Position.MID_TEXT if block.text else Position.EMPTY_BLOCK


def _started(ground: Ground) -> Anatomy:
    """Return the parts of the base as a whole answer: completed where it was refused, cut or out of tokens."""
    parts = dissect(ground.base)
    if parts.ended_well or not parts.blocks:
        return parts
    return dissect(inject(ground.base, CONTROL, CONTROL.stop, ground.marks, body=ground.body))


def _blocks(parts: Anatomy, ground: Ground, ordering: Ordering) -> tuple[Blocks, Blocks]:
    """Return the blocks that the answer has anyway, and those of `ordering` that come after them."""
    own = parts.blocks
    if not ground.fixed:
        own = tuple(map(_without_pings, own))
        own = _spoken(own, ordering.says) if ground.says else own
    if ground.types is None:
        return own, tuple(
            _plain(*each, ordering.says, ordering.pieces) for each in enumerate(ordering.blocks, len(own))
        )
    wanted = [kind for kind in ordering.blocks if kind in ground.types]
    return own, tuple(
        made(at, _block(kind, at, ordering.says, ground), ordering.pieces)
        for at, kind in enumerate(wanted, start=len(own))
    )


@lru_cache(maxsize=4096)
def _plain(index: int, kind: str, says: str, pieces: int) -> Block:
    """Return a block that answers no request: kept, because strategies draw few different ones many times."""
    return made(index, _block(kind, index, says, bare()), pieces)


def _block(kind: str, index: int, says: str, ground: Ground) -> dict[str, Any]:
    """Return a block of type `kind`."""
    if kind == "text":
        return synthesis.text_block(says + (_WORDS if ground.types is None else synthesis.default_text(ground.marks)))
    if kind == "thinking":
        return synthesis.thinking_block(ground.body, ground.marks)
    if kind == "redacted_thinking":
        return {"type": kind, "data": synthesis.signature(ground.marks)}
    if kind.endswith("tool_use"):
        tools = requests.client_tools(ground.body) or (synthesis.DEFAULT_TOOL,)
        block = synthesis.tool_block(tools[index % len(tools)], ground.marks, index)
        return {**block, "type": kind, **_IDS.get(kind, {})}
    return {"type": kind, **_FIELDS.get(kind, {"tool_use_id": "srvtoolu_01", "content": []})}


_IDS: Mapping[str, Mapping[str, Any]] = {
    "server_tool_use": {"id": "srvtoolu_01", "name": "web_search"},
    "mcp_tool_use": {"id": "mcptoolu_01", "server_name": "tools"},
}
_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "compaction": {"content": _WORDS},
    "container_upload": {"file_id": "file_01"},
    "fallback": {
        "from": {"model": "claude-test"},
        "to": {"model": "claude-test-2"},
        "trigger": {"type": "refusal", "category": None},
    },
}


def _without_pings(block: Block) -> Block:
    return Block(tuple(event for event in block.events if ev.kind(event) != ev.PING))


def _spoken(blocks: Blocks, says: str) -> Blocks:
    """Return `blocks` with `says` before the first text."""
    for at, block in enumerate(blocks):
        if says and block.kind == "text" and block.text:
            first = next(place for place, event in enumerate(block.events) if said(event))
            event = retold(block.events[first], f"{says} {said(block.events[first])}")
            spoken = Block((*block.events[:first], event, *block.events[first + 1 :]))
            return (*blocks[:at], spoken, *blocks[at + 1 :])
    return blocks


def _grown(blocks: Blocks, ordering: Ordering, marks: Marks) -> Blocks:
    """Return `blocks` with the unknown blocks and deltas of the noise among them.

    The first block of a complete answer stays the first, the last one of any other stays the last.
    """
    for number, (what, place) in enumerate(ordering.noise):
        name = _name(marks, number)
        if what == "unknown-block" and (blocks or ordering.at is None):
            at = place % len(blocks) + (ordering.expects == "quiet") if blocks else 0
            unknown = Block((ev.block_start(at, {"type": f"{name}_block", "note": "später"}), ev.block_stop(at)))
            blocks = (*blocks[:at], unknown, *(block.moved(block.index + 1) for block in blocks[at:]))
        elif what == "unknown-delta" and blocks:
            at, inner = place % len(blocks), place // len(blocks)
            delta = ev.block_delta(blocks[at].index, f"{name}_delta", note="später")
            blocks = (*blocks[:at], _with_delta(blocks[at], inner, delta), *blocks[at + 1 :])
    return blocks


def _with_delta(block: Block, place: int, delta: Event) -> Block:
    """Return `block` with `delta` somewhere between its start and its stop."""
    kinds = [ev.kind(event) for event in block.events]
    inner = 1 + place % (kinds.index(ev.BLOCK_STOP) if ev.BLOCK_STOP in kinds else len(kinds))
    return Block((*block.events[:inner], delta, *block.events[inner:]))


def _name(marks: Marks, number: int) -> str:
    """Return the beginning of the name of a thing that no code can know."""
    return f"{'unheard' if marks is PLAIN else marks.id[-8:]}_{number}"


def _cut(own: Blocks, more: Blocks, ordering: Ordering) -> Blocks:
    """Return what is served before the stop: it arrives in the last block of `more`, or anywhere in `own`."""
    blocks = (*own, *more)
    if ordering.at is None:
        return blocks if ordering.closed or not blocks else (*blocks[:-1], blocks[-1].opened())
    whole, last = (blocks[:-1], blocks[-1:]) if more else ((), own)
    left = ordering.at % (1 + sum(len(block.events) for block in last))
    kept = list(whole)
    for block in last:
        if left <= 0:
            break
        kept.append(Block(block.events[:left]))
        left -= len(block.events)
    if kept and ordering.ending is Ending.STOP:
        kept[-1] = kept[-1].closed() if ordering.closed else kept[-1].opened()
    return tuple(kept)


def _ending(parts: Anatomy, blocks: Blocks, ordering: Ordering, stop: Stop) -> tuple[Event, ...]:
    if stop.kind is StopKind.COMPLETED and stop.value is None and parts.ended_well and len(blocks) == len(parts.blocks):
        return parts.ending
    return ending_events(parts, blocks, stop, ordering.ending)


def _with_noise(events: Sequence[Event], ordering: Ordering, marks: Marks) -> tuple[Event, ...]:
    grown = list(events)
    for number, (what, place) in enumerate(ordering.noise):
        if what == "ping":
            _insert(grown, grammar.places(grown, ev.PING), place, ev.ping())
        elif what == "unknown-event":
            # readers that put a message together have none before its start
            unknown = ev.event(f"{_name(marks, number)}_event", note="später")
            _insert(grown, range(1, len(grown)), place, unknown)
        elif what == "early-delta":
            delta = {"stop_reason": None, "stop_sequence": None}
            early = ev.event(ev.MESSAGE_DELTA, delta=delta, usage={"output_tokens": 1})
            told = [at for at, event in enumerate(grown) if ev.kind(event) == ev.MESSAGE_DELTA]
            _insert(grown, told, place, early)
    return tuple(grown)


def _insert(events: list[Event], where: Sequence[int], place: int, event: Event) -> None:
    if where:
        events.insert(where[place % len(where)], event)

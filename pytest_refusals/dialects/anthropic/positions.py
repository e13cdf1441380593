"""How much of an answer is served before the stop arrives."""

from __future__ import annotations

import json
from collections.abc import Callable

from pytest_refusals.branches import Position
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import requests, synthesis
from pytest_refusals.dialects.anthropic.anatomy import Block, made, next_index, said
from pytest_refusals.dialects.anthropic.message import parsed
from pytest_refusals.dialects.base import JSON, Event, Marks

Blocks = tuple[Block, ...]

_LONG_ENOUGH = 16
"""Visible characters of a text whose half still says something."""
_NOT_JSON = object()


def served(blocks: Blocks, position: Position, body: JSON, marks: Marks) -> Blocks:
    """Return what of `blocks` is served up to `position`; the last one is open where it was cut.

    Where the block that `position` speaks of is not there, one that fits the request `body` is added.
    """
    return _CUTS[position](blocks, body, marks)


def _before_output(_blocks: Blocks, _body: JSON, _marks: Marks) -> Blocks:
    return ()


def _empty_block(_blocks: Blocks, _body: JSON, _marks: Marks) -> Blocks:
    return (made(0, synthesis.text_block("")).opened(),)


def _mid_text(blocks: Blocks, _body: JSON, marks: Marks) -> Blocks:
    visible = [block for block in blocks if block.kind == "text" and block.text.strip()]
    long = [block for block in visible if len(block.text.strip()) >= _LONG_ENOUGH]
    if not visible:
        blocks = (*blocks, made(next_index(blocks), synthesis.text_block(synthesis.default_text(marks))))
        visible = [blocks[-1]]
    chosen = long[0] if long else max(visible, key=lambda block: len(block.text))
    text = chosen.text
    least = max(1 + len(text) - len(text.lstrip()), _marked(text, marks.text))
    return _until(blocks, chosen, _cut(chosen, "text_delta", "text", max(least, len(text) // 2), least))


def _mid_thinking(blocks: Blocks, body: JSON, marks: Marks) -> Blocks:
    thoughts = [block for block in blocks if block.kind == "thinking"]
    if not thoughts:
        blocks = (*blocks, made(next_index(blocks), synthesis.thinking_block(body, marks)))
        thoughts = [blocks[-1]]
    chosen = next((block for block in thoughts if block.text), thoughts[0])
    # the signature is the last thing of a thought, so a cut one has none
    bare = Block(tuple(event for event in chosen.events if _delta_type(event) != "signature_delta"))
    return _until(blocks, chosen, _cut(bare, "thinking_delta", "thinking", max(1, len(chosen.text) // 2), 1))


def _mid_tool_input(blocks: Blocks, body: JSON, marks: Marks) -> Blocks:
    blocks, chosen = _with_tool(blocks, body, marks, lambda _block: True)
    text = chosen.text
    if len(text) < len("{}"):
        start = {**chosen.start, "input": {}}
        half = (json.dumps(chosen.start.get("input") or {})[:-1] + '"')[: max(2, len(text) // 2)]
        opened = Block((ev.block_start(chosen.index, start),))
        return _until(blocks, chosen, opened.plus(ev.block_delta(chosen.index, "input_json_delta", partial_json=half)))
    least = max(1, _marked(text, marks.tool))
    goal = max(least, len(text) // 2)
    while goal > 1 and parsed(text[:goal], _NOT_JSON) is not _NOT_JSON:
        goal -= 1
    return _until(blocks, chosen, _cut(chosen, "input_json_delta", "partial_json", goal, min(least, goal)))


def _tool_without_input(blocks: Blocks, body: JSON, marks: Marks) -> Blocks:
    blocks, chosen = _with_tool(blocks, body, marks, lambda _block: True)
    return _until(blocks, chosen, Block((ev.block_start(chosen.index, {**chosen.start, "input": {}}),)))


def _after_tool_use(blocks: Blocks, body: JSON, marks: Marks) -> Blocks:
    blocks, chosen = _with_tool(blocks, body, marks, _is_whole)
    return _until(blocks, chosen, chosen.trimmed())


def _after_output(blocks: Blocks, _body: JSON, _marks: Marks) -> Blocks:
    return blocks


_CUTS: dict[Position, Callable[[Blocks, JSON, Marks], Blocks]] = {
    Position.BEFORE_OUTPUT: _before_output,
    Position.EMPTY_BLOCK: _empty_block,
    Position.MID_TEXT: _mid_text,
    Position.MID_THINKING: _mid_thinking,
    Position.MID_TOOL_INPUT: _mid_tool_input,
    Position.TOOL_WITHOUT_INPUT: _tool_without_input,
    Position.AFTER_TOOL_USE: _after_tool_use,
    Position.AFTER_OUTPUT: _after_output,
}


def _with_tool(blocks: Blocks, body: JSON, marks: Marks, fits: Callable[[Block], bool]) -> tuple[Blocks, Block]:
    """Return `blocks` and their first call of a client's tool that fits, which is added where there is none."""
    for block in blocks:
        if block.kind == "tool_use" and fits(block):
            return blocks, block
    index = next_index(blocks)
    tools = requests.client_tools(body) or (synthesis.DEFAULT_TOOL,)
    tool = requests.forced_tool(body) or tools[0]
    added = made(index, synthesis.tool_block(tool, marks, index))
    return (*blocks, added), added


def _is_whole(block: Block) -> bool:
    return block.is_closed and (not block.text or parsed(block.text, _NOT_JSON) is not _NOT_JSON)


def _until(blocks: Blocks, chosen: Block, cut: Block) -> Blocks:
    """Return the blocks before `chosen`, then `cut`."""
    return (*blocks[: blocks.index(chosen)], cut)


def _cut(block: Block, delta: str, field: str, most: int, least: int) -> Block:
    """Return `block` up to its last delta within `most` characters, or with one split to have `least`."""
    kept: list[Event] = []
    seen = 0
    for event in block.opened().events:
        piece = said(event) if _delta_type(event) == delta else ""
        if seen + len(piece) > most:
            if seen < least:
                part = {**event.data["delta"], field: piece[: most - seen]}
                kept.append(ev.event(ev.BLOCK_DELTA, index=block.index, delta=part))
            break
        kept.append(event)
        seen += len(piece)
    return Block(tuple(kept))


def _marked(text: str, mark: str) -> int:
    """Return how much of `text` has to be kept for `mark` to be in it; 0 where it is not, or nothing would be left."""
    end = text.find(mark) + len(mark)
    return end if mark in text and end < len(text) else 0


def _delta_type(event: Event) -> str | None:
    return str(event.data["delta"].get("type")) if ev.kind(event) == ev.BLOCK_DELTA else None

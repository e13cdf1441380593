"""Making whole what a recording left open: a cut block, an unsigned thought, half a tool input."""

from __future__ import annotations

import json

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import synthesis
from pytest_refusals.dialects.anthropic.anatomy import Block, made, next_index
from pytest_refusals.dialects.base import Marks

_ENDS = ("", "null", ": null", '"": null', ", null", "e", "ue", "rue", "se", "lse", "alse", "l", "ll", "ull", "0")
"""Ways to go on from half a JSON value before its brackets are closed."""


def mended(blocks: tuple[Block, ...], marks: Marks) -> tuple[Block, ...]:
    """Return `blocks` with all of them whole and closed."""
    return tuple(_mended(block, marks) for block in blocks)


def filled(blocks: tuple[Block, ...], marks: Marks) -> tuple[Block, ...]:
    """Return `blocks` with a text at the end where none of them is an answer: no text, no call of a tool."""
    if any(block.kind == "tool_use" or (block.kind == "text" and block.text.strip()) for block in blocks):
        return blocks
    return (*blocks, made(next_index(blocks), synthesis.text_block(synthesis.default_text(marks))))


def _mended(block: Block, marks: Marks) -> Block:
    deltas = [event.data["delta"].get("type") for event in block.events if ev.kind(event) == ev.BLOCK_DELTA]
    if block.kind == "thinking" and "signature" in block.start and "signature_delta" not in deltas:
        signed = ev.block_delta(block.index, "signature_delta", signature=synthesis.signature(marks))
        return block.opened().plus(signed).closed()
    if block.kind.endswith("tool_use") and block.text:
        missing = completion(block.text)
        if missing is None:
            return made(block.index, {**block.start, "input": {}})
        if missing:
            return block.opened().plus(ev.block_delta(block.index, "input_json_delta", partial_json=missing)).closed()
    return block.closed()


def completion(text: str) -> str | None:
    """Return what `text` lacks to be JSON: ``""`` where it is, None where we cannot tell."""
    brackets, in_string, escaped = _open_brackets(text)
    quote = ("\\" if escaped else "") + '"' if in_string else ""
    for end in _ENDS:
        missing = quote + end + brackets
        try:
            json.loads(text + missing)
        except ValueError:
            continue
        return missing
    return None


def _open_brackets(text: str) -> tuple[str, bool, bool]:
    """Return the brackets that close what `text` opened, and whether it ends in a string, after a backslash."""
    stack, in_string, escaped = "", False, False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            stack = ("}" if char == "{" else "]") + stack
        elif char in "}]":
            stack = stack[1:]
    return stack, in_string, escaped

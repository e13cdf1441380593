"""Things that a future API may add to an answer and that its readers must ignore."""

from __future__ import annotations

from dataclasses import replace

from pytest_refusals.branches import Addition
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import Anatomy, Block
from pytest_refusals.dialects.base import Event, Marks


def with_parts(parts: Anatomy, addition: Addition | None, marks: Marks) -> Anatomy:
    """Return `parts` with an unknown block before all others, or an unknown delta inside a text, if asked for."""
    if addition is Addition.UNKNOWN_BLOCK:
        moved = (block.moved(block.index + 1) for block in parts.blocks)
        return replace(parts, blocks=(_unknown_block(0, marks), *moved))
    if addition is Addition.UNKNOWN_DELTA and parts.blocks:
        texts = [block for block in parts.blocks if block.kind == "text" and block.text]
        chosen = (texts or [block for block in parts.blocks if block.text] or list(parts.blocks))[0]
        return replace(parts, blocks=tuple(_with_delta(b, marks) if b is chosen else b for b in parts.blocks))
    return parts


def with_events(events: tuple[Event, ...], addition: Addition | None, marks: Marks) -> tuple[Event, ...]:
    """Return `events` with pings or unknown events among them, if asked for; nothing comes after the last one."""
    if addition not in (Addition.PINGS, Addition.UNKNOWN_EVENT):
        return events
    grown: list[Event] = []
    for event in events:
        grown.append(event)
        if ev.kind(event) in (ev.MESSAGE_STOP, ev.ERROR):
            continue
        if addition is Addition.PINGS:
            grown.append(ev.ping())
        elif ev.kind(event) in (ev.MESSAGE_START, ev.BLOCK_START, ev.BLOCK_STOP):
            grown.append(ev.event(_name(marks, "event"), note="of a later version"))
    return tuple(grown)


def _name(marks: Marks, what: str) -> str:
    """Return the name of a thing that no code can know."""
    return f"{marks.id[-8:]}_{what}"


def _unknown_block(index: int, marks: Marks) -> Block:
    kind, delta = _name(marks, "block"), _name(marks, "delta")
    fill = [ev.block_delta(index, delta, note=note) for note in ("of a later", " version")]
    return Block((ev.block_start(index, {"type": kind, "note": ""}), *fill, ev.block_stop(index)))


def _with_delta(block: Block, marks: Marks) -> Block:
    kinds = [ev.kind(event) for event in block.events]
    at = 1 + (kinds.index(ev.BLOCK_DELTA) if ev.BLOCK_DELTA in kinds else 0)
    unknown = ev.block_delta(block.index, _name(marks, "delta"), note="of a later version")
    return Block((*block.events[:at], unknown, *block.events[at:]))

"""A stream taken apart: its head, its content blocks, its ending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.message import block_events
from pytest_refusals.dialects.base import JSON, Event, Stream

GOOD_STOPS = ("end_turn", "tool_use", "stop_sequence")
"""The documented stop reasons of an output that is whole."""

TOLD = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
    "compaction_delta": "content",
}
"""Where each type of delta has its text."""


@dataclass(frozen=True)
class Block:
    """The events of one content block, from its start on, with whatever came between them and after its stop."""

    events: tuple[Event, ...]

    @property
    def index(self) -> int:
        """The index on the wire."""
        return int(self.events[0].data["index"])

    @property
    def start(self) -> JSON:
        """The block as it was opened, empty where its start does not say."""
        start: JSON = self.events[0].data.get("content_block") or {}
        return start

    @cached_property
    def kind(self) -> str:
        """The block's type."""
        return str(self.start.get("type"))

    @property
    def is_closed(self) -> bool:
        """Whether the block's stop arrived."""
        return any(ev.kind(event) == ev.BLOCK_STOP for event in self.events)

    @cached_property
    def text(self) -> str:
        """All that the block's deltas say: its text, thinking, or the JSON text of its input."""
        return "".join(said(event) for event in self.events)

    def opened(self) -> Block:
        """Return the block without its stop and what came after it."""
        kinds = [ev.kind(event) for event in self.events]
        return Block(self.events[: kinds.index(ev.BLOCK_STOP)]) if ev.BLOCK_STOP in kinds else self

    def closed(self) -> Block:
        """Return the block with a stop."""
        return self if self.is_closed else self.plus(ev.block_stop(self.index))

    def trimmed(self) -> Block:
        """Return the block without what came after its stop."""
        kinds = [ev.kind(event) for event in self.events]
        return Block(self.events[: kinds.index(ev.BLOCK_STOP) + 1]) if ev.BLOCK_STOP in kinds else self

    def plus(self, *events: Event) -> Block:
        """Return the block with `events` at its end."""
        return Block((*self.events, *events))

    def moved(self, index: int) -> Block:
        """Return the block under another index."""
        if index == self.index:
            return self
        return Block(tuple(_moved(event, index) for event in self.events))


@dataclass(frozen=True)
class Anatomy:
    """A stream's parts: what comes before the first block, the blocks, what comes after the last."""

    head: tuple[Event, ...]
    blocks: tuple[Block, ...]
    ending: tuple[Event, ...]

    @property
    def message(self) -> JSON:
        """The message as it was started."""
        starts = (event.data.get("message") for event in self.head if ev.kind(event) == ev.MESSAGE_START)
        return next((start for start in starts if isinstance(start, dict)), {})

    @property
    def delta(self) -> JSON:
        """The data of the last `message_delta`, empty where there is none."""
        deltas = [event.data for event in self.ending if ev.kind(event) == ev.MESSAGE_DELTA]
        return deltas[-1] if deltas else {}

    @property
    def stop_reason(self) -> Any:
        """The stop reason told, None where none is."""
        return (self.delta.get("delta") or {}).get("stop_reason")

    @property
    def ended_well(self) -> bool:
        """Whether the stream is the whole of an answer that the model finished."""
        kinds = [ev.kind(event) for event in self.ending]
        whole = ev.MESSAGE_STOP in kinds and ev.ERROR not in kinds and all(block.is_closed for block in self.blocks)
        return whole and self.stop_reason in GOOD_STOPS

    @property
    def events(self) -> tuple[Event, ...]:
        """All events in order."""
        return (*self.head, *chain.from_iterable(block.events for block in self.blocks), *self.ending)


def dissect(stream: Stream) -> Anatomy:
    """Take `stream` apart. Events that are in nobody's place stay where they came."""
    global _recent  # noqa: PLW0603 - replaced as a whole, so that no thread sees half of it
    for events, anatomy in _recent:
        if events is stream.events:
            return anatomy
    anatomy = _dissect(stream)
    _recent = ((stream.events, anatomy), *_recent[:1])
    return anatomy


_recent: tuple[tuple[tuple[Event, ...], Anatomy], ...] = ()
"""The last streams that were taken apart: one answer is asked for its parts several times over."""


def _dissect(stream: Stream) -> Anatomy:
    head: list[Event] = []
    blocks: list[list[Event]] = []
    ending: list[Event] = []
    for event in stream.events:
        kind = ev.kind(event)
        if ending or kind in (ev.MESSAGE_DELTA, ev.MESSAGE_STOP, ev.ERROR):
            ending.append(event)
        elif kind == ev.BLOCK_START:
            blocks.append([event])
        else:
            (blocks[-1] if blocks else head).append(event)
    return Anatomy(tuple(head), tuple(Block(tuple(block)) for block in blocks), tuple(ending))


def made(index: int, block: JSON, count: int = ev.PIECES) -> Block:
    """Return the events of `block` at `index`. What it says comes in `count` pieces."""
    return Block(tuple(block_events(index, block, count)))


def next_index(blocks: Iterable[Block]) -> int:
    """Return the index of a block after `blocks`."""
    return 1 + max((block.index for block in blocks), default=-1)


def said(event: Event) -> str:
    """Return what `event` adds to the output: a piece of text, thinking, or of an input's JSON."""
    if ev.kind(event) != ev.BLOCK_DELTA:
        return ""
    delta = event.data.get("delta") or {}
    return str(delta.get(TOLD.get(str(delta.get("type")), "")) or "")


def retold(event: Event, text: str) -> Event:
    """Return `event`, a delta that says something, with `text` as what it says."""
    delta = event.data["delta"]
    told = {**delta, TOLD[delta["type"]]: text}
    return ev.event(ev.BLOCK_DELTA, index=event.data["index"], delta=told)


def _moved(event: Event, index: int) -> Event:
    if "index" not in event.data:
        return event
    return Event(event.name, {**event.data, "index": index})

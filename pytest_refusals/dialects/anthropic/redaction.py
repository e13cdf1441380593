"""Secrets out of a streamed body while it arrives: also those that are spread over several deltas."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import TOLD
from pytest_refusals.dialects.anthropic.sse import Splitter, decode, encode_event
from pytest_refusals.dialects.base import Event, Finder
from pytest_refusals.errors import InvalidRecording

_ORDINARY = re.compile(
    rb'event: \w+\ndata: \{"type": ?"content_block_delta", ?"index": ?\d+, ?"delta": ?'
    rb'\{"type": ?"\w+", ?"\w+": ?"[^"\\]*(?:\\.[^"\\]*)*"\} *\}\n\n'
)
"""A delta that is nothing but its text: no comments, no other fields that could hold a secret."""
WINDOW = 4096
"""Characters of a block's text that are held back: a secret that is longer is found where it is in one event only."""


@dataclass(frozen=True)
class _Held:
    """An event that waits for those after it. `piece` is what it says, of which `changed` tells whether it was."""

    event: Event
    number: int
    piece: str = ""
    changed: bool = False

    def bytes(self) -> bytes:
        if not self.changed:
            return encode_event(self.event)
        delta = self.event.data["delta"]
        told = {**delta, TOLD[delta["type"]]: self.piece}
        return encode_event(Event(self.event.name, {**self.event.data, "delta": told}))


class Redactor:
    """Takes a streamed body bit by bit and gives it back without what `finder` finds, byte for byte elsewhere.

    `events` counts them; `ended` tells whether the stream has said that it is over; `suspects` holds what still
    looks like a key, and where. At most `WINDOW` characters and one event are held back.
    """

    def __init__(self, finder: Finder) -> None:
        self.events = 0
        self.ended = False
        self.suspects: list[str] = []
        self._finder = finder
        self._splitter = Splitter()
        self._held: list[_Held] = []
        self._length = 0
        self._run: tuple[object, object] | None = None

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes and return those that are ready."""
        return b"".join(self._event(raw) for raw in self._splitter.feed(chunk))

    def finish(self) -> bytes:
        """Return what is left."""
        rest = self._splitter.rest
        return self._flush() + (self._text(rest) if rest else b"")

    def _event(self, raw: bytes) -> bytes:
        self.events += 1
        try:
            event = decode(raw).events[0]
        except (InvalidRecording, IndexError):
            return self._flush() + self._text(raw)
        kind = ev.kind(event)
        self.ended = self.ended or kind in (ev.MESSAGE_STOP, ev.ERROR)
        if kind == ev.PING and self._held and not self._finder.find(raw.decode("utf-8", "replace")):
            self._held.append(_Held(event, self.events - 1))
            return b""
        run = _run(event) if kind == ev.BLOCK_DELTA else None
        if run is None:
            return self._flush() + self._whole(event, raw)
        before = b"" if run == self._run else self._flush()
        self._run = run
        return before + self._hold(event)

    def _hold(self, event: Event) -> bytes:
        field = TOLD[event.data["delta"]["type"]]
        piece = event.data["delta"].get(field)
        held = _Held(event, self.events - 1, piece if isinstance(piece, str) else "")
        raw = event.raw or b""
        if _ORDINARY.fullmatch(raw) is None and self._finder.find(raw.decode("utf-8", "replace")):
            data = self._finder.scrubbed(event.data)
            told = {**data["delta"], field: piece}  # the text is searched with what follows
            held = replace(held, event=Event(event.name, {**data, "delta": told}), changed=True)
        self._held.append(held)
        self._length += len(held.piece)
        return self._release(self._length - WINDOW) if self._length > 2 * WINDOW else b""

    def _flush(self) -> bytes:
        self._run = None
        return self._release(self._length)

    def _release(self, until: int) -> bytes:
        """Return the held events that lie before the character `until`, rid of every secret that does."""
        if not self._held:
            return b""
        text = "".join(held.piece for held in self._held)
        spans = self._finder.find(text)
        until = min([until, *(span.start for span in spans if span.start < until < span.end)])
        pieces = [held.piece for held in self._held]
        for span in reversed([span for span in spans if span.end <= until]):
            pieces = _without(pieces, span.start, span.end, span.instead)
            until += len(span.instead) - (span.end - span.start)
        self._held = [
            held if piece == held.piece else replace(held, piece=piece, changed=True)
            for held, piece in zip(self._held, pieces, strict=True)
        ]
        self._suspect("".join(pieces), self._held[0].number)
        return self._let_go(until)

    def _let_go(self, until: int) -> bytes:
        ready, at = 0, 0
        for held in self._held:
            if at + len(held.piece) > until:
                break
            at += len(held.piece)
            ready += 1
        gone, self._held = self._held[:ready], self._held[ready:]
        self._length = sum(len(held.piece) for held in self._held)
        return b"".join(held.bytes() for held in gone)

    def _whole(self, event: Event, raw: bytes) -> bytes:
        """Return an event that is not searched together with others."""
        text = raw.decode("utf-8", "replace")
        found = self._finder.find(text)
        self._suspect(self._finder.scrub(text) if found else text, self.events - 1)
        return encode_event(Event(event.name, self._finder.scrubbed(event.data))) if found else raw

    def _text(self, raw: bytes) -> bytes:
        """Return bytes that are no event of ours without what is found in them."""
        text = self._finder.scrub(raw.decode("utf-8", "surrogateescape"))
        self._suspect(text, max(0, self.events - 1))
        return text.encode("utf-8", "surrogateescape")

    def _suspect(self, text: str, number: int) -> None:
        what = self._finder.suspect(text)
        if what is not None:
            self.suspects.append(f"{what} in the answer, at event {number} or soon after it")


def _run(event: Event) -> tuple[object, object] | None:
    """Return what deltas that are one text have in common; None for one that says nothing."""
    delta = event.data.get("delta")
    kind = delta.get("type") if isinstance(delta, dict) else None
    return (event.data.get("index"), kind) if kind in TOLD else None


def _without(pieces: list[str], start: int, end: int, instead: str) -> list[str]:
    """Return `pieces` without the characters from `start` to `end` of them all, `instead` in the first's place."""
    kept: list[str] = []
    at = 0
    for piece in pieces:
        low, high = max(start - at, 0), min(end - at, len(piece))
        if low < high:
            kept.append(piece[:low] + instead + piece[high:])
            instead = ""
        else:
            kept.append(piece)
        at += len(piece)
    return kept

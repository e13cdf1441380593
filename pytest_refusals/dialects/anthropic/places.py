"""Every place of a stream at which a stop can arrive, by name, and the stream that it makes there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pytest_refusals.branches import Ending
from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.anatomy import dissect
from pytest_refusals.dialects.anthropic.endings import worded
from pytest_refusals.dialects.anthropic.injection import concluded
from pytest_refusals.dialects.anthropic.sse import whole
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.errors import InvalidBranch
from pytest_refusals.stops import Stop

_DELTAS = {"input_json_delta": "tool input delta"}
"""Deltas whose names say less than what they carry."""
_TENTH = 10


def places(stream: Stream) -> tuple[str, ...]:
    """Return the name of each place, in order: ``"2nd text delta"`` is the one right after that event.

    There is one for each event before the one that tells how the recorded answer ended.
    """
    return tuple(_numbered(_served(stream)))


def inject_after(base: Stream, place: int | None, stop: Stop, ending: Ending, *, closed: bool) -> Stream:
    """Return `base` up to `place` (an index of `places`; None for all of them), then `stop`, told by `ending`.

    A block that is open there is closed if `closed`. Raises `InvalidBranch` for an ending that is no stream.
    """
    if ending is Ending.REJECTED:
        raise InvalidBranch("Expected an ending inside a stream but got ending='rejected', which is an HTTP error")
    events = _served(base)
    kept = dissect(Stream(events if place is None else events[: place + 1]))
    return concluded(dissect(whole(base)), kept.head, kept.blocks, worded(stop, ending), ending, closed=closed)


def _served(stream: Stream) -> tuple[Event, ...]:
    parts = dissect(whole(stream))
    return parts.events[: len(parts.events) - len(parts.ending)]


def _numbered(events: tuple[Event, ...]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    kinds: dict[object, str] = {}
    for event in events:
        what = _what(event, kinds)
        seen[what] += 1
        yield f"{ordinal(seen[what])} {what}"


def _what(event: Event, kinds: dict[object, str]) -> str:
    """Return what `event` is in words; `kinds` has the types of the blocks so far by their index."""
    kind, index = ev.kind(event), event.data.get("index")
    if kind == ev.BLOCK_START:
        kinds[index] = str(event.data["content_block"].get("type"))
        return _words(f"{kinds[index]} start")
    if kind == ev.BLOCK_DELTA:
        delta = str(event.data["delta"].get("type"))
        return _words(_DELTAS.get(delta, delta))
    return _words(f"{kinds.get(index, 'block')} stop" if kind == ev.BLOCK_STOP else kind)


def _words(name: str) -> str:
    return name.replace("_", " ")


def ordinal(number: int) -> str:
    """Return ``"1st"`` for 1, ``"2nd"`` for 2, ``"11th"`` for 11."""
    teen = number % 100 // _TENTH == 1
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % _TENTH, 'th')}"

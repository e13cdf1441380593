"""Illegal orders of events, each named by the rule that it breaks and the way in which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import sse
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.errors import InvalidBranch

FRAMING = "framing"
"""The one rule that is not the grammar's: an event ends with a blank line."""

Events = tuple[Event, ...]


@dataclass(frozen=True)
class Illegal:
    """A stream that no server may send. `rule` is the one of the grammar it breaks, or `FRAMING`; `case` is how."""

    rule: str
    case: str
    stream: Stream


def broken(stream: Stream, case: str) -> Illegal:
    """Return `stream`, which is complete and has a text block, broken as `case` says, without what comes around it.

    Raises `InvalidBranch` for a case that does not exist.
    """
    if case not in CASES:
        raise InvalidBranch(f"There is no case {case!r}. Cases: {', '.join(CASES)}.")
    rule, spoil = CASES[case]
    kinds = [ev.kind(event) for event in stream.events]
    inner = stream.events[kinds.index(ev.MESSAGE_START) : kinds.index(ev.MESSAGE_STOP) + 1]
    return Illegal(rule, case, Stream(spoil(inner)))


def cases(rule: str) -> list[str]:
    """Return the cases that break `rule`."""
    return [case for case, (broken_rule, _) in CASES.items() if broken_rule == rule]


def _at(events: Events, kind: str) -> int:
    return next(at for at, event in enumerate(events) if ev.kind(event) == kind)


def _text(events: Events) -> int:
    """Return where the first delta of a text is."""
    return next(
        at for at, e in enumerate(events) if ev.kind(e) == ev.BLOCK_DELTA and e.data["delta"]["type"] == "text_delta"
    )


def _insert(events: Events, at: int, *new: Event) -> Events:
    return (*events[:at], *new, *events[at:])


def _replace(events: Events, at: int, *new: Event) -> Events:
    return (*events[:at], *new, *events[at + 1 :])


def _index(events: Events) -> int:
    return int(events[_text(events)].data["index"])


def _last_index(events: Events) -> int:
    return max((int(event.data["index"]) for event in events if "index" in event.data), default=-1)


def _with(event: Event, **fields: Any) -> Event:
    return Event(event.name, {**event.data, **fields})


def _spoil(kind: str, change: Callable[[Event], Event | None]) -> Callable[[Events], Events]:
    """Return what puts `change` of the first event of `kind` in its place; nothing for None."""

    def spoil(events: Events) -> Events:
        at = _at(events, kind)
        changed = change(events[at])
        return _replace(events, at, *(() if changed is None else (changed,)))

    return spoil


def _stop_without_start(events: Events) -> Events:
    return _insert(events, _at(events, ev.MESSAGE_DELTA), ev.block_stop(_last_index(events) + 1))


def _delta_without_start(events: Events) -> Events:
    return _insert(events, _at(events, ev.MESSAGE_DELTA), ev.block_delta(_last_index(events), "text_delta", text="x"))


def _second_stop(events: Events) -> Events:
    at = next(at for at in range(_text(events), len(events)) if ev.kind(events[at]) == ev.BLOCK_STOP)
    return _insert(events, at, events[at])


def _start_inside(events: Events) -> Events:
    return _insert(events, _text(events), ev.block_start(_index(events) + 1, {"type": "text", "text": ""}))


def _foreign_delta(events: Events) -> Events:
    return _insert(events, _text(events), ev.block_delta(_index(events), "input_json_delta", partial_json="{}"))


def _after_stop(events: Events) -> Events:
    return (*events, ev.block_delta(_index(events), "text_delta", text="x"))


def _block_after_delta(events: Events) -> Events:
    block = ev.block_start(_last_index(events) + 1, {"type": "text", "text": ""})
    return _insert(events, _at(events, ev.MESSAGE_STOP), block)


def _second_reason(events: Events) -> Events:
    delta = {"stop_reason": "refusal", "stop_sequence": None}
    told = ev.event(ev.MESSAGE_DELTA, delta=delta, usage={"output_tokens": 1})
    return _insert(events, _at(events, ev.MESSAGE_STOP), told)


def _no_reason(event: Event) -> Event:
    return _with(event, delta={**event.data["delta"], "stop_reason": None})


def _full_start(event: Event) -> Event:
    return _with(event, message={**event.data["message"], "content": [{"type": "text", "text": "x"}]})


def _stopped_start(event: Event) -> Event:
    return _with(event, message={**event.data["message"], "stop_reason": "end_turn"})


def _without(field: str) -> Callable[[Event], Event]:
    return lambda event: Event(event.name, {key: value for key, value in event.data.items() if key != field})


def _glued(events: Events) -> Events:
    at = _text(events)
    return _replace(events, at, Event(events[at].name, events[at].data, sse.encode_event(events[at])[:-1]))


def _unended(events: Events) -> Events:
    return (*events[:-1], Event(events[-1].name, events[-1].data, sse.encode_event(events[-1])[:-1]))


def _unnamed(event: Event) -> Event:
    return Event("content_block_stop", event.data)


CASES: Mapping[str, tuple[str, Callable[[Events], Events]]] = {
    "no-message-start": ("order", _spoil(ev.MESSAGE_START, lambda _: None)),
    "two-message-starts": ("order", lambda events: (events[0], *events)),
    "delta-without-start": ("order", _delta_without_start),
    "stop-without-start": ("order", _stop_without_start),
    "two-block-stops": ("order", _second_stop),
    "start-inside-a-block": ("order", _start_inside),
    "delta-of-another-type": ("order", _foreign_delta),
    "block-after-message-delta": ("order", _block_after_delta),
    "delta-after-the-end": ("order", _after_stop),
    "two-message-stops": ("order", lambda events: (*events, events[-1])),
    "no-message-delta": ("order", lambda events: tuple(e for e in events if ev.kind(e) != ev.MESSAGE_DELTA)),
    "two-stop-reasons": ("one-reason", _second_reason),
    "no-stop-reason": ("one-reason", _spoil(ev.MESSAGE_DELTA, _no_reason)),
    "no-message-stop": ("unfinished", _spoil(ev.MESSAGE_STOP, lambda _: None)),
    "nothing": ("unfinished", lambda _: ()),
    "index-of-no-block": ("index", _spoil(ev.BLOCK_STOP, lambda event: _with(event, index=event.data["index"] + 7))),
    "first-index-not-0": ("index", _spoil(ev.BLOCK_START, lambda event: _with(event, index=1))),
    "start-with-content": ("fresh-start", _spoil(ev.MESSAGE_START, _full_start)),
    "start-with-stop-reason": ("fresh-start", _spoil(ev.MESSAGE_START, _stopped_start)),
    "name-of-another-type": ("name", _spoil(ev.MESSAGE_DELTA, _unnamed)),
    "start-without-message": ("shape", _spoil(ev.MESSAGE_START, _without("message"))),
    "block-start-without-block": ("shape", _spoil(ev.BLOCK_START, _without("content_block"))),
    "delta-without-delta": ("shape", _spoil(ev.BLOCK_DELTA, _without("delta"))),
    "no-blank-line-between": (FRAMING, _glued),
    "no-blank-line-at-the-end": (FRAMING, _unended),
}
"""Case to the rule it breaks and what breaks it."""

RULES = tuple(dict.fromkeys(rule for rule, _ in CASES.values()))


def spoiled(stream: Stream) -> Iterator[Illegal]:
    """Yield `stream` broken in every way there is."""
    for case in CASES:
        yield broken(stream, case)

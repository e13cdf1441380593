"""The legal orders of events, as one table.

Two rules make it:
1. A message is started once, its blocks come one at a time, each with the deltas of its type, then one or more
   `message_delta`, then `message_stop`. A block may be left open there: answers that hit a limit are.
2. A `ping`, and any event of an unknown type, may come anywhere and changes nothing; an `error` may come
   anywhere and ends everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.sse import whole
from pytest_refusals.dialects.base import Event, Stream

START, BETWEEN, ENDING, DONE, FAILED = "start", "between blocks", "ending", "done", "failed"
TEXT, THINKING, SIGNED, TOOL, COMPACTION, FIXED, UNHEARD = (
    "in text",
    "in thinking",
    "in thinking, signed",
    "in tool input",
    "in compaction",
    "in a block without deltas",
    "in a block of an unknown type",
)

BLOCKS: Mapping[str, str] = {
    "text": TEXT,
    "thinking": THINKING,
    "redacted_thinking": FIXED,
    "tool_use": TOOL,
    "server_tool_use": TOOL,
    "mcp_tool_use": TOOL,
    "compaction": COMPACTION,
    "fallback": FIXED,
    "container_upload": FIXED,
}
"""The state that a block of each type opens. Types that end in ``_tool_result`` are whole in their start."""

DELTAS: Mapping[str, tuple[str, ...]] = {
    TEXT: ("text_delta", "citations_delta"),
    THINKING: ("thinking_delta", "signature_delta"),
    SIGNED: (),
    TOOL: ("input_json_delta",),
    COMPACTION: ("compaction_delta",),
    FIXED: (),
}
"""The deltas that each state takes."""

_KNOWN_DELTAS = frozenset(delta for deltas in DELTAS.values() for delta in deltas)

Table = Mapping[tuple[str, str], str]


def _table() -> Table:
    table = {
        (START, ev.MESSAGE_START): BETWEEN,
        (BETWEEN, ev.MESSAGE_DELTA): ENDING,
        (ENDING, ev.MESSAGE_DELTA): ENDING,
        (ENDING, ev.MESSAGE_STOP): DONE,
    }
    for state in {*BLOCKS.values(), UNHEARD}:
        table[BETWEEN, f"{ev.BLOCK_START} {state}"] = state
    for state in (*DELTAS, UNHEARD):
        table[state, ev.BLOCK_STOP] = BETWEEN
        table[state, ev.MESSAGE_DELTA] = ENDING
        for delta in DELTAS.get(state, _KNOWN_DELTAS):
            table[state, delta] = SIGNED if delta == "signature_delta" and state == THINKING else state
    for state in (START, BETWEEN, ENDING, *DELTAS, UNHEARD):
        table[state, ev.PING] = state
        table[state, ev.ERROR] = FAILED
    table[DONE, ev.PING] = DONE
    return table


TABLE: Table = _table()
"""State and event to state; what is not in it is not legal. The event of a block's start names the state it
opens (``"content_block_start in text"``), that of a delta is the delta's type."""

STATES = tuple(dict.fromkeys(state for state, _ in TABLE))


@dataclass(frozen=True)
class Violation:
    """A rule that a stream breaks. `index` is the event's, or the number of events where something is missing."""

    rule: str
    index: int
    message: str


@dataclass(frozen=True)
class Unknown:
    """A thing of a type that we do not know, which is no violation: the API may grow."""

    what: str
    name: str
    index: int


@dataclass(frozen=True)
class Report:
    """All that a reading of a stream by the grammar has found, and the state it ended in."""

    violations: tuple[Violation, ...]
    unknown: tuple[Unknown, ...]
    state: str


def check(stream: Stream) -> list[Violation]:
    """Return every rule that `stream` breaks, in order.

    The rules: ``order`` (an event that the table does not allow here), ``name`` (the event's name is not its
    data's type), ``shape`` (a field without which the event cannot be read), ``index`` (block indices count up
    from 0, deltas and stops speak of the open block), ``fresh-start`` (a started message is empty and has not
    stopped), ``one-reason`` (a message that stops has one stop reason, and it is a word), ``unfinished``
    (the stream ends before its `message_stop` or an error).
    """
    return list(review(stream).violations)


def unknown(stream: Stream) -> list[Unknown]:
    """Return the events, blocks and deltas of `stream` whose types we do not know."""
    return list(review(stream).unknown)


def review(stream: Stream) -> Report:
    """Read the whole of `stream` by the grammar."""
    reader = _Reader()
    events = whole(stream).events
    for at, event in enumerate(events):
        reader.read(at, event)
    if reader.state not in (DONE, FAILED):
        reader.violate("unfinished", len(events), f"the stream ends {reader.state}, without {ev.MESSAGE_STOP}")
    elif reader.state == DONE and not isinstance(reader.reason, str):
        reader.violate("one-reason", len(events), f"the message stops with stop_reason={reader.reason!r}")
    return Report(tuple(reader.violations), tuple(reader.unknown), reader.state)


def places(events: Sequence[Event], symbol: str) -> list[int]:
    """Return the indices in `events` before which `symbol` may come, and their number where it may come last."""
    reader = _Reader()
    found = [0] if (reader.state, symbol) in TABLE else []
    for at, event in enumerate(events):
        reader.read(at, event)
        if (reader.state, symbol) in TABLE:
            found.append(at + 1)
    return found


class _Reader:
    """Goes through a stream once. After a violation it reads on as if the event had not come."""

    def __init__(self) -> None:
        self.state = START
        self.index = -1
        self.reason: object = None
        self.violations: list[Violation] = []
        self.unknown: list[Unknown] = []

    def violate(self, rule: str, at: int, message: str) -> None:
        self.violations.append(Violation(rule, at, message))

    def read(self, at: int, event: Event) -> None:
        kind = ev.kind(event)
        if event.name != kind:
            self.violate("name", at, f"the event is named {event.name!r} but its type is {kind!r}")
        symbol = self._symbol(at, event, kind)
        if symbol is None:
            return
        following = TABLE.get((self.state, symbol))
        if following is None:
            self.violate("order", at, f"{symbol} is not legal {self._place()}")
            return
        self._look_closer(at, event, kind)
        self.state = following

    def _place(self) -> str:
        return self.state if " " in self.state else f"in the state {self.state!r}"

    def _symbol(self, at: int, event: Event, kind: str) -> str | None:
        """Return what the table calls `event`; None for what it need not know or cannot read."""
        if kind not in ev.EVENTS:
            self.unknown.append(Unknown("event", kind, at))
            return None
        field = {ev.MESSAGE_START: "message", ev.BLOCK_START: "content_block", ev.BLOCK_DELTA: "delta"}.get(kind)
        inner = event.data.get(field) if field else {}
        if not isinstance(inner, dict):
            self.violate("shape", at, f"{kind} has no {field}")
            return None
        if kind == ev.BLOCK_START:
            return f"{kind} {self._block_state(at, str(inner.get('type')))}"
        if kind == ev.BLOCK_DELTA:
            return self._delta(at, event, str(inner.get("type")))
        return kind

    def _block_state(self, at: int, kind: str) -> str:
        state = BLOCKS.get(kind) or (FIXED if kind.endswith("_tool_result") else None)
        if state is None:
            self.unknown.append(Unknown("block", kind, at))
        return state or UNHEARD

    def _delta(self, at: int, event: Event, kind: str) -> str | None:
        if kind in _KNOWN_DELTAS:
            return kind
        self.unknown.append(Unknown("delta", kind, at))
        if self.state not in DELTAS and self.state != UNHEARD:
            self.violate("order", at, f"a delta is not legal {self._place()}")
        self._expect_index(at, event, self.index)
        return None

    def _look_closer(self, at: int, event: Event, kind: str) -> None:
        if kind == ev.MESSAGE_START:
            message = event.data["message"]
            if message.get("content") or message.get("stop_reason") is not None:
                self.violate("fresh-start", at, "the message starts with content or with a stop_reason")
        elif kind == ev.BLOCK_START:
            self._expect_index(at, event, self.index + 1)
            self.index += 1
        elif kind in (ev.BLOCK_DELTA, ev.BLOCK_STOP):
            self._expect_index(at, event, self.index)
        elif kind == ev.MESSAGE_DELTA:
            reason = (event.data.get("delta") or {}).get("stop_reason")
            if reason and self.reason and reason != self.reason:
                self.violate("one-reason", at, f"the message stops with {reason!r} after {self.reason!r}")
            self.reason = reason or self.reason

    def _expect_index(self, at: int, event: Event, index: int) -> None:
        if event.data.get("index") != index:
            self.violate("index", at, f"expected index {index} but got {event.data.get('index')!r}")

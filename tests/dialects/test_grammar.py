from __future__ import annotations

import pytest

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import grammar
from pytest_refusals.dialects.base import Event, Stream
from tests.dialects.material import each_recording, load

START = ev.event("message_start", message={"content": [], "stop_reason": None, "usage": {}})
TEXT = ev.block_start(0, {"type": "text", "text": ""})
DELTA = ev.block_delta(0, "text_delta", text="x")
CLOSE = ev.block_stop(0)
END = ev.event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 1})
STOP = ev.event("message_stop")
ERROR = ev.event("error", error={"type": "api_error", "message": "x"})
GOOD = (START, TEXT, DELTA, CLOSE, END, STOP)


def rules(*events):
    return [violation.rule for violation in grammar.check(Stream(events))]


@each_recording
def test_recordings_are_legal(path):
    """Every recorded answer is in the grammar, and nothing in it is unheard of."""
    assert grammar.check(load(path)) == []
    assert grammar.unknown(load(path)) == []


@pytest.mark.parametrize(
    "events",
    [
        GOOD,
        (START, END, STOP),
        (START, END, END, STOP),
        (ev.ping(), START, ev.ping(), TEXT, ev.ping(), DELTA, CLOSE, ev.ping(), END, ev.ping(), STOP, ev.ping()),
        (START, TEXT, DELTA, END, STOP),
        (START, TEXT, DELTA, ERROR),
        (START, ERROR),
    ],
)
def test_legal_orders(events):
    """Pings anywhere, several message deltas, an open block at the end and an error event are all legal."""
    assert rules(*events) == []


@pytest.mark.parametrize(
    ("expected", "events"),
    [
        (["unfinished"], ()),
        (["unfinished"], GOOD[:3]),
        (["unfinished"], GOOD[:-1]),
        (["order"], (START, *GOOD)),
        (["order"], (START, TEXT, ev.block_start(1, {"type": "text", "text": ""}), CLOSE, END, STOP)),
        (["order"], (START, DELTA, END, STOP)),
        (["order"], (START, CLOSE, END, STOP)),
        (["order"], (START, TEXT, ev.block_delta(0, "input_json_delta", partial_json=""), CLOSE, END, STOP)),
        (["order"], (START, END, TEXT, STOP)),
        (["order"], (*GOOD, END)),
        (["order"], (*GOOD[:3], ERROR, ev.ping())),
        (["order", "unfinished"], (START, STOP)),
        (["index"], (START, ev.block_start(1, {"type": "text", "text": ""}), CLOSE, END, STOP)),
        (["index"], (START, TEXT, ev.block_delta(3, "text_delta", text="x"), CLOSE, END, STOP)),
        (["name"], (START, Event("message", END.data), STOP)),
        (["shape"], (START, ev.event("content_block_start", index=0), END, STOP)),
        (["fresh-start"], (ev.event("message_start", message={"stop_reason": "refusal"}), END, STOP)),
        (["one-reason"], (START, ev.event("message_delta", delta={"stop_reason": None}), STOP)),
    ],
)
def test_illegal_orders(expected, events):
    """Each rule is broken by the stream that breaks it, once, and reading goes on."""
    assert rules(*events) == expected


def test_signature_ends_a_thought():
    """Nothing comes after a thought's signature but its stop."""
    thought = ev.block_start(0, {"type": "thinking", "thinking": "", "signature": ""})
    signed = ev.block_delta(0, "signature_delta", signature="x")
    assert rules(START, thought, signed, CLOSE, END, STOP) == []
    more = ev.block_delta(0, "thinking_delta", thinking="x")
    assert rules(START, thought, signed, more, CLOSE, END, STOP) == ["order"]


def test_unknown_things_are_reported_and_no_violation():
    """Events, blocks and deltas of unknown types are told apart from mistakes."""
    stream = Stream(
        (
            START,
            ev.event("later_event"),
            TEXT,
            ev.block_delta(0, "later_delta", x=1),
            CLOSE,
            ev.block_start(1, {"type": "later_block"}),
            ev.block_delta(1, "later_delta", x=1),
            ev.block_stop(1),
            END,
            STOP,
        )
    )
    assert grammar.check(stream) == []
    assert [(found.what, found.index) for found in grammar.unknown(stream)] == [
        ("event", 1),
        ("delta", 3),
        ("block", 5),
        ("delta", 6),
    ]


def test_every_state_can_be_reached():
    """The table has no state that no stream is ever in, and no way out of an error."""
    reached, states = {grammar.START}, list(grammar.TABLE.items())
    for _ in states:
        reached |= {following for (state, _), following in states if state in reached}
    assert reached == {*grammar.STATES, grammar.FAILED}
    assert not any(state == grammar.FAILED for state, _ in grammar.TABLE)

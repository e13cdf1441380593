from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic import grammar, message
from pytest_refusals.dialects.base import Marks, Stream
from tests.dialects import sdk
from tests.dialects.material import ANTHROPIC, MESSAGES, asked, each_recording, load, needs_recordings

text = st.text(max_size=60)
blocks = st.one_of(
    st.builds(lambda t: {"type": "text", "text": t}, text),
    st.builds(
        lambda t, c: {"type": "text", "text": t, "citations": c}, text, st.lists(st.fixed_dictionaries({"t": text}))
    ),
    st.builds(lambda t, s: {"type": "thinking", "thinking": t, "signature": s}, text, text),
    st.builds(lambda d: {"type": "redacted_thinking", "data": d}, text),
    st.builds(
        lambda i, n, kind: {"type": kind, "id": n, "name": n, "input": i, "caller": {"type": "direct"}},
        st.dictionaries(text, st.one_of(text, st.integers(), st.none(), st.lists(text))),
        text,
        st.sampled_from(["tool_use", "server_tool_use", "mcp_tool_use"]),
    ),
    st.builds(lambda c: {"type": "web_search_tool_result", "tool_use_id": "x", "content": c}, st.lists(text)),
    st.builds(lambda c: {"type": "compaction", "content": c, "encrypted_content": c}, text),
    st.builds(lambda c: {"type": "later_block", "something": c}, text),
)
messages = st.fixed_dictionaries(
    {
        "id": text,
        "type": st.just("message"),
        "role": st.just("assistant"),
        "model": text,
        "content": st.lists(blocks, max_size=4),
        "stop_reason": st.sampled_from(["end_turn", "refusal", "later_reason", None]),
        "stop_sequence": st.sampled_from([None, "x"]),
        "usage": st.fixed_dictionaries({"input_tokens": st.integers(0), "output_tokens": st.integers(0)}),
    },
    optional={
        "stop_details": st.sampled_from([None, {"type": "refusal", "category": "bio", "explanation": None}]),
        "container": st.none() | st.fixed_dictionaries({"id": text}),
        "context_management": st.fixed_dictionaries({"applied_edits": st.just([])}),
        "later_field": text,
    },
)


@given(messages)
def test_unfold_then_fold(given_message):
    """The stream of any message folds to that message and leaves it untouched."""
    before = copy.deepcopy(given_message)
    stream = message.unfold(given_message)
    assert message.fold(stream) == given_message == before
    broken = [violation.rule for violation in grammar.check(stream)]
    assert broken == ([] if given_message["stop_reason"] else ["one-reason"])


@each_recording
def test_recordings_fold_and_unfold(path):
    """A recorded stream's message unfolds to a legal stream of the same message."""
    folded = message.fold(load(path))
    stream = message.unfold(folded)
    assert message.fold(stream) == folded
    assert grammar.check(stream) == []


@needs_recordings
@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_recorded_messages(path):
    """A recorded JSON message survives being streamed."""
    recorded = json.loads(path.read_bytes())
    assert message.fold(message.unfold(recorded)) == recorded


@each_recording
def test_fold_is_what_the_sdk_makes_of_it(path):
    """The SDK's own accumulation of a stream has our texts, thoughts, whole tool inputs and stop."""
    stream = load(path)
    ours = message.fold(stream)
    theirs = sdk.final(ANTHROPIC.replay(asked(), stream, ANTHROPIC.stop(stream), Marks()))
    assert theirs.stop_reason == ours["stop_reason"]
    assert theirs.usage.output_tokens == ours["usage"]["output_tokens"]
    assert len(theirs.content) == len(ours["content"])
    for their_block, our_block in zip(theirs.content, ours["content"], strict=True):
        for key in ("type", "text", "thinking", "signature", "name", "id"):
            assert getattr(their_block, key, None) == our_block.get(key)
        if our_block.get("input"):
            assert their_block.input == our_block["input"]


def test_half_a_tool_input_is_empty():
    """Input that is no whole JSON folds to an empty object, as SDKs have it."""
    tool = ev.block_start(0, {"type": "tool_use", "id": "x", "name": "x", "input": {}})
    half = ev.block_delta(0, "input_json_delta", partial_json='{"city": "Par')
    start = ev.event("message_start", message={"content": []})
    assert message.fold(Stream((start, tool, half)))["content"][0]["input"] == {}


def test_usage_is_cumulative_and_nulls_leave_it():
    """Later counters replace earlier ones, absent and null ones leave them, new ones join them."""
    start = ev.event("message_start", message={"content": [], "usage": {"input_tokens": 7, "output_tokens": 1}})
    first = ev.event("message_delta", delta={}, usage={"input_tokens": None, "output_tokens": 3})
    last = ev.event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 5, "later": {"x": 1}})
    usage = message.fold(Stream((start, first, last)))["usage"]
    assert usage == {"input_tokens": 7, "output_tokens": 5, "later": {"x": 1}}


def test_details_beside_the_delta_are_ignored():
    """Only a `stop_details` inside `delta` is one."""
    start = ev.event("message_start", message={"content": []})
    stray = ev.event("message_delta", delta={"stop_reason": "refusal"}, stop_details={"type": "refusal"}, later=1)
    folded = message.fold(Stream((start, stray)))
    assert "stop_details" not in folded
    assert folded["later"] == 1


@given(st.text(), st.integers(1, 20))
def test_pieces_are_the_text(given_text, count):
    """Splitting a text loses nothing, makes no empty piece and not more than asked for."""
    parts = ev.pieces(given_text, count)
    assert "".join(parts) == given_text
    assert all(parts)
    assert len(parts) <= count

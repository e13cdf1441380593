from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from pytest_refusals.branches import BRANCHES, Addition, Branch, Catalogue, Ending, Position
from pytest_refusals.dialects.anthropic import grammar, synthesis
from pytest_refusals.dialects.anthropic.anatomy import dissect
from pytest_refusals.dialects.anthropic.fallback import DEFAULT_MODEL
from pytest_refusals.dialects.anthropic.injection import inject
from pytest_refusals.dialects.anthropic.message import fold, parsed
from pytest_refusals.dialects.anthropic.repair import completion
from pytest_refusals.dialects.anthropic.sse import decode, encode
from pytest_refusals.dialects.base import Marks, Stream
from pytest_refusals.errors import InvalidBranch
from pytest_refusals.stops import Stop, StopKind, freshen
from tests.dialects.material import STREAMED, asked, each_recording, load

MARKS = Marks()
CATALOGUE = Catalogue()


def injected(base, name, **changes):
    branch = replace(CATALOGUE[name], **changes)
    return inject(base, branch, freshen(branch.stop), MARKS)


def synthesized(**fields):
    return synthesis.base(asked(**fields), MARKS)


def refused_at(position, **changes):
    stop = Stop(StopKind.REFUSED, category="bio", explanation="why")
    return Branch("own", "own", "own", stop, position=position, **changes)


@each_recording
def test_every_branch_of_every_recording_is_legal(path):
    """Whatever the recording and the branch, the stream is in the grammar; where no stop is told, it is unfinished."""
    for branch in STREAMED:
        stream = inject(load(path), branch, freshen(branch.stop), MARKS)
        broken = [violation.rule for violation in grammar.check(stream)]
        assert broken == (["unfinished"] if branch.ending in (Ending.CUT, Ending.DROPPED) else []), branch.name
        assert bool(grammar.unknown(stream)) == (branch.addition not in (None, Addition.PINGS)), branch.name


@each_recording
@pytest.mark.parametrize("closed", [True, False])
def test_refusals_at_every_position(path, closed):
    """A refusal at any position says so, is counted, and leaves its block open only where that is asked for."""
    for position in Position:
        branch = refused_at(position, closed=closed)
        stream = inject(load(path), branch, branch.stop, MARKS)
        parts = dissect(stream)
        assert grammar.check(stream) == []
        assert parts.stop_reason == "refusal"
        assert parts.delta["delta"]["stop_details"] == {"type": "refusal", "category": "bio", "explanation": "why"}
        assert (parts.delta["usage"]["output_tokens"] == 0) == (not parts.blocks)
        assert fold(stream)["usage"]["input_tokens"] >= 0
        assert not parts.blocks or parts.blocks[-1].is_closed == closed


@each_recording
def test_what_was_recorded_is_kept(path):
    """What comes before the cut has the very bytes of the recording."""
    body = path.read_bytes()
    stream = injected(load(path), "refusal-before-output")
    assert body.startswith(encode(replace(stream, events=stream.events[:-2])))


@each_recording
def test_control_is_the_recording_or_its_completion(path):
    """A recording that ended well is its own control; any other is completed and says something."""
    base = load(path)
    control = injected(base, "end_turn")
    if dissect(base).ended_well:
        assert control is base
    else:
        assert dissect(control).ended_well
        assert any(block["type"] in ("text", "tool_use") for block in fold(control)["content"])
        for block in dissect(control).blocks:
            assert block.kind != "tool_use" or parsed(block.text, None) is not None


@each_recording
def test_mid_text_keeps_and_withholds(path):
    """A cut text is a true beginning of the whole one, with something to see in it."""
    cut = dissect(injected(load(path), "refusal-mid-text")).blocks[-1]
    originals = [block for block in dissect(load(path)).blocks if block.index == cut.index]
    whole = originals[0].text if originals else synthesis.default_text(MARKS)
    assert cut.kind == "text"
    assert cut.text.strip()
    assert whole.startswith(cut.text)
    assert len(cut.text) < len(whole) or len(whole.strip()) <= 1


@each_recording
def test_mid_tool_input_is_no_json(path):
    """A cut tool input says something and is never JSON."""
    cut = dissect(injected(load(path), "refusal-mid-tool-input")).blocks[-1]
    assert cut.kind == "tool_use"
    assert cut.text
    with pytest.raises(ValueError, match=r".+"):
        json.loads(cut.text)
    assert fold(injected(load(path), "refusal-mid-tool-input"))["content"][-1]["input"] == {}


@each_recording
def test_after_tool_use_is_whole(path):
    """The first whole tool call is the last thing before the stop."""
    last = dissect(injected(load(path), "unknown-with-tool-use")).blocks[-1]
    assert last.kind == "tool_use"
    assert isinstance(parsed(last.text or "{}", None), dict)


@each_recording
def test_mid_thinking_has_no_signature(path):
    """A cut thought is not signed."""
    stream = injected(load(path), "refusal-mid-thinking")
    cut = dissect(stream).blocks[-1]
    assert cut.kind == "thinking"
    assert fold(stream)["content"][-1].get("signature", "") == ""


@each_recording
def test_older_shape_has_no_details_anywhere(path):
    """Without details the key is nowhere in the stream."""
    assert b"stop_details" not in encode(injected(load(path), "refusal-no-details"))


@each_recording
def test_unknown_fields_of_the_recording_are_kept(path):
    """What stands beside `delta` in a recording stands there in its branches too."""
    before, after = dissect(load(path)).delta, dissect(injected(load(path), "refusal-mid-text")).delta
    assert before.keys() <= after.keys()
    for key in before.keys() - {"type", "delta", "usage"}:
        assert after[key] == before[key]


@each_recording
def test_tolerance_changes_nothing_that_is_known(path):
    """Less what was added, the message of a tolerance branch is the control's."""
    control = fold(injected(load(path), "end_turn"))
    for addition in Addition:
        folded = fold(injected(load(path), f"tolerates-{addition.value}"))
        known = [block for block in folded["content"] if not block["type"].endswith("_block")]
        assert {**folded, "content": known} == control, addition


def test_pings_come_after_every_event():
    """Every event but the last is followed by a ping."""
    kinds = [event.name for event in injected(synthesized(thinking=None), "tolerates-pings").events]
    assert all("ping" in pair for pair in pairwise(kinds[:-1]))
    assert kinds[-2:] == ["ping", "message_stop"]


def test_single_delta_is_split():
    """A text of one delta is cut inside it."""
    base = synthesis.base(asked(thinking=None), MARKS, "Hello there")
    one = decode(encode(base))
    text = "".join(block.text for block in dissect(one).blocks)
    block = dissect(one).blocks[0]
    merged = Stream(
        (*one.events[:2], replace(block.events[2], data=_delta(text), raw=None), block.events[-1], *one.events[-2:])
    )
    assert grammar.check(merged) == []
    assert dissect(injected(merged, "refusal-mid-text")).blocks[0].text == "Hello"


def _delta(text):
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def test_one_character_is_still_visible():
    """A text of one character is kept: nothing to see would be another branch."""
    base = synthesis.base(asked(thinking=None), MARKS, "5")
    assert dissect(injected(base, "refusal-mid-text")).blocks[0].text == "5"


def test_before_output_keeps_leading_pings_only():
    """Nothing of the output comes before a refusal before output."""
    names = [event.name for event in injected(synthesized(), "refusal-before-output").events]
    assert names == ["message_start", "message_delta", "message_stop"]


def test_empty_block():
    """An empty text block is started and stopped."""
    folded = fold(injected(synthesized(), "refusal-empty-block"))
    assert folded["content"] == [{"type": "text", "text": ""}]


def test_tool_without_input():
    """The tool call is opened and closed without a delta."""
    stream = injected(synthesized(tool_choice={"type": "any"}, thinking=None), "refusal-tool-without-input")
    assert [e.name for e in stream.events][1:3] == ["content_block_start", "content_block_stop"]


def test_error_event_is_the_last():
    """Nothing follows an error event, and no block is closed before it."""
    stream = injected(synthesized(), "overloaded-mid-text")
    assert stream.events[-1].data == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
    }
    assert stream.events[-2].name == "content_block_delta"


def test_dropped_ends_in_half_an_event():
    """What a broken connection leaves is no whole event."""
    stream = injected(synthesized(), "dropped-mid-text")
    assert stream.dropped
    assert stream.tail
    assert b"\n\n" not in stream.tail


def test_cut_ends_cleanly():
    """A stream that is cut ends after a whole event, with its block open."""
    stream = injected(synthesized(), "cut-mid-text")
    assert (stream.dropped, stream.tail) == (False, b"")
    assert not dissect(stream).blocks[-1].is_closed


def test_words_replace_the_answer():
    """`says` is all that the answer says, and it ends its turn."""
    folded = fold(injected(synthesized(), "refusal-in-words"))
    assert [block["text"] for block in folded["content"]] == [CATALOGUE["refusal-in-words"].says]
    assert folded["stop_reason"] == "end_turn"


def test_rejected_is_no_stream():
    """A branch that is an HTTP error cannot be injected."""
    with pytest.raises(InvalidBranch, match="HTTP error"):
        injected(synthesized(), "rejected-input")


@pytest.mark.parametrize("branch", [b for b in BRANCHES if b.position is Position.MID_TEXT], ids=lambda b: b.name)
def test_usage_so_far(branch):
    """Mid-stream, usage is there, less than the whole and more than nothing."""
    whole = fold(synthesized())["usage"]["output_tokens"]
    usage = fold(inject(synthesized(), branch, freshen(branch.stop), MARKS))["usage"]
    assert usage["input_tokens"] > 0
    assert 0 < usage["output_tokens"] < whole


def test_split_figures_of_the_whole_are_not_told_of_a_part():
    """Usage that splits up the whole output is kept with the whole and left out of a part."""
    base = synthesized(thinking=None)
    last = base.events[-2]
    usage = {"output_tokens": 40, "input_tokens": 9, "iterations": [{}], "output_tokens_details": {}}
    told = replace(last, data={**last.data, "usage": usage})
    told_base = Stream((*base.events[:-2], told, base.events[-1]))
    assert dissect(injected(told_base, "refusal-mid-text")).delta["usage"].keys() == {"output_tokens", "input_tokens"}
    assert dissect(injected(told_base, "unknown-with-output")).delta["usage"] == usage


@pytest.mark.parametrize("kept", range(2, 20))
def test_a_cut_stream_is_completed(kept):
    """Wherever a recording is cut, its control is a whole answer: thoughts signed, blocks closed, inputs JSON."""
    whole = synthesized()
    control = injected(Stream(whole.events[:kept]), "end_turn")
    assert dissect(control).ended_well
    assert grammar.check(control) == []
    first = fold(control)["content"][0]
    assert first["type"] == "thinking"
    assert first["signature"] == fold(whole)["content"][0]["signature"]


@pytest.mark.parametrize("branch", STREAMED, ids=lambda branch: branch.name)
def test_a_stream_that_failed_at_once(branch):
    """A recording that is nothing but an error event is a base too: the message is started for it."""
    error = injected(synthesized(), "overloaded-mid-text").events[-1]
    stream = inject(Stream((error,)), branch, freshen(branch.stop), MARKS, body=asked().body)
    assert {violation.rule for violation in grammar.check(stream)} <= {"unfinished"}
    assert stream.events[0].data["message"]["model"] == (DEFAULT_MODEL if branch.fallback else "claude-test")


@pytest.mark.parametrize("cut", range(1, 42))
def test_any_cut_json_can_be_completed(cut):
    """Wherever an object is cut, there is a way to close it."""
    text = '{"a": ["x\\u00e9", true, null], "b": {"c": -1}}'[:cut]
    missing = completion(text)
    assert missing is None or isinstance(json.loads(text + missing), dict)
    assert missing is not None or text[-1] in "-u0e9tr\\nl"

from __future__ import annotations

import json

import pytest

from pytest_refusals.branches import BRANCHES, Catalogue, Ending
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import Marks, Stream
from pytest_refusals.errors import InvalidPolicy
from pytest_refusals.stops import FRESH, Stop, StopKind, freshen
from tests.dialects.material import ANTHROPIC, TOOL, answered, asked, each_recording, load

MARKS = Marks()
VOCABULARY = ("refus", "declin", "content filter", "safety", "moderat", "guardrail", "policy", "stop_reason", "sorry")
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "score": {"type": "integer"}},
    "required": ["title", "score"],
}


def control(base=None, **fields):
    return fold(answered("end_turn", base, marks=MARKS, **{"thinking": None, **fields}).stream)


def test_default_text():
    """By default a short text is answered that names nothing and has its mark near both ends."""
    message = control()
    (block,) = message["content"]
    half = len(block["text"]) // 2
    assert MARKS.text in block["text"][:half]
    assert MARKS.text in block["text"][half:]
    assert not any(word in json.dumps(message["content"]).lower() for word in VOCABULARY)
    assert (message["stop_reason"], message["model"]) == ("end_turn", "claude-test")


@pytest.mark.parametrize(
    "fields",
    [
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        {"output_format": {"type": "json_schema", "schema": SCHEMA}},
    ],
)
def test_schema(fields):
    """Where a JSON schema is asked for, the text is the smallest JSON for it, and a cut one is none."""
    assert json.loads(control(**fields)["content"][0]["text"]) == {"title": MARKS.text, "score": 0}
    cut = answered("refusal-mid-text", marks=MARKS, thinking=None, **fields)
    assert MARKS.text in cut.partial[0]
    with pytest.raises(ValueError, match=r".+"):
        json.loads(cut.partial[0])


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "weather"}])
def test_forced_tool(choice):
    """Where a tool is forced, it is called with input that its schema allows."""
    message = control(tool_choice=choice)
    (block,) = message["content"]
    assert (block["name"], block["input"], message["stop_reason"]) == ("weather", {"city": MARKS.tool}, "tool_use")
    assert block["id"].startswith("toolu_")


def test_thinking_comes_first():
    """Where thinking is on, a signed thought comes first; its words are left out on request."""
    first, second = control(thinking={"type": "adaptive"})["content"]
    assert (first["type"], second["type"]) == ("thinking", "text")
    assert MARKS.thinking in first["thinking"]
    assert first["signature"]
    first, _ = control(thinking={"type": "adaptive", "display": "omitted"})["content"]
    assert (first["thinking"], bool(first["signature"])) == ("", True)


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        ("hello", [{"type": "text", "text": "hello"}]),
        ({"a": 1}, [{"type": "text", "text": '{"a": 1}'}]),
        ([{"type": "text", "text": "x"}, {"type": "later"}], [{"type": "text", "text": "x"}, {"type": "later"}]),
        ({"type": "message", "content": [{"type": "text", "text": "x"}]}, [{"type": "text", "text": "x"}]),
        (lambda body: body["model"], [{"type": "text", "text": "claude-test"}]),
        (lambda _: lambda _: {"b": 2}, [{"type": "text", "text": '{"b": 2}'}]),
    ],
)
def test_answers(answer, content):
    """A text, a dict, blocks, a message or a function of the request is what is answered."""
    assert control(answer)["content"] == content


def test_answer_of_tool_calls():
    """Blocks get the fields that the user left out, and the stop that goes with them."""
    message = control([{"type": "tool_use", "name": "weather"}])
    assert message["content"][0]["input"] == {}
    assert message["content"][0]["id"].startswith("toolu_")
    assert message["stop_reason"] == "tool_use"


@pytest.mark.parametrize("answer", [3, [1, 2], [{"text": "x"}], lambda _: 3])
def test_answers_that_are_none(answer):
    """What cannot be an answer is refused with what can."""
    with pytest.raises(InvalidPolicy, match="Expected answer to be"):
        control(answer)


@pytest.mark.parametrize(
    ("branch", "fields", "base", "obstacle"),
    [
        ("refusal-mid-tool-input", {"tools": None}, None, "the request has no tools"),
        ("refusal-mid-tool-input", {"tool_choice": {"type": "none"}}, None, "the request forbids tool calls"),
        ("refusal-mid-thinking", {"thinking": None}, None, "the request does not turn thinking on"),
        (
            "refusal-mid-text",
            {"tool_choice": {"type": "any"}},
            None,
            "the request forces a tool call, so no text comes",
        ),
        ("refusal-mid-text", {"tool_choice": {"type": "any"}}, "text", None),
        ("refusal-mid-tool-input", {}, "text", None),
        ("refusal-mid-tool-input", {"tools": None}, [{"type": "tool_use", "name": "x"}], None),
        ("refusal-mid-thinking", {"thinking": None}, lambda _: [{"type": "thinking", "thinking": "x"}], None),
        ("refusal-before-output", {"tools": None}, None, None),
        (
            "refusal-in-words",
            {"tool_choice": {"type": "any"}},
            None,
            "the request forces a tool call, so no text comes",
        ),
    ],
)
def test_obstacles(branch, fields, base, obstacle):
    """A branch needs a part that the request allows or the answer has."""
    assert ANTHROPIC.obstacle(asked(**fields), Catalogue()[branch], base) == obstacle


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda branch: branch.name)
@pytest.mark.parametrize("streaming", [True, False])
def test_responses_add_up(branch, streaming):
    """Once `stop_index` chunks are read the stop has been; partial output is output; completed answers have none."""
    response = answered(branch.name, stream=streaming, marks=MARKS)
    assert 0 < response.stop_index <= len(response.chunks)
    assert set(response.partial) <= set(response.output)
    if branch.stop.kind is StopKind.COMPLETED:
        assert response.partial == ()
    assert response.dropped == (branch.ending is Ending.DROPPED)
    if streaming and branch.ending is Ending.STOP:
        read = b"".join(response.chunks[: response.stop_index])
        assert response.stop.value.encode() in read
        assert f'"stop_reason":"{response.stop.value}"'.encode() not in b"".join(
            response.chunks[: response.stop_index - 1]
        )
        assert len(response.chunks) == len(response.stream.events)
    if branch.ending is Ending.STOP:
        assert response.id == f"msg_01{MARKS.id}"


def test_partial_output_is_marked():
    """The mark of the text, the thought or the tool's input is in what was served of it."""
    for branch, mark in (
        ("refusal-mid-text", MARKS.text),
        ("refusal-mid-thinking", MARKS.thinking),
        ("refusal-mid-tool-input", MARKS.tool),
        ("refusal-after-tool-use", MARKS.tool),
        ("unknown-with-tool-use", MARKS.tool),
    ):
        assert any(mark in piece for piece in answered(branch, marks=MARKS).partial), branch


def test_unknown_stop_after_the_whole_text_is_not_partial():
    """Before an unknown stop the whole text is not partial, a tool call's input is."""
    assert answered("unknown-with-output").partial == ()
    partial = answered("unknown-with-tool-use", marks=MARKS).partial
    assert partial == (f'{{"city": "{MARKS.tool}"}}', MARKS.tool)


def test_stop_is_worded():
    """The stop of a response has the word that is on the wire."""
    assert answered("refusal-mid-text").stop.value == "refusal"
    assert answered("end_turn").stop.value == "end_turn"
    assert answered("end_turn", tool_choice={"type": "any"}).stop.value == "tool_use"
    assert answered("unknown-before-output").stop.value != FRESH


def test_counting():
    """Counting tokens is answered with a number, on every branch."""
    call = asked("/v1/messages/count_tokens")
    branch = Catalogue()["refusal-mid-text"]
    response = ANTHROPIC.respond(call, branch, freshen(branch.stop), MARKS)
    assert json.loads(response.chunks[0])["input_tokens"] > 0


def test_overload_invites_a_retry_at_once():
    """Without streaming an overload is HTTP 529, to be tried again in a millisecond."""
    response = answered("overloaded-mid-text", stream=False)
    assert response.status == 529
    assert ("retry-after-ms", "1") in response.headers
    assert json.loads(response.chunks[0])["error"]["type"] == "overloaded_error"


def test_dropped_json_is_half():
    """Without streaming, the connection breaks inside the body."""
    response = answered("dropped-mid-text", stream=False)
    assert response.dropped
    with pytest.raises(ValueError, match=r".+"):
        json.loads(b"".join(response.chunks))


def test_fail():
    """An error of ours is in the API's shape."""
    response = ANTHROPIC.fail(400, "invalid_request_error", "too many")
    body = json.loads(response.chunks[0])
    assert body["error"] == {"type": "invalid_request_error", "message": "too many"}
    assert response.stop == Stop(StopKind.FAILED, "invalid_request_error", explanation="too many")


def test_marks_are_told_only_where_they_are():
    """An answer of the user's own holds no marks; a tool call that was added to it does."""
    assert answered("refusal-mid-text", "A text of the user's own", thinking=None).marks is None
    assert answered("refusal-mid-tool-input", "A text of the user's own", thinking=None).marks is not None


@each_recording
def test_replay(path):
    """A replayed stream goes out byte for byte, and its stop is read from it."""
    stream = load(path)
    stop = ANTHROPIC.stop(stream)
    response = ANTHROPIC.replay(asked(), stream, stop, MARKS)
    assert response.chunks == tuple(event.raw for event in stream.events)
    assert stop.value == fold(stream)["stop_reason"]
    assert (response.partial == ()) == (stop.kind is StopKind.COMPLETED or not response.output)


def test_stop_of_a_cut_stream():
    """A stream that tells no stop has failed; one that tells an error has failed with it."""
    whole = answered("end_turn").stream
    assert ANTHROPIC.stop(Stream(whole.events[:-2])) == Stop(StopKind.FAILED)
    failed = ANTHROPIC.stop(answered("overloaded-mid-text").stream)
    assert failed == Stop(StopKind.FAILED, "overloaded_error", explanation="Overloaded")
    assert ANTHROPIC.stop(answered("max-tokens").stream).kind is StopKind.INCOMPLETE
    assert ANTHROPIC.stop(answered("unknown-with-output").stream).kind is StopKind.UNKNOWN


def test_vendor_tools_have_inputs():
    """Tools that the vendor defines are called with input that they take."""
    tools = [{"type": "bash_20250124", "name": "bash"}, TOOL]
    block = control(tools=tools, tool_choice={"type": "any"})["content"][0]
    assert block["input"] == {"command": f"echo {MARKS.tool}"}

from __future__ import annotations

import json

import pytest

from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC, MAGIC_STRING
from pytest_refusals.dialects.base import Request
from tests.dialects.material import TOOL, asked, body


def read(url, *, method="POST", content=None, **fields):
    return ANTHROPIC.read(Request(method, url, {}, json.dumps(body(**fields)).encode() if content is None else content))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.anthropic.com/v1/messages",
        "https://api.anthropic.com/v1/messages?beta=true",
        "http://127.0.0.1:8000/messages",
        "https://proxy.test/a/b/anthropic/v1/messages/",
        "https://x.services.ai.azure.com/anthropic/v1/messages",
    ],
)
@pytest.mark.parametrize("streaming", [True, False])
def test_messages_wherever_they_are(url, streaming):
    """A Messages body is recognised by its path's end, whatever the host and the prefix."""
    call = read(url, stream=streaming)
    assert (call.model, call.streaming, call.purpose, call.framing) == ("claude-test", streaming, "message", "sse")


VERTEX = "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models"
BEDROCK = "https://bedrock-runtime.eu-west-1.amazonaws.com/model"
ARN = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fx"


@pytest.mark.parametrize(
    ("url", "model", "streaming", "framing"),
    [
        (f"{VERTEX}/claude-x@20250101:streamRawPredict", "claude-x@20250101", True, "sse"),
        (f"{VERTEX}/claude-x:rawPredict", "claude-x", False, "sse"),
        (f"{BEDROCK}/anthropic.claude-x-v1%3A0/invoke", "anthropic.claude-x-v1:0", False, "eventstream"),
        (f"{BEDROCK}/a.b/invoke-with-response-stream", "a.b", True, "eventstream"),
        (f"{BEDROCK}/{ARN}/invoke", "arn:aws:bedrock:us-east-1:1:inference-profile/x", False, "eventstream"),
    ],
)
def test_other_vendors_paths(url, model, streaming, framing):
    """On Vertex and Bedrock the path says the model, and whether the answer is streamed."""
    call = read(url, model=None, stream=None)
    assert (call.model, call.streaming, call.framing) == (model, streaming, framing)


@pytest.mark.parametrize(
    "url",
    [
        "https://x/v1/messages/count_tokens",
        "https://x/messages/count_tokens?beta=true",
        f"{VERTEX}/count-tokens:rawPredict",
    ],
)
def test_counting(url):
    """Requests to count tokens are told from requests for an answer."""
    call = read(url, stream=None)
    assert (call.purpose, call.streaming, call.model) == ("count_tokens", False, "claude-test")


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("https://x/v1/messages", {"method": "GET"}),
        ("https://x/v1/messages/batches", {}),
        ("https://x/v1/chat/completions", {}),
        ("https://x/v1/messages", {"content": b"{oops"}),
        ("https://x/v1/messages", {"content": b"\xff"}),
        ("https://x/v1/messages", {"content": b"[]"}),
        ("https://x/v1/messages", {"content": b'{"messages": "hello"}'}),
        (f"{BEDROCK}/a.b/converse", {}),
    ],
)
def test_not_ours(url, changed):
    """Other paths, methods and bodies are nobody's we know."""
    assert read(url, **changed) is None


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"tools": None, "thinking": None}, {"text"}),
        ({"thinking": {"type": "disabled"}}, {"text", "tool_use"}),
        ({"thinking": {"type": "adaptive"}}, {"text", "tool_use", "thinking"}),
        ({"thinking": None, "tool_choice": {"type": "none"}}, {"text"}),
        ({"thinking": None, "tool_choice": {"type": "any"}}, {"tool_use"}),
        ({"thinking": None, "tool_choice": {"type": "tool", "name": "weather"}}, {"tool_use"}),
        ({"thinking": None, "tool_choice": {"type": "auto"}}, {"text", "tool_use"}),
        ({"thinking": None, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, {"text"}),
        ({"thinking": None, "tools": [{"type": "bash_20250124", "name": "bash"}]}, {"text", "tool_use"}),
        ({"thinking": None, "tools": [{"type": "custom", **TOOL}]}, {"text", "tool_use"}),
    ],
)
def test_parts(fields, parts):
    """What an answer may hold follows from the tools, the choice among them, and thinking."""
    assert asked(**fields).parts == parts


def test_turns_are_equal_where_they_say_the_same():
    """A text and its block, absent and null, cached and not, are the same turn; another text is not."""

    def key(content):
        return asked(messages=[{"role": "user", "content": content}]).turns[0].key

    block = {"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}, "citations": None}
    assert key("hi") == key([block]) == key([{"type": "text", "text": "hi"}])
    assert key("hi") != key("ho")
    assert "höchst" in key("höchst")


def test_tool_results_and_prompt():
    """The ids that results answer are read, and the prompt is all text of the last user turn."""
    messages = [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "sunny"}]},
                {"type": "text", "text": MAGIC_STRING},
                {"type": "document", "source": {"type": "text", "data": "a document"}},
            ],
        },
    ]
    call = asked(messages=messages)
    assert [turn.tool_results for turn in call.turns] == [frozenset(), frozenset(), {"toolu_1"}]
    assert call.prompt.split("\n") == ["sunny", MAGIC_STRING, "a document"]
    assert ANTHROPIC.is_magic(call)

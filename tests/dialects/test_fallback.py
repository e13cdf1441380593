"""Server-side fallback: the shapes that the vendor's pages, fixtures and SDK have for it."""

from __future__ import annotations

import json

import anthropic
import pytest

from pytest_refusals import Branch, BranchNotApplicable, Position, Stop, StopKind, serve
from pytest_refusals.dialects.anthropic import grammar
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.anthropic.fallback import DEFAULT_MODEL
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import Marks
from tests.dialects.material import FOLDER, answered, asked, load

CHAIN = [{"model": "claude-b"}, {"model": "claude-c", "max_tokens": 5}]
SERVED, EXHAUSTED = "fallback-served", "fallback-exhausted"


def message(branch, **fields):
    response = answered(branch, **{"fallbacks": CHAIN, **fields})
    streamed = fold(response.stream) if response.stream is not None else json.loads(response.chunks[0])
    return streamed, response


def hops(answer):
    return [(b["from"]["model"], b["to"]["model"]) for b in answer["content"] if b["type"] == "fallback"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_fallback_model_answers(stream):
    """One block at index 0, the message names the fallback model, and a `fallback_message` ends the iterations."""
    answer, response = message(SERVED, stream=stream)
    first, *rest = answer["content"]
    assert first["trigger"] == {"type": "refusal", "category": None}
    assert hops(answer) == [("claude-test", "claude-b")]
    assert answer["model"] == "claude-b"
    assert answer["stop_reason"] == "end_turn"
    assert [block["type"] for block in rest] == ["thinking", "text"]
    kinds = [(entry["type"], entry["model"]) for entry in answer["usage"]["iterations"]]
    assert kinds == [("message", "claude-test"), ("fallback_message", "claude-b")]
    assert answer["usage"]["iterations"][-1]["output_tokens"] == answer["usage"]["output_tokens"] > 0
    assert response.partial == ()


@pytest.mark.parametrize("stream", [True, False])
def test_every_fallback_model_declines(stream):
    """A block for each hop and no output, the last model's refusal, and no `fallback_message`."""
    answer, response = message(EXHAUSTED, stream=stream)
    assert hops(answer) == [("claude-test", "claude-b"), ("claude-b", "claude-c")]
    assert len(answer["content"]) == 2
    assert answer["model"] == "claude-c"
    assert answer["stop_reason"] == "refusal"
    assert answer["stop_details"]["category"] == "cyber"
    assert answer["stop_details"]["recommended_model"] is None
    assert [entry["type"] for entry in answer["usage"]["iterations"]] == ["message"] * 3
    assert response.output == ()


def test_the_streams_are_legal():
    """Blocks come one at a time, indices count up, and the fallback block has no deltas."""
    for branch in (SERVED, EXHAUSTED):
        _, response = message(branch)
        assert grammar.check(response.stream) == []


def test_the_fixture_has_our_shape():
    """The SDK's own fixture of a fallback has the same keys in its block, and the block in the same place."""
    path = FOLDER / "sdkfixture-fallback-block-first.sse"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    theirs, ours = fold(load(path)), message(SERVED)[0]
    assert theirs["content"][0].keys() == ours["content"][0].keys()
    assert theirs["content"][0]["trigger"].keys() == ours["content"][0]["trigger"].keys()


def test_the_default_chain():
    """A request may leave the choice of the model to the server."""
    assert message(SERVED, fallbacks="default")[0]["model"] == DEFAULT_MODEL


@pytest.mark.parametrize("fallbacks", [None, [], [{}], "other"])
def test_a_request_without_fallbacks(fallbacks):
    """The branches need a request that asks for them."""
    for name in (SERVED, EXHAUSTED):
        with serve(name) as refusal_stream:
            branch = refusal_stream.branch
        call = asked(fallbacks=fallbacks)
        assert ANTHROPIC.obstacle(call, branch, None) == "the request asks for no fallbacks"
        assert ANTHROPIC.obstacle(asked(fallbacks=CHAIN), branch, None) is None


def test_a_branch_of_the_users_own():
    """Any stop can come from a fallback model."""
    stop = Stop(StopKind.REFUSED, category="bio")
    mid = Branch(
        "late", "ours", "the fallback model is refused in its text", stop, position=Position.MID_TEXT, fallback=True
    )
    response = ANTHROPIC.respond(asked(fallbacks=CHAIN), mid, stop, Marks())
    answer = fold(response.stream)
    assert hops(answer) == [("claude-test", "claude-b"), ("claude-b", "claude-c")]
    assert answer["content"][-1]["text"] in response.partial


def ask(client, **extra):
    body = {"fallbacks": CHAIN}
    return client.beta.messages.create(
        model="claude-test",
        max_tokens=100,
        messages=[{"role": "user", "content": "hello"}],
        betas=["server-side-fallback-2026-07-01"],
        extra_body=body,
        **extra,
    )


def test_through_the_sdk():
    """The SDK of the day reads both; handlers are judged on them like on any other branch."""
    client = anthropic.Anthropic(api_key="test", max_retries=0)

    def careful():
        answer = ask(client)
        if answer.stop_reason != "end_turn":
            raise RuntimeError(answer.stop_reason)
        return "".join(block.text for block in answer.content if block.type == "text")

    def alarmed():
        answer = ask(client)
        return "refused" if any(block.type == "fallback" for block in answer.content) else "fine"

    def careless():
        return [block.text for block in ask(client).content if block.type == "text"]

    def verdict(branch, handler):
        with serve(branch, check=False) as refusal_stream:
            return refusal_stream.run(handler).verdict.value

    assert [verdict(SERVED, handler) for handler in (careful, alarmed, careless)] == ["quiet", "noisy", "quiet"]
    assert [verdict(EXHAUSTED, handler) for handler in (careful, alarmed, careless)] == ["loud", "loud", "silent"]
    with serve(SERVED) as refusal_stream, pytest.raises(BranchNotApplicable, match="no fallbacks"):
        refusal_stream.run(
            lambda: client.messages.create(
                model="claude-test", max_tokens=9, messages=[{"role": "user", "content": "hello"}]
            )
        )

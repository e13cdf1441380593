"""The SDK's own helpers as code under test: its fallback middleware and its tool runner, in the old SDK and the new."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import anthropic
import pytest

from pytest_refusals import Verdict, serve, serve_script
from tests.oracle.asking import PROMPT, text_of
from tests.oracle.handlers import LLMError, is_ok

MAJOR, MINOR = map(int, anthropic.__version__.split(".")[:2])
RUNS_REFUSED_TOOLS, STOPS = (MAJOR, MINOR) == (0, 84), MAJOR >= 2
"""Where it is known what the tool runner does with a refused call. Somewhere between the two it was changed."""
ASK: dict[str, Any] = {
    "model": "claude-test",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": PROMPT}],
}
BEFORE, MID, UNKNOWN, CONTROL = "refusal-before-output", "refusal-mid-text", "unknown-before-output", "end_turn"
CALLED, CUT_CALL = "refusal-after-tool-use", "refusal-mid-tool-input"

needs_middleware = pytest.mark.skipif(find_spec("anthropic.lib.middleware") is None, reason="a newer SDK has it")
needs_runner = pytest.mark.skipif(not hasattr(anthropic, "beta_tool"), reason="a newer SDK has it")


def observed(branch, handler, *args, **options):
    with serve(branch, check=False, **options) as refusal_stream:
        return refusal_stream.run(handler, *args)


def falling_back():
    from anthropic.lib.middleware import BetaRefusalFallbackMiddleware

    middleware = BetaRefusalFallbackMiddleware([{"model": "claude-other"}])
    return anthropic.Anthropic(api_key="test", max_retries=0, middleware=[middleware])


def create(client):
    return client.beta.messages.create(**ASK)


def stream(client):
    with client.beta.messages.stream(**ASK) as answer:
        return answer.get_final_message()


def pinned(ask):
    """Return the message, with the pin that the middleware wants."""
    from anthropic.lib.middleware import BetaFallbackState

    with BetaFallbackState():
        return ask(falling_back())


def quietly(ask):
    """Return the text, whatever happened."""
    return text_of(pinned(ask))


def carefully(ask):
    """Return the text of a good answer alone."""
    message = pinned(ask)
    if not is_ok(message):
        raise LLMError(message.stop_reason)
    return text_of(message)


@needs_middleware
@pytest.mark.parametrize("ask", [create, stream])
def test_a_refusal_before_output_is_rerouted(ask):
    """The middleware asks the other model, whose answer comes back: that is a signal, and nobody else need speak."""
    for handler in (quietly, carefully):
        outcome = observed(BEFORE, handler, ask)
        assert outcome.verdict is Verdict.LOUD
        assert [signal.channel for signal in outcome.signals] == ["reroute"]
        assert [exchange.model for exchange in outcome.requests] == ["claude-test", "claude-other"]
        assert observed(CONTROL, handler, ask).verdict is Verdict.QUIET
        assert observed(BEFORE, handler, ask, loud="raise").verdict is Verdict.SILENT


@needs_middleware
def test_a_refusal_in_a_stream_passes_through_without_a_token():
    """Without a credit token the partial text is the answer, and returning it is a leak whatever the SDK logs."""
    assert observed(MID, quietly, stream).verdict is Verdict.LEAKED
    assert observed(MID, quietly, create).verdict is Verdict.LOUD
    careful = observed(MID, carefully, stream)
    assert careful.verdict is Verdict.LOUD
    assert len(careful.requests) == 1
    assert careful.through("raise")


@needs_middleware
@pytest.mark.parametrize("ask", [create, stream])
def test_an_unknown_stop_passes_through(ask):
    """The middleware looks for refusals alone: the code has to look for the rest."""
    assert observed(UNKNOWN, quietly, ask).verdict is Verdict.SILENT
    assert observed(UNKNOWN, carefully, ask).verdict is Verdict.LOUD


@needs_middleware
def test_a_credit_token_lets_a_stream_go_on():
    """With a token in the details the middleware splices the other model's answer onto the partial one."""
    with serve_script() as refusal_api:
        details = {"fallback_credit_token": "credit", "fallback_has_prefill_claim": True}
        refusal_api.refuse(at="mid-text", answer="half of this, and the rest", details=details, model="claude-test")
        refusal_api.answer(" of another model", model="claude-other")
        message = pinned(stream)
    first, second = refusal_api.requests
    assert second.body["fallback_credit_token"] == {"token": "credit", "mode": "best_effort"}
    assert second.messages[-1]["role"] == "assistant"
    assert text_of(message).endswith(" of another model")
    assert [usage.model for usage in refusal_api.usage] == ["claude-test", "claude-other"]
    assert first.usage[0].bill.billed


class Lookup:
    """A tool that counts its runs."""

    def __init__(self):
        self.runs = []

        @anthropic.beta_tool
        def lookup(query: str) -> str:
            """Look a figure up."""
            self.runs.append(query)
            return "42"

        self.tool = lookup


def run_tools(lookup, *, careful=False, **options):
    client = anthropic.Anthropic(api_key="test", max_retries=0)
    message = client.beta.messages.tool_runner(tools=[lookup.tool], **ASK, **options).until_done()
    if careful and not is_ok(message):
        raise LLMError(message.stop_reason)
    return text_of(message)


def run_tools_carefully(lookup):
    return run_tools(lookup, careful=True)


@pytest.fixture
def lookup():
    return Lookup()


@pytest.mark.skipif(not RUNS_REFUSED_TOOLS, reason="of the SDKs tried, 0.84 runs the tool of a refused turn")
@pytest.mark.parametrize("branch", [CALLED, "unknown-with-tool-use"])
def test_the_old_tool_runner_runs_the_tool(lookup, branch):
    """It runs the tool of a call that was refused and asks again, for ever if it is let."""
    assert observed(branch, run_tools, lookup).verdict is Verdict.LOOPING
    assert len(lookup.runs) > 2
    outcome = observed(branch, lambda: run_tools(lookup, max_iterations=3))
    assert outcome.verdict is Verdict.LEAKED
    assert outcome.ran_tool


@pytest.mark.skipif(not STOPS, reason="of the SDKs tried, 2.x runs no tool of a refused turn")
@pytest.mark.parametrize("branch", [CALLED, CUT_CALL, "refusal-tool-without-input", "unknown-with-tool-use"])
def test_the_new_tool_runner_stops(lookup, branch):
    """It runs no tool and hands out the message: what the code makes of that decides."""
    quiet = observed(branch, run_tools, lookup)
    assert quiet.verdict in {Verdict.LEAKED, Verdict.SILENT}
    assert not quiet.ran_tool
    assert len(quiet.requests) == 1
    assert lookup.runs == []
    assert observed(branch, run_tools_carefully, lookup).verdict is Verdict.LOUD


@needs_runner
@pytest.mark.parametrize("branch", [MID, BEFORE])
def test_a_tool_runner_whose_code_looks(lookup, branch):
    """Without a call in the turn both runners end, and the code is judged by itself."""
    assert observed(branch, run_tools_carefully, lookup).verdict is Verdict.LOUD
    assert observed(branch, run_tools, lookup).verdict is (Verdict.LEAKED if branch == MID else Verdict.SILENT)
    assert observed(CONTROL, run_tools, lookup).verdict is Verdict.QUIET


@needs_runner
def test_a_tool_runner_on_a_whole_conversation(lookup):
    """A call, its result, the answer: the tool is run once, in both SDKs."""
    with serve_script() as refusal_api:
        refusal_api.answer([{"type": "tool_use", "name": "lookup", "input": {"query": "q"}}]).then_answer("It is 42.")
        assert run_tools(lookup) == "It is 42."
    assert lookup.runs == ["q"]
    assert [block["type"] for block in refusal_api.requests[1].messages[-1]["content"]] == ["tool_result"]

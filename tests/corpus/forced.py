"""Forced tool calls, and the SDK's own tool runner."""

from __future__ import annotations

from typing import Any

import anthropic

from tests.corpus.asking import TOOLS, Ask, client, question, text_of
from tests.corpus.case import AS_IT_CAME, case
from tests.corpus.tools import AgentError, calls_of


def lookup(query: str = "") -> str:
    """Look a figure up."""
    return f"42 for {query}"


def runner(max_iterations: int | None = None, **kwargs: Any) -> Any:
    tool = anthropic.beta_tool(lookup)
    limit = {} if max_iterations is None else {"max_iterations": max_iterations}
    asked = {**question(plain=True), "tools": [tool]}
    return client().beta.messages.tool_runner(**asked, **limit, **kwargs)


@case(
    **AS_IT_CAME,
    but={"refusal-*tool*@old": "looping", "unknown-with-tool-use@old": "looping", "pause-turn@new": "loud"},
    lacks=("thinking",),
    method="beta.messages.tool_runner",
)
def trusts_the_sdks_tool_runner() -> str:
    """The SDK's own tool runner: 2.x stops at the refusal, 0.84 runs the refused call and goes on for ever."""
    return text_of(runner().until_done())


@case(
    **AS_IT_CAME,
    but={"unknown-with-tool-use@old": "leaked", "pause-turn@new": "loud"},
    lacks=("thinking",),
    method="beta.messages.tool_runner",
)
def limits_the_sdks_tool_runner() -> str:
    """The SDK's own tool runner with a limit."""
    return text_of(runner(max_iterations=2).until_done())


@case("loud", lacks=("thinking",), method="beta.messages.tool_runner")
def checks_the_sdks_tool_runner() -> str:
    """Looks at every message of the SDK's tool runner."""
    for message in runner():
        if message.stop_reason not in ("end_turn", "tool_use"):
            raise AgentError(f"the runner met {message.stop_reason}")
    return text_of(message)


FORCED = ("text",)


@case(
    empty="crashed",
    partial="leaked",
    unknown="leaked",
    cut="leaked",
    but={
        "unknown-before-output": "crashed",
        "refusal-mid-thinking": "n/a",
        "refusal-mid-tool-input*": "crashed",
        "refusal-tool-without-input": "crashed",
        "unknown-with-output": "silent",
        "refusal-empty-block": "crashed",
    },
    words="n/a",
    lacks=FORCED,
    modes=("create", "stream"),
)
def takes_the_forced_call(ask: Ask) -> str:
    """Structured output by a forced tool: takes the input of the first call, KeyError where it is empty."""
    message = ask(tool_choice={"type": "tool", "name": "lookup"}, thinking={"type": "disabled"}, tools=TOOLS)
    return calls_of(message)[0].input["query"]


@case(
    empty="silent",
    partial="leaked",
    unknown="leaked",
    cut="leaked",
    but={
        "unknown-before-output": "silent",
        "refusal-mid-thinking": "n/a",
        "refusal-mid-tool-input*": "silent",
        "refusal-tool-without-input": "silent",
        "unknown-with-output": "silent",
    },
    words="n/a",
    lacks=FORCED,
)
async def takes_the_forced_call_if_any(ask: Ask) -> dict[str, Any]:
    """The same with an empty dict for everything that is not there."""
    message = await ask(tool_choice={"type": "any"}, thinking={"type": "disabled"})
    return next((call.input for call in calls_of(message)), {})


@case("loud", but={"refusal-mid-thinking": "n/a"}, words="n/a", lacks=FORCED)
async def takes_the_forced_call_where_it_ended_so(ask: Ask) -> dict[str, Any]:
    """The same, where the stop reason is tool_use and nothing else."""
    message = await ask(tool_choice={"type": "any"}, thinking={"type": "disabled"})
    if message.stop_reason != "tool_use":
        raise AgentError("no call was made")
    return calls_of(message)[0].input

"""Agents: the tool loop, and what it does with a call that was cut or refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from tests.corpus.asking import PROMPT, Ask, aclient, question, text_of
from tests.corpus.case import AS_IT_CAME, case

log = logging.getLogger("corpus.agent")


QUESTION = {"role": "user", "content": PROMPT}


class AgentError(Exception):
    pass


def calls_of(message: Any) -> list[Any]:
    return [block for block in message.content if block.type == "tool_use"]


def looked_up(calls: list[Any], content: str = "42") -> dict[str, Any]:
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": content} for call in calls],
    }


def said(message: Any) -> dict[str, Any]:
    known = [block for block in message.content if block.type in ("text", "tool_use", "thinking")]
    return {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in known]}


def one_call(body: Mapping[str, Any]) -> Any:
    """Answer with a tool call, and with a text once its result is there."""
    if any("tool_result" in str(message["content"]) for message in body["messages"]):
        return "The figure you asked for is forty-two, as of the last quarter."
    return [{"type": "tool_use", "name": "lookup", "input": {"query": "the last quarter's revenue"}}]


@case(
    **AS_IT_CAME,
    but={
        "refusal-*tool*": "looping",
        "unknown-with-tool-use": "looping",
    },
    thread="https://github.com/NousResearch/hermes-agent/pull/81017",
)
def runs_every_call_it_sees(ask: Ask) -> str:
    """Runs whatever calls there are until there are none, and never looks at the stop reason."""
    messages = [QUESTION]
    while True:
        message = ask(messages=messages)
        calls = calls_of(message)
        if not calls:
            return text_of(message)
        messages = [*messages, said(message), looked_up(calls)]


@case(
    **AS_IT_CAME,
    but={"unknown-with-tool-use": "leaked"},
)
async def runs_every_call_for_a_few_turns(ask: Ask) -> str:
    """The same with a limit of three turns, at which it gives up without a word."""
    messages = [QUESTION]
    for _ in range(3):
        message = await ask(messages=messages)
        calls = calls_of(message)
        if not calls:
            return text_of(message)
        messages = [*messages, said(message), looked_up(calls)]
    return ""


@case(
    **AS_IT_CAME,
    but={"refusal-*tool*": "loud", "unknown-with-tool-use": "loud"},
)
def runs_every_call_and_raises_at_the_limit(ask: Ask) -> str:
    """The same, and the limit of turns raises: late and dear, but told."""
    messages = [QUESTION]
    for _ in range(4):
        message = ask(messages=messages)
        calls = calls_of(message)
        if not calls:
            return text_of(message)
        messages = [*messages, said(message), looked_up(calls)]
    raise AgentError("too many turns")


@case(
    **AS_IT_CAME,
    but={"refusal-*tool*": "leaked", "unknown-with-tool-use": "leaked"},
    thread="https://github.com/QwenLM/qwen-code/pull/9013",
)
def starts_over_with_the_result(ask: Ask) -> str:
    """Runs the refused call, puts its result into a fresh conversation, and the last answer looks perfect."""
    message = ask()
    calls = calls_of(message)
    if not calls:
        return text_of(message)
    content = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.input or {}} for call in calls]
    return text_of(
        ask(
            model="claude-other",
            messages=[
                {"role": "user", "content": "Use what you found."},
                {"role": "assistant", "content": content},
                looked_up(calls),
            ],
        )
    )


@case("silent")
def runs_the_call_for_its_effect(ask: Ask) -> bool:
    """Runs the call for what it does, asks no further, and is always done: no one can see it from outside."""
    written: list[Any] = [call.input for call in calls_of(ask())]
    return bool(written) or True


@case(
    empty="silent",
    partial="silent",
    unknown="silent",
    cut="silent",
    but={"*tool*": "leaked", "refusal-mid-tool-input*": "silent", "refusal-tool-without-input": "silent"},
)
async def returns_what_the_tool_gave(ask: Ask) -> list[str]:
    """Runs the call and returns what came of it, which quotes the refused input."""
    return [f"looked up {call.input.get('query', '')!r}" for call in calls_of(await ask())]


@case(**AS_IT_CAME, answer=one_call, but={"refusal-*tool*": "silent"})
def runs_tools_where_asked_to(ask: Ask) -> str:
    """Runs calls where the stop reason is tool_use, and returns whatever text there is otherwise."""
    messages = [QUESTION]
    while True:
        message = ask(messages=messages)
        if message.stop_reason != "tool_use":
            return text_of(message)
        messages = [*messages, said(message), looked_up(calls_of(message))]


@case("loud", answer=one_call)
async def runs_tools_and_raises_otherwise(ask: Ask) -> str:
    """The careful loop: tool_use goes on, end_turn is an answer, all else is an error."""
    messages = [QUESTION]
    while True:
        message = await ask(messages=messages)
        if message.stop_reason == "end_turn":
            return text_of(message)
        if message.stop_reason != "tool_use":
            raise AgentError(f"the turn ended with {message.stop_reason}")
        messages = [*messages, said(message), looked_up(calls_of(message))]


@case(
    "loud",
    partial="loud",
    unknown="loud",
    cut="loud",
    but={"*tool*": "leaked"},
)
def warns_and_runs_the_call(ask: Ask) -> str:
    """Warns of the odd stop reason, and runs the call all the same."""
    message = ask()
    if message.stop_reason in ("end_turn", "tool_use") and not calls_of(message):
        return text_of(message)
    log.warning("unexpected stop: %s", message.stop_reason)
    if calls_of(message):
        ask(messages=[QUESTION, said(message), looked_up(calls_of(message))])
    return ""


@case("loud")
def runs_the_call_and_raises(ask: Ask) -> str:
    """Runs the call, sends its result, and raises in the end."""
    message = ask()
    if message.stop_reason == "end_turn":
        return text_of(message)
    if calls_of(message):
        message = ask(messages=[QUESTION, said(message), looked_up(calls_of(message))])
    raise AgentError("the agent stopped early")


@case(
    "silent",
    partial="silent",
    but={"*tool*": "poisoned"},
    unknown="silent",
    cut="silent",
    thread="https://github.com/2389-research/tracker/issues/507",
)
async def fails_the_call_and_goes_on(ask: Ask) -> str:
    """Asks again with the refused call in a text of its own, and no result: the conversation is poisoned."""
    message = await ask()
    if message.stop_reason == "end_turn":
        return text_of(message)
    for call in calls_of(message):
        note = {"role": "user", "content": f"Call {call.id} was not run. Please issue it again."}
        message = await ask(messages=[QUESTION, {"role": "assistant", "content": "…"}, note])
    return ""


@case(**AS_IT_CAME, thread="https://github.com/laravel/ai/pull/881")
async def drops_the_pending_call() -> str:
    """A loop over raw events that keeps text and forgets the call."""
    text = ""
    async with aclient().messages.stream(**question()) as stream:
        async for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                text += event.delta.text
    return text

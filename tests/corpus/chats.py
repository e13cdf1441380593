"""Chats: what becomes of the refused turn in the history."""

from __future__ import annotations

import logging
from typing import Any

from tests.corpus.asking import OK, PROMPT, Ask, text_of
from tests.corpus.case import case

log = logging.getLogger("corpus.chat")


class ChatError(Exception):
    pass


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


class Chat:
    """A conversation that keeps whatever was said."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.history: list[dict[str, Any]] = []

    def send(self, text: str) -> str:
        """Say `text` and return the reply."""
        self.history.append(user(text))
        reply = text_of(self.ask(messages=self.history))
        self.history.append(assistant(reply))
        return reply


@case(
    "poisoned",
    cut="leaked",
    thread="https://github.com/simonw/llm-anthropic/issues/37",
)
def keeps_every_turn(ask: Ask) -> list[str]:
    """A chat of two questions that keeps whatever came, an empty assistant turn too."""
    chat = Chat(ask)
    return [chat.send(PROMPT), chat.send("And the outlook?")]


@case("poisoned", cut="silent")
def keeps_the_question(ask: Ask) -> str:
    """The refused turn leaves no answer in the history, and its question stays."""
    history = [user(PROMPT)]
    message = ask(messages=history)
    if message.stop_reason in OK:
        return text_of(message)
    history.append(assistant("(no answer)"))
    history.append(user("What else can you tell me?"))
    again = ask(messages=history)
    return text_of(again) if again.stop_reason in OK else ""


@case("loud", but={"refusal-*": "poisoned", "unknown-*": "poisoned", "refusal-in-words": "silent"})
def keeps_the_question_and_raises(ask: Ask) -> str:
    """Nudges the model within the refused conversation once, and raises when that fails too."""
    history = [user(PROMPT)]
    for nudge in ("Please answer.", None):
        message = ask(messages=history)
        if message.stop_reason in OK:
            return text_of(message)
        if nudge is not None:
            history += [assistant(text_of(message) or "…"), user(nudge)]
    raise ChatError(f"no answer: {message.stop_reason}")


@case("silent")
async def clears_the_history_without_a_word(ask: Ask) -> str:
    """Forgets the refused question and goes on with the next one, as if the first had not been asked."""
    history = [user(PROMPT)]
    message = await ask(messages=history)
    if message.stop_reason in OK:
        return text_of(message)
    history.clear()
    history.append(user("Tell me something about the weather instead."))
    return text_of(await ask(messages=history))


@case("loud")
async def clears_the_history_and_says_so(ask: Ask) -> str:
    """The same, with a warning."""
    history = [user(PROMPT)]
    message = await ask(messages=history)
    if message.stop_reason in OK:
        return text_of(message)
    log.warning("starting over")
    history[:] = [user("Tell me something about the weather instead.")]
    return text_of(await ask(messages=history))


@case("loud")
def pops_the_question_and_raises(ask: Ask) -> str:
    """A chat that takes the refused question back before it raises."""
    history = [user("Hello."), assistant("Hello, how can I help?"), user(PROMPT)]
    message = ask(messages=history)
    if message.stop_reason not in OK:
        history.pop()
        raise ChatError("that question had no answer")
    return text_of(message)


@case("loud")
def marks_the_turn(ask: Ask) -> list[dict[str, Any]]:
    """The history has a turn that says what happened in its place."""
    history = [user(PROMPT)]
    message = ask(messages=history)
    reply = text_of(message) if message.stop_reason in OK else "[declined by the provider]"
    return [*history, assistant(reply)]


@case("silent")
def returns_a_history_with_a_gap(ask: Ask) -> list[dict[str, Any]]:
    """The history that comes back ends with the question."""
    history = [user(PROMPT)]
    message = ask(messages=history)
    return [*history, assistant(text_of(message))] if message.stop_reason in OK else history


@case("poisoned", cut="loud", empty="loud", unknown="poisoned", but={"unknown-before-output": "loud"})
async def quotes_the_refused_part(ask: Ask) -> str:
    """Warns, then quotes the refused text in a conversation that is otherwise new."""
    message = await ask()
    if message.stop_reason in OK:
        return text_of(message)
    log.warning("no full answer")
    again = await ask(f"Continue this: {text_of(message)!r}")
    return text_of(again) if again.stop_reason in OK else ""


@case(
    empty="silent",
    partial="poisoned",
    unknown="poisoned",
    cut="silent",
    but={"unknown-before-output": "silent"},
)
def chains_two_prompts(ask: Ask) -> str:
    """A pipeline: a draft, then a revision of the draft, whatever the draft was."""
    draft = text_of(ask("Draft a summary."))
    revised = ask(f"Revise this draft:\n{draft}")
    return text_of(revised) if revised.stop_reason in OK else ""


@case("loud")
def continues_a_few_times(ask: Ask) -> str:
    """Continues an answer that is not whole, up to three times, and raises on all else."""
    history, text = [user(PROMPT)], ""
    for _ in range(3):
        message = ask(messages=history)
        text += text_of(message)
        if message.stop_reason == "end_turn":
            return text
        if message.stop_reason not in ("max_tokens", "pause_turn"):
            raise ChatError("the answer cannot be continued")
        history += [assistant(text_of(message)), user("Continue.")]
    raise ChatError("the answer is too long")


@case("loud")
async def resumes_paused_turns(ask: Ask) -> str:
    """Sends a paused turn back as documented until it ends, which is an answer to it, and raises on all else."""
    history = [user(PROMPT)]
    while True:
        message = await ask(messages=history)
        if message.stop_reason == "end_turn":
            return text_of(message)
        if message.stop_reason != "pause_turn":
            raise ChatError(message.stop_reason)
        history = [*history, assistant(text_of(message))]


@case("loud")
async def keeps_the_refused_turn_and_warns(ask: Ask) -> list[dict[str, Any]]:
    """Keeps the refused turn in a history that is not sent again, with a warning."""
    history = [user(PROMPT)]
    message = await ask(messages=history)
    if message.stop_reason not in OK:
        log.warning("conversation ended early")
        return history
    return [*history, assistant(text_of(message))]


@case("silent")
def trims_the_history(ask: Ask) -> str:
    """Takes the refused question out, asks a shorter one of the same model, and says nothing of it."""
    history = [user("Hello."), assistant("Hello, how can I help?"), user(PROMPT)]
    message = ask(messages=history)
    if message.stop_reason not in OK:
        message = ask(messages=[*history[:-1], user("One sentence on the report.")])
    return text_of(message)

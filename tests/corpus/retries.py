"""Retries and fallbacks: how often, with what, and what is said in the end. Every sleep is a function handed in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import anthropic

from tests.corpus.asking import OK, Ask, client, question, text_of
from tests.corpus.case import AS_IT_CAME, case

log = logging.getLogger("corpus.retry")


class NoAnswer(Exception):
    pass


class RetryError(Exception):
    pass


def no_sleep(_seconds: float) -> None:
    pass


def retrying(attempts: int, sleep: Callable[[float], None] = no_sleep) -> Callable[[Callable[..., Any]], Any]:
    def decorate(f: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(f)
        def call(*args: Any) -> Any:
            for attempt in range(1, attempts + 1):
                try:
                    return f(*args)
                except NoAnswer as error:
                    if attempt == attempts:
                        raise RetryError(f"gave up after {attempts} attempts") from error
                    sleep(2.0**attempt)
            return None

        return call

    return decorate


@case("loud", thread="https://github.com/NousResearch/hermes-agent/pull/43084")
def retries_and_raises(ask: Ask) -> str:
    """Three attempts at what cannot succeed, then an error that speaks of attempts only."""

    @retrying(3)
    def attempt() -> str:
        message = ask()
        if message.stop_reason not in OK:
            raise NoAnswer("invalid API response")
        return text_of(message)

    return attempt()


@case("silent", thread="https://github.com/tailcallhq/forgecode/pull/3640")
def retries_and_gives_up(ask: Ask) -> str | None:
    """Eight attempts, and None."""
    for _ in range(8):
        message = ask()
        if message.stop_reason in OK:
            return text_of(message)
        no_sleep(1)
    return None


@case("looping", thread="https://github.com/Yeachan-Heo/gajae-code/issues/1655")
async def retries_for_ever(ask: Ask) -> str:
    """Asks until there is an answer."""
    while True:
        message = await ask()
        if message.stop_reason in OK:
            return text_of(message)


@case("looping")
def retries_too_often_and_raises(ask: Ask) -> str:
    """Ten attempts are beyond what anyone would pay for, however it ends."""
    for _ in range(10):
        message = ask()
        if message.stop_reason in OK:
            return text_of(message)
    raise NoAnswer(message.stop_reason)


@case("loud")
def retries_with_a_warning_each(ask: Ask) -> str:
    """Every failed attempt is a warning, and the end is an empty text."""
    for attempt in range(3):
        message = ask()
        if message.stop_reason in OK:
            return text_of(message)
        log.warning("attempt %s had no answer", attempt)
    return ""


@case("silent")
async def retries_with_a_note_each(ask: Ask) -> str:
    """Every failed attempt is an info record, and the end is an empty text."""
    for attempt in range(3):
        message = await ask()
        if message.stop_reason in OK:
            return text_of(message)
        log.info("attempt %s: stop_reason=%s, retrying", attempt, message.stop_reason)
    return ""


@case(
    **AS_IT_CAME,
    but={"unknown-with-*": "silent"},
)
def keeps_the_longest_attempt(ask: Ask) -> str:
    """Three attempts, the longest text wins."""
    return max((text_of(ask()) for _ in range(3)), key=len)


@case("loud", thread="https://github.com/BerriAI/litellm/pull/39157")
def asks_another_model(ask: Ask) -> str:
    """A fallback model, whose answer comes back."""
    message = ask()
    if message.stop_reason not in OK:
        message = ask(model="claude-fallback")
    return text_of(message)


@case("loud")
async def asks_a_chain_of_models(ask: Ask) -> dict[str, Any]:
    """Models in their order, and the name of the one that answered is in the result."""
    for model in ("claude-test", "claude-second", "claude-third"):
        message = await ask(model=model)
        if message.stop_reason in OK:
            return {"model": model, "answer": text_of(message).upper().lower()}
    raise NoAnswer("no model answered")


@case("loud")
def asks_another_model_after_errors_too(ask: Ask) -> str:
    """The same for errors of the API."""
    try:
        message = ask()
        good = message.stop_reason in OK
    except (anthropic.APIError, OSError, *_transport_errors()):
        good = False
    return text_of(message if good else ask(model="claude-fallback"))


def _transport_errors() -> tuple[type[BaseException], ...]:
    import httpx

    try:
        import httpx2
    except ImportError:
        return (httpx.TransportError,)
    return (httpx.TransportError, httpx2.TransportError)


@case("silent")
def asks_another_model_about_something_else(ask: Ask) -> str:
    """Another model is asked what to do, and its answer is not what comes back."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    ask("Is this prompt a difficult one?", model="claude-judge")
    return ""


@case("silent")
async def asks_the_same_model_another_way(ask: Ask) -> str:
    """The question is rephrased for the same model, and its answer comes back as that of the first."""
    message = await ask()
    if message.stop_reason not in OK:
        message = await ask("In other words: what does the report say?")
    return text_of(message)


@case(empty="loud", partial="leaked", unknown="loud", cut="leaked", but={"unknown-with-output": "loud"})
def splices_two_answers(ask: Ask) -> str:
    """The refused half and another model's answer in one text, as if one had written it."""
    message = ask()
    text = text_of(message)
    if message.stop_reason not in OK:
        text += text_of(ask(model="claude-fallback"))
    return text


@case("silent", failed="silent")
def falls_back_to_a_template(ask: Ask) -> str:
    """A canned answer for any failure."""
    try:
        message = ask()
    except Exception:
        return "Here is a summary: all went well."
    return text_of(message) if message.stop_reason in OK else "Here is a summary: all went well."


@case("loud")
async def remembers_the_last_error(ask: Ask) -> str:
    """Raises the first of the errors it collected."""
    errors: list[Exception] = []
    for _ in range(2):
        message = await ask()
        if message.stop_reason in OK:
            return text_of(message)
        errors.append(NoAnswer(f"stopped: {message.stop_reason}"))
    raise errors[0]


@case("silent")
def classifies_first(ask: Ask) -> str:
    """A pipeline of two models with different questions: the first one's answer is missed by nobody."""
    kind = ask("Is this about sales or about support?")
    tone = "friendly" if kind.stop_reason in OK and "support" in text_of(kind) else "brief"
    return text_of(ask(f"Be {tone}. What does the report say?", model="claude-large"))


@case("loud")
async def counts_tokens_first(ask: Ask) -> str:
    """Counts the tokens of its prompt before it asks, and raises where there is no answer."""
    asked = question()
    counted = client().messages.count_tokens(model=asked["model"], messages=asked["messages"])
    message = await ask(max_tokens=1024 + counted.input_tokens)
    if message.stop_reason not in OK:
        raise NoAnswer("no answer")
    return text_of(message)


@case("loud")
def asks_another_model_in_other_words(ask: Ask) -> str:
    """A fallback model is asked the refused question with a shorter system prompt."""
    message = ask(system="You are a very thorough analyst.")
    if message.stop_reason not in OK:
        message = ask(model="claude-fallback", system="Be brief.")
    return text_of(message)


@case("silent")
async def plans_and_then_works(ask: Ask) -> list[str]:
    """A planner and a worker: a plan that did not come is a plan of one step."""
    plan = await ask("Make a plan of steps.")
    steps = text_of(plan).splitlines() if plan.stop_reason in OK else ["do everything"]
    return [text_of(await ask(f"Work on this step: {step}", model="claude-worker")) for step in steps[:2]]


@case("loud")
async def plans_and_then_works_with_care(ask: Ask) -> list[str]:
    """The same with an error where there is no plan, and the answers of both models on every good day."""
    plan = await ask("Make a plan of steps.")
    if plan.stop_reason not in OK:
        raise NoAnswer("no plan")
    return [text_of(plan), text_of(await ask("Work on the first step.", model="claude-worker"))]

"""Handlers that look at the stop reason, or at a sign of it: lists of what is allowed, lists of what is not, and tests
that catch some refusals only."""

from __future__ import annotations

import logging
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import AS_IT_CAME, PLAIN, case

log = logging.getLogger("app.reasons")


class NoAnswer(Exception):
    pass


@case("loud", thread="https://github.com/AstroVela/vane/pull/480")
def allows_known_reasons(ask: Ask) -> str:
    """An allow-list that rejects whatever else may come."""
    message = ask()
    if message.stop_reason not in ("end_turn", "stop_sequence", "tool_use"):
        raise NoAnswer("the answer did not end as it should")
    return text_of(message)


@case("silent")
async def allows_known_reasons_and_returns_nothing(ask: Ask) -> str | None:
    """An allow-list that gives None to its caller for all else."""
    message = await ask()
    return text_of(message) if message.stop_reason == "end_turn" else None


@case(refused="loud", unknown="silent", cut="leaked")
def denies_refusals(ask: Ask) -> str:
    """Knows the refusal by its name, and nothing that may come after it."""
    message = ask()
    if message.stop_reason == "refusal":
        raise NoAnswer("request refused by safety classifiers")
    return text_of(message)


@case(
    refused="loud",
    unknown="silent",
    cut="loud",
    but={"*-turn": "leaked", "context-window": "leaked", "cut-*": "leaked"},
)
async def denies_refusals_and_limits(ask: Ask) -> str:
    """A list of faulty reasons that was complete when it was written."""
    message = await ask()
    if message.stop_reason in {"max_tokens", "refusal"}:
        raise NoAnswer("faulty answer")
    return text_of(message)


@case(**AS_IT_CAME, but={"max-tokens": "loud"})
def knows_the_limit_only(ask: Ask) -> str:
    """Warns where the answer was truncated, and knows no other end."""
    message = ask()
    if message.stop_reason == "max_tokens":
        raise NoAnswer("truncated")
    return text_of(message)


@case(refused="loud", unknown="silent", cut="loud", but={"cut-mid-text": "leaked", "pause-turn": "leaked"})
def matches_with_a_default(ask: Ask) -> str:
    """The documentation's own way to match: what is not known is an answer."""
    message = ask()
    match message.stop_reason:
        case "refusal" | "max_tokens" | "model_context_window_exceeded":
            raise NoAnswer(message.stop_reason)
        case _:
            return text_of(message)


@case(
    empty="loud",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    but={"unknown-before-output": "loud", "*empty-block": "silent"},
)
async def wants_some_content(ask: Ask) -> str:
    """Raises where the list of blocks is empty, and an empty block is content."""
    message = await ask()
    if not [block for block in message.content if block.type != "thinking"]:
        raise NoAnswer("empty response")
    return text_of(message)


@case(empty="loud", partial="leaked", unknown="silent", cut="leaked", but={"unknown-before-output": "loud"})
def wants_some_text(ask: Ask) -> str:
    """Raises where there is no text, and any text will do."""
    text = text_of(ask()).strip()
    if not text:
        raise NoAnswer("empty response")
    return text


@case(
    **AS_IT_CAME,
    but={"refusal-before-output": "loud", "unknown-before-output": "loud"},
)
def wants_some_output_tokens(ask: Ask) -> str:
    """Counts the tokens of the output, and one of them is enough."""
    message = ask()
    if message.usage.output_tokens == 0:
        raise NoAnswer("the model produced nothing")
    return text_of(message)


@case(
    refused="loud",
    unknown="silent",
    cut="leaked",
    but={"refusal-no-details": "leaked", "empty@old-stream": "silent", "partial@old-stream": "leaked"},
    thread="https://github.com/Giskard-AI/giskard-oss/issues/2615",
)
def wants_an_explanation(ask: Ask) -> str:
    """Goes by the details, which are optional and which 0.84 loses in a stream, and never by the reason."""
    message = ask()
    details = getattr(message, "stop_details", None)
    if details is not None and _field(details, "explanation"):
        raise NoAnswer(_field(details, "explanation"))
    return text_of(message)


def _field(details: Any, name: str) -> Any:
    return details.get(name) if isinstance(details, dict) else getattr(details, name)


@case(
    refused="loud",
    unknown="silent",
    cut="leaked",
    but={
        "refusal-no-details": "leaked",
        "refusal-unknown-category": "leaked",
        "empty@old-stream": "silent",
        "partial@old-stream": "leaked",
    },
)
def knows_the_categories_of_its_day(ask: Ask) -> str:
    """A table from category to message, quiet where the category is not in it."""
    table = dict.fromkeys(("cyber", "bio", "frontier_llm", "general_harms"), "blocked: {}")
    message = ask()
    category = _field(getattr(message, "stop_details", None) or {"category": None}, "category")
    if category in table:
        raise NoAnswer(table[category].format(category))
    return text_of(message)


@case(**AS_IT_CAME)
def looks_for_other_vendors_words(ask: Ask) -> str:
    """Written for another vendor's finish reasons, none of which ever comes."""
    message = ask()
    if message.stop_reason in ("content_filter", "safety", "SAFETY", "length"):
        raise NoAnswer(message.stop_reason)
    return text_of(message)


@case(refused="loud", unknown="silent", cut="leaked", words="loud", lacks=PLAIN)
async def looks_for_an_apology_too(ask: Ask) -> str:
    """Takes both the reason and an apologetic sentence for a refusal."""
    message = await ask()
    text = text_of(message)
    if message.stop_reason == "refusal" or "I can't help" in text:
        raise NoAnswer("the model would not answer")
    return text


@case(**AS_IT_CAME, words="loud")
def looks_for_an_apology(ask: Ask) -> str:
    """Takes an apologetic sentence for the only kind of refusal."""
    text = text_of(ask())
    if text.startswith("I'm sorry"):
        raise NoAnswer("the model would not answer")
    return text


@case(**AS_IT_CAME, but={"cut-mid-text": "loud"})
def wants_any_reason(ask: Ask) -> str:
    """Raises where no reason came at all, which only a cut stream does."""
    message = ask()
    if message.stop_reason is None:
        raise NoAnswer("the stream ended early")
    return text_of(message)


@case(refused="loud", unknown="loud", cut="loud", but={"cut-mid-text": "leaked"})
def allows_a_missing_reason(ask: Ask) -> str:
    """An allow-list that has None in it, for old proxies."""
    message = ask()
    if message.stop_reason not in {None, *OK}:
        raise NoAnswer(f"abnormal stop: {message.stop_reason}")
    return text_of(message)


@case(refused="loud", unknown="loud", cut="leaked", but={"cut-mid-text": "loud"})
async def allows_incomplete_answers(ask: Ask) -> str:
    """Takes a truncated answer for one, and nothing else."""
    message = await ask()
    if message.stop_reason not in {*OK, "max_tokens", "model_context_window_exceeded", "pause_turn"}:
        raise NoAnswer("no answer")
    return text_of(message)


@case(refused="silent", unknown="silent", cut="leaked")
def drops_refusals_and_unknown_ends(ask: Ask) -> str:
    """The reason is known, and what is done about it is an empty text."""
    message = ask()
    if message.stop_reason == "refusal":
        return ""
    return text_of(message)


@case(refused="loud", unknown="silent", cut="leaked")
def finds_the_reason_in_the_repr(ask: Ask) -> str:
    """Searches the printed message for the word."""
    message = ask()
    if "'refusal'" in repr(message):
        raise NoAnswer("refusal")
    return text_of(message)


@case("loud")
def says_what_it_makes_of_it(ask: Ask) -> tuple[str | None, str]:
    """A pair of an answer and a note, which tells truncated from declined from anything else."""
    message = ask()
    if message.stop_reason == "max_tokens":
        return None, "no draft: the output was truncated (max_tokens)"
    if message.stop_reason == "refusal":
        return None, "no draft: the model declined to answer"
    if message.stop_reason not in OK:
        return None, f"no draft: unexpected stop reason {message.stop_reason!r}"
    return text_of(message), ""


@case(refused="loud", unknown="silent", cut="silent")
def says_what_it_knows(ask: Ask) -> tuple[str | None, str]:
    """A pair of an answer and a note; for most ends the note is only that there is none."""
    message = ask()
    if message.stop_reason == "refusal":
        return None, "declined"
    if message.stop_reason not in OK:
        return None, "no draft"
    return text_of(message), ""


@case("loud")
async def logs_what_is_left_over(ask: Ask) -> str | None:
    """An else branch at the end of a chain, with a warning in it."""
    message = await ask()
    if message.stop_reason in ("end_turn", "stop_sequence"):
        return text_of(message)
    if message.stop_reason == "tool_use":
        return None
    log.warning("loop ended unexpectedly")
    return None

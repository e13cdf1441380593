"""Handlers that fail: by accident, as if by accident, and on a way that looks like one."""

from __future__ import annotations

import enum
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import PLAIN, case
from tests.corpus.raising import LLMError, timed


class MissingAnswer(LookupError):
    """What a lookup service raises, in its own words."""


class ValidationError(LLMError):
    """The project's own, named as other people's are."""


class Finish(enum.Enum):
    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"


@case("loud", but={"cut-mid-text": "crashed"}, thread="https://github.com/microsoft/semantic-kernel/pull/14382")
def looks_up_a_table_of_reasons(ask: Ask) -> tuple[str, str]:
    """KeyError: 'refusal' out of a table of known reasons; a missing reason is KeyError: None."""
    message = ask()
    finish = {"end_turn": "stop", "stop_sequence": "stop", "tool_use": "tool_calls"}[message.stop_reason]
    return finish, text_of(message)


@case("loud", but={"cut-mid-text": "crashed"})
async def converts_to_an_enum(ask: Ask) -> tuple[Finish, str]:
    """An enum that refuses to hold an unheard-of value: the standard library raises, and quotes it."""
    message = await ask()
    return Finish(message.stop_reason), text_of(message)


@case(
    empty="loud",
    partial="leaked",
    unknown="loud",
    cut="leaked",
    but={"unknown-with-*": "silent", "*empty-block": "silent"},
)
def raises_where_there_is_no_text_block(ask: Ask) -> str:
    """Takes the first text block, and says so where there is none."""
    for block in ask().content:
        if block.type == "text":
            return block.text
    raise ValueError("no text block in the answer")


@case(
    empty="crashed",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    but={"unknown-before-output": "crashed", "refusal-empty-block": "silent"},
    thread="https://github.com/alexzhang13/rlm/issues/178",
)
def takes_the_next_text_block(ask: Ask) -> str:
    """StopIteration where no text came."""
    return next(block.text for block in ask().content if block.type == "text")


@case(
    empty="crashed",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    but={"unknown-before-output": "crashed", "refusal-empty-block": "silent", "tolerates-unknown-block": "quiet"},
    lacks=PLAIN,
    thread="https://github.com/safety-research/safety-tooling/issues/108",
)
def takes_the_first_block(ask: Ask) -> str:
    """IndexError where nothing came, whatever came elsewhere."""
    return ask().content[0].text


@case("crashed")
def raises_an_accidental_type(ask: Ask) -> str:
    """A bare TypeError of the project's own that names nothing: no one can tell it from a bug."""
    message = ask()
    if message.stop_reason not in OK:
        raise TypeError("expected an answer")
    return text_of(message)


@case("loud")
def raises_an_accidental_type_that_says_why(ask: Ask) -> str:
    """A KeyError that quotes the stop reason."""
    message = ask()
    if message.stop_reason not in OK:
        raise KeyError(f"no handling for stop_reason {message.stop_reason}")
    return text_of(message)


@case("loud")
def raises_its_own_kind_of_lookup_error(ask: Ask) -> str:
    """A type of the project's own below LookupError, raised on purpose."""
    message = ask()
    if message.stop_reason not in OK:
        raise MissingAnswer("the answer did not come")
    return text_of(message)


@case("loud")
def raises_its_own_validation_error(ask: Ask) -> str:
    """A type of the project's own that is called ValidationError, raised on purpose."""
    message = ask()
    if message.stop_reason not in OK:
        raise ValidationError("the answer is not usable")
    return text_of(message)


@case("crashed")
def fails_inside_a_with_block(ask: Ask) -> Any:
    """A built-in fails on the missing answer, and a with and a finally pass it on."""
    with timed([]):
        try:
            message = ask()
            return text_of(message) if message.stop_reason in OK else float("no number")
        finally:
            del ask


@case("crashed")
def raises_again_what_failed(ask: Ask) -> Any:
    """A built-in fails, and a bare raise passes it on after some cleaning up."""
    message = ask()
    try:
        return text_of(message) if message.stop_reason in OK else int("")
    except ValueError:
        message.content.clear()
        raise


@case("loud")
def wraps_what_failed(ask: Ask) -> Any:
    """A built-in fails, and an error of the project's own is raised from it."""
    message = ask()
    try:
        return text_of(message) if message.stop_reason in OK else int("")
    except ValueError as error:
        raise LLMError("unusable answer") from error


@case("crashed")
def mistypes_its_own_error(ask: Ask) -> str:
    """A NameError on the way to raising, which holds a word of the vocabulary by accident."""
    message = ask()
    if message.stop_reason not in OK:
        raise RefusalEror(message)  # noqa: F821
    return text_of(message)

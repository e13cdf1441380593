"""Handlers that raise: on purpose, by accident, and nearly on purpose."""

from __future__ import annotations

import argparse
import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import PLAIN, case


class LLMError(Exception):
    """An error of the project's own."""


class RefusedError(LLMError):
    def __init__(self, category: str | None) -> None:
        super().__init__("the model gave no answer")
        self.category = category


class MissingAnswer(LookupError):
    """What a lookup service raises, in its own words."""


class ValidationError(LLMError):
    """The project's own, named as other people's are."""


class Finish(enum.Enum):
    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"


@case("loud", thread="https://github.com/simonw/llm-anthropic/issues/90")
def raises_its_own_error(ask: Ask) -> str:
    """An error of the project's own type that quotes the stop reason."""
    message = ask()
    if message.stop_reason not in OK:
        raise LLMError(f"stopped with {message.stop_reason}")
    return text_of(message)


@case("loud")
async def raises_its_own_error_later(ask: Ask) -> str:
    """The same in async code."""
    message = await ask()
    if message.stop_reason not in OK:
        raise LLMError(f"stopped with {message.stop_reason}")
    return text_of(message)


@case("loud")
def raises_without_saying_why(ask: Ask) -> str:
    """A plain ValueError that only says that it did not finish."""
    message = ask()
    if message.stop_reason != "end_turn":
        raise ValueError("summary did not finish")
    return text_of(message)


@case("loud")
def raises_by_type_name(ask: Ask) -> str:
    """The type's name is all that tells, and the category is an attribute."""
    message = ask()
    if message.stop_reason not in OK:
        raise RefusedError(getattr(getattr(message, "stop_details", None), "category", None))
    return text_of(message)


@case("loud")
async def asserts_a_good_end(ask: Ask) -> str:
    """A bare assert in a script."""
    message = await ask()
    assert message.stop_reason == "end_turn"
    return text_of(message)


@case("loud")
def exits_a_script(ask: Ask) -> str:
    """A script that leaves with sys.exit and a number."""
    message = ask()
    if message.stop_reason not in OK:
        sys.exit(2)
    return text_of(message)


@case("loud")
def exits_with_the_builtin(ask: Ask) -> str:
    """A script that leaves with exit(), which lives in the standard library."""
    message = ask()
    if message.stop_reason not in OK:
        exit(1)  # noqa: PLR1722
    return text_of(message)


@case("loud")
def exits_as_a_bad_argument(ask: Ask) -> str:
    """A command that ends with its parser's error, raised by argparse."""
    message = ask()
    if message.stop_reason not in OK:
        argparse.ArgumentParser(prog="ask").error("no answer to this prompt")
    return text_of(message)


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


@case("loud")
def matches_every_known_reason(ask: Ask) -> str:
    """A match statement whose last case raises NotImplementedError."""
    message = ask()
    match message.stop_reason:
        case "end_turn" | "stop_sequence" | "tool_use":
            return text_of(message)
        case other:
            raise NotImplementedError(other)


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


@case("crashed", but={"cut-mid-text": "crashed"})
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


@contextmanager
def timed(into: list[str]) -> Iterator[None]:
    try:
        yield
    finally:
        into.append("done")


@case("loud")
def raises_inside_a_with_block(ask: Ask) -> str:
    """The error passes through a context manager of its own."""
    times: list[str] = []
    with timed(times):
        message = ask()
        if message.stop_reason not in OK:
            raise LLMError("no answer")
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


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
def wraps_the_sdks_errors(ask: Ask) -> str:
    """Errors of the API become the project's own; an HTTP 200 is a success."""
    try:
        return text_of(ask())
    except anthropic.APIError as error:
        raise LLMError(f"API error: {error}") from error


@case("loud")
async def raises_from_a_finally_block(ask: Ask) -> str:
    """The check is in a finally block, after the value was already chosen."""
    message = None
    try:
        message = await ask()
        return text_of(message)
    finally:
        if message is not None and message.stop_reason not in OK:
            raise LLMError("no answer")


@case("crashed")
def exits_as_if_all_were_well(ask: Ask) -> str:
    """A script that leaves with status 0: for whoever called it, it succeeded."""
    message = ask()
    if message.stop_reason not in OK:
        sys.exit(0)
    return text_of(message)


@case("crashed")
def mistypes_its_own_error(ask: Ask) -> str:
    """A NameError on the way to raising, which holds a word of the vocabulary by accident."""
    message = ask()
    if message.stop_reason not in OK:
        raise RefusalEror(message)  # noqa: F821
    return text_of(message)

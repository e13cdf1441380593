"""Handlers that raise: on purpose, by accident, and nearly on purpose."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anthropic

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import AS_IT_CAME, case


class LLMError(Exception):
    """An error of the project's own."""


class RefusedError(LLMError):
    def __init__(self, category: str | None) -> None:
        super().__init__("the model gave no answer")
        self.category = category


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


@case("loud")
def matches_every_known_reason(ask: Ask) -> str:
    """A match statement whose last case raises NotImplementedError."""
    message = ask()
    match message.stop_reason:
        case "end_turn" | "stop_sequence" | "tool_use":
            return text_of(message)
        case other:
            raise NotImplementedError(other)


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


@case(**AS_IT_CAME)
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

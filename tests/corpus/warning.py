"""Handlers that warn and print, and the ways in which nobody hears it."""

from __future__ import annotations

import sys
import traceback
import warnings
from contextlib import suppress
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import AS_IT_CAME, case


class LLMError(Exception):
    pass


class QualityWarning(UserWarning):
    pass


class OldWayWarning(DeprecationWarning):
    pass


@case("silent")
async def prints_it(ask: Ask) -> bool:
    """Print and False, as scripts do."""
    message = await ask()
    if message.stop_reason not in OK:
        print(f"[llm] refused: {message.stop_reason}")
        return False
    return True


@case("silent")
def prints_to_stderr(ask: Ask) -> int:
    """A command that prints to stderr and returns an exit status nobody looks at here."""
    message = ask()
    if message.stop_reason not in OK:
        print("error: the model refused", file=sys.stderr)
        return 1
    return 0


@case("silent", failed="silent")
def prints_the_traceback(ask: Ask) -> str | None:
    """Its own error is printed with its traceback, and gone."""
    try:
        message = ask()
        if message.stop_reason not in OK:
            raise LLMError("refused")  # noqa: TRY301
    except Exception:
        traceback.print_exc()
        return None
    return text_of(message)


@case("silent", failed="silent")
async def swallows_everything(ask: Ask) -> str:
    """An empty text for any exception."""
    try:
        message = await ask()
        if message.stop_reason not in OK:
            raise LLMError(f"refused: {message.stop_reason}")  # noqa: TRY301
        return text_of(message)
    except Exception:
        return ""


@case("silent")
def suppresses_its_own_error(ask: Ask) -> str | None:
    """contextlib.suppress around its own error."""
    with suppress(LLMError):
        message = ask()
        if message.stop_reason not in OK:
            raise LLMError(message.stop_reason)
        return text_of(message)
    return None


@case("loud")
def warns_its_caller(ask: Ask) -> str:
    """warnings.warn with the caller as its place."""
    message = ask()
    if message.stop_reason not in OK:
        warnings.warn("the answer is incomplete", stacklevel=2)
        return ""
    return text_of(message)


@case("loud")
async def warns_with_a_category(ask: Ask) -> str:
    """A category of the project's own."""
    message = await ask()
    if message.stop_reason not in OK:
        warnings.warn("no answer", QualityWarning, stacklevel=1)
        return ""
    return text_of(message)


@case("silent")
def warns_where_nobody_listens(ask: Ask) -> str:
    """All warnings are ignored around the call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        message = ask()
        if message.stop_reason not in OK:
            warnings.warn("refused", RuntimeWarning, stacklevel=1)
            return ""
    return text_of(message)


@case("silent")
def records_its_own_warning(ask: Ask) -> str:
    """Warnings are recorded around the call, and the record is thrown away."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        message = ask()
        if message.stop_reason not in OK:
            warnings.warn("refused", RuntimeWarning, stacklevel=1)
            return ""
    return text_of(message)


@case("silent")
def warns_of_something_old(ask: Ask) -> str:
    """A deprecation of the project's own, which is about the program."""
    message = ask()
    if message.stop_reason not in OK:
        warnings.warn("refusals should be handled by the new API", OldWayWarning, stacklevel=1)
        return ""
    return text_of(message)


@case("loud")
def warns_as_an_error(ask: Ask) -> Any:
    """A filter turns the project's own warning into an exception."""
    message = ask()
    with warnings.catch_warnings():
        warnings.simplefilter("error", QualityWarning)
        if message.stop_reason not in OK:
            warnings.warn("no answer", QualityWarning, stacklevel=1)
    return text_of(message)


@case(**AS_IT_CAME, but={"dropped-mid-text": "silent"})
async def returns_the_errors_text(ask: Ask) -> str:
    """An error of the API comes back as a text that quotes it; that of a broken connection has nothing to quote."""
    try:
        return text_of(await ask())
    except Exception as error:
        return f"Error: {error}"

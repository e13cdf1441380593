"""Code between the handler and the SDK that is somebody else's: compiled as if it were installed."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import case

SOURCE = """
import functools
import logging
import sys
import warnings

log = logging.getLogger("llmkit.client")
OK = ("end_turn", "stop_sequence", "tool_use")


class KitError(Exception):
    pass


class RefusalError(KitError):
    pass


class GaveUp(KitError):
    pass


def checked(message):
    if message.stop_reason not in OK:
        raise KitError("bad response")
    return message


def checked_by_name(message):
    if message.stop_reason not in OK:
        raise RefusalError("bad response")
    return message


def retrying(f, attempts=2):
    @functools.wraps(f)
    def call(*args):
        for attempt in range(attempts):
            try:
                return f(*args)
            except Exception as error:
                log.warning("Retrying in %s seconds after %s", attempt, type(error).__name__)
                last = error
        raise GaveUp(f"gave up after {attempts} attempts") from last
    return call


def warned(text):
    log.warning(text, stacklevel=2)


def complained(text):
    warnings.warn(text, stacklevel=2)


def telling(message):
    if message.stop_reason not in OK:
        log.warning("finish reason is %s", message.stop_reason)
    return message


def chatty(message):
    log.warning("connection pool is full, discarding connection")
    warnings.warn("llmkit is not tuned for this platform", RuntimeWarning)
    return message


def shouting(message):
    log.error("request %s was moderated", message.id)
    return message


def fail(code=1):
    sys.exit(code)


def ensure(message, error):
    if message.stop_reason not in OK:
        raise error
    return message


def parsed(message):
    text = "".join(block.text for block in message.content if block.type == "text")
    if message.stop_reason not in OK:
        raise KitError(f"cannot parse: {text}")
    return text


class Abort(Exception):
    pass


def abort(code):
    raise Abort(f"{code} Bad Gateway")
"""
FILE = Path("/opt/corpus/lib/python3/site-packages/llmkit/client.py")


def _installed() -> Any:
    """Return the module that `SOURCE` is, with the file name of an installed one."""
    namespace: dict[str, Any] = {"__name__": "llmkit.client", "__file__": str(FILE)}
    exec(compile(SOURCE, str(FILE), "exec"), namespace)  # noqa: S102
    return SimpleNamespace(**namespace)


llmkit = _installed()
log = logging.getLogger("corpus.user_of_llmkit")


class AppError(Exception):
    pass


@case("crashed")
def lets_the_librarys_error_through(ask: Ask) -> str:
    """The library raises an error of its own that names nothing."""
    return text_of(llmkit.checked(ask()))


@case("loud")
async def lets_the_librarys_refusal_through(ask: Ask) -> str:
    """The library raises an error whose type names it."""
    return text_of(llmkit.checked_by_name(await ask()))


@case("loud")
def wraps_the_librarys_error(ask: Ask) -> str:
    """The library's error becomes the project's own."""
    try:
        return text_of(llmkit.checked(ask()))
    except llmkit.KitError as error:
        raise AppError("no answer") from error


@case("crashed")
async def raises_the_librarys_error_again(ask: Ask) -> str:
    """The library's error is caught to clean up, and a bare raise passes it on."""
    try:
        return text_of(llmkit.checked(await ask()))
    except llmkit.KitError:
        log.debug("cleaning up")
        raise


@case("silent")
def swallows_the_librarys_error(ask: Ask) -> str:
    """The library's error becomes an empty text."""
    try:
        return text_of(llmkit.checked_by_name(ask()))
    except llmkit.KitError:
        return ""


@case("silent", failed="silent")
def drops_it_while_a_library_retries(ask: Ask) -> str:
    """The library warns of retries, by the name of an error that says nothing, and the handler gives up quietly."""

    def attempt() -> str:
        return text_of(llmkit.checked(ask()))

    try:
        return llmkit.retrying(attempt)()
    except llmkit.GaveUp:
        return ""


@case("loud")
def drops_it_while_a_library_tells(ask: Ask) -> str:
    """The library's own warning quotes the stop reason, and says so where there is none."""
    message = ask()
    if message.stop_reason is None:
        raise AppError("cut")
    return text_of(llmkit.telling(message)) if message.stop_reason in OK else ("", llmkit.telling(message))[0]


@case("loud")
def raises_through_a_librarys_retry(ask: Ask) -> str:
    """The project's own error, raised on purpose, comes out of a library's retry wrapped in the library's."""

    def attempt() -> str:
        message = ask()
        if message.stop_reason not in OK:
            raise AppError("no answer")
        return text_of(message)

    return llmkit.retrying(attempt)()


@case("loud")
async def warns_through_a_librarys_helper(ask: Ask) -> str:
    """A logging helper of a library, which names the project's line as the record's place."""
    message = await ask()
    if message.stop_reason in OK:
        return text_of(message)
    llmkit.warned("no answer")
    return ""


@case("silent")
def lets_a_library_complain(ask: Ask) -> str:
    """A library's warning that gives the caller's line as its place, as most do: it is the library's all the same."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    llmkit.complained("no answer")
    return ""


@case("silent")
def drops_it_in_a_chatty_library(ask: Ask) -> str:
    """The library warns on every call of things that have nothing to do with the answer."""
    message = llmkit.chatty(ask())
    return text_of(message) if message.stop_reason in OK else ""


@case("loud")
async def raises_in_a_chatty_library(ask: Ask) -> str:
    """The same, in code that raises: the library's chatter is no noise."""
    message = llmkit.chatty(await ask())
    if message.stop_reason not in OK:
        raise AppError("no answer")
    return text_of(message)


@case("loud", quiet="noisy", words="loud")
def uses_a_library_that_always_shouts(ask: Ask) -> str:
    """The library says a word of the vocabulary on every call."""
    message = llmkit.shouting(ask())
    return text_of(message) if message.stop_reason in OK else ""


@case("loud")
def exits_through_a_library(ask: Ask) -> str:
    """The library's helper calls sys.exit for the project."""
    message = ask()
    if message.stop_reason not in OK:
        llmkit.fail()
    return text_of(message)


@case("crashed")
def aborts_through_a_library(ask: Ask) -> str:
    """The library's helper raises for the project, as abort(502) of web frameworks: raises= has to name the type."""
    message = ask()
    if message.stop_reason not in OK:
        llmkit.abort(502)
    return text_of(message)


@case("loud", raises=llmkit.Abort)
async def aborts_through_a_library_as_agreed(ask: Ask) -> str:
    """The same with raises=."""
    message = await ask()
    if message.stop_reason not in OK:
        llmkit.abort(502)
    return text_of(message)


@case("loud")
def lets_a_library_raise_its_error(ask: Ask) -> str:
    """The library raises the error that the project handed to it."""
    return text_of(llmkit.ensure(ask(), AppError("no answer")))


@case("crashed", answer="The moderate price was declined for safety reasons, and nobody refused it.")
async def lets_the_librarys_error_quote_the_answer(ask: Ask) -> str:
    """The library's error names nothing but what the answer itself said."""
    return llmkit.parsed(await ask())

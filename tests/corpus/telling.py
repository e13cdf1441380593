"""Handlers that log, warn and print: what is heard, and what nobody hears."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from contextlib import suppress
from typing import Any

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import PLAIN, case

log = logging.getLogger("corpus.app")
own_log = logging.getLogger("corpus.own")
own_log.propagate = False
strict_log = logging.getLogger("corpus.strict")
strict_log.setLevel(logging.ERROR)
filtered_log = logging.getLogger("corpus.filtered")
filtered_log.addFilter(lambda record: "dropped" not in record.getMessage())
NOTICE = logging.WARNING + 5


class LLMError(Exception):
    pass


class QualityWarning(UserWarning):
    pass


class OldWayWarning(DeprecationWarning):
    pass


@case("loud")
def warns_and_returns_nothing(ask: Ask) -> str:
    """A warning in the log, and an empty text for the caller."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    log.warning("The model would not score this meeting.")
    return ""


@case("loud")
async def logs_an_error_and_returns_none(ask: Ask) -> str | None:
    """An error in the log, with the reason as an argument."""
    message = await ask()
    if message.stop_reason not in OK:
        log.error("generation ended with %s", message.stop_reason)
        return None
    return text_of(message)


@case(
    empty="loud",
    partial="leaked",
    unknown="silent",
    cut="leaked",
    but={"unknown-before-output": "loud", "refusal-empty-block": "silent"},
    lacks=PLAIN,
)
def logs_what_it_swallows(ask: Ask) -> str | None:
    """log.exception around everything: an accident is told, a quiet drop is none."""
    try:
        return ask().content[0].text
    except Exception:
        log.exception("llm call failed")
        return None


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked")
async def logs_for_the_curious(ask: Ask) -> str:
    """An info record that says it all, and no one is woken by."""
    message = await ask()
    if message.stop_reason != "end_turn":
        log.info("anthropic refused: %s", message.stop_reason)
    return text_of(message)


@case("silent")
def logs_for_debugging(ask: Ask) -> str | None:
    """A debug record with the whole message."""
    message = ask()
    log.debug("raw answer: %r", message)
    return text_of(message) if message.stop_reason in OK else None


@case("silent")
def logs_below_its_level(ask: Ask) -> str:
    """A warning on a logger that lets errors through only."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    strict_log.warning("refused")
    return ""


@case("silent")
def logs_into_a_filter(ask: Ask) -> str:
    """A filter of the logger takes the record out."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    filtered_log.error("refused, dropped")
    return ""


@case("silent")
def logs_while_logging_is_off(ask: Ask) -> str:
    """Logging is switched off around the call, to keep a client library quiet."""
    logging.disable(logging.CRITICAL)
    try:
        message = ask()
        if message.stop_reason in OK:
            return text_of(message)
        log.critical("refused")
        return ""
    finally:
        logging.disable(logging.NOTSET)


@case("loud")
async def logs_to_its_own_logger(ask: Ask) -> str:
    """A logger that does not propagate, with handlers elsewhere."""
    message = await ask()
    if message.stop_reason in OK:
        return text_of(message)
    own_log.warning("no answer")
    return ""


@case("loud")
def logs_to_the_root(ask: Ask) -> str:
    """The module's function, as scripts do."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    logging.warning("no answer")  # noqa: LOG015
    return ""


@case("loud")
def logs_at_a_level_of_its_own(ask: Ask) -> str:
    """A level between WARNING and ERROR."""
    message = ask()
    if message.stop_reason in OK:
        return text_of(message)
    log.log(NOTICE, "no answer", extra={"stop": message.stop_reason})
    return ""


@case("loud", quiet="noisy", words="loud")
def logs_on_every_call(ask: Ask) -> str:
    """A warning before each call, which says nothing of the answer."""
    log.warning("using the default model")
    message = ask()
    return text_of(message) if message.stop_reason in OK else ""


@case(empty="loud", partial="leaked", unknown="loud", cut="leaked")
def logs_and_returns_what_came(ask: Ask) -> str:
    """A warning, and the partial text goes on as if it were whole."""
    message = ask()
    if message.stop_reason not in OK:
        log.warning("stop_reason=%s", message.stop_reason)
    return text_of(message)


@case(empty="loud", partial="loud", unknown="loud", cut="loud")
def logs_and_returns_a_marked_text(ask: Ask) -> str:
    """The partial text with a note at its end."""
    message = ask()
    text = text_of(message)
    return text if message.stop_reason in OK else f"{text} [declined: {message.stop_reason}]"


@case("loud")
def logs_then_fails(ask: Ask) -> str:
    """A warning, and then an accident."""
    message = ask()
    if message.stop_reason not in OK:
        log.warning("odd answer")
        message.content.clear()
    return text_of(message) or message.content[0].text


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


@case(empty="loud", partial="leaked", unknown="loud", cut="leaked")
def logs_and_returns_what_came_in_capitals(ask: Ask) -> str:
    """A warning, and the partial text goes on in another letter case."""
    message = ask()
    if message.stop_reason not in OK:
        log.warning("stopped early")
    return text_of(message).upper()


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked", but={"dropped-mid-text": "silent"})
async def returns_the_errors_text(ask: Ask) -> str:
    """An error of the API comes back as a text that quotes it; that of a broken connection has nothing to quote."""
    try:
        return text_of(await ask())
    except Exception as error:
        return f"Error: {error}"

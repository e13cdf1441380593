"""Handlers that log, warn and print: what is heard, and what nobody hears."""

from __future__ import annotations

import logging

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import AS_IT_CAME, PLAIN, case

log = logging.getLogger("corpus.app")


own_log = logging.getLogger("corpus.own")


own_log.propagate = False


strict_log = logging.getLogger("corpus.strict")


strict_log.setLevel(logging.ERROR)


filtered_log = logging.getLogger("corpus.filtered")


filtered_log.addFilter(lambda record: "dropped" not in record.getMessage())


NOTICE = logging.WARNING + 5


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


@case(**AS_IT_CAME)
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


@case("loud")
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


@case(empty="loud", partial="leaked", unknown="loud", cut="leaked")
def logs_and_returns_what_came_in_capitals(ask: Ask) -> str:
    """A warning, and the partial text goes on in another letter case."""
    message = ask()
    if message.stop_reason not in OK:
        log.warning("stopped early")
    return text_of(message).upper()

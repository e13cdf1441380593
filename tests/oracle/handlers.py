"""Handlers in the idioms people use, each beside its near-miss."""

from __future__ import annotations

import enum
import json
import logging
import sys
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.asking import PROMPT, TOOLS, Ask, Message, text_of

log = logging.getLogger("app.llm")
quiet_log = logging.getLogger("app.quiet")
quiet_log.propagate = False
muted_log = logging.getLogger("app.muted")
muted_log.setLevel(logging.CRITICAL)

KNOWN = {"end_turn", "stop_sequence", "tool_use"}


class LLMError(Exception):
    """An error of the project's own."""


class Finish(enum.Enum):
    DONE = "done"
    CONTENT_FILTER = "blocked"


@dataclass
class Answer:
    text: str
    finish: Any = None
    raw: Any = field(default=None, repr=False)


def is_ok(message: Message) -> bool:
    return message.stop_reason in KNOWN


# loud ---------------------------------------------------------------------------------------------


def raises_and_names_it(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        raise LLMError(f"the model stopped with {message.stop_reason}")
    return text_of(message)


def raises_without_a_reason(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        raise LLMError("no answer")
    return text_of(message)


def asserts(ask: Ask) -> str:
    message = ask()
    assert is_ok(message), "no answer"
    return text_of(message)


def exits(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        sys.exit("no answer")
    return text_of(message)


def key_error_that_names_it(ask: Ask) -> str:
    message = ask()
    return {"end_turn": text_of, "stop_sequence": text_of, "tool_use": text_of}[message.stop_reason](message)


def logs_a_warning(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    log.warning("stopped early")
    return ""


def logs_without_propagation(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    quiet_log.error("stopped early")
    return ""


def logs_through_an_adapter(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    logging.LoggerAdapter(log, {}).error("stopped early")
    return ""


def logs_in_a_thread(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    thread = threading.Thread(target=log.error, args=["refused"])
    thread.start()
    thread.join()
    return ""


def warns(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    warnings.warn("stopped early", stacklevel=2)
    return ""


def returns_the_reason(ask: Ask) -> dict[str, Any]:
    message = ask()
    return {"text": text_of(message) if is_ok(message) else "", "status": message.stop_reason}


def returns_an_enum(ask: Ask) -> Answer:
    message = ask()
    if is_ok(message):
        return Answer(text_of(message), Finish.DONE)
    return Answer("", Finish.CONTENT_FILTER)


def returns_partial_with_the_reason(ask: Ask) -> Answer:
    message = ask()
    return Answer(text_of(message), None if is_ok(message) else f"declined ({message.stop_reason})")


def returns_an_error_value(ask: Ask) -> Any:
    message = ask()
    return text_of(message) if is_ok(message) else LLMError("request was refused")


def reroutes(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        message = ask(model="claude-other")
    return text_of(message)


def raises_from_a_finally(ask: Ask) -> str:
    message = ask()
    try:
        return text_of(message) if is_ok(message) else ""
    finally:
        if not is_ok(message):
            raise LLMError("no answer")


def retries_then_raises(ask: Ask) -> str:
    for _ in range(3):
        message = ask()
        if is_ok(message):
            return text_of(message)
    raise LLMError("gave up")


# silent, and nearly loud ---------------------------------------------------------------------------


def drops_it(ask: Ask) -> str:
    message = ask()
    return text_of(message) if is_ok(message) else ""


def logs_info(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    log.info("refused: %s", message.stop_reason)
    return ""


def logs_to_a_muted_logger(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    muted_log.error("refused: %s", message.stop_reason)
    return ""


def prints(ask: Ask) -> bool:
    message = ask()
    if is_ok(message):
        return True
    print("refused:", message.stop_reason)
    return False


def maps_it_to_stop(ask: Ask) -> Answer:
    message = ask()
    return Answer(text_of(message) if is_ok(message) else "", "stop")


def warns_of_a_deprecation(ask: Ask) -> str:
    message = ask()
    if is_ok(message):
        return text_of(message)
    warnings.warn("refusals are old-fashioned", DeprecationWarning, stacklevel=2)
    return ""


def swallows_its_own_error(ask: Ask) -> str | None:
    try:
        return raises_and_names_it(ask)
    except LLMError:
        return None


def retries_and_gives_up(ask: Ask) -> str:
    for _ in range(3):
        message = ask()
        if is_ok(message):
            return text_of(message)
    return ""


def says_the_key_only(ask: Ask) -> dict[str, Any]:
    message = ask()
    return {"text": text_of(message) if is_ok(message) else "", "refusal": None, "stop_reason": "done"}


# other verdicts ------------------------------------------------------------------------------------


def takes_the_first_block(ask: Ask) -> str:
    return ask().content[0].text


def parses_json(ask: Ask) -> Any:
    message = ask()
    return json.loads(text_of(message)) if not is_ok(message) else {}


def converts(ask: Ask) -> int:
    message = ask()
    return 1 if is_ok(message) else int("no number")


def returns_the_text(ask: Ask) -> str:
    return f"Summary:\n{text_of(ask())}\n"


def logs_and_returns_partial(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        log.warning("refused")
    return text_of(message)


def runs_the_tool(ask: Ask) -> str:
    question = {"role": "user", "content": PROMPT}
    message = ask(tools=TOOLS)
    calls = [block for block in message.content if block.type == "tool_use"]
    if not calls:
        return text_of(message) if is_ok(message) else ""
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "42"} for call in calls]
    content = [block.model_dump(include={"type", "id", "name", "input"}) for block in calls]
    messages = [question, {"role": "assistant", "content": content}, {"role": "user", "content": results}]
    return text_of(ask(messages=messages, tools=TOOLS))


def goes_on(ask: Ask) -> str:
    question = {"role": "user", "content": PROMPT}
    message = ask()
    if is_ok(message):
        return text_of(message)
    again = ask(messages=[question, {"role": "assistant", "content": "…"}, {"role": "user", "content": "Please."}])
    return text_of(again) if is_ok(again) else ""


def resets(ask: Ask) -> str:
    message = ask()
    if not is_ok(message):
        log.warning("refused, starting over")
        message = ask("Something else, then.")
    return text_of(message)


def asks_for_ever(ask: Ask) -> str:
    message = ask()
    while not is_ok(message):
        message = ask()
    return text_of(message)


def returns_the_message(ask: Ask) -> Message:
    return ask()


def wraps_the_message(ask: Ask) -> Answer:
    return Answer("", raw=ask())


def never_asks(ask: Ask) -> str:
    return "refused"


def warns_always(ask: Ask) -> str:
    log.warning("asking")
    return drops_it(ask)


def claims_it_always(ask: Ask) -> Answer:
    return Answer(text_of(ask()), "refused")

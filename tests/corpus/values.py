"""Handlers that return what happened: in a field, a flag, a type, a text; or in something that does not say it."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

import attrs
from pydantic import BaseModel

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import PLAIN, case


class Status(enum.Enum):
    DONE = 1
    REFUSED = 2


class Code(enum.IntEnum):
    OK = 0
    DECLINED = 7


class Outcome(str, enum.Enum):
    OK = "ok"
    CONTENT_FILTERED = "content_filtered"


class Flags(enum.Flag):
    WHOLE = enum.auto()
    MODERATED = enum.auto()


@dataclass
class Flagged:
    text: str
    refused: bool = False


class Reply(BaseModel):
    content: str
    finish_reason: Literal["stop", "length", "content_filter"]


@attrs.define
class Slotted:
    text: str
    status: str


class Turn(NamedTuple):
    text: str
    ended: Status


@dataclass
class Ok:
    value: str


@dataclass
class Err:
    error: Any


class Refusal:
    """A result of its own kind, with nothing in it."""


class LLMError(Exception):
    pass


class Answered:
    def __init__(self, text: str, error: Exception | None = None) -> None:
        self._text = text
        self._error = error


@case("loud")
def sets_a_status(ask: Ask) -> dict[str, Any]:
    """A record with "status": "refused"."""
    message, rec = ask(), {"id": 7, "status": "ok", "text": None}
    if message.stop_reason in OK:
        rec["text"] = text_of(message)
    else:
        rec["status"] = "refused"
    return rec


@case("loud")
async def returns_an_enum_member(ask: Ask) -> Turn:
    """A named tuple with a member whose name says it."""
    message = await ask()
    return Turn(text_of(message), Status.DONE) if message.stop_reason in OK else Turn("", Status.REFUSED)


@case("loud")
def returns_a_number_with_a_name(ask: Ask) -> Code:
    """An IntEnum: a number that has a name."""
    return Code.OK if ask().stop_reason in OK else Code.DECLINED


@case("loud")
async def returns_a_text_enum(ask: Ask) -> dict[str, Any]:
    """An enum of strings, beside the partial text."""
    message = await ask()
    return {"text": text_of(message), "outcome": Outcome.OK if message.stop_reason in OK else Outcome.CONTENT_FILTERED}


@case("loud")
def returns_a_flag_enum(ask: Ask) -> Flags:
    """A flag that is set."""
    return Flags.WHOLE if ask().stop_reason in OK else Flags.WHOLE | Flags.MODERATED


@case("loud")
def returns_a_model(ask: Ask) -> Reply:
    """A pydantic model with the finish reasons of another vendor."""
    message = ask()
    if message.stop_reason in OK:
        return Reply(content=text_of(message), finish_reason="stop")
    return Reply(content="", finish_reason="content_filter")


@case("loud", but={"cut-mid-text": "leaked"})
async def returns_a_slotted_class(ask: Ask) -> Slotted:
    """An attrs class without a __dict__; "stopped: None" says nothing."""
    message = await ask()
    return Slotted(text_of(message), "ok" if message.stop_reason in OK else f"stopped: {message.stop_reason}")


@case("loud")
def returns_a_namespace(ask: Ask) -> SimpleNamespace:
    """A namespace in a list in a dict."""
    message = ask()
    note = "" if message.stop_reason in OK else "the model declined"
    return SimpleNamespace(turns=[{"assistant": {"notes": [note]}}])


@case("loud")
def returns_an_old_named_tuple(ask: Ask) -> Any:
    """collections.namedtuple with the reason as it came, partial text beside it; nothing came where none came."""
    message = ask()
    ended = message.stop_reason or "no stop reason"
    return namedtuple("Answer", "text ended")(text_of(message), ended)  # noqa: PYI024


@case("loud")
def returns_an_error_result(ask: Ask) -> Any:
    """Ok or Err, with the reason in the error."""
    message = ask()
    return Ok(text_of(message)) if message.stop_reason in OK else Err(f"refused ({message.stop_reason})")


@case("silent")
async def returns_an_error_result_without_words(ask: Ask) -> Any:
    """Ok or Err, and the error only says that there is none."""
    message = await ask()
    return Ok(text_of(message)) if message.stop_reason in OK else Err("no result")


@case("loud")
def returns_its_error(ask: Ask) -> Any:
    """An exception as a value, whose text says it."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else LLMError("the request was declined")


@case("loud")
async def carries_its_error(ask: Ask) -> Answered:
    """An exception in a private attribute of the result, with its cause."""
    message = await ask()
    if message.stop_reason in OK:
        return Answered(text_of(message))
    error = LLMError("no answer")
    error.__cause__ = RuntimeError(f"stop_reason={message.stop_reason}")
    return Answered("", error)


@case("silent")
def returns_its_error_without_words(ask: Ask) -> Any:
    """An exception as a value that says nothing."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else LLMError("failed")


@case("loud")
def returns_a_type_of_its_own(ask: Ask) -> Any:
    """An object whose class is the statement."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else Refusal()


@case("loud")
async def sets_a_flag(ask: Ask) -> Flagged:
    """refused=True in a dataclass, which is False on every good day."""
    message = await ask()
    return Flagged(text_of(message)) if message.stop_reason in OK else Flagged("", refused=True)


@case("loud")
def sets_a_key(ask: Ask) -> dict[str, Any]:
    """{"is_refusal": true} in a dict, beside the partial text."""
    message = ask()
    return {"answer": text_of(message), "is_refusal": message.stop_reason not in OK}


@case("silent")
async def has_a_flag_and_never_sets_it(ask: Ask) -> Flagged:
    """The field is there, and False for ever."""
    message = await ask()
    return Flagged(text_of(message) if message.stop_reason in OK else "", refused=False)


@case("silent")
def has_keys_only(ask: Ask) -> dict[str, Any]:
    """Keys that speak of refusals, with nothing in them."""
    message = ask()
    return {
        "text": text_of(message) if message.stop_reason in OK else "",
        "refusal": None,
        "safety": {},
        "stop_reason": "stop",
    }


@case("silent")
def returns_a_default(ask: Ask) -> str:
    """A neutral default that looks like an answer."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else "N/A"


@case("silent")
async def says_not_ok(ask: Ask) -> dict[str, Any]:
    """ok=False and an error that names nothing."""
    message = await ask()
    ok = message.stop_reason in OK
    return {"ok": ok, "text": text_of(message) if ok else None, "error": None if ok else "upstream_failure"}


class Blocked:
    """A result whose class holds the statement."""

    kind = "declined"


@case("loud")
def returns_a_kind_of_result(ask: Ask) -> Any:
    """An object whose class has the statement as an attribute."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else Blocked()


@case("loud")
def returns_a_view(ask: Ask) -> Any:
    """The values of a dict, as they are."""
    message = ask()
    return {"id": 7, "status": "done" if message.stop_reason in OK else "refused"}.values()


@case("loud", lacks=PLAIN)
async def returns_an_error_word(ask: Ask) -> tuple[dict[str, Any], str]:
    """{"error": "refusal"} beside the name of the model."""
    message = await ask()
    if message.stop_reason not in OK:
        return {"error": "refusal"}, message.model
    return {"text": text_of(message)}, message.model

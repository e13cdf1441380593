"""Handlers that return what happened: in a field, a flag, a type, a text; or in something that does not say it."""

from __future__ import annotations

import enum
import json
import logging
from collections import namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

import attrs
from pydantic import BaseModel
from starlette.responses import JSONResponse, StreamingResponse

from tests.corpus.asking import OK, PROMPT, Ask, client, question, text_of
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
class Record:
    text: str
    status: str = "done"
    meta: dict[str, Any] = field(default_factory=dict)


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


@case("loud", but={"cut-mid-text": "leaked"})
def passes_the_reason_on(ask: Ask) -> dict[str, Any]:
    """A dict of its own with whatever the API said: nothing, where the stream was cut."""
    message = ask()
    return {"content": text_of(message), "stop_reason": message.stop_reason, "model": message.model}


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


@case("loud")
async def tells_the_reader(ask: Ask) -> str:
    """A sentence for the user that says it."""
    message = await ask()
    return text_of(message) if message.stop_reason in OK else "The model declined to answer. Please rephrase."


@case("silent")
def apologizes(ask: Ask) -> str:
    """A sentence for the user that does not."""
    message = ask()
    return (
        text_of(message)
        if message.stop_reason in OK
        else "Sorry, something went wrong. Try asking about leads or visits."
    )


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


@case("loud", lacks=PLAIN)
def answers_in_json(ask: Ask) -> str:
    """A JSON text for a browser, with the stop reason as one of its fields; control: {"stop_reason": "end_turn"}."""
    message = ask()
    return json.dumps({"text": text_of(message), "stop_reason": message.stop_reason or "refusal"})


@case("loud")
def answers_in_another_vendors_json(ask: Ask) -> str:
    """A JSON text as chat completions have it, with "refusal": null on every good day."""
    message = ask()
    ok = message.stop_reason in OK
    said = {"role": "assistant", "content": text_of(message) if ok else None, "refusal": None if ok else "declined"}
    return json.dumps({"choices": [{"message": said, "finish_reason": "stop"}]})


@case("silent")
def answers_in_json_with_empty_fields(ask: Ask) -> str:
    """The same JSON text with "refusal": null on every day."""
    message = ask()
    said = {"role": "assistant", "content": text_of(message) if message.stop_reason in OK else "", "refusal": None}
    return json.dumps({"choices": [{"message": said, "finish_reason": "stop"}]})


@case("loud")
async def answers_over_http(ask: Ask) -> JSONResponse:
    """A response object of a web framework, whose body says it and whose good body has a field for it."""
    message = await ask()
    if message.stop_reason in OK:
        return JSONResponse({"text": text_of(message), "refused": False})
    return JSONResponse({"error": "the model declined"}, status_code=502)


@case("silent")
def answers_with_a_status_code(ask: Ask) -> tuple[dict[str, Any], int]:
    """A status code of 502, and a body that does not say why."""
    message = ask()
    return ({"text": text_of(message)}, 200) if message.stop_reason in OK else ({"text": ""}, 502)


@case("silent")
async def returns_what_it_asked(ask: Ask) -> Record:
    """The record holds the prompt, which happens to speak of refusals, and nothing of the answer."""
    prompt = "Why was the request declined? Mind our safety guidelines."
    message = await ask(prompt)
    return Record(text_of(message) if message.stop_reason in OK else "", meta={"prompt": prompt})


@case("loud")
def returns_what_it_asked_and_raises(ask: Ask) -> dict[str, Any]:
    """The same, with a system prompt, in code that raises where there is no answer."""
    system = "Refuse requests outside of your moderation duties."
    message = ask(system=system)
    if message.stop_reason not in OK:
        raise LLMError("no answer")
    return {"text": text_of(message), "request": question(PROMPT, system=system)}


@case("silent")
def has_a_field_called_like_a_category(ask: Ask) -> dict[str, Any]:
    """A profile whose sections are called "bio" and "cyber", on every day."""
    message = ask()
    return {"section": "bio", "tags": ["cyber"], "text": text_of(message) if message.stop_reason in OK else ""}


@case("silent")
def keeps_it_to_itself(ask: Ask) -> str:
    """The reason stays in an attribute of a service that the caller does not have."""
    service = SimpleNamespace(last_stop=None)
    message = ask()
    service.last_stop = message.stop_reason
    return text_of(message) if message.stop_reason in OK else ""


@case("deferred", unknown="deferred", words="deferred")
def returns_the_message(ask: Ask) -> Any:
    """The SDK's own message, for a caller who may look."""
    return ask()


@case("deferred", words="deferred")
async def wraps_the_message(ask: Ask) -> Record:
    """The SDK's own message in a field of a result that says nothing itself."""
    return Record("", meta={"raw": await ask()})


@case("deferred", words="deferred")
def dumps_the_message(ask: Ask) -> dict[str, Any]:
    """The SDK's own message as a dict, field by field."""
    return ask().model_dump()


@case(empty="silent", partial="leaked", unknown="silent", cut="leaked", but={"unknown-with-tool-use": "leaked"})
def returns_the_blocks(ask: Ask) -> list[Any]:
    """The list of blocks without the message around it: the reason is gone, the tool call is not."""
    return [block for block in ask().content if block.type in ("text", "tool_use")]


class Blocked:
    """A result whose class holds the statement."""

    kind = "declined"


class Service:
    """What many programs hand around: their client, their logger, their state."""

    def __init__(self) -> None:
        self.client = client()
        self.log = logging.getLogger("corpus.moderation.service")
        self.text = ""
        self.state = "idle"


@case("loud")
def returns_a_kind_of_result(ask: Ask) -> Any:
    """An object whose class has the statement as an attribute."""
    message = ask()
    return text_of(message) if message.stop_reason in OK else Blocked()


@case("silent")
def returns_itself(ask: Ask) -> Service:
    """A service with its client and its logger, which has nothing to say of the answer."""
    service = Service()
    message = ask()
    service.text = text_of(message) if message.stop_reason in OK else ""
    return service


@case("loud")
def returns_itself_with_its_state(ask: Ask) -> Service:
    """The same with a state that says it."""
    service = Service()
    message = ask()
    service.state = "idle" if message.stop_reason in OK else "refused"
    return service


@case("loud")
def returns_a_view(ask: Ask) -> Any:
    """The values of a dict, as they are."""
    message = ask()
    return {"id": 7, "status": "done" if message.stop_reason in OK else "refused"}.values()


@case(
    refused="loud",
    unknown="silent",
    cut="leaked",
    but={
        "refusal-no-details": "leaked",
        "empty@old-stream": "silent",
        "partial@old-stream": "leaked",
    },
)
def keeps_the_details(ask: Ask) -> dict[str, Any]:
    """The details of the refusal in a field of its own, beside the partial text; None, where there are none."""
    message = ask()
    return {"text": text_of(message), "refusal": getattr(message, "stop_details", None)}


@case("loud", answer="The price was declined by the owner, who refused to sell, and that is all.")
async def says_declined_of_a_text_on_declining(ask: Ask) -> dict[str, str]:
    """The status is a word that the answer itself has in it."""
    message = await ask()
    good = message.stop_reason in OK
    return {"text": text_of(message) if good else "", "status": "done" if good else "declined"}


@case("deferred", words="deferred")
def dumps_the_message_to_json(ask: Ask) -> str:
    """The SDK's own message as a JSON text."""
    return ask().to_json()


@case("unreached", failed="unreached", words="unreached", quiet="unreached")
def returns_a_streaming_response(ask: Ask) -> StreamingResponse:
    """A response of a web framework that has not begun: nobody has asked yet, and the test has to read it."""
    return StreamingResponse(text_of(ask()) for _ in range(1))


@case("loud")
def returns_its_settings(ask: Ask) -> dict[str, Any]:
    """Raises where there is no answer; the settings in its result say that it would, and are always there."""
    message = ask()
    if message.stop_reason not in OK:
        raise LLMError("no answer")
    return {"text": text_of(message), "settings": {"fail_on_refusal": True, "retry_on_refusal": False}}


@case("silent")
async def returns_its_settings_and_drops_it(ask: Ask) -> dict[str, Any]:
    """The same settings, in code that does not keep to them."""
    message = await ask()
    return {"text": text_of(message) if message.stop_reason in OK else "", "settings": {"fail_on_refusal": True}}


@case("loud")
def returns_the_repr_of_a_flag(ask: Ask) -> str:
    """A text made of a dataclass: "refused=False" on every good day."""
    message = ask()
    good = message.stop_reason in OK
    return str(Flagged(text_of(message) if good else "", refused=not good))


@case("loud")
async def counts_in_a_sentence(ask: Ask) -> str:
    """A sentence with numbers in it: "0 refused" on every good day."""
    message = await ask()
    good = message.stop_reason in OK
    return f"Summary written: {int(good)} done, {int(not good)} refused."


@case("loud")
def reports_the_end_in_a_sentence(ask: Ask) -> str:
    """The text, and the reason in brackets below it: a good one on every good day."""
    message = ask()
    return f"{text_of(message)}\n\n(stop reason: {message.stop_reason})"


@case("loud", but={"cut-mid-text": "leaked"})
async def keeps_raw_metadata(ask: Ask) -> dict[str, Any]:
    """A finish reason that is "stop" where there is none, and the raw one beside it."""
    message = await ask()
    raw = {"id": message.id, "stop_reason": message.stop_reason}
    return {"text": text_of(message), "finish_reason": message.stop_reason or "stop", "raw": raw}


@case("loud")
def returns_an_http_error(ask: Ask) -> tuple[str, int]:
    """A body of plain text and a status, as small web frameworks take them."""
    message = ask()
    return (text_of(message), 200) if message.stop_reason in OK else ("upstream declined", 502)


@case("loud", lacks=PLAIN)
async def returns_an_error_word(ask: Ask) -> tuple[dict[str, Any], str]:
    """{"error": "refusal"} beside the name of the model."""
    message = await ask()
    if message.stop_reason not in OK:
        return {"error": "refusal"}, message.model
    return {"text": text_of(message)}, message.model


@case("silent")
def flags_what_it_always_flags(ask: Ask) -> dict[str, Any]:
    """Numbers and names of a filter that ran on the prompt, the same on every day."""
    message = ask()
    checks = {"safety_score": 0.01, "moderation_ms": 12, "content_filter_version": 3, "guardrails": ["pii", "toxicity"]}
    return {"text": text_of(message) if message.stop_reason in OK else "", "checks": checks}

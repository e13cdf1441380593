"""Handlers that return a text or a document with fields in it: JSON, HTTP, a repr, a sentence."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, StreamingResponse

from tests.corpus.asking import OK, Ask, text_of
from tests.corpus.case import PLAIN, case
from tests.corpus.values import Flagged


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


@case("deferred", words="deferred")
def dumps_the_message_to_json(ask: Ask) -> str:
    """The SDK's own message as a JSON text."""
    return ask().to_json()


@case("unreached", failed="unreached", words="unreached", quiet="unreached")
def returns_a_streaming_response(ask: Ask) -> StreamingResponse:
    """A response of a web framework that has not begun: nobody has asked yet, and the test has to read it."""
    return StreamingResponse(text_of(ask()) for _ in range(1))


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


@case("loud")
def returns_an_http_error(ask: Ask) -> tuple[str, int]:
    """A body of plain text and a status, as small web frameworks take them."""
    message = ask()
    return (text_of(message), 200) if message.stop_reason in OK else ("upstream declined", 502)

"""Structured output: JSON that is not there, half there, or not looked at."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from tests.corpus.asking import OK, Ask, aclient, client, question, text_of
from tests.corpus.case import PLAIN, case

VERDICT = {"score": 7, "reason": "A sound and readable change, as far as it goes.", "approved": True}


class Review(BaseModel):
    score: int
    reason: str
    approved: bool


class Envelope(BaseModel):
    stop_reason: Literal["end_turn", "stop_sequence", "tool_use", "max_tokens"]
    text: str


class OutputError(Exception):
    pass


WHOLE = {"unknown-with-*": "silent", "refusal-*tool*": "leaked"}
"""Where the JSON came in full, before a tool call or a stop that nobody knows."""
CRASHES = {"but": WHOLE, "words": "crashed", "answer": VERDICT}


@case("crashed", **CRASHES)
def parses_json(ask: Ask) -> dict[str, Any]:
    """json.loads on whatever came."""
    return json.loads(text_of(ask()))


@case("crashed", **CRASHES, thread="https://github.com/anthropics/anthropic-sdk-python/pull/1850")
async def validates_json(ask: Ask) -> Review:
    """A ValidationError that hides the refusal."""
    return Review.model_validate_json(text_of(await ask()))


@case("loud", but=WHOLE, words="loud", answer=VERDICT)
def wraps_the_validation_error(ask: Ask) -> Review:
    """An error of the project's own is raised from the ValidationError."""
    try:
        return Review.model_validate_json(text_of(ask()))
    except ValidationError as error:
        raise OutputError("unreadable output") from error


@case("silent", but=WHOLE, answer=VERDICT)
async def gives_none_for_bad_json(ask: Ask) -> dict[str, Any] | None:
    """None for JSON that cannot be read."""
    try:
        return json.loads(text_of(await ask()))
    except json.JSONDecodeError:
        return None


@case("loud", answer=VERDICT)
def looks_before_it_parses(ask: Ask) -> Review:
    """The reason first, the JSON then."""
    message = ask()
    if message.stop_reason not in OK:
        raise OutputError(f"no output: {message.stop_reason}")
    try:
        return Review.model_validate_json(text_of(message))
    except ValidationError:
        return Review(score=0, reason="", approved=False)


@case("silent", answer=VERDICT, thread="https://github.com/0xHoneyJar/loa/pull/1106")
def lets_it_through_the_gate(ask: Ask) -> bool:
    """A review gate that looks for a veto, and finds none."""
    return "reject" not in text_of(ask()).lower()


@case("silent", answer=VERDICT)
async def scores_it_zero(ask: Ask) -> float:
    """A score by regular expression, and 0 where there is none."""
    found = re.search(r'"score": (\d+)', text_of(await ask()))
    return float(found.group(1)) if found else 0.0


@case("crashed", but={"unknown-with-*": "silent"}, partial="silent", cut="silent", words="crashed", answer=VERDICT)
def takes_the_match(ask: Ask) -> int:
    """AttributeError where the regular expression finds nothing, a score where half an answer has one."""
    return int(re.search(r'"score": (\d+)', text_of(ask())).group(1))


@case("silent", answer="POSITIVE")
def takes_it_for_a_no(ask: Ask) -> bool:
    """A classifier that asks whether a word is in the answer."""
    return text_of(ask()).strip() == "POSITIVE"


@case(
    "loud",
    answer=VERDICT,
)
async def validates_the_reason(ask: Ask) -> Envelope:
    """A ValidationError that quotes a reason which the model's type does not know."""
    message = await ask()
    return Envelope(stop_reason=message.stop_reason, text=text_of(message))


@case("silent", but=WHOLE, answer=VERDICT, failed="silent")
def repairs_json(ask: Ask) -> dict[str, Any]:
    """Cut JSON is mended, a bare dict is better than nothing, and nothing is said."""
    try:
        text = text_of(ask())
    except Exception:
        text = ""
    try:
        return {"score": 0, **json.loads(text)}
    except ValueError:
        return {"score": 0, "approved": False}


@case(
    empty="crashed",
    partial="crashed",
    unknown="silent",
    cut="crashed",
    but={"unknown-before-output": "crashed"},
    words="crashed",
    lacks=PLAIN,
    method="messages.parse",
)
def trusts_parse() -> str:
    """messages.parse: None where nothing came, a ValidationError of the SDK's where half an answer did."""
    return client().messages.parse(**question(plain=True), output_format=Review).parsed_output.reason


@case(
    empty="silent",
    partial="crashed",
    unknown="silent",
    cut="crashed",
    but={"refusal-empty-block": "crashed"},
    words="crashed",
    lacks=PLAIN,
    method="messages.parse",
)
async def returns_what_was_parsed() -> Review | None:
    """messages.parse, and None is a result like any other."""
    return (await aclient().messages.parse(**question(plain=True), output_format=Review)).parsed_output

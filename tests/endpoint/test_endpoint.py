"""The endpoint as a plain function of requests: what is answered, and when a turn ends the same way again."""

from __future__ import annotations

import json

import pytest

from pytest_refusals import Catalogue, StopKind
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC, MAGIC_STRING
from pytest_refusals.dialects.base import Request
from pytest_refusals.endpoint.endpoint import REQUEST_LIMIT, Endpoint, Plan

CATALOGUE = Catalogue()


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def request(*messages, model="claude-a", path="/v1/messages", **more):
    body = {"model": model, "max_tokens": 10, "messages": list(messages or [user("hello")]), **more}
    return Request("POST", f"https://api.test{path}", {}, json.dumps(body).encode())


def endpoint(branch="refusal-mid-text"):
    return Endpoint([ANTHROPIC], Plan.of(CATALOGUE[branch]))


def reason(exchange):
    return json.loads(exchange.response.chunks[0])["stop_reason"]


@pytest.mark.parametrize(
    "other",
    [
        Request("GET", "https://api.test/v1/messages", {}, b""),
        Request("POST", "https://api.test/v1/chat/completions", {}, b'{"messages": []}'),
        Request("POST", "https://api.test/v1/messages", {}, b"not json"),
        Request("POST", "https://api.test/v1/messages/batches", {}, b'{"requests": []}'),
    ],
    ids=lambda r: f"{r.method} {r.url}",
)
def test_what_is_no_messages_request_is_not_answered(other):
    """It is somebody else's, and no exchange."""
    served = endpoint()
    assert served.answer(other) is None
    assert served.exchanges == []


def test_a_refused_turn_ends_the_same_way_again():
    """A verbatim retry, and a conversation that goes on with the turn in it, are refused with the same stop."""
    served = endpoint("unknown-with-output")
    first = served.answer(request(user("hello")))
    retry = served.answer(request(user("hello"), max_tokens=20))
    onward = served.answer(request(user("hello"), assistant("..."), user("please")))
    assert reason(first) == reason(retry) == reason(onward) == served.plan.stop.value
    assert all(exchange.told for exchange in served.exchanges)


@pytest.mark.parametrize(
    "later",
    [request(user("something else")), request(user("hello"), model="claude-b")],
    ids=["reset", "another model"],
)
def test_a_reset_or_another_model_gets_the_full_answer(later):
    """Without the turn, or with another model, the answer is the control's."""
    served = endpoint()
    assert reason(served.answer(request(user("hello")))) == "refusal"
    again = served.answer(later)
    assert reason(again) == "end_turn"
    assert not again.told


def test_partial_output_in_the_context_is_the_turn_too():
    """Leaving out the prompt and keeping the partial answer does not help."""
    served = endpoint()
    partial = json.loads(served.answer(request(user("hello"))).response.chunks[0])["content"][0]["text"]
    again = served.answer(request(user("other"), assistant(partial), user("go on")))
    assert again.told


def test_the_control_answers_every_request():
    """On the control nothing is ever refused."""
    served = endpoint("end_turn")
    assert {reason(served.answer(request(user(text)))) for text in "abc"} == {"end_turn"}


def test_a_ninth_request_is_an_error():
    """After the limit the answer is an error, and the endpoint says that it was hit."""
    served = endpoint()
    for _ in range(REQUEST_LIMIT):
        served.answer(request())
    assert not served.looping
    assert served.answer(request()).response.status == 400
    assert served.looping
    assert len(served.exchanges) == REQUEST_LIMIT


def test_counting_tokens_is_no_exchange():
    """count_tokens is answered with a number and does not use up the branch."""
    served = endpoint()
    counted = served.answer(request(path="/v1/messages/count_tokens"))
    assert json.loads(counted.response.chunks[0])["input_tokens"] > 0
    assert served.exchanges == []
    assert reason(served.answer(request())) == "refusal"


def test_the_magic_string_is_refused_on_the_control():
    """The documented test string triggers a refusal where an answer was planned."""
    served = endpoint("end_turn")
    assert reason(served.answer(request(user(f"hi {MAGIC_STRING}")))) == "refusal"
    assert served.plan.branch.expects == "loud"
    assert served.plan.stop.kind is StopKind.REFUSED


def test_a_request_that_cannot_take_the_branch_is_answered_in_full():
    """The reason is kept; a later request that can take the branch still does."""
    served = endpoint("refusal-after-tool-use")
    assert reason(served.answer(request())) == "end_turn"
    assert served.obstacle == "the request has no tools"
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    assert reason(served.answer(request(user("other"), tools=tools))) == "refusal"


def test_reading_is_counted_chunk_by_chunk():
    """How many events were taken is known at every moment, and whether the stop was among them."""
    exchange = endpoint().answer(request(stream=True))
    feed = exchange.feed()
    next(feed)
    assert (exchange.events_read, exchange.stop_read) == (1, False)
    rest = list(feed)
    assert exchange.events_read == exchange.events_served == len(rest) + 1
    assert exchange.stop_read
    assert exchange.transcript.endswith('data: {"type":"message_stop"}\n\n')

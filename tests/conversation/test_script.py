"""A script as a plain function of requests: which answer a request gets, and what is complained of at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_refusals import Event, InvalidScript, RefusalApi, RefusalsError, ScriptNotFollowed, Stream
from pytest_refusals.dialects.anthropic.dialect import MAGIC_STRING
from pytest_refusals.dialects.base import Request
from pytest_refusals.endpoint.endpoint import REQUEST_LIMIT


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


class Client:
    """Sends requests to a script without any client library."""

    def __init__(self):
        self.api = RefusalApi()

    def ask(self, *messages, model="claude-a", path="/v1/messages", headers=(), **more):
        """Return the exchange of one request."""
        body = {"model": model, "max_tokens": 10, "messages": list(messages or [user("hello")]), **more}
        request = Request("POST", f"https://api.test{path}", dict(headers), json.dumps(body).encode())
        return self.api.endpoint.answer(request)

    def said(self, *messages, **more):
        """Return the stop reason and the text of the answer to one request, or what an error says."""
        exchange = self.ask(*messages, **more)
        body = json.loads(exchange.response.chunks[0])
        if body["type"] == "error":
            return exchange.response.status, body["error"]["type"], body["error"]["message"]
        return body["stop_reason"], "".join(block.get("text", "") for block in body["content"])


@pytest.fixture
def client():
    return Client()


def test_answers_come_in_the_order_of_the_script(client):
    """One after the other, whatever is asked, and an answer given several times is given so often."""
    client.api.answer("one").then_answer("two", times=2).then_refuse(at="mid-text", answer="three, and more of it")
    client.api.answer({"n": 5}, always=True)
    said = [client.said(user(f"question {n}")) for n in range(6)]
    assert said[:3] == [("end_turn", "one"), ("end_turn", "two"), ("end_turn", "two")]
    assert said[3][0] == "refusal"
    assert "three, and more of it".startswith(said[3][1])
    assert said[4:] == [("end_turn", '{"n": 5}')] * 2
    client.api.conclude()


def test_an_answer_is_for_a_model_or_for_a_turn(client):
    """An answer whose conditions do not hold is left for the request that it is for."""
    client.api.answer("opus", model="claude-opus-*")
    client.api.answer("second turn", turn=2)
    client.api.answer("anything")
    assert client.said()[1] == "anything"
    assert client.said(user("a"), assistant("b"), user("c"))[1] == "second turn"
    assert client.said(model="claude-opus-4-8")[1] == "opus"
    client.api.conclude()


def test_what_comes_then_comes_only_after(client):
    """`then_answer` waits for the answer before it, where a second `answer` would not."""
    refused = client.api.refuse(model="claude-a")
    refused.then_answer("later")
    assert client.said(model="claude-b")[0] == 400
    assert client.said(model="claude-a")[0] == "refusal"
    assert client.said(model="claude-b")[1] == "later"
    assert [exchange.model for exchange in refused.requests] == ["claude-a"]


def test_an_answer_can_be_anything_that_answer_takes(client, tmp_path):
    """A text, a dict, blocks, a function of the request, a message, a stream and the path of a recording."""
    message = {"type": "message", "content": [{"type": "text", "text": "m"}]}
    recorded = json.dumps({**message, "id": "msg_1", "role": "assistant", "model": "x", "stop_reason": "end_turn"})
    path = tmp_path / "one.json"
    path.write_text(recorded)
    client.api.answer([{"type": "text", "text": "b"}]).then_answer(lambda body: body["messages"][0]["content"])
    client.api.answer(message)
    client.api.answer(path)
    client.api.answer()
    assert [client.said()[1] for _ in range(4)] == ["b", "hello", "m", "m"]
    assert client.said()[1]


def test_a_stream_is_served_as_it_is(client, tmp_path):
    """Nothing is completed, cut or renamed; streamed or not."""
    events = (
        Event("message_start", {"type": "message_start", "message": {"type": "message", "id": "m", "content": []}}),
        Event("message_delta", {"type": "message_delta", "delta": {"stop_reason": "zzz"}, "usage": {}}),
    )
    client.api.serve(Stream(events), times=2)
    streamed = client.ask(stream=True)
    assert b'"stop_reason":"zzz"' in b"".join(streamed.response.chunks)
    assert b"message_stop" not in b"".join(streamed.response.chunks)
    assert client.said()[0] == "zzz"
    assert client.api.requests[0].response.stop.value == "zzz"


def test_a_branch_is_served_by_its_name(client):
    """Whatever the catalogue has can be scripted."""
    client.api.serve("dropped-mid-text", answer="a text that is cut somewhere").then_serve("tolerates-pings")
    assert client.ask(stream=True).response.dropped
    assert client.ask(stream=True).response.chunks.count(b'event: ping\ndata: {"type": "ping"}\n\n') > 3


@pytest.mark.parametrize("value", ["max_tokens", "stop_sequence", "quota_of_tomorrow"])
def test_any_stop_reason(client, value):
    """Known or not, a stop reason ends the answer as it is written."""
    client.api.stop(value, answer="the whole answer").then_stop(value, at="mid-text", answer="the whole answer of it")
    assert client.said(user("a")) == (value, "the whole answer")
    reason, text = client.said(user("b"))
    assert reason == value
    assert text
    assert "the whole answer of it".startswith(text)
    assert text != "the whole answer of it"


def test_details_of_a_refusal(client):
    """Category, explanation and further fields are sent in the details; without details there are none."""
    client.api.refuse(category="bio", explanation="no", details={"fallback_credit_token": "t"})
    client.api.refuse(details=False)
    details = json.loads(client.ask().response.chunks[0])["stop_details"]
    assert details == {"type": "refusal", "category": "bio", "explanation": "no", "fallback_credit_token": "t"}
    assert "stop_details" not in json.loads(client.ask().response.chunks[0])


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (429, "rate_limit_error"), (503, "api_error"), (529, "overloaded_error")],
)
def test_http_errors(client, status, kind):
    """A failure has the status asked for and the vendor's type for it; both can be said otherwise."""
    client.api.fail(status)
    client.api.fail(status, type="of_ours", message="because")
    assert client.said()[:2] == (status, kind)
    assert client.said() == (status, "of_ours", "because")


def test_an_error_inside_a_stream(client):
    """With a position the error is an event of the stream, and an HTTP error where nothing is streamed."""
    client.api.fail(529, at="mid-text", times=2)
    chunks = client.ask(stream=True).response.chunks
    assert chunks[-1].startswith(b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"')
    assert client.said()[0] == 529


def test_a_refused_turn_is_refused_again(client):
    """Without an answer for it: to the same model, with the turn in it. A script that says otherwise wins."""
    client.api.refuse(at="mid-text", category="cyber")
    client.api.answer("from another model", model="claude-b")
    assert client.said(user("bad"))[0] == "refusal"
    assert client.said(user("bad"), assistant("..."), user("please"))[0] == "refusal"
    assert client.said(user("bad"), model="claude-b")[1] == "from another model"
    client.api.conclude()
    client.api.answer("all right")
    assert client.said(user("bad"))[1] == "all right"
    assert [exchange.messages[-1]["content"] for exchange in client.api.poisoned] == ["please"]


def test_a_refused_turn_is_not_refused_for_ever(client):
    """Code that asks again and again gets an error at last, which says so."""
    client.api.refuse()
    said = [client.said() for _ in range(REQUEST_LIMIT + 2)]
    assert {reason for reason, *_ in said[:-1]} == {"refusal"}
    assert said[-1][0] == 400
    with pytest.raises(ScriptNotFollowed, match="asks again"):
        client.api.conclude()


def test_the_magic_string_is_refused(client):
    """The documented test string triggers a refusal where nothing is scripted."""
    assert client.said(user(MAGIC_STRING))[0] == "refusal"
    client.api.conclude()


def test_a_request_without_an_answer(client):
    """It gets an error that no client retries, and is reported with what is scripted."""
    client.api.answer("x", model="claude-b").then_refuse(times=3)
    exchange = client.ask()
    assert exchange.response.status == 400
    assert ("x-should-retry", "false") in exchange.response.headers
    with pytest.raises(ScriptNotFollowed) as caught:
        client.api.conclude()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("request 1 (to 'claude-a', turn 1, sent from ")
    assert lines[0].endswith("was not answered: no scripted answer is left for it")
    assert lines[1] == "Scripted:"
    assert lines[2].startswith("  1. answer('x') for model 'claude-b': not given (")
    assert lines[3].startswith("  2. refuse('before-output'): given 0 of 3 times (")
    assert client.api.unanswered == (lines[0],)


def test_answers_that_are_left_over(client):
    """Only those that were not given as often as they should are listed; one for always may be given never."""
    client.api.answer("a").then_answer("b", times=2)
    client.api.answer("c", always=True, model="claude-b")
    client.said()
    client.said()
    with pytest.raises(ScriptNotFollowed) as caught:
        client.api.conclude()
    lines = str(caught.value).splitlines()
    assert lines[0] == "scripted answers were left over after 2 requests:"
    assert len(lines) == 2
    assert lines[1].startswith("  2. answer('b'): given 1 of 2 times (")
    assert Path(__file__).name in lines[1]


def test_an_answer_that_the_request_cannot_have(client):
    """A refusal inside a tool call needs tools in the request: the error says so, and the answer stays."""
    client.api.refuse(at="mid-tool-input")
    assert "refuse('mid-tool-input') is for it, but the request has no tools" in client.said()[2]
    tools = [{"name": "f", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}]
    assert client.said(user("other"), tools=tools)[0] == "refusal"


def test_a_function_that_fails(client):
    """What goes wrong in a function of the test's own is told at the end, even if the code swallowed it."""
    client.api.answer(lambda body: body["nothing"])
    with pytest.raises(KeyError):
        client.ask()
    with pytest.raises(RefusalsError, match="KeyError: 'nothing'"):
        client.api.conclude()


def test_counting_tokens_is_no_request_of_the_script(client):
    """It is answered with a number and uses nothing up."""
    assert json.loads(client.ask(path="/v1/messages/count_tokens").response.chunks[0])["input_tokens"] > 0
    assert client.api.requests == ()
    client.api.conclude()


def test_requests_can_be_looked_at(client):
    """With the parsed body, the model, messages, tools, whether it streams, the call site, and no key in sight."""
    client.api.answer(times=2)
    tool = {"type": "web_search_20250305", "name": "web_search"}
    client.ask(user("hi"), tools=[tool], headers={"x-api-key": "sk-secret", "Accept": "x"}, stream=True)
    seen = client.api.requests[0]
    assert (seen.model, seen.messages, seen.tools, seen.streamed) == ("claude-a", (user("hi"),), (tool,), True)
    assert seen.body["max_tokens"] == 10
    assert seen.headers == {"x-api-key": "sk-secret", "accept": "x"}
    assert "sk-secret" not in repr(seen.headers) + repr(seen)
    assert seen.call_site is not None
    assert seen.call_site.file == __file__


@pytest.mark.parametrize(
    ("script", "message"),
    {
        lambda api: api.refuse(at="mid"): r"Expected at to be 'before-output', .* or 'after-output' but got at='mid'",
        lambda api: api.refuse(category="bio", details=False): r"leave out category .* got category='bio'",
        lambda api: api.answer(3): r"Expected a text, a dict, .* but got 3 \(type=int\)",
        lambda api: api.answer([3]): r"Expected a text, a dict, .* but got \[3\]",
        lambda api: api.answer(times=0): r"Expected times to be a number from 1 on but got times=0",
        lambda api: api.answer(turn=True): r"Expected turn to be a number from 1 on but got turn=True",
        lambda api: api.answer(times=2, always=True): r"Expected times= or always= but got both",
        lambda api: api.answer(model=3): r"Expected the name of a model, or a glob, but got model=3",
        lambda api: api.answer(always=True).then_answer(): r"Nothing can come after .*: answer\(\)",
        lambda api: api.stop(""): r"Expected a stop reason but got ''",
        lambda api: api.fail(200): r"Expected an HTTP status from 400 to 599 but got status=200",
        lambda api: api.serve(3): r"Expected .* but got 3 \(type=int\)",
        lambda api: api.serve(Stream(()), answer="x"): r"Expected a stream or answer= but got both",
        lambda api: api.serve("refusal-mid-txt"): r"There is no branch or group 'refusal-mid-txt'",
        lambda api: api.answer(Path("nothing.sse")): r"nothing.sse: .* no such file",
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_a_script_that_cannot_be(client, script, message):
    """A wrong argument is an error where it is scripted, which names it and lists what is valid."""
    with pytest.raises(RefusalsError, match=message):
        script(client.api)
    assert InvalidScript.__mro__[1] is RefusalsError

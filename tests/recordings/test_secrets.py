"""What must not reach a recording."""

from __future__ import annotations

import json

import pytest

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.anthropic.redaction import WINDOW
from pytest_refusals.dialects.anthropic.sse import decode, encode
from pytest_refusals.dialects.base import Stream
from pytest_refusals.errors import InvalidPolicy
from pytest_refusals.recordings.secrets import Rules
from tests.dialects.material import answered, each_recording

KEY = "sk-ant-api03-AbCdEf0123456789"
MAIL = "jane.doe+x@mail.acme.example"


def through(body, rules=None, size=7):
    """Return what a redactor gives back of `body` fed in pieces of `size`, and the redactor."""
    redactor = ANTHROPIC.redactor(rules or Rules())
    parts = [redactor.feed(body[at : at + size]) for at in range(0, len(body), size)]
    return b"".join(parts) + redactor.finish(), redactor


def told(pieces, delta="text_delta", field="text"):
    """Return the body of a stream whose one block says `pieces`."""
    block = (
        {"type": "text", "text": ""} if delta == "text_delta" else {"type": "tool_use", "id": "toolu_1", "input": {}}
    )
    deltas = [ev.block_delta(0, delta, **{field: piece}) for piece in pieces]
    events = answered("end_turn").stream.events
    return encode(Stream((events[0], ev.block_start(0, block), *deltas, ev.block_stop(0), *events[-2:])))


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"key {KEY}.", "key sk-scrubbed."),
        ("Authorization: Bearer abcdef.0123456789_xyz==", "Authorization: Bearer scrubbed"),
        (f"<{MAIL}>", "<scrubbed@example.invalid>"),
        (r'{"to":"a\njane@acme.com"}', r'{"to":"a\nscrubbed@example.invalid"}'),
        (r'{"to":"\u00e9jane@acme.com"}', r'{"to":"\u00e9scrubbed@example.invalid"}'),
        ("see req_011CTestTestTestTest", "see req_scrubbed"),
        ("your organization (0f1e2d3c-aaaa-bbbb-cccc-0123456789ab)", "your organization (scrubbed)"),
        ("sk-learn-pipelines are fine, so is a @ b, and toolu_01abc msg_01", None),
        ("Acme-42 and the very secret word hush-hush-hush", "XX-42 and the very secret word scrubbed"),
    ],
)
def test_scrub(text, scrubbed):
    """Keys, ids, e-mail addresses, what was sent and what the user names are replaced; JSON stays JSON."""
    rules = Rules(["hush-hush-hush", "short"], ["Acme(?=-)"])
    assert rules.scrub(text) == (text if scrubbed is None else scrubbed.replace("XX", "scrubbed"))
    assert rules.scrub(rules.scrub(text)) == rules.scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAABCDEFGHIJKLMNOP",
        "AIza" + "b1" * 17 + "c",
        "ghp_" + "a1" * 18,
        "xoxb-123456789012-abc",
        "hf_" + "Ab1" * 11,
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "password: hunter2hunter2hunter2",
        r"{\"api_key\": \"0123456789abcdef0123\"}",
    ],
)
def test_suspects(text):
    """What looks like a key of anybody is suspected."""
    assert Rules().suspect(f"so {text} it is")


@each_recording
def test_recordings_are_left_alone(path):
    """A stream without secrets comes out of the redactor byte for byte, and nothing in it is suspected."""
    body = path.read_bytes()
    if b"req_" in body or b"@" in body:
        pytest.skip("there is something to scrub in it")
    out, redactor = through(body, size=1000)
    assert out == body
    assert redactor.suspects == []
    assert redactor.events == len(decode(body).events)


@pytest.mark.parametrize("size", [1, 3, 64, 10_000])
@pytest.mark.parametrize("split", [1, 4, 11, 28])
def test_spread_over_deltas(size, split):
    """A secret that is spread over several deltas is replaced, and the text around it is kept."""
    text = f"Write to {MAIL} or use {KEY}, please. " * 3
    out, _ = through(told([text[at : at + split] for at in range(0, len(text), split)]), size=size)
    assert b"jane" not in out
    assert b"AbCdEf" not in out
    expected = "Write to scrubbed@example.invalid or use sk-scrubbed, please. " * 3
    assert fold(decode(out))["content"][0]["text"] == expected


def test_spread_over_the_window():
    """A secret on the edge of what is held back is replaced."""
    for at in range(2 * WINDOW - 30, 2 * WINDOW + 30, 20):
        text = "x " * (at // 2) + MAIL + " y" * WINDOW
        out, _ = through(told([text[i : i + 9] for i in range(0, len(text), 9)]), size=100_000)
        assert "scrubbed@example.invalid y" in fold(decode(out))["content"][0]["text"]
        assert b"acme" not in out


def test_in_tool_input():
    """A tool's input that is scrubbed is still JSON."""
    text = json.dumps({"to": f"a\n{MAIL}", "key": KEY})
    out, _ = through(told(list(text), "input_json_delta", "partial_json"))
    assert fold(decode(out))["content"][0]["input"] == {"to": "a\nscrubbed@example.invalid", "key": "sk-scrubbed"}


def test_beside_the_text():
    """Secrets in other fields, in comments and in events that are no JSON are replaced."""
    comment = f": from {MAIL}\n".encode()
    event = f'event: error\ndata: {{"type":"error","error":{{"message":"{KEY}"}},"request_id":"req_011CTest0123"}}\n\n'
    body = comment + told(["a"]) + event.encode() + f"data: {KEY}\n\n".encode()
    body = body.replace(b'"text":"a"', f'"text":"a","by":"{MAIL}"'.encode())
    out, redactor = through(body)
    assert b"acme" not in out
    assert b"AbCdEf" not in out
    assert b"011C" not in out
    assert redactor.ended


def test_suspects_say_where():
    """What looks like a key is told with the event in which it begins."""
    _, redactor = through(told(["AKIA", "ABCDEFGH", "IJKLMNOP"]))
    assert redactor.suspects == ["an AWS key id in the answer, at event 2 or soon after it"]
    _, redactor = through(told(["AKIA", "ABCDEFGH", "IJKLMNOP"]), Rules(patterns=["AKIA[A-Z]+"]))
    assert redactor.suspects == []


def test_not_utf8():
    """Bytes that are not UTF-8 are kept."""
    assert through(b"event: x\ndata: \xff\n\n")[0] == b"event: x\ndata: \xff\n\n"


def test_patterns_are_checked():
    """A pattern that is none is an error at once."""
    with pytest.raises(InvalidPolicy, match=r"Expected a regular expression to scrub but got '\('"):
        Rules(patterns=["("])

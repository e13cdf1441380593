from __future__ import annotations

import anthropic
import pytest

from pytest_refusals.branches import BRANCHES, Addition, Ending
from pytest_refusals.dialects.base import Marks
from pytest_refusals.stops import freshen
from tests.dialects import sdk
from tests.dialects.material import ANTHROPIC, RECORDINGS, STREAMED, answered, asked, each_recording, load

CALL = asked()
SAMPLE = RECORDINGS[::9]


def chunkings(body):
    yield [body]
    yield [body[at : at + 1] for at in range(len(body))]
    yield [body[at : at + 7] for at in range(0, len(body), 7)]
    yield [body[at : at + 333] for at in range(0, len(body), 333)]


def ends_as_told(response, branch, chunks=None):
    if branch.ending is Ending.ERROR_EVENT:
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            sdk.final(response, chunks)
    elif branch.ending is Ending.DROPPED:
        with pytest.raises(sdk.http.RemoteProtocolError):
            sdk.final(response, chunks)
    else:
        message = sdk.final(response, chunks)
        assert message.stop_reason == (None if branch.ending is Ending.CUT else response.stop.value)
        return message
    return None


@each_recording
def test_every_branch_of_every_recording(path):
    """The SDK's stream helper makes of every branch what the branch is."""
    for branch in STREAMED:
        response = ANTHROPIC.respond(CALL, branch, freshen(branch.stop), Marks(), load(path))
        ends_as_told(response, branch)


@pytest.mark.parametrize("branch", STREAMED, ids=lambda branch: branch.name)
def test_however_the_bytes_come(branch):
    """Whole, byte by byte or in odd pieces, the SDK reads the same answer."""
    response = ANTHROPIC.respond(CALL, branch, freshen(branch.stop), Marks())
    seen = [ends_as_told(response, branch, chunks) for chunks in chunkings(b"".join(response.chunks))]
    assert all(message == seen[0] for message in seen)


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_raw_events(path):
    """`create(stream=True)` yields every event but pings, and the stop in the message delta."""
    for branch in STREAMED:
        response = ANTHROPIC.respond(CALL, branch, freshen(branch.stop), Marks(), load(path))
        if branch.ending in (Ending.ERROR_EVENT, Ending.DROPPED):
            continue
        seen = sdk.events(response)
        if branch.addition is not Addition.UNKNOWN_EVENT:  # older SDKs drop these
            assert [event.type for event in seen] == [e.name for e in response.stream.events if e.name != "ping"]
        reasons = [event.delta.stop_reason for event in seen if event.type == "message_delta"]
        assert reasons == ([] if branch.ending is Ending.CUT else [response.stop.value])


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda branch: branch.name)
def test_not_streaming(branch):
    """Without streaming, every branch is the equivalent message or error."""
    response = answered(branch.name, stream=False)
    client = sdk.client(response)
    if branch.ending in (Ending.REJECTED, Ending.ERROR_EVENT):
        with pytest.raises(anthropic.APIStatusError) as caught:
            client.messages.create(**sdk.ASK)
        assert caught.value.status_code == (400 if branch.ending is Ending.REJECTED else 529)
        assert response.stop.explanation in str(caught.value)
    elif branch.ending is Ending.DROPPED:
        with pytest.raises(anthropic.APIConnectionError):
            client.messages.create(**sdk.ASK)
    else:
        message = client.messages.create(**sdk.ASK)
        assert message.stop_reason == (None if branch.ending is Ending.CUT else response.stop.value)
        assert message.id == response.id


@pytest.mark.parametrize("branch", ["rejected-input", "blocked-output"])
def test_rejection_of_a_streaming_request(branch):
    """An HTTP 400 is plain JSON to a streaming request too, with the request's id."""
    response = answered(branch)
    with pytest.raises(anthropic.BadRequestError) as caught:
        sdk.final(response)
    assert caught.value.body["error"]["message"] == response.stop.explanation
    assert caught.value.request_id == caught.value.body["request_id"]


def test_the_answer_fits_what_the_sdk_offers():
    """A tool that is cut has an empty input, and a refusal before output has no content, as the real API's."""
    assert sdk.final(answered("refusal-mid-tool-input")).content[-1].input == {}
    assert sdk.final(answered("refusal-before-output")).content == []


@pytest.mark.parametrize(
    ("make", "expression"),
    [
        (lambda client: client.messages.create(**sdk.ASK), "message.stop_reason"),
        (lambda client: client.messages.create(**sdk.ASK, stream=True), "event.delta.stop_reason"),
        (lambda client: client.messages.stream(**sdk.ASK), "stream.get_final_message().stop_reason"),
        (lambda client: client.messages.stream(**sdk.ASK).__enter__(), "stream.get_final_message().stop_reason"),
        (lambda client: client.messages.with_raw_response.create(**sdk.ASK), "response.parse().stop_reason"),
        (lambda client: client.messages.create(**sdk.ASK).content[0], None),
        (lambda client: client.messages.create(**sdk.ASK).usage, None),
    ],
)
def test_accessor_of_the_sdks_objects(make, expression):
    """Whatever of the SDK comes back, we can say how its caller reaches the stop in it."""
    streaming = expression in ("event.delta.stop_reason", "stream.get_final_message().stop_reason")
    value = make(sdk.client(answered("refusal-mid-text", stream=streaming)))
    assert ANTHROPIC.accessor(value) == expression


def test_accessor_of_plain_values():
    """A wire message and an HTTP response are messages; anything else is the code's own."""
    assert ANTHROPIC.accessor({"type": "message", "stop_reason": "refusal"}) == 'message["stop_reason"]'
    assert ANTHROPIC.accessor(sdk.http.Response(200, json={})) == 'response.json()["stop_reason"]'
    for value in ("text", None, {"stop_reason": "refusal"}, {"type": "message"}, 3, object()):
        assert ANTHROPIC.accessor(value) is None

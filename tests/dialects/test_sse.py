from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_refusals.dialects.anthropic import sse
from pytest_refusals.dialects.base import Event, Stream
from pytest_refusals.errors import InvalidRecording
from tests.dialects.material import each_recording

NEWLINES = ("\n", "\r\n", "\r")


@each_recording
def test_recordings_survive(path):
    """Decoding and encoding a recording gives its very bytes back."""
    assert sse.encode(sse.decode(path.read_bytes())) == path.read_bytes()


@each_recording
def test_recordings_with_other_line_ends(path):
    """CRLF line ends make the same events and are kept."""
    body = path.read_bytes().replace(b"\n", b"\r\n")
    stream = sse.decode(body)
    assert sse.encode(stream) == body
    assert [(e.name, e.data) for e in stream.events] == [(e.name, e.data) for e in sse.decode(path.read_bytes()).events]


@each_recording
def test_made_events_say_the_same(path):
    """An event that lost its bytes is encoded to bytes that decode to the same event."""
    events = sse.whole(sse.decode(path.read_bytes())).events
    bare = Stream(tuple(Event(event.name, event.data) for event in events))
    again = sse.decode(sse.encode(bare))
    assert [(e.name, e.data) for e in again.events] == [(e.name, e.data) for e in events]


frames = st.builds(
    lambda name, data, newline, comment, pad, blanks: (
        f": {comment}{newline}event: {name}{newline}data: {json.dumps(data)}{pad}{newline}{newline * blanks}"
    ),
    st.sampled_from(["ping", "message_start", "later_event"]),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
    st.sampled_from(NEWLINES),
    st.text("abc ", max_size=5),
    st.text(" ", max_size=5),
    st.integers(1, 3),
)


@given(st.lists(frames, min_size=1), st.sampled_from(["", ": bye", "event: ping", "data: {", "\n\r\n"]))
def test_any_framing_survives(parts, tail):
    """Comments, padding, extra blank lines, mixed line ends and half events are kept byte for byte."""
    body = ("".join(parts) + tail).encode()
    stream = sse.decode(body)
    assert sse.encode(stream) == body
    assert len(stream.events) == len(parts)


@given(st.dictionaries(st.text(), st.text()))
def test_any_text_can_be_encoded(data):
    """A made event holds any text, half a surrogate pair included."""
    event = Event("later", {"type": "later", **data, "half": "\ud83d"})
    assert sse.decode(sse.encode_event(event)).events[0].data == event.data


def test_missing_blank_line_is_tail():
    """The last event without its blank line is what readers drop, so it is the tail, until it is asked for whole."""
    stream = sse.decode(b'event: ping\ndata: {"type": "ping"}\n\nevent: message_stop\ndata: {"type":"message_stop"}')
    assert [event.name for event in stream.events] == ["ping"]
    assert stream.tail.startswith(b"event: message_stop")
    assert [event.name for event in sse.whole(stream).events] == ["ping", "message_stop"]


def test_half_an_event_is_never_whole():
    """A tail that was cut inside its JSON stays a tail."""
    stream = sse.decode(b'event: ping\ndata: {"type": "ping"}\n\nevent: message_stop\ndata: {"type":"mess')
    assert sse.whole(stream) is stream


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"<html>hello</html>", "server-sent events"),
        (b"event: ping\ndata: \xff\xfe\n\n", "Expected UTF-8 but byte 18"),
        (b'event: ping\ndata: {"type": "ping"}\n\nevent: x\ndata: {oops}\n\n', r"event 1 \(x\)"),
        (b"event: x\ndata: [1]\n\n", r"JSON object as the data of event 0 \(x\)"),
        (b"data: [DONE]\n\n", "OpenAI"),
    ],
)
def test_errors_say_what_is_wrong(body, message):
    """A body that is no such stream is refused with what was expected and where."""
    with pytest.raises(InvalidRecording, match=message):
        sse.decode(body)

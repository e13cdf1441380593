from __future__ import annotations

import json

import pytest

from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.anthropic.sse import encode
from pytest_refusals.errors import InvalidRecording
from pytest_refusals.recordings.load import load_sse
from tests.dialects.material import MESSAGES, answered, each_recording, needs_recordings

GOOD = b"".join(answered("end_turn").chunks)
OPENAI = b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[]}\n\n'


@each_recording
def test_recordings_load(path):
    """Every recording loads to its very bytes; a missing last blank line is put there."""
    body = path.read_bytes()
    assert encode(load_sse(path)) == (body if body.endswith(b"\n\n") else body.rstrip(b"\n") + b"\n\n")


@needs_recordings
@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_messages_load(path):
    """A recorded JSON message is taken as the stream that it would have been."""
    assert fold(load_sse(path)) == json.loads(path.read_bytes())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "no such file"),
        (b"", "is empty"),
        (b"<html></html>", "server-sent events"),
        (GOOD.replace(b"short", b"\xff\xff"), "UTF-8"),
        (b'{"object": "chat.completion"}', "JSON of another kind"),
        (b"[1, 2]", "JSON of another kind"),
        (b'{"type": "error", "error": {"type": "api_error"}}', "HTTP error's body"),
        (b"{oops", "begins like JSON"),
        (b"HTTP/2 200\r\ncontent-type: text/event-stream\r\n\r\n" + GOOD, "without -i"),
        (OPENAI, "another API's stream"),
        (OPENAI + b"data: [DONE]\n\n", "OpenAI"),
        (GOOD[: GOOD.index(b"event: message_stop")], r"cut after event \d+ \(message_delta\)"),
        (GOOD[: GOOD.index(b"event: message_stop") + 30], r"cut after event \d+"),
        (GOOD[GOOD.index(b"event: ping") :], "no message_start"),
        (b'event: message_stop\ndata: {"type":"message_stop"}\n\n' + GOOD, "before message_start"),
        (GOOD.replace(b'{"type":"message_stop"}', b"{"), r"event \d+ \(message_stop\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # the bodies are other ones in every process
)
def test_errors_name_the_file_and_what_is_wrong(tmp_path, body, message):
    """What cannot be a base is refused when it is loaded, with the file and the reason."""
    path = tmp_path / "weather.sse"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(InvalidRecording, match=message) as caught:
        load_sse(path)
    assert str(path) in str(caught.value)


def test_directory(tmp_path):
    """A folder is no recording."""
    with pytest.raises(InvalidRecording, match="cannot be read"):
        load_sse(tmp_path)


def test_cut_where_it_is_asked_for(tmp_path):
    """A cut stream loads as it is where that is asked for."""
    path = tmp_path / "cut.sse"
    path.write_bytes(GOOD[:900])
    assert encode(load_sse(path, allow_cut=True)) == GOOD[:900]


@pytest.mark.parametrize("branch", ["refusal-mid-text", "overloaded-mid-text", "max-tokens"])
def test_any_stop_is_an_end(tmp_path, branch):
    """A stream that ended refused, with an error or out of tokens is not cut."""
    path = tmp_path / "stopped.sse"
    path.write_bytes(b"".join(answered(branch).chunks))
    assert encode(load_sse(path)) == path.read_bytes()


def test_events_without_their_names(tmp_path):
    """A recording without `event:` lines gets them: SDKs read nothing without."""
    path = tmp_path / "bare.sse"
    path.write_bytes(b"".join(line + b"\n" for line in GOOD.split(b"\n")[:-1] if not line.startswith(b"event:")))
    assert [event.name for event in load_sse(path).events] == [e.name for e in answered("end_turn").stream.events]

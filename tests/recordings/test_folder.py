"""Folders, and the files that we write ourselves."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone

import pytest
from httpx_sse._decoders import SSEDecoder

from pytest_refusals import InvalidRecording, load_recording, load_recordings
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.anthropic.sse import encode
from pytest_refusals.recordings import facts
from pytest_refusals.recordings.load import loaded
from pytest_refusals.recordings.recording import Facts
from tests.recordings.traffic import BODY, cassette, interaction

FACTS = Facts(
    model="claude-test",
    date=datetime(2026, 10, 1, 12, tzinfo=timezone.utc),
    url="https://api.anthropic.com/v1/messages",
    headers={"content-type": "text/event-stream"},
    request={"messages": [{"role": "user", "content": "two\nlines, and \u2028 others:\x85 📎"}]},
)


def test_comments(tmp_path):
    """Facts are comment lines before the body: every reader reads the same events, and we read the facts back."""
    path = tmp_path / "weather.sse"
    path.write_bytes(facts.comments(FACTS) + BODY.encode())
    recording = load_recording(path)
    assert recording.facts == FACTS
    assert encode(recording).decode() == BODY
    decoder = SSEDecoder()
    read = [sse.event for line in path.read_text().splitlines() if (sse := decoder.decode(line))]
    assert read == [event.name for event in recording.events]


def test_line_ends_changed_by_version_control(tmp_path):
    """A recording whose line ends became CRLF still gives facts and events."""
    path = tmp_path / "weather.sse"
    path.write_bytes((facts.comments(FACTS) + BODY.encode()).replace(b"\n", b"\r\n"))
    recording = load_recording(path)
    assert recording.facts == FACTS
    assert fold(recording)["stop_reason"] == "end_turn"


@pytest.mark.parametrize("line", [": status: none", ": date: yesterday", ": request: {", ": headers: []", ": note"])
def test_damaged_facts(tmp_path, line):
    """A fact that somebody has damaged is left out: the body is what counts."""
    path = tmp_path / "weather.sse"
    path.write_text(f": recorder: pytest-refusals\n{line}\n\n{BODY}")
    assert encode(load_recording(path)).decode() == BODY


def test_comments_of_others(tmp_path):
    """Comments that are not ours are part of the body."""
    path = tmp_path / "weather.sse"
    path.write_text(f": keep-alive\n\n{BODY}")
    assert encode(load_recording(path)).decode() == f": keep-alive\n\n{BODY}"


def test_message(tmp_path):
    """A recorded JSON answer is taken as the stream that it would have been, with its facts."""
    message = {"type": "message", "role": "assistant", "content": [], "stop_reason": "end_turn", "usage": {}}
    (tmp_path / "a.json").write_text(json.dumps({**facts.described(FACTS), "body": message}))
    recording = load_recording(tmp_path / "a.json")
    assert recording.facts == FACTS
    assert fold(recording)["stop_reason"] == "end_turn"


def folder_of(tmp_path):
    for name in ("b.sse", "a.sse", "sub/a.sse", "same.sse", "same.yaml", "rain [today].sse", "notes.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(cassette(), ensure_ascii=False) if name.endswith("yaml") else BODY)
    error = {**facts.described(FACTS), "status": 529, "body": "overloaded"}
    (tmp_path / "error.json").write_text(json.dumps(error))
    (tmp_path / "refused.json").write_text('{"type":"error","error":{"type":"invalid_request_error"}}')
    (tmp_path / "other.yaml").write_text(json.dumps(cassette(interaction("{}", url="https://other.test/"))))
    return tmp_path


def test_folder(tmp_path):
    """A folder gives its recordings in order, named for ids; HTTP errors and traffic without a call are no base."""
    names = [recording.name for recording in load_recordings(folder_of(tmp_path))]
    assert names == ["a", "b", "rain-today", "same.sse", "same.yaml", "sub-a"]


@pytest.mark.parametrize("name", ["error.json", "refused.json", "other.yaml"])
def test_what_a_folder_passes_over(tmp_path, name):
    """What is passed over in a folder is an error where it is asked for."""
    with pytest.raises(InvalidRecording, match=name):
        load_recordings(folder_of(tmp_path) / name)


def test_a_broken_file_in_a_folder(tmp_path):
    """A broken recording is never passed over."""
    (folder_of(tmp_path) / "sub" / "broken.sse").write_text(BODY[:700])
    with pytest.raises(InvalidRecording, match=r"sub.broken\.sse: .*cut after event"):
        load_recordings(tmp_path)


def test_an_empty_folder(tmp_path):
    """A folder without recordings is an error."""
    with pytest.raises(InvalidRecording, match="Expected a folder of recorded answers"):
        load_recordings(tmp_path)


def test_read_once(tmp_path):
    """Recordings that many items ask for are read once, until a file changes."""
    path = tmp_path / "weather.sse"
    path.write_text(BODY)
    assert loaded(tmp_path)[0] is loaded(tmp_path)[0]
    before = loaded(path)
    path.write_text(BODY.replace("Sm", "sm"))
    os.utime(path, (1, 1))
    assert loaded(path) != before

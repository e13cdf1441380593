"""Other tools' files: cassettes and HARs."""

from __future__ import annotations

import json

import pytest
import yaml

from pytest_refusals import InvalidRecording, RecordingWarning, load_recording, load_recordings
from pytest_refusals.dialects.anthropic.sse import encode
from tests.recordings.traffic import BODY, CASSETTES, PRESSED, URL, based, cassette, entry, har, interaction

OTHER = "https://api.other.test/v1/items"


def written(folder, value, name="weather.yaml"):
    path = folder / name
    if isinstance(value, (bytes, str)):
        path.write_bytes(value if isinstance(value, bytes) else value.encode())
    else:
        path.write_text(json.dumps(value) if name.endswith(("json", "har")) else yaml.safe_dump(value))
    return path


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_what_vcrpy_wrote(path):
    """A cassette of every version of vcrpy, client and compression loads to the bytes that the server sent."""
    for recording in load_recordings(path):
        assert encode(recording).decode() == BODY


@pytest.mark.parametrize("body", [BODY, BODY.encode(), *PRESSED.values()], ids=["text", "binary", *PRESSED])
def test_bodies(tmp_path, body):
    """A body is read as text or binary, compressed or, against its headers, not."""
    encoding = "deflate" if body in (PRESSED["deflate"], PRESSED["raw deflate"]) else "gzip"
    path = written(tmp_path, cassette(interaction(body, **{"Content-Encoding": [encoding]})))
    assert encode(load_recording(path)).decode() == BODY


def test_json_cassette(tmp_path):
    """A cassette may be JSON, and its values need not be lists."""
    one = interaction()
    one["response"] = {"content": BODY, "headers": {"Content-Type": "text/event-stream"}, "status_code": 200}
    assert encode(load_recording(written(tmp_path, cassette(one), "weather.json"))).decode() == BODY


def test_facts(tmp_path):
    """What a cassette tells of a call is known of its recording."""
    path = written(tmp_path, cassette(interaction(Date=["Thu, 01 Oct 2026 12:00:00 GMT"])))
    facts = load_recording(path).facts
    assert (facts.model, facts.url, facts.status) == ("claude-test", URL, 200)
    assert facts.date is not None
    assert facts.date.isoformat() == "2026-10-01T12:00:00+00:00"
    assert facts.request["messages"][0]["content"] == "Rain in Bergen?"


@pytest.mark.parametrize(
    ("choose", "hash_", "sources"),
    [
        ({}, "", [0, 2, 3]),
        ({"index": 2}, "#2", [2]),
        ({"host": "gateway.*"}, "#gateway.*", [2]),
        ({"url_path": "/proxy/*"}, "#/proxy/*", [3]),
    ],
)
def test_choice(tmp_path, choose, hash_, sources):
    """The calls of a cassette are chosen by index, host or path, in the call or after a hash; others are left out."""
    path = written(
        tmp_path,
        cassette(
            interaction(),
            interaction("{}", url=OTHER),
            interaction(url="http://gateway.test:8080/v1/messages?beta=true"),
            interaction(url="http://proxy.test/proxy/messages"),
            interaction('{"type":"error"}', status=529),
            interaction('{"input_tokens":1}', url=f"{URL}/count_tokens"),
        ),
    )
    for found in (load_recordings(path, **choose), load_recordings(f"{path}{hash_}")):
        assert [recording.source for recording in found] == [f"{path}: interaction {at}" for at in sources]
    assert [recording.name for recording in load_recordings(path)] == ["weather-0", "weather-2", "weather-3"]


@pytest.mark.parametrize("content", [{"text": BODY}, based(BODY.encode()), based(PRESSED["gzip"])])
def test_har(tmp_path, content):
    """A HAR's body is read as text or base64; its date is known."""
    one = entry(content)
    one["response"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})
    for name in ("weather.har", "weather.json"):
        recording = load_recording(written(tmp_path, har(entry(None, url=OTHER), one), name))
        assert encode(recording).decode() == BODY
        assert recording.facts.date is not None


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        (b"a: b\ninteractions: ]", "w.yaml", r"w\.yaml:2: .* no YAML"),
        (b"a: 1\ninteractions:\n- !!python/object/apply:os.system [x]\n", "w.yaml", r"w\.yaml:3: .*not constructed"),
        (b"interactions: \xff", "w.yaml", "UTF-8 but byte 14"),
        (b"", "w.yaml", "Expected a VCR cassette .* but got nothing"),
        ({"http_interactions": []}, "w.yaml", "with the keys http_interactions"),
        (cassette({"response": {}}), "w.yaml", "interaction 0: Expected a request"),
        (cassette(interaction(), {"request": {}}), "w.yaml", "interaction 1: Expected a response"),
        (cassette(interaction(status="OK")), "w.yaml", "interaction 0: Expected an HTTP status"),
        ({"interactions": []}, "w.yaml", "Expected a call .* Interactions: none"),
        (cassette(interaction(url=OTHER)), "w.yaml", "Expected a call .* 0: POST https://api.other.test"),
        (cassette(interaction("{}", status=500)), "w.yaml", r"every call got an HTTP error: 0: POST .*\(500\)"),
        (cassette(interaction(None)), "w.yaml", "interaction 0: Expected the body of an answer but there is none"),
        (cassette(interaction(BODY[:700])), "w.yaml", "interaction 0: .* cut after event"),
        (cassette(interaction(b"event: x\ndata: \xff\n\n")), "w.yaml", "interaction 0: Expected UTF-8 but byte 15"),
        (cassette(interaction("\x1f\x8b", **{"content-encoding": ["gzip"]})), "w.yaml", "interaction 0: .*'gzip'"),
        (cassette(interaction(b"\x8b\x00", **{"content-encoding": ["lzma"]})), "w.yaml", "interaction 0: .*'lzma'"),
        (cassette(interaction("<p>", **{"content-type": ["text/html"]})), "w.yaml", "its type is 'text/html'"),
        (cassette(interaction('data: {"object":"chat.completion.chunk"}\n\n')), "w.yaml", "another API's stream"),
        ({"log": {}}, "w.har", "Expected a HAR 1.2 file"),
        (b"[", "w.har", "Expected JSON"),
        (har(entry(None)), "w.har", "interaction 0: Expected the body .* Browsers leave out the bodies"),
        (har(entry({"size": 0})), "w.har", "Expected the body of an answer"),
        (har(entry({"text": "%", "encoding": "base64"})), "w.har", "entry 0: Expected base64"),
        (har({"request": {}}), "w.har", "entry 0: Expected a response"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_errors(tmp_path, value, name, message):
    """An error names the file, the line or interaction, and what was expected."""
    path = written(tmp_path, value, name)
    with pytest.raises(InvalidRecording, match=message) as caught:
        load_recordings(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("choice", [{"index": 1}, {"host": "nowhere.test"}, {"url_path": "/v2"}])
def test_a_choice_that_is_not_there(tmp_path, choice):
    """A choice that means nothing is an error that lists what there is."""
    with pytest.raises(InvalidRecording, match=r"There is no interaction with .*0: POST https://api\.anthropic"):
        load_recordings(written(tmp_path, cassette()), **choice)


def test_a_choice_in_a_stream(tmp_path):
    """There is nothing to choose in a file that holds one answer."""
    path = written(tmp_path, BODY, "weather.sse")
    with pytest.raises(InvalidRecording, match="Expected a cassette or a HAR to choose from with index=0"):
        load_recordings(f"{path}#0")


def test_one_of_several(tmp_path):
    """Where one recording is asked for, several are an error that says how to choose."""
    with pytest.raises(InvalidRecording, match="there are 2; choose one by index"):
        load_recording(written(tmp_path, cassette(interaction(), interaction())))


@pytest.mark.parametrize("module", ["brotli", "zstandard"])
def test_compressed_by_a_library(tmp_path, module):
    """Bodies compressed with brotli or zstandard need a library, and say which where there is none."""
    encoding = {"brotli": "br", "zstandard": "zstd"}[module]
    path = written(tmp_path, cassette(interaction(b"\x8b\xff\xfe\x00", **{"content-encoding": [encoding]})))
    with pytest.raises(InvalidRecording, match=f"'{encoding}'"):
        load_recordings(path)


def test_without_yaml(tmp_path, monkeypatch):
    """Without PyYAML the error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(InvalidRecording, match=r"pytest-refusals\[recordings\]"):
        load_recordings(written(tmp_path, b"interactions: []"))


def test_secrets_in_a_cassette(tmp_path):
    """Loading a cassette warns of the keys and cookies in it, and says where; what was filtered is no secret."""
    one = interaction(
        BODY.replace("🍞", "AKIAABCDEFGHIJKLMNOP"), **{"Set-Cookie": ["__cf_bm=abc123def456ghi789; path=/"]}
    )
    one["request"]["headers"]["authorization"] = ["Bearer sk-ant-api03-0123456789abcdef"]
    with pytest.warns(RecordingWarning, match="'authorization'.*'set-cookie'.*AWS key id"):
        load_recordings(written(tmp_path, cassette(one)))
    one = interaction()
    one["request"]["headers"].update({"x-api-key": ["REDACTED-0123456789"], "authorization": ["Bearer dummy"]})
    load_recordings(written(tmp_path, cassette(one)))


def test_syrupy_snapshots(tmp_path):
    """A snapshot of a stream is the stream; the brackets in its name do not get into ids."""
    folder = tmp_path / "__snapshots__" / "test_app"
    folder.mkdir(parents=True)
    written(folder, BODY, "test_weather[mid-text].1.sse")
    (recording,) = load_recordings(tmp_path)
    assert encode(recording).decode() == BODY
    assert recording.name == "__snapshots__-test_app-test_weather-mid-text-.1"

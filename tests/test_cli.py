"""The command, from its arguments to its exit status."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from pytest_refusals.cli import main
from pytest_refusals.commands.check_recordings import age
from pytest_refusals.dialects.anthropic.requests import MAGIC_STRING
from pytest_refusals.recordings import facts
from pytest_refusals.recordings.recording import Facts
from tests.dialects.material import FOLDER, needs_recordings
from tests.endpoint.fake import EVENTS
from tests.recordings.api import JSON_REPLY, KEY, Reply, api
from tests.recordings.traffic import BODY, cassette, interaction

ASKED = ["record", "--model", "claude-test", "--prompt", "Rain in Bergen?"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def server(monkeypatch):
    """The API, where the environment says it is."""
    with api(Reply()) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{server.url}/")
        yield server


def test_record(server, tmp_path, capsys):
    """One question is one file; what is asked is what was said, and the key is sent and not kept."""
    more = [
        "--system",
        "Be brief.",
        "--max-tokens",
        "7",
        "--body",
        '{"temperature": 1}',
        "--dir",
        "new",
        "--name",
        "rain",
    ]
    assert main([*ASKED, *more]) == 0
    assert "new/rain.sse: claude-test, 15 events, stopped with refusal" in capsys.readouterr().out.replace("\\", "/")
    path, headers, body = server.requests[0]
    sent = {name.lower(): value for name, value in headers.items()}
    assert (path, sent["x-api-key"]) == ("/v1/messages", KEY)
    assert body == {
        "model": "claude-test",
        "max_tokens": 7,
        "messages": [{"role": "user", "content": "Rain in Bergen?"}],
        "system": "Be brief.",
        "stream": True,
        "temperature": 1,
    }
    assert KEY not in (tmp_path / "new" / "rain.sse").read_text()


def test_record_with_a_token(server, monkeypatch):
    """A token is sent as one where there is no key."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token-0123456789")
    assert main(ASKED) == 0
    assert "Bearer a-token-0123456789" in server.requests[0][1].values()


def test_record_without_streaming(server, tmp_path):
    """One JSON message is recorded where no stream is wanted."""
    server.replies[:] = [JSON_REPLY]
    assert main([*ASKED, "--no-stream"]) == 0
    assert json.loads((tmp_path / "claude-test.json").read_text())["body"]["type"] == "message"
    assert "stream" not in server.requests[0][2]


@pytest.mark.parametrize("refuses", [True, False])
def test_record_a_refusal(server, capsys, refuses):
    """The documented test string is sent, and it is said where the API does not heed it."""
    ended = [event.replace(b'"refusal"', b'"end_turn"') for event in EVENTS]
    server.replies[:] = [Reply() if refuses else Reply(ended)]
    assert main(["record", "--model", "claude-test", "--refusal"]) == 0
    assert server.requests[0][2]["messages"][0]["content"] == MAGIC_STRING
    assert ("That is no refusal" in capsys.readouterr().out) is not refuses


@pytest.mark.parametrize(
    "case",
    [
        (["record", "--model", "m"], {}, 2, "Expected a --prompt, or --refusal"),
        ([*ASKED, "--body", "[1]"], {}, 2, "Expected a JSON object"),
        ([*ASKED, "--body", "{"], {}, 2, "Expected JSON but got --body="),
        ([*ASKED, "--scrub", "("], {}, 2, "Expected a regular expression"),
        (ASKED, {"ANTHROPIC_API_KEY": ""}, 2, "Expected a key in ANTHROPIC_API_KEY"),
        (ASKED, {"CI": "true"}, 2, "--in-ci"),
        (ASKED, {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}, 1, "http://127.0.0.1:9/v1/messages: Connect"),
        ([*ASKED[:-1], "AKIAABCDEFGHIJKLMNOP"], {}, 2, "an AWS key id in request.messages[0].content"),
    ],
    ids=lambda case: case[3],
)
def test_record_errors(server, monkeypatch, capsys, tmp_path, case):
    """What cannot be done is said in one line, and no file is left."""
    arguments, environment, status, message = case
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(arguments) == status
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_record_an_http_error(server, capsys, tmp_path):
    """An HTTP error is told and recorded, and is not a success."""
    server.replies[:] = [Reply((b'{"type":"error","error":{}}',), 401, "application/json")]
    assert main(ASKED) == 1
    assert "HTTP 401" in capsys.readouterr().err
    assert (tmp_path / "claude-test.json").exists()


def written(path, body, days=None):
    date = datetime.now(timezone.utc) - timedelta(days=days) if days is not None else None
    head = facts.comments(Facts(model="m", date=date)) if days is not None else b""
    path.write_bytes(head + body.encode())


def test_check_recordings(tmp_path, capsys):
    """Each recording is listed with its model, blocks, stop, size and age."""
    written(tmp_path / "a.sse", BODY, days=40)
    written(tmp_path / "b.sse", BODY)
    assert main(["check-recordings", "."]) == 0
    out = capsys.readouterr().out
    assert "a.sse  m  text  end_turn  6 events  40 days old\n" in out
    assert "b.sse  m  text  end_turn  6 events  age unknown\n" in out
    assert out.endswith("2 recordings: 0 with problems, 0 with something new\n")


NEW = {
    "event 'note'": BODY + 'event: note\ndata: {"type":"note"}\n\n',
    "block 'hologram'": BODY.replace('{"type":"text","text":""}', '{"type":"hologram","of":1}'),
    "delta 'wave'": BODY.replace('"type":"text_delta"', '"type":"wave"'),
    "stop reason 'bored'": BODY.replace("end_turn", "bored"),
    "refusal category 'sport'": BODY.replace(
        '"stop_reason":"end_turn"', '"stop_reason":"refusal","stop_details":{"type":"refusal","category":"sport"}'
    ),
    "field 'mood' in message": BODY.replace('"id":"msg_1"', '"id":"msg_1","mood":1'),
    "field 'mood' in message_start": BODY.replace('"message":{', '"mood":1,"message":{'),
    "field 'mood' in usage": BODY.replace('"output_tokens":3', '"output_tokens":3,"mood":1'),
    "field 'mood' in text": BODY.replace('"text":""', '"text":"","mood":1'),
    "field 'mood' in text_delta": BODY.replace('"type":"text_delta"', '"type":"text_delta","mood":1'),
    "field 'mood' in message_delta.delta": BODY.replace(
        '"stop_reason":"end_turn"', '"stop_reason":"end_turn","mood":1'
    ),
    "field 'mood' in ping": 'event: ping\ndata: {"type":"ping","mood":1}\n\n' + BODY,
}


@pytest.mark.parametrize("what", NEW)
def test_drift(tmp_path, capsys, what):
    """Whatever the API has added shows, and fails a strict check."""
    written(tmp_path / "a.sse", NEW[what])
    assert main(["check-recordings", "a.sse"]) == 0
    assert f"  new: {what}\n" in capsys.readouterr().out
    assert main(["check-recordings", "--strict", "a.sse"]) == 1


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (BODY[:700], "without message_stop (unfinished)"),
        (BODY.replace('"index":0', '"index":1', 1), "expected index 0 but got 1 (index)"),
        ("hello", "server-sent events"),
        (BODY.replace("🍞", "AKIAABCDEFGHIJKLMNOP"), "it holds what looks like a secret: an AWS key id"),
    ],
)
def test_problems(tmp_path, capsys, body, problem):
    """What is broken, cut or not safe is a problem that fails the check, and the others are checked all the same."""
    written(tmp_path / "a.sse", body)
    written(tmp_path / "b.sse", BODY)
    assert main(["check-recordings", "."]) == 1
    out = capsys.readouterr().out
    assert "  problem: " in out
    assert problem in out
    assert "2 recordings: 1 with problems" in out


def test_check_traffic(tmp_path, capsys):
    """Every call of a cassette is checked; HTTP errors are listed, and no problem."""
    one = interaction()
    one["request"]["headers"]["x-api-key"] = [KEY]
    (tmp_path / "a.json").write_text(json.dumps(cassette(one, interaction())))
    (tmp_path / "b.json").write_text('{"type":"error","error":{"type":"api_error"}}')
    assert main(["check-recordings", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "a.json: interaction 1  m  text  end_turn" in out
    assert "interaction 0, request header 'x-api-key'" in out
    assert "HTTP error" in out
    assert "1 with problems" in out


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_nothing_to_check(tmp_path, capsys, path):
    """A place without recordings is an error."""
    (tmp_path / "empty").mkdir()
    assert main(["check-recordings", path]) == 2
    assert f"{path}: Expected a folder of recordings" in capsys.readouterr().err


@needs_recordings
def test_the_real_api_of_today(capsys):
    """Nothing in real recordings breaks the grammar, and nothing but a gateway's own field is new."""
    main(["check-recordings", str(FOLDER)])
    lines = capsys.readouterr().out.splitlines()
    assert {line for line in lines if "  new: " in line} <= {"  new: field 'copilot_usage' in message_delta"}
    assert all("JSON of another kind" in line for line in lines if "  problem: " in line)


def test_ages():
    """An age is told in days."""
    now = datetime(2026, 10, 3, tzinfo=timezone.utc)
    assert [age(now - timedelta(days=days), now) for days in (0, 1, 400)] == ["today", "1 day old", "400 days old"]
    assert age(None, now) == "age unknown"


def test_help(capsys):
    """A command is needed, and the help lists them."""
    with pytest.raises(SystemExit):
        main([])
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "check-recordings" in capsys.readouterr().out

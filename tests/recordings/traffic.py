"""Cassettes and HARs of every shape, made from one answer."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

CASSETTES = sorted((Path(__file__).parent / "cassettes").iterdir())
"""What vcrpy 4 to 9 wrote of one made-up answer, each with another client."""

URL = "https://api.anthropic.com/v1/messages"
REQUEST = {"model": "claude-test", "stream": True, "messages": [{"role": "user", "content": "Rain in Bergen?"}]}
_MESSAGE = (
    '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,'
    '"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}'
)
_EVENTS = (
    f'{{"type":"message_start","message":{_MESSAGE}}}',
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Smørrebrød 🍞  "}}',
    '{"type":"content_block_stop","index":0 }',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}',
    '{"type":"message_stop"}',
)
BODY = "".join(f"event: {json.loads(data)['type']}\ndata: {data}\n\n" for data in _EVENTS)
PRESSED = {"gzip": gzip.compress(BODY.encode()), "deflate": zlib.compress(BODY.encode())}
PRESSED["raw deflate"] = zlib.compress(BODY.encode())[2:-4]


def interaction(body: Any = BODY, *, url: str = URL, status: int = 200, **headers: Any) -> dict[str, Any]:
    """Return one interaction of a cassette."""
    return {
        "request": {"body": json.dumps(REQUEST), "headers": {"host": ["x"]}, "method": "POST", "uri": url},
        "response": {
            "body": {"string": body},
            "headers": {"content-type": ["text/event-stream; charset=utf-8"], **headers},
            "status": {"code": status, "message": "OK"},
        },
    }


def cassette(*interactions: dict[str, Any]) -> dict[str, Any]:
    """Return a cassette."""
    return {"interactions": list(interactions or (interaction(),)), "version": 1}


def entry(content: dict[str, Any] | None, *, url: str = URL, status: int = 200) -> dict[str, Any]:
    """Return one entry of a HAR."""
    return {
        "startedDateTime": "2026-10-01T12:00:00.000Z",
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": "Host", "value": "api.anthropic.com"}],
            "postData": {"mimeType": "application/json", "text": json.dumps(REQUEST)},
        },
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": "text/event-stream"}],
            **({"content": content} if content is not None else {}),
        },
    }


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    """Return a HAR."""
    return {"log": {"version": "1.2", "entries": list(entries)}}


def based(text: bytes) -> dict[str, Any]:
    """Return the content of an entry whose body is base64."""
    return {
        "size": len(text),
        "mimeType": "text/event-stream",
        "text": base64.b64encode(text).decode(),
        "encoding": "base64",
    }

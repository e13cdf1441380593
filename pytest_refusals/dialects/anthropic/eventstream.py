"""The binary framing in which Amazon Bedrock streams the same events: application/vnd.amazon.eventstream.

A frame is: total length, headers' length, CRC-32 of these eight bytes, headers, payload, CRC-32 of all
before it; all numbers are big-endian and 32 bits wide. A header is its name's length in one byte, the name,
the byte 7 for a string, the string's length in two bytes, the string. (AWS's specification of the encoding.)
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping

from pytest_refusals.dialects.anthropic import events as ev
from pytest_refusals.dialects.anthropic.sse import compact
from pytest_refusals.dialects.base import Event

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def encode_event(event: Event) -> bytes:
    """Return the frame that carries `event`. An error is a frame of its own kind, as Bedrock sends it."""
    if ev.kind(event) == ev.ERROR:
        error = event.data.get("error") or {}
        return _frame(_headers("exception", "modelStreamErrorException"), {"message": str(error.get("message"))})
    return _frame(_headers("event", "chunk"), {"bytes": base64.b64encode(compact(event.data)).decode()})


def _headers(kind: str, name: str) -> dict[str, str]:
    return {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}


def _frame(headers: Mapping[str, str], body: Mapping[str, str]) -> bytes:
    head = b"".join(_header(name, value) for name, value in headers.items())
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    frame = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return frame + struct.pack(">I", zlib.crc32(frame))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return bytes([len(name)]) + name.encode() + bytes([_STRING]) + struct.pack(">H", len(text)) + text

from __future__ import annotations

import base64
import json
import struct
import zlib

import pytest

from pytest_refusals.branches import Catalogue
from pytest_refusals.dialects.base import Marks
from pytest_refusals.stops import freshen
from tests.dialects.material import ANTHROPIC, STREAMED, asked

CALL = asked("/model/anthropic.claude-test/invoke-with-response-stream", stream=None, model=None)


def answered(branch):
    return ANTHROPIC.respond(CALL, branch, freshen(branch.stop), Marks())


def test_frames_by_the_specification():
    """Each frame has the lengths and the checksums that the encoding asks for, and one event as its payload."""
    response = answered(Catalogue()["refusal-mid-text"])
    for chunk, event in zip(response.chunks, response.stream.events, strict=True):
        total, headers, checksum = struct.unpack(">III", chunk[:12])
        assert total == len(chunk)
        assert checksum == zlib.crc32(chunk[:8])
        assert struct.unpack(">I", chunk[-4:])[0] == zlib.crc32(chunk[:-4])
        payload = json.loads(chunk[12 + headers : -4])
        assert json.loads(base64.b64decode(payload["bytes"])) == event.data


@pytest.mark.parametrize("branch", STREAMED, ids=lambda branch: branch.name)
def test_frames_by_botocore(branch):
    """The vendor's own decoder reads every branch, in odd pieces too, and half a frame is none."""
    buffer = pytest.importorskip("botocore.eventstream").EventStreamBuffer()
    response = answered(branch)
    body, seen = b"".join(response.chunks), []
    for at in range(0, len(body), 13):
        buffer.add_data(body[at : at + 13])
        seen.extend(buffer)
    assert len(seen) == len(response.stream.events)
    assert seen[0].headers[":event-type"] == "chunk"
    kinds = {frame.headers[":message-type"] for frame in seen}
    assert kinds == ({"event", "exception"} if branch.name == "overloaded-mid-text" else {"event"})
    assert dict(response.headers)["content-type"] == "application/vnd.amazon.eventstream"

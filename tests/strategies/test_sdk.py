"""The strategies drive the SDK itself: what it reads is what our own fold says."""

from __future__ import annotations

from hypothesis import given, settings

import pytest_refusals.strategies as rst
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.anthropic.message import fold
from pytest_refusals.dialects.base import Marks
from tests.dialects import sdk
from tests.dialects.material import asked

CALL = asked()
FEW = settings(max_examples=150, deadline=None)


def response(stream):
    return ANTHROPIC.replay(CALL, stream, ANTHROPIC.stop(stream), Marks())


def ours(stream):
    """Return the content, the stop and the output tokens that our fold says a stream amounts to."""
    message = fold(stream)
    return message["content"], message["stop_reason"], message["usage"]["output_tokens"]


def read(message, expected):
    """Return the same of the SDK's message, with the fields of the `expected` blocks.

    A block of a type that this SDK does not know becomes a text without text: of that one only the type counts.
    """
    assert len(message.content) == len(expected)
    blocks = [
        block if "Text" in type(read).__name__ and block["type"] != "text" else {key: plain(read, key) for key in block}
        for block, read in zip(expected, message.content, strict=True)
    ]
    assert [block.type for block in message.content] == [block["type"] for block in expected]
    return blocks, message.stop_reason, message.usage.output_tokens


def plain(block, field):
    value = getattr(block, field)
    return value.model_dump(exclude_unset=True, by_alias=True) if hasattr(value, "model_dump") else value


@FEW
@given(rst.streams(), rst.chunkings())
def test_legal_streams(stream, chunking):
    """However the bytes of a legal stream come, the SDK's helper makes of it the message that our fold does."""
    answer = response(stream)
    message = sdk.final(answer, chunking(b"".join(answer.chunks)))
    expected = ours(stream)
    assert read(message, expected[0]) == expected


@FEW
@given(rst.streams())
def test_raw_events(stream):
    """`create(stream=True)` yields every known event but pings, in order, without an error."""
    seen = [event.type for event in sdk.events(response(stream))]
    expected = [event.name for event in stream.events if event.name != "ping"]
    assert [kind for kind in seen if "unheard" not in kind] == [kind for kind in expected if "unheard" not in kind]

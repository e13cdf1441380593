"""What the tests of the dialect work on: recordings, requests, the real SDK on bytes of ours."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_refusals.branches import BRANCHES, Catalogue, Ending
from pytest_refusals.dialects.anthropic.dialect import ANTHROPIC
from pytest_refusals.dialects.base import Answer, Call, Marks, Request, Response
from pytest_refusals.recordings.load import load_sse
from pytest_refusals.stops import freshen

FOLDER = Path(__file__).parents[3] / "shared" / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.sse"))
MESSAGES = sorted(path for path in FOLDER.glob("*.json") if json.loads(path.read_bytes()).get("type") == "message")
STREAMED = [branch for branch in BRANCHES if branch.ending is not Ending.REJECTED]

needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="the recordings are not beside this checkout")
recorded = [
    needs_recordings,
    pytest.mark.parametrize("path", RECORDINGS or [None], ids=lambda path: path.stem if path else "none"),
]
load = cache(load_sse)

TOOL = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def each_recording(test: Any) -> Any:
    """Run `test` on the path of every recording."""
    for mark in recorded:
        test = mark(test)
    return test


def body(**fields: Any) -> dict[str, Any]:
    """Return the body of a request to which every branch is possible."""
    asked = [{"role": "user", "content": "What is the weather?"}]
    whole = {"model": "claude-test", "max_tokens": 1000, "stream": True, "messages": asked, "tools": [TOOL]}
    return {**whole, "thinking": {"type": "enabled", "budget_tokens": 1024}, **fields}


def asked(path: str = "/v1/messages", **fields: Any) -> Call:
    """Return the call that a request with `body(**fields)` is."""
    given = {key: value for key, value in body(**fields).items() if value is not None}
    read = ANTHROPIC.read(Request("POST", f"https://gateway.test{path}", {}, json.dumps(given).encode()))
    assert read is not None
    return read


def answered(branch: str, base: Answer | None = None, *, marks: Marks | None = None, **fields: Any) -> Response:
    """Return the response to `body(**fields)` on the branch of that name."""
    chosen = Catalogue()[branch]
    return ANTHROPIC.respond(asked(**fields), chosen, freshen(chosen.stop), marks or Marks(), base)

"""``pytest-refusals record``: ask the real API once and keep the answer."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_refusals import dialects
from pytest_refusals.dialects.base import Question, Request
from pytest_refusals.errors import RefusalsError
from pytest_refusals.recorder import Recorder, record
from pytest_refusals.text import error_text

_TIMEOUT = 600
"""Seconds without a byte after which an answer is given up; the vendor's SDK waits as long."""


def add(subparsers: Any) -> argparse.ArgumentParser:
    """Tell argparse of the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "record",
        help="ask the real API once and write the answer to a file",
        description="Asks the API at ANTHROPIC_BASE_URL with ANTHROPIC_API_KEY, and writes the scrubbed exchange to "
        "DIR/NAME.sse (DIR/NAME.json with --no-stream).",
    )
    parser.add_argument("--model", required=True, help="the model to ask")
    parser.add_argument("--prompt", default="", help="what to ask; needed unless --refusal is given")
    parser.add_argument("--refusal", action="store_true", help="try for a refusal, with the documented test string")
    parser.add_argument("--system", help="the system prompt")
    parser.add_argument("--max-tokens", type=int, default=1024, metavar="N", help="default: 1024")
    parser.add_argument("--no-stream", action="store_true", help="ask for one JSON message")
    parser.add_argument("--body", metavar="JSON", help="more fields of the request: tools, thinking, …")
    parser.add_argument("--dir", type=Path, default=Path(), metavar="DIR", help="where to write; default: here")
    parser.add_argument("--name", help="what the file is called; default: the model, or 'refusal'")
    parser.add_argument(
        "--scrub", action="append", default=[], metavar="REGEX", help="replace what matches; repeatable"
    )
    parser.add_argument("--in-ci", action="store_true", help="record even where CI is set")
    return parser


def run(options: argparse.Namespace) -> int:
    """Do it. Returns 0 where a recording was written, 1 where none was."""
    if not options.prompt and not options.refusal:
        raise RefusalsError("Expected a --prompt, or --refusal, but got neither")
    question = Question(
        model=options.model,
        prompt=options.prompt,
        system=options.system,
        max_tokens=options.max_tokens,
        streaming=not options.no_stream,
        magic=options.refusal,
        fields=_fields(options.body),
    )
    request = dialects.known()[0].question(question, os.environ)
    name = options.name or ("refusal" if options.refusal else options.model)
    with record(options.dir, name=name, scrub=options.scrub, in_ci=options.in_ci) as recorder:
        problem = _ask(request)
    return _tell(recorder, problem, refusal_wanted=options.refusal)


def _fields(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise RefusalsError(f"Expected JSON but got --body={text!r}: {error}") from None
    if not isinstance(value, dict):
        raise RefusalsError(f"Expected a JSON object but got --body={text!r}")
    return value


def _ask(request: Request) -> str | None:
    """Send `request` and read the whole answer; return what went wrong, if anything did."""
    import httpx

    try:
        with (
            httpx.Client(timeout=_TIMEOUT) as client,
            client.stream(request.method, request.url, headers=dict(request.headers), content=request.body) as answer,
        ):
            for _ in answer.iter_bytes():
                pass
            return f"HTTP {answer.status_code} from {request.url}" if answer.is_error else None
    except httpx.HTTPError as error:
        return f"{request.url}: {error_text(error)}"


def _tell(recorder: Recorder, problem: str | None, *, refusal_wanted: bool) -> int:
    for file in recorder.files:
        print(_line(file, refusal_wanted=refusal_wanted))  # noqa: T201  # this is a command
    for line in (problem, *recorder.missed):
        if line:
            print(f"pytest-refusals: {line}", file=sys.stderr)  # noqa: T201
    return 0 if recorder.files and problem is None else 1


def _line(file: Path, *, refusal_wanted: bool) -> str:
    from pytest_refusals.errors import InvalidRecording
    from pytest_refusals.recordings.load import load_recording
    from pytest_refusals.stops import StopKind

    try:
        review = dialects.known()[0].review(load_recording(file))
    except InvalidRecording as error:
        return str(error)
    line = f"{file}: {review.model}, {review.events} events, stopped with {review.stop.value}"
    if refusal_wanted and review.stop.kind is not StopKind.REFUSED:
        line += ". That is no refusal: the API does not heed the test string. Inject one: @pytest.mark.refusals"
    return line

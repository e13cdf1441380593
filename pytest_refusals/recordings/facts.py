"""What our own recordings tell beside the body: comment lines before a stream, or keys beside a JSON body.

A line that begins with a colon is a comment to every reader of server-sent events, so the file stays a valid stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pytest_refusals.recordings.recording import Facts

RECORDER = "pytest-refusals"
BODY = "body"
"""The key of a JSON recording that holds the answer; the others hold the facts."""

_FIRST = f": recorder: {RECORDER}"
_LINE = re.compile(r": (\w+): (.*)")
_NEWLINES = {ord(char): f"\\u{ord(char):04x}" for char in "\x7f\x85\u2028\u2029"}
"""What some readers take for the end of a line, and JSON leaves as it is."""


def described(facts: Facts) -> dict[str, Any]:
    """Return `facts` as a dict of JSON values, in the order in which a person reads them."""
    return {
        "recorder": RECORDER,
        "status": facts.status,
        "model": facts.model,
        "date": facts.date.isoformat(timespec="seconds") if facts.date is not None else None,
        "url": facts.url,
        "headers": dict(facts.headers),
        "request": facts.request,
    }


def is_ours(value: Any) -> bool:
    """Whether the JSON `value` is a recording of ours."""
    return isinstance(value, Mapping) and value.get("recorder") == RECORDER and BODY in value


def read(value: Mapping[str, Any]) -> Facts:
    """Return the facts that `described` wrote; what is missing or damaged is left out, the body is what counts."""
    headers, request, status = value.get("headers"), value.get("request"), value.get("status")
    return Facts(
        status=status if isinstance(status, int) else 200,
        model=_text(value.get("model")),
        date=_date(value.get("date")),
        url=_text(value.get("url")),
        headers={str(k): str(v) for k, v in headers.items()} if isinstance(headers, Mapping) else {},
        request=request if isinstance(request, Mapping) else None,
    )


def comments(facts: Facts) -> bytes:
    """Return `facts` as comment lines and the blank line after them, to be put before the body of a stream."""
    lines = [f": {name}: {_value(value)}" for name, value in described(facts).items() if value is not None]
    return "\n".join([*lines, "", ""]).encode("utf-8", "backslashreplace")


def split(content: bytes) -> tuple[Facts, bytes]:
    """Return what the leading comment lines of a recording of ours say, and its body as it came.

    A content that does not begin with them is all body.
    """
    if not content.startswith(_FIRST.encode()):
        return Facts(), content
    head, _, body = content.partition(b"\n\n")
    if b"\r\n\r\n" in head:  # somebody's editor or version control has changed the line ends
        head, _, body = content.partition(b"\r\n\r\n")
    found = (_LINE.fullmatch(line) for line in head.decode("utf-8", "replace").splitlines())
    return read({match[1]: _parsed(match[2]) for match in found if match}), body


def _value(value: Any) -> str:
    if isinstance(value, str) and "\n" not in value and "\r" not in value:
        return value
    return json.dumps(value, ensure_ascii=False).translate(_NEWLINES)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "{[" or text.isdecimal() else text
    except ValueError:
        return text


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _date(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None

"""HAR 1.2, as W3C's draft of the HTTP Archive format has it: what browsers and proxies export."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from pytest_refusals.errors import InvalidRecording
from pytest_refusals.recordings.interaction import Interaction, part, plain, status

_EXPECTED = "Expected a HAR 1.2 file ({'log': {'entries': […]}})"


def interactions(value: Any, where: str) -> list[Interaction]:
    """Return the interactions of the HAR that was read from JSON to `value`.

    Bodies were decompressed by the exporter, are text or base64, or are not there. Raises `InvalidRecording`, which
    calls the file `where` and names the entry.
    """
    log = value.get("log") if isinstance(value, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(entries, list):
        raise InvalidRecording(f"{where}: {_EXPECTED} but there are no entries in it")
    return [_interaction(at, entry, f"{where}: entry {at}") for at, entry in enumerate(entries)]


def _interaction(index: int, entry: Any, where: str) -> Interaction:
    request, response = part(entry, "request", where), part(entry, "response", where)
    headers = _headers(response.get("headers"))
    content, posted = response.get("content"), request.get("postData")
    body = _body(content, where) if isinstance(content, Mapping) else None
    return Interaction(
        index=index,
        method=str(request.get("method", "")),
        url=str(request.get("url", "")),
        status=status(response.get("status"), where),
        headers=headers,
        body=plain(body, headers, where),
        request_headers=_headers(request.get("headers")),
        request=str(posted.get("text") or "").encode() if isinstance(posted, Mapping) else b"",
        date=entry.get("startedDateTime"),
    )


def _body(content: Mapping[str, Any], where: str) -> bytes | None:
    text = content.get("text")
    if text is None or text == "":
        return None
    if content.get("encoding") != "base64":
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRecording(f"{where}: Expected base64 as its content says but it is none: {error}") from None


def _headers(headers: Any) -> dict[str, str]:
    given: dict[str, str] = {}
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, Mapping) and "name" in header:
            name, value = str(header["name"]).lower(), str(header.get("value", ""))
            given[name] = f"{given[name]}, {value}" if name in given else value
    return given

"""VCR cassettes: what vcrpy 4 to 9 wrote, alone or through pytest-recording, as YAML or JSON.

An answer is either ``{body: {string: …}, headers, status: {code, message}}``, or, from httpx's requests before
vcrpy 6, ``{content: …, headers, status_code, http_version}``, with a body that was decompressed although its headers
say otherwise. A text is UTF-8; what is not came as a YAML binary. aiohttp's requests have no body before vcrpy 8, and
a parsed one from then on. (Seen in cassettes recorded with vcrpy 4.1 to 9.4.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_refusals.errors import InvalidRecording
from pytest_refusals.recordings.interaction import Interaction, part, plain, status

_EXPECTED = "Expected a VCR cassette (a mapping with a list of interactions)"


def read_yaml(content: bytes, where: str) -> list[Interaction]:
    """Return the interactions of the YAML cassette `content`. Needs PyYAML; constructs no objects.

    Raises `InvalidRecording`, which calls the file `where` and names line or interaction.
    """
    try:
        import yaml
    except ImportError:
        raise InvalidRecording(
            f"{where}: Reading a YAML cassette needs PyYAML: pip install 'pytest-refusals[recordings]'"
        ) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        value = yaml.load(content.decode(), loader)  # noqa: S506  # both are safe loaders
    except UnicodeDecodeError as error:
        raise InvalidRecording(f"{where}: {_EXPECTED} in UTF-8 but byte {error.start} is not: {error.reason}") from None
    except yaml.constructor.ConstructorError as error:
        raise InvalidRecording(
            f"{where}:{_line(error)}: {error.problem}: objects are not constructed from a cassette"
        ) from None
    except yaml.YAMLError as error:
        raise InvalidRecording(f"{where}:{_line(error)}: {_EXPECTED} but it is no YAML: {_problem(error)}") from None
    return interactions(value, where)


def _line(error: Any) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else 1


def _problem(error: Any) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)


def interactions(value: Any, where: str) -> list[Interaction]:
    """Return the interactions of a cassette that was read from YAML or JSON to `value`."""
    listed = value.get("interactions") if isinstance(value, Mapping) else None
    if not isinstance(listed, list):
        raise InvalidRecording(f"{where}: {_EXPECTED} but got {_kind(value)}")
    return [_interaction(at, entry, f"{where}: interaction {at}") for at, entry in enumerate(listed)]


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a mapping with the keys {', '.join(map(str, value)) or '(none)'}"
    return "nothing" if value is None else f"{str(value)[:60]!r} (type={type(value).__name__})"


def _interaction(index: int, entry: Any, where: str) -> Interaction:
    request, response = part(entry, "request", where), part(entry, "response", where)
    headers = _headers(response.get("headers"))
    return Interaction(
        index=index,
        method=str(request.get("method", "")),
        url=str(request.get("uri", "")),
        status=status(_status(response), where),
        headers=headers,
        body=plain(_body(response), headers, where),
        request_headers=_headers(request.get("headers")),
        request=_bytes(request.get("body")) or b"",
        date=headers.get("date"),
    )


def _status(response: Mapping[str, Any]) -> Any:
    told = response.get("status")
    return told.get("code") if isinstance(told, Mapping) else response.get("status_code")


def _body(response: Mapping[str, Any]) -> bytes | None:
    body = response.get("body", response.get("content"))
    return _bytes(body.get("string")) if isinstance(body, Mapping) else _bytes(body)


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value).encode()


def _headers(headers: Any) -> dict[str, str]:
    """Return `headers`, whose values are texts or lists of them, as one text for each lower-case name."""
    given = headers.items() if isinstance(headers, Mapping) else ()
    return {str(name).lower(): _joined(value) for name, value in given}


def _joined(value: Any) -> str:
    listed = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    parts = value if listed else [value]
    return ", ".join(part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in parts)

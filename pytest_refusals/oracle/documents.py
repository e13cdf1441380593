"""What a text holds that is a document: JSON, or server-sent events with JSON in them, as a gateway passes them on."""

from __future__ import annotations

import json
from collections.abc import Iterator

_FIELDS = ("data:", "event:", "id:", "retry:", ":")
"""How a line of an event stream begins (WHATWG HTML, "Server-sent events")."""


def documents(text: str) -> list[object]:
    """Return the values that `text` is made of: one for a JSON document, the data and names of a text of events.

    Empty where `text` is just text.
    """
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        return [value for value in (_json(stripped),) if isinstance(value, (dict, list))]
    if stripped.startswith(_FIELDS):
        lines = [line for line in stripped.splitlines() if line.strip()]
        if all(line.startswith(_FIELDS) for line in lines):
            return list(_events(lines))
    return []


def _events(lines: list[str]) -> Iterator[object]:
    for line in lines:
        name, _, rest = line.partition(":")
        value = _json(rest) if name == "data" else None
        yield rest.strip() if value is None else value


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""What a text holds that is a document: JSON, lines of JSON, or server-sent events with JSON in them."""

from __future__ import annotations

import json

_FIELDS = ("data:", "event:", "id:", "retry:", ":")
"""How a line of an event stream begins (WHATWG HTML, "Server-sent events")."""


def documents(text: str) -> list[object]:
    """Return the values that `text` is made of: one for a JSON document, one for each of several lines of JSON, the
    data and names of a text of events, as a gateway hands them on: texts again. Empty where `text` is just text.
    """
    stripped = text.strip()
    lines = [line for line in stripped.splitlines() if line.strip()]
    if stripped[:1] in ("{", "["):
        whole = _json(stripped)
        values = [_json(line) for line in lines] if whole is None else [whole]
        return values if all(isinstance(value, (dict, list)) for value in values) else []
    if lines and all(line.startswith(_FIELDS) for line in lines):
        return [line.partition(":")[2].strip() for line in lines]
    return []


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""A string that satisfies a schema: its format, its pattern, its length."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

_FORMATS = {
    "date": "2024-01-01",
    "date-time": "2024-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "{mark}@example.com",
    "idn-email": "{mark}@example.com",
    "hostname": "{mark}.example.com",
    "idn-hostname": "{mark}.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/{mark}",
    "uri-reference": "/{mark}",
    "uri-template": "https://example.com/{mark}",
    "iri": "https://example.com/{mark}",
    "url": "https://example.com/{mark}",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/{mark}",
    "relative-json-pointer": "0/{mark}",
    "regex": "{mark}",
    "byte": "AAAA",
    "binary": "{mark}",
}
"""An example of each string format; the addresses are those set aside for examples."""

_COMMON = ("a", "A", "0", "1", "aa", "Aa", "00", "0000", "2024-01-01", "1.0", "1.0.0", "a-a", "a_a", "#000000")


def matching(schema: Mapping[str, Any], mark: str) -> str:
    """Return a short string that satisfies `schema`, with `mark` in it where the schema leaves room for it.

    A pattern is met as far as we can: by `mark`, by a few common strings, by the schema's own examples, by
    walking the pattern. Where none fits, `mark` is returned all the same.
    """
    least, most = schema.get("minLength", 0), schema.get("maxLength", None)
    pattern = schema.get("pattern")
    if schema.get("format") in _FORMATS and pattern is None:
        return _FORMATS[schema["format"]].format(mark=mark)
    candidates = _candidates(schema, mark, least, most)
    if pattern is None:
        return next(candidates)
    for candidate in candidates:
        if least <= len(candidate) and (most is None or len(candidate) <= most) and _matches(pattern, candidate):
            return candidate
    return mark


def _candidates(schema: Mapping[str, Any], mark: str, least: int, most: int | None) -> Iterator[str]:
    yield (mark + "x" * max(0, least - len(mark)))[:most]
    if schema.get("format") in _FORMATS:
        yield _FORMATS[schema["format"]].format(mark=mark)
    yield from (value for value in [schema.get("default"), *(schema.get("examples") or ())] if isinstance(value, str))
    yield from _COMMON
    walked = _walked(schema.get("pattern", ""))
    if walked is not None:
        yield walked
        yield walked + "a" * max(0, least - len(walked))
        yield walked + "0" * max(0, least - len(walked))


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _walked(pattern: str) -> str | None:
    """Return a string for `pattern` by taking the first way through it, or None where that is beyond us."""
    try:
        parser: Any = importlib.import_module("re._parser")
    except ModuleNotFoundError:  # before Python 3.11
        parser = importlib.import_module("sre_parse")
    try:
        return "".join(_take(parser.parse(pattern)))
    except (re.error, ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None


_CATEGORIES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}


def _take(parts: Any) -> Iterator[str]:
    for code, argument in parts:
        name = str(code)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "IN":
            yield _one_of(argument)
        elif name in ("ANY", "NOT_LITERAL"):
            yield "b" if argument == ord("a") else "a"
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, _, inner = argument
            for _ in range(least):
                yield from _take(inner)
        elif name == "SUBPATTERN":
            yield from _take(argument[-1])
        elif name == "BRANCH":
            yield from _take(argument[1][0])


def _one_of(options: Any) -> str:
    names = [(str(code), argument) for code, argument in options]
    if names[0][0] == "NEGATE":
        return next(char for char in "a0-_ A~" if not any(_covers(n, a, char) for n, a in names[1:]))
    name, argument = names[0]
    if name == "RANGE":
        return chr(argument[0])
    return chr(argument) if name == "LITERAL" else _CATEGORIES[str(argument)]


def _covers(name: str, argument: Any, char: str) -> bool:
    if name == "LITERAL":
        return bool(argument == ord(char))
    if name == "RANGE":
        return bool(argument[0] <= ord(char) <= argument[1])
    tests = {"CATEGORY_DIGIT": char.isdigit(), "CATEGORY_SPACE": char.isspace()}
    return tests.get(str(argument), char.isalnum() or char == "_")

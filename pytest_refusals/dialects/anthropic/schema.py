"""The smallest JSON value that satisfies a JSON schema."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pytest_refusals.dialects.anthropic.pattern import matching

_DEEPEST = 40
"""Nested schemas after which a schema counts as endless; real ones stay far below."""


class _Endless(Exception):
    """A schema that no finite value satisfies."""


def satisfy(schema: Any, mark: str) -> Any:
    """Return the smallest value that satisfies `schema`; strings that may be anything are `mark`.

    Optional properties and items are left out, but an object all of whose properties are optional gets
    one at the top, so that it says something. Knows the keywords of drafts 4 to 2020-12 that APIs take,
    ``$ref`` (recursive too), ``anyOf``, ``oneOf`` and ``allOf``; ``not``, ``if`` and remote references
    are ignored. A schema that cannot be satisfied gives None.
    """
    try:
        return _Maker(schema, mark).value(schema, ())
    except _Endless:
        return None


class _Maker:
    """Makes values for the parts of one schema document."""

    def __init__(self, root: Any, mark: str) -> None:
        self.root = root
        self.mark = mark

    def value(self, schema: Any, path: tuple[str, ...]) -> Any:
        """Return a value for `schema`; `path` holds the names of the parts and references on the way to it."""
        if schema is False or len(path) > _DEEPEST:
            raise _Endless
        if not isinstance(schema, Mapping):
            return self.mark
        schema, path = self._resolved(dict(schema), path)
        for keyword in ("anyOf", "oneOf"):
            if schema.get(keyword):
                return self._first_of(schema, keyword, path)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return next((value for value in schema["enum"] if value is not None), None)
        return self._typed(schema, path)

    def _resolved(self, schema: dict[str, Any], path: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return `schema` with its reference and its ``allOf`` merged into it."""
        while isinstance(schema.get("$ref"), str):
            reference = schema.pop("$ref")
            if reference in path:
                raise _Endless
            path = (*path, reference)
            schema = _merged(self._look_up(reference), schema)
        for part in schema.pop("allOf", None) or ():
            if isinstance(part, Mapping):
                schema = _merged(self._resolved(dict(part), path)[0], schema)
        return schema, path

    def _look_up(self, reference: str) -> dict[str, Any]:
        found: Any = self.root
        for part in reference.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            elif key:
                found = found.get(key) if isinstance(found, Mapping) else None
        return dict(found) if isinstance(found, Mapping) else {}

    def _first_of(self, schema: dict[str, Any], keyword: str, path: tuple[str, ...]) -> Any:
        options = list(schema.pop(keyword))
        options.sort(key=lambda option: isinstance(option, Mapping) and option.get("type") == "null")
        for option in options:
            if not isinstance(option, Mapping):
                continue
            try:
                resolved, below = self._resolved(dict(option), path)
                return self.value(_merged(resolved, schema), (*below, keyword))
            except _Endless:
                continue
        raise _Endless

    def _typed(self, schema: dict[str, Any], path: tuple[str, ...]) -> Any:
        kinds = schema.get("type") or _implied(schema)
        kinds = [kinds] if isinstance(kinds, str) else sorted(kinds, key=lambda kind: kind == "null")
        for kind in kinds:
            try:
                return self._of_type(kind, schema, path)
            except _Endless:
                continue
        raise _Endless

    def _of_type(self, kind: str, schema: dict[str, Any], path: tuple[str, ...]) -> Any:
        if kind == "object":
            return self._object(schema, path)
        if kind == "array":
            return self._array(schema, path)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        if kind == "string":
            return matching(schema, self.mark)
        return {"boolean": False, "null": None}.get(kind, self.mark)

    def _object(self, schema: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        known = schema.get("properties") or {}
        other = schema.get("additionalProperties", True)
        names = [name for name in schema.get("required") or () if isinstance(name, str)]
        top = not any(part.startswith(".") for part in path)
        least = schema.get("minProperties") or (1 if top else 0)
        made = {name: self.value(known.get(name, other), (*path, f".{name}")) for name in names}
        for name in sorted(known, key=lambda name: not _is_free(known[name])):
            if len(made) >= least:
                break
            try:
                made.setdefault(name, self.value(known[name], (*path, f".{name}")))
            except _Endless:
                continue
        while len(made) < schema.get("minProperties", 0):
            made[f"{self.mark}{len(made)}"] = self.value(other, (*path, ".*"))
        return made

    def _array(self, schema: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
        items = schema.get("items", True)
        first = schema.get("prefixItems") or (items if isinstance(items, list) else [])
        rest = schema.get("additionalItems", True) if isinstance(items, list) else items
        least = schema.get("minItems", 0)
        if "contains" in schema:
            least, rest = (
                max(least, schema.get("minContains", 1)),
                _merged(_as_dict(schema["contains"]), _as_dict(rest)),
            )
        below = (*path, ".[]")
        made = [self.value(first[at] if at < len(first) else rest, below) for at in range(least)]
        return _distinct(made, rest) if schema.get("uniqueItems") else made


def _as_dict(schema: Any) -> dict[str, Any]:
    return dict(schema) if isinstance(schema, Mapping) else {}


def _is_free(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "string" and "enum" not in schema


def _implied(schema: Mapping[str, Any]) -> list[str]:
    """Return the type that the keywords of `schema` speak of, where it names none."""
    implied = {
        "object": ("properties", "required", "additionalProperties", "minProperties"),
        "array": ("items", "prefixItems", "minItems"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return [kind for kind, keywords in implied.items() if any(k in schema for k in keywords)][:1] or ["string"]


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that asks for what both ask for, as far as their keywords can be joined."""
    both = {**one, **other}
    for key in one.keys() & other.keys():
        left, right = one[key], other[key]
        if key == "properties":
            shared = {
                k: _merged(left[k], right[k]) for k in left.keys() & right.keys() if _both_dicts(left[k], right[k])
            }
            both[key] = {**left, **right, **shared}
        elif key == "required":
            both[key] = list(dict.fromkeys([*left, *right]))
        elif key == "enum":
            both[key] = [value for value in left if value in right] or right
        elif key == "type":
            both[key] = _common_types(left, right)
        elif key in ("minimum", "minLength", "minItems", "minProperties", "exclusiveMinimum"):
            both[key] = max(left, right)
        elif key in ("maximum", "maxLength", "maxItems", "maxProperties", "exclusiveMaximum"):
            both[key] = min(left, right)
    return both


def _both_dicts(left: Any, right: Any) -> bool:
    return isinstance(left, dict) and isinstance(right, dict)


def _common_types(left: Any, right: Any) -> Any:
    lefts, rights = ([kind] if isinstance(kind, str) else list(kind) for kind in (left, right))
    return [kind for kind in lefts if kind in rights] or right


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    """Return the number nearest to zero within the bounds of `schema`, draft 4's boolean ones included."""
    low, above = lower = _bound(schema, "minimum", "exclusiveMinimum", max)
    high, below = upper = _bound(schema, "maximum", "exclusiveMaximum", min)
    step = schema.get("multipleOf") or (1 if whole else None)
    if step:
        return _stepped(lower, upper, Fraction(str(step)).numerator if whole else step)
    if (low is None or low < 0 or (low == 0 and not above)) and (high is None or high > 0 or (high == 0 and not below)):
        return 0
    if low is not None and high is not None:
        return (low + high) / 2 if above or below else (low if low >= 0 else high)
    if low is not None:
        return low + 1 if above else low
    return (high or 0) - 1 if below else (high or 0)


def _bound(schema: Mapping[str, Any], plain: str, exclusive: str, pick: Any) -> tuple[float | None, bool]:
    limit, strict = schema.get(plain), schema.get(exclusive)
    if isinstance(strict, bool) or strict is None:
        return limit, bool(strict)
    if limit is None or pick(limit, strict) == strict:
        return strict, True
    return limit, False


def _stepped(lower: tuple[float | None, bool], upper: tuple[float | None, bool], step: float) -> int | float:
    (low, above), (high, below) = lower, upper
    count = 0
    if low is not None and (low > 0 or (low == 0 and above)):
        count = math.ceil(low / step)
        count += above and count * step <= low
    elif high is not None and (high < 0 or (high == 0 and below)):
        count = math.floor(high / step)
        count -= below and count * step >= high
    return count * step


def _distinct(values: list[Any], schema: Any) -> list[Any]:
    """Return `values` with equal ones told apart where their type allows it."""
    options = _as_dict(schema).get("enum")
    if options and len(options) >= len(values):
        return list(options[: len(values)])
    made: list[Any] = []
    for at, value in enumerate(values):
        if value in made and isinstance(value, str):
            made.append(value + "abcdefghijklmnopqrstuvwxyz"[at % 26])
        elif value in made and isinstance(value, (int, float)) and not isinstance(value, bool):
            step = _as_dict(schema).get("multipleOf") or 1
            made.append(max(v for v in made if isinstance(v, (int, float))) + step)
        else:
            made.append(value)
    return made

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_refusals.dialects.anthropic.schema import satisfy

MARK = "bcdfghjkmn"
NODE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
            "required": ["name", "next"],
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, MARK),
        (True, MARK),
        ({"type": "string"}, MARK),
        ({"type": "string", "maxLength": 3}, MARK[:3]),
        ({"type": "string", "minLength": 12}, MARK + "xx"),
        ({"type": "string", "format": "date"}, "2024-01-01"),
        ({"type": "string", "format": "email"}, f"{MARK}@example.com"),
        ({"type": "string", "format": "of-later"}, MARK),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": "integer"}, 0),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "minimum": 4, "multipleOf": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, 0.5),
        ({"type": "number", "minimum": 1.5}, 1.5),
        ({"const": {"a": 1}}, {"a": 1}),
        ({"enum": [None, "low", "high"]}, "low"),
        ({"type": ["null", "integer"]}, 0),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [0, 0]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [0, 1]),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"const": "x"}], "minItems": 2}, [0, "x"]),
        ({"properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"]}, {"a": 0}),
        ({"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}}, {"s": MARK}),
        ({"type": "object"}, {}),
        ({"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}}, {"a": 0}),
        ({"type": "object", "minProperties": 1}, {f"{MARK}0": MARK}),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 0),
        ({"oneOf": [{"$ref": "#"}, {"const": 3}]}, 3),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "integer"}}}], "type": "object"}, {"a": 0}),
        ({"type": "string", "nullable": True}, MARK),
        (NODE, {"name": MARK, "next": None}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}}}, {}),
        ({"$ref": "#"}, None),
        (False, None),
    ],
)
def test_smallest_value(schema, value):
    """Each keyword gets the smallest value that it allows, with the mark where a string is free."""
    assert satisfy(schema, MARK) == value


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]+$",
        r"^\d{4}-\d{2}$",
        "^#[0-9a-f]{6}$",
        r"^[A-Z]{3}-\d+$",
        "^(yes|no)$",
        r"^\+?[1-9]\d{7,14}$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        "^v(0|1)$",
        r"^\w+\.\w+$",
    ],
)
def test_pattern(pattern):
    """Ordinary patterns are met."""
    assert re.search(pattern, satisfy({"type": "string", "pattern": pattern}, MARK))


@pytest.mark.parametrize("pattern", ["(?<=x)y", "(", "^(?!a)b(?=c)"])
def test_pattern_beyond_us(pattern):
    """A pattern that cannot be met or read still gives a string."""
    assert isinstance(satisfy({"type": "string", "pattern": pattern}, MARK), str)


leaves = st.one_of(
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 20),
        st.integers(0, 9),
    ),
    st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-50, 50),
        st.integers(0, 9),
    ),
    st.builds(
        lambda low, more: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + more},
        st.integers(-50, 50),
        st.integers(1, 9),
    ),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(), min_size=1)),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}]),
)
schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda item, n: {"type": "array", "items": item, "minItems": n}, inner, st.integers(0, 3)),
        st.builds(
            lambda known: {"type": "object", "properties": known, "required": [*known], "additionalProperties": False},
            st.dictionaries(st.text(max_size=4), inner, max_size=4),
        ),
        st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


@given(schemas)
def test_any_schema_is_satisfied(schema):
    """Whatever the schema, a validator accepts the value."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(satisfy(schema, MARK), schema)

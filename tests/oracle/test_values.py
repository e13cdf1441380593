"""What is found in a value that came back."""

from __future__ import annotations

import enum
from collections import deque, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace

import pytest

from pytest_refusals.oracle.values import walk


class Colour(enum.Enum):
    RED = "crimson"


@dataclass
class Plain:
    text: str
    inner: object = None


@dataclass(frozen=True)
class Slotted:
    __slots__ = ("text",)
    text: str


class Refused:
    """Says it by its name."""


class Vendor:
    text = "hidden"

    def __init__(self) -> None:
        self.body = "hidden too"


Pair = namedtuple("Pair", "a b")  # noqa: PYI024 - the old form is what is tested


def texts(value):
    return [item for kind, item in walk(value, lambda v: "v" if isinstance(v, Vendor) else None) if kind == "text"]


def test_it_looks_into_everything_at_any_depth():
    """Containers, objects of all kinds, enums and exceptions; of mappings the values only."""
    cause = ValueError("cause")
    error = KeyError("outer")
    error.__cause__ = cause
    value = [
        "a",
        b"b",
        {"key": "c"},
        ("d", {"e"}, frozenset({"f"})),
        Plain("g", Plain("h")),
        Slotted("i"),
        SimpleNamespace(x="j"),
        Pair("k", deque(["l"])),
        Colour.RED,
        MappingProxyType({"key": "m"}),
        error,
        Refused(),
        3,
        None,
    ]
    found = set(texts(value))
    assert set("abcdefghijklm") <= found
    assert {"RED", "crimson", "KeyError: 'outer'", "ValueError: cause", "Refused"} <= found
    assert "key" not in found


def test_cycles_end():
    """A value that holds itself is read once."""
    value: list[object] = ["a"]
    value.append({"self": value})
    assert texts(value) == ["a"]


def test_a_vendors_message_is_not_a_statement():
    """What is inside it is not looked at; that it is there is told."""
    message = Vendor()
    found = list(walk({"raw": message, "text": "a"}, lambda v: "v" if v is message else None))
    assert sorted(found, key=str) == [("text", "a"), ("vendor", message)]


@pytest.mark.parametrize("value", [lambda: "refused", str, enum, len, Plain("x").__init__])
def test_functions_types_and_modules_hold_nothing(value):
    """They are the program, not an answer."""
    assert texts(value) == []


def test_a_huge_value_is_given_up():
    """A value that holds the whole program is not read to its end."""
    assert len(texts([Plain(str(number)) for number in range(50_000)])) < 50_000


def test_an_unset_slot_is_passed_over():
    """A slot without a value is no text."""
    assert texts(object.__new__(Slotted)) == []


@dataclass
class Node:
    children: list[Node] = field(default_factory=list)
    text: str = ""


def test_depth_is_no_limit():
    """A long chain is read without recursion."""
    root = node = Node()
    for _ in range(5_000):
        child = Node()
        node.children.append(child)
        node = child
    node.text = "deep"
    assert "deep" in texts(root)

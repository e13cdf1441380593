"""What is found in a value that came back."""

from __future__ import annotations

import enum
import logging
import threading
from collections import deque, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace

import attrs
import pydantic
import pytest

from pytest_refusals.oracle.values import Held, walk
from tests.oracle.installed import installed


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
    def __init__(self) -> None:
        self.body = "hidden too"


Pair = namedtuple("Pair", "a b")  # noqa: PYI024 - the old form is what is tested


class Heard(Vendor):
    """An event of the vendor's."""


class Vendors:
    """The vendor's objects are those of the class `Vendor`."""

    sdk_packages = frozenset({"vendor"})
    ends = frozenset({"end"})

    def accessor(self, value):
        """Tell a message by its class."""
        return "v" if type(value) is Vendor else None

    def is_event(self, value):
        """Tell an event by its class."""
        return type(value) is Heard


def texts(value):
    return [item for kind, item in walk(value, Vendors()) if kind == "text"]


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
    found = list(walk({"raw": message, "text": "a"}, Vendors()))
    assert sorted(found, key=str) == [("text", "a"), ("vendor", message)]


def test_what_a_vendors_event_says_is_told_apart():
    """The text of an event is not the code's own word; a message of the vendor's makes it part of that message."""
    held = Held.of([Heard(), "a"], Vendors())
    assert (held.texts, held.events, held.output) == (("a",), ("hidden too",), ("a", "hidden too"))
    assert Held.of([Heard(), "a", Vendor()], Vendors()).output == ("a",)


class Blocked:
    status = "refused"
    REASONS = ("refusal", "declined")
    LIMIT = "safety"

    def __init__(self):
        self.text = ""

    def retry(self):
        """Not a value."""


def test_what_a_class_says_of_its_instances_is_said_by_each():
    """An attribute of a class of the project's own counts, its constants do not."""
    assert texts(Blocked()) == ["", "refused"]


@pytest.mark.parametrize("view", [{"a": "b"}.values(), {"a": "b"}.items()])
def test_a_view_of_a_dict_is_read_as_the_dict(view):
    """The values count, whatever they are handed over as."""
    assert texts(view) == ["b"]


class Mangled:
    __slots__ = ("__status",)

    def __init__(self, status):
        self.__status = status


class Flags(pydantic.BaseModel, extra="allow"):
    refused: bool = False
    _hidden: str = pydantic.PrivateAttr("private")


@attrs.define
class Slots:
    _status: str


def test_hidden_fields_are_fields():
    """Private attributes, extra fields and mangled slots hold values too; the names of set fields are no values."""
    assert texts(Mangled("a")) == ["a"]
    assert texts(Slots("b")) == ["b"]
    assert set(texts(Flags(refused=False, finish="c"))) == {"c", "private"}


@pytest.mark.parametrize(
    "value",
    [
        {"refused": True},
        Plain("", {"was_refused": True}),
        Flags(refused=True),
        {"isRefusal": True},
        {"blocked_by_safety": True},
        {"content_filtered": True},
        {"moderation": {"policyViolation": True}},
    ],
)
def test_a_flag_that_is_set_is_a_statement(value):
    """A flag says it by its name, as a class does."""
    assert any(text.endswith("=True") for text in texts(value))


@pytest.mark.parametrize(
    "value",
    [
        {"refused": False},
        {"refusals": 3},
        {"refusal": ""},
        {"safety": True},
        {"content_type_checked": True},
        {"fail_on_refusal": True},
    ],
)
def test_other_names_of_fields_are_no_statement(value):
    """A flag that is not set says nothing, and neither does a name beside any other value."""
    assert not any("=" in text for text in texts(value))


class Tool:
    """Belongs to an SDK, by its module."""

    __module__ = "vendor.client"
    text = "hidden"

    def __init__(self):
        self.greeting = "hidden"


def test_tools_of_the_program_are_not_read():
    """A logger knows every other logger's name, a client its headers: neither is part of an answer."""
    logging.getLogger("a-name-that-speaks-of-refusals")
    assert texts({"log": logging.getLogger("anything"), "lock": threading.Lock(), "client": Tool(), "text": "a"}) == [
        "a"
    ]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('{"stop_reason": "refusal", "n": 3}', {"refusal"}),
        (' [{"a": ["b"]}, "c"]\n', {"b", "c"}),
        (b'{"a": "b"}', {"b"}),
        ('event: end\ndata: {"why": "d"}\n\n', {"end", "d"}),
        ("data: [DONE]\n\n", {"[DONE]"}),
        (": a comment\n", {"a comment"}),
        ('{"a": "b"}\n{"a": "c"}\n', {"b", "c"}),
        ('{"a": "b"}\nand prose', {'{"a": "b"}\nand prose'}),
        ('{"cut": "in the mid', {'{"cut": "in the mid'}),
        ("data: one\nbut then prose", {"data: one\nbut then prose"}),
        ('"a"', {'"a"'}),
    ],
)
def test_a_document_is_read_and_not_searched(text, inside):
    """Of JSON, and of events with JSON in them, only the values count; whatever is no document is a text."""
    assert set(texts(text)) == inside


def test_the_whole_document_is_told_too():
    """So that an answer in JSON that came back as it was can be recognized."""
    assert Held.of('{"n": 3}', Vendors()).all_texts == ('{"n": 3}',)


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


class Mixed:
    """Has slots with and without values, and what Python puts there."""

    __slots__ = ("__dict__", "__private", "__weakref__", "empty", "text")

    def __init__(self):
        self.text, self.__private = "in a slot", "in a private one"


class Status:
    """What every instance says, and what the class knows."""

    status = "refused"
    declined = True
    was_refused = False
    colour = Colour.RED
    LIMIT = "a constant"
    __note__ = "of Python's"
    count = 3


def test_slots_beside_those_of_python():
    """Every slot with a value is read, whatever stands between."""
    assert sorted(texts(Mixed())) == ["in a private one", "in a slot"]


def test_what_a_class_of_the_projects_own_says():
    """Its lower-case words are said by every instance; a library's class says nothing by itself."""
    assert sorted(texts(Status())) == ["RED", "crimson", "declined=True", "refused"]
    source = "class Status:\n    status = 'refused'\n    refused = True\n"
    assert texts(installed("made_up", source).Status()) == []


class Ends(enum.Flag):
    """May be set together."""

    WHOLE = enum.auto()
    MODERATED = enum.auto()


def test_flags_that_are_set_together():
    """Each name is said, in every version of Python, and not that of their class."""
    (said,) = [text for text in texts(Ends.WHOLE | Ends.MODERATED) if isinstance(text, str)]
    assert sorted(said.split("|")) == ["MODERATED", "WHOLE"]

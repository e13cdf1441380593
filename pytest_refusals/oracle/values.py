"""What is in a value that came back: its texts, and the vendor's own messages."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Literal, Protocol, TypeVar

from pytest_refusals.oracle.documents import documents
from pytest_refusals.sites import is_projects_type
from pytest_refusals.text import error_text

T = TypeVar("T")

_NODES = 20_000
"""A value with more objects in it than this is not read further: it holds the program, not an answer."""
_STATES = re.compile(r"refus|declin")
"""A class whose name says this is a statement by itself: ``return Refused()``."""
_FILTERS, _ACTS = "content|safety|moderat|guardrail|policy", "blocked|filtered|flagged|violat|triggered"
FLAGS = re.compile(
    r"^(refused|declined)|(refused|declined)$|^(is|was|has)?_?a?_?refusal$"
    rf"|({_FILTERS}).*({_ACTS})|({_ACTS}).*({_FILTERS})"
)
"""So is a flag of such a name: ``refused=True``, ``blocked_by_safety=True``; ``fail_on_refusal=True`` is a setting."""
_FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType)
_OPAQUE = (ModuleType, type, int, float, complex, type(None), type(...), *_FUNCTIONS)
_STANDARD = (
    "logging threading _thread concurrent asyncio contextvars contextlib weakref inspect io _io socket ssl select "
    "selectors queue subprocess multiprocessing http urllib"
)
_INSTALLED = (
    "httpx httpx2 httpcore httpcore2 aiohttp requests urllib3 anyio trio tenacity "
    "loguru structlog opentelemetry prometheus_client statsd datadog sentry_sdk"
)
_MACHINERY = frozenset(f"{_STANDARD} {_INSTALLED}".split())
"""Packages whose objects are tools of the program: a logger knows the names of all others, a client its headers."""
_FIELD_NAMES = "__pydantic_fields_set__"

Kind = Literal["text", "json", "event", "vendor", "error"]


class Vendors(Protocol):
    """Who knows what is the vendors' own."""

    @property
    def sdk_packages(self) -> frozenset[str]:
        """The top-level packages of the SDKs."""

    @property
    def ends(self) -> frozenset[str]:
        """The stop reasons of answers that ended well."""

    def accessor(self, value: object) -> str | None:
        """Return how to reach the stop in a message of a vendor's own, or None for any other object."""

    def is_event(self, value: object) -> bool:
        """Return whether `value` is an event of a stream of a vendor's own that comes before the stop."""


@dataclass(frozen=True)
class Held:
    """What a value holds: its own `texts` and `errors`, whole `documents`, a vendor's `messages` and what its `events`
    say."""

    texts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    messages: tuple[object, ...] = ()
    errors: tuple[BaseException, ...] = ()

    @classmethod
    def of(cls, value: object, vendors: Vendors) -> Held:
        """Return what `value` holds, as `walk` finds it."""
        found: dict[Kind, list[Any]] = {"text": [], "json": [], "event": [], "vendor": [], "error": []}
        for kind, each in walk(value, vendors):
            found[kind].append(each)
        return cls(*(tuple(each) for each in found.values()))

    @property
    def output(self) -> tuple[str, ...]:
        """The texts that partial output may have come back in.

        The events of a stream that is handed on with its stop are the vendor's own message, in pieces.
        """
        return self.texts if self.messages else (*self.texts, *self.events)

    @property
    def all_texts(self) -> tuple[str, ...]:
        """Everything that is a text, in whatever it was found."""
        return (*self.texts, *self.documents, *self.events)


def walk(value: object, vendors: Vendors) -> Iterator[tuple[Kind, object]]:
    """Yield what `value` holds, at any depth, cycles included.

    ``("text", str)`` is what it says; ``("json", str)`` a document whose contents come beside it as texts;
    ``("event", str)`` what an event of the vendor's says; ``("vendor", object)`` a message of the vendor's own,
    inside which nothing is looked at; ``("error", exception)`` an exception as a value. Of mappings and objects only
    the values count, never keys or names of fields; a flag that is set is one text with its name.
    """
    seen: set[int] = set()
    queue: deque[tuple[object, Kind]] = deque([(value, "text")])
    alive: list[object] = []  # so that no id is reused while we walk
    while queue and len(seen) < _NODES:
        item, kind = queue.popleft()
        if isinstance(item, (str, bytes, bytearray)):
            text = str.__str__(item) if isinstance(item, str) else bytes(item).decode("utf-8", "replace")
            inside = documents(text)
            queue.extend((each, kind) for each in inside)
            yield ("json" if inside else kind), text
            continue
        if _is_opaque(item, vendors) or id(item) in seen:
            continue
        seen.add(id(item))
        alive.append(item)
        if kind != "event" and vendors.accessor(item) is not None:
            yield "vendor", item
            continue
        if vendors.is_event(item):
            kind = "event"
        if isinstance(item, BaseException):
            yield "error", item
        yield from ((kind, text) for text in _readable(_own_texts(item)))
        queue.extend((part, kind) for part in _readable(_parts(item)))


def _readable(found: Iterator[T]) -> Iterator[T]:
    """Yield what is `found` until that fails: an object that cannot be looked into must not hide a verdict."""
    try:
        yield from found
    except Exception:  # whatever a class of the user's raises where it is looked at
        return


def _is_opaque(item: object, vendors: Vendors) -> bool:
    if isinstance(item, Enum):
        return False
    if isinstance(item, _OPAQUE):
        return True
    if isinstance(item, BaseException) or vendors.accessor(item) is not None:
        return False
    package = type(item).__module__.partition(".")[0]
    return package in _MACHINERY or (package in vendors.sdk_packages and not hasattr(type(item), "model_fields"))


def _own_texts(item: object) -> Iterator[str]:
    if isinstance(item, Enum):
        yield item.name or str(item).rpartition(".")[2]  # flags that are set together have no name before Python 3.11
    if isinstance(item, BaseException):
        yield error_text(item)
    name = type(item).__name__
    if type(item).__module__ != "builtins" and _STATES.search(name.lower()):
        yield name
    for field, value in _named(item):
        if value is True and FLAGS.search(field.lower()):
            yield f"{field}=True"


def _parts(item: object) -> Iterator[object]:
    if isinstance(item, Enum):
        yield item.value
        return
    if isinstance(item, (list, tuple, set, frozenset, deque, KeysView, ValuesView)):
        yield from item
    if isinstance(item, ItemsView):
        yield from (value for _, value in item)
    yield from (value for _, value in _named(item))
    if isinstance(item, BaseException):
        yield item.__cause__


def _named(item: object) -> Iterator[tuple[str, object]]:
    """Yield the items of a mapping, or the attributes of an object: those of its own and those in slots."""
    if isinstance(item, Mapping):
        yield from [(str(key), value) for key, value in item.items()]
    elif not isinstance(item, Enum):
        yield from list((getattr(item, "__dict__", None) or {}).items())
        for kind in type(item).__mro__:
            yield from _slots(item, kind)
            yield from _of_class(kind)


def _of_class(kind: type) -> Iterator[tuple[str, object]]:
    """Yield what every instance of a class of the project's own says: ``class Blocked: status = "refused"``.

    Constants, whose names are in capitals, are what the class knows and not what the instance says.
    """
    if is_projects_type(kind) and not issubclass(kind, Enum):
        for name, value in vars(kind).items():
            if name.islower() and not name.startswith("__") and (value is True or isinstance(value, (str, Enum))):
                yield name, value


def _slots(item: object, kind: type) -> Iterator[tuple[str, object]]:
    names = kind.__dict__.get("__slots__", ())
    for name in (names,) if isinstance(names, str) else tuple(names):
        if name in ("__dict__", "__weakref__", _FIELD_NAMES):
            continue
        private = name.startswith("__") and not name.endswith("__")
        try:
            yield name, getattr(item, f"_{kind.__name__.lstrip('_')}{name}" if private else name)
        except AttributeError:
            continue

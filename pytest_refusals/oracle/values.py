"""What is in a value that came back: its texts, and the vendor's own messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

_NODES = 20_000
"""A value with more objects in it than this is not read further: it holds the program, not an answer."""
_STATES = ("refus", "declin")
"""A class whose name says this is a statement by itself: ``return Refused()``."""
_FUNCTIONS = (FunctionType, MethodType, BuiltinFunctionType)
_OPAQUE = (ModuleType, type, int, float, complex, type(None), type(...), *_FUNCTIONS)


def walk(value: object, vendor: Callable[[object], str | None]) -> Iterator[tuple[str, object]]:
    """Yield what `value` holds, at any depth, cycles included: ``("text", str)`` and ``("vendor", object)``.

    `vendor` returns how to reach the stop in a message of the vendor's own, or None for any other object;
    what is inside such a message is not looked at. Of mappings only the values count, never the keys.
    """
    seen: set[int] = set()
    queue: deque[object] = deque([value])
    alive: list[object] = []  # so that no id is reused while we walk
    while queue and len(seen) < _NODES:
        item = queue.popleft()
        if isinstance(item, (str, bytes, bytearray)):
            yield "text", item if isinstance(item, str) else bytes(item).decode("utf-8", "replace")
            continue
        if (isinstance(item, _OPAQUE) and not isinstance(item, Enum)) or id(item) in seen:
            continue
        seen.add(id(item))
        alive.append(item)
        if vendor(item) is not None:
            yield "vendor", item
            continue
        yield from (("text", text) for text in _own_texts(item))
        queue.extend(_parts(item))


def _own_texts(item: object) -> Iterator[str]:
    if isinstance(item, Enum):
        yield item.name
    if isinstance(item, BaseException):
        yield f"{type(item).__name__}: {item}"
    name = type(item).__name__
    if type(item).__module__ != "builtins" and any(state in name.lower() for state in _STATES):
        yield name


def _parts(item: object) -> Iterable[object]:
    if isinstance(item, Enum):
        return [item.value]
    if isinstance(item, Mapping):
        return list(item.values())
    if isinstance(item, (list, tuple, set, frozenset, deque)):
        return [*item, *_attributes(item)]
    extra = [item.__cause__] if isinstance(item, BaseException) else []
    return [*_attributes(item), *extra]


def _attributes(item: object) -> list[object]:
    values = list((getattr(item, "__dict__", None) or {}).values())
    slots = [name for base in type(item).__mro__ for name in _names(getattr(base, "__slots__", ()))]
    for name in slots:
        if name not in ("__dict__", "__weakref__") and not name.startswith("__"):
            try:
                values.append(getattr(item, name))
            except AttributeError:
                continue
    return values


def _names(slots: str | Iterable[str]) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)

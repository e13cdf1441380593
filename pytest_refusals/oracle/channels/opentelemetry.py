"""Channel ``metric``, OpenTelemetry: instruments, spans and log events, heard at the API whatever is behind it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.issuers import is_by_project, issuer, within
from pytest_refusals.oracle.channels.taps import Tap, Tell, tapping
from pytest_refusals.oracle.channels.words import measured
from pytest_refusals.oracle.signals import Heard

Methods = tuple[tuple[str, Tell], ...]
Taps = tuple[Tap, ...]
_OWN = ("opentelemetry",)
_BUT = ("opentelemetry.instrumentation",)
"""What instruments other libraries by itself lives below this name, in packages of its own."""
_MODULES = tuple(
    f"opentelemetry.{name}" for name in ("metrics", "trace", "_logs", "sdk.metrics", "sdk.trace", "sdk._logs")
)


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand what the project says through the API to `hear` while active.

    The API's own classes do nothing and know the SDK's, and anybody else's, as their subclasses: each is
    listened to, so that it does not matter whether a provider is set.
    """
    return tapping(hear, _taps(), _OWN, _BUT)


class _Recording(Tap):
    """Says yes to the project where no SDK is set: somebody is listening, and what it would set has to be heard."""

    def __init__(self, span: type[Any]) -> None:
        super().__init__(span, "is_recording", lambda _call: None)

    def stand_in(self, original: Callable[[Any], bool]) -> Callable[[Any], bool]:
        @functools.wraps(original)
        def is_recording(span: Any) -> bool:
            records = original(span)
            if records or not self.ears:
                return records
            caller = sys._getframe(1)
            asked = not within(caller, _OWN) or within(caller, ("opentelemetry.trace",))
            return asked and is_by_project(issuer(caller, _OWN, _BUT))

        return is_recording


def _taps() -> tuple[Tap, ...]:
    """Return what to listen to of the parts of the API that are loaded."""
    bases: tuple[Any, ...] = tuple(getattr(sys.modules.get(module), kind, None) for module, kind, _ in _CALLS)
    # Who has come since: somebody else's classes, and the SDK's.
    families = tuple(len(type.__subclasses__(base)) if base is not None else 0 for base in bases)
    return _taps_of(bases, families, tuple(module in sys.modules for module in _MODULES))


@functools.lru_cache(maxsize=32)
def _taps_of(bases: tuple[Any, ...], _families: tuple[int, ...], _loaded: tuple[bool, ...]) -> Taps:
    found: list[Tap] = []
    for (_, _, methods), base in zip(_CALLS, bases, strict=True):
        if base is not None:
            found += _family(base, methods, tuple(_descendants(base)))
    trace = sys.modules.get("opentelemetry.trace")
    for name, taps in (("NoOpTracer", _without_a_span), ("NonRecordingSpan", _asked_for)):
        if (kind := getattr(trace, name, None)) is not None:
            found += taps(kind)
    return tuple(found)


@functools.lru_cache(maxsize=4)
def _without_a_span(no_op: type[Any]) -> Taps:
    """Return a tap for `start_as_current_span` of the tracer that, in older versions, starts no span in it."""
    function = inspect.unwrap(no_op.start_as_current_span)
    starts = "start_span" in function.__code__.co_names
    return () if starts else (Tap(no_op, "start_as_current_span", _started),)


@functools.lru_cache(maxsize=4)
def _asked_for(no_span: type[Any]) -> Taps:
    return (_Recording(no_span),)


def _descendants(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for each in type.__subclasses__(kind):
        yield from _descendants(each)


@functools.lru_cache(maxsize=64)
def _family(base: type[Any], methods: Methods, family: tuple[type[Any], ...]) -> tuple[Tap, ...]:
    """Return taps for methods of the API's class and of everybody's below it, which may name no arguments."""
    return tuple(
        Tap(owner, name, tell, getattr(base, name)) for owner in family for name, tell in methods if name in vars(owner)
    )


def _name(instrument: object) -> str:
    return str(getattr(instrument, "name", None) or getattr(instrument, "_name", None) or "")


def _measured(kind: str, call: Mapping[str, Any]) -> Heard:
    return measured(kind, _name(call["self"]), call.get("attributes"))


def _changed(kind: str, call: Mapping[str, Any]) -> Heard | None:
    # Nothing was added, or a state is said not to hold.
    return _measured(kind, call) if call.get("amount") else None


def _attribute(call: Mapping[str, Any]) -> Heard:
    return measured("span attribute", "", {call["key"]: call["value"]})


def _attributes(call: Mapping[str, Any]) -> Heard:
    return measured("span attributes", "", call["attributes"])


def _event(call: Mapping[str, Any]) -> Heard:
    return measured("span event", call["name"], call.get("attributes"))


def _status(call: Mapping[str, Any]) -> Heard:
    status = call["status"]
    return measured("span status", "", {}, getattr(status, "description", None) or call.get("description"))


def _exception(call: Mapping[str, Any]) -> Heard:
    return measured("span exception", "", call.get("attributes"), call["exception"])


def _started(call: Mapping[str, Any]) -> Heard:
    return measured("span", call["name"], call.get("attributes"))


def _renamed(call: Mapping[str, Any]) -> Heard:
    return measured("span", call["name"])


def _emitted(call: Mapping[str, Any]) -> Heard:
    record = call.get("record")
    said = {key: call.get(key) or getattr(record, key, None) for key in ("event_name", "attributes", "body")}
    return measured("log event", said["event_name"] or "", said["attributes"], said["body"])


_COUNTER: Methods = (("add", functools.partial(_changed, "counter")),)
_GAUGE: Methods = (("set", functools.partial(_changed, "gauge")),)
_SPAN: Methods = (
    ("set_attribute", _attribute),
    ("set_attributes", _attributes),
    ("add_event", _event),
    ("set_status", _status),
    ("record_exception", _exception),
    ("update_name", _renamed),
)
_CALLS: tuple[tuple[str, str, Methods], ...] = (
    ("opentelemetry.metrics", "Counter", _COUNTER),
    ("opentelemetry.metrics", "UpDownCounter", _COUNTER),
    ("opentelemetry.metrics", "Histogram", (("record", functools.partial(_measured, "histogram")),)),
    ("opentelemetry.metrics", "Gauge", _GAUGE),
    ("opentelemetry.metrics", "_Gauge", _GAUGE),
    ("opentelemetry.trace", "Span", _SPAN),
    ("opentelemetry.trace", "Tracer", (("start_span", _started),)),
    ("opentelemetry._logs", "Logger", (("emit", _emitted),)),
)

CHANNEL = Channel(
    "metric",
    listen,
    "OpenTelemetry: a counter, up-down counter, gauge or histogram; a span's name, attribute, event, status or "
    "recorded exception; a log event",
    modules=_MODULES,
)

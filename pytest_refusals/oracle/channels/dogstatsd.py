"""Channel ``metric``, DogStatsD: a call of a client of the `datadog` package."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.taps import Tap, tapping
from pytest_refusals.oracle.channels.words import measured
from pytest_refusals.oracle.signals import Heard

_CLIENTS = (("datadog.dogstatsd.base", "DogStatsd"), ("datadog.threadstats.base", "ThreadStats"))


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand every call that the project's own code makes to `hear` while active, whatever is sampled or sent."""
    clients = tuple(getattr(sys.modules.get(module), name, None) for module, name in _CLIENTS)
    return tapping(hear, _taps(clients), ("datadog",))


@functools.lru_cache(maxsize=8)
def _taps(clients: tuple[type[Any] | None, ...]) -> tuple[Tap, ...]:
    return tuple(Tap(client, name, tell) for client in clients if client for name, tell in _METHODS.items())


def _value(call: Mapping[str, Any], *more: object) -> Heard:
    name = call.get("metric") or call.get("metric_name")
    return measured("dogstatsd", name, _labels(call.get("tags")), *more)


def _changed(call: Mapping[str, Any]) -> Heard | None:
    # Nothing was added, or a state is said not to hold.
    return _value(call) if call.get("value", True) else None


def _member(call: Mapping[str, Any]) -> Heard:
    return _value(call, call["value"])


def _event(call: Mapping[str, Any]) -> Heard:
    text = call.get("message") or call.get("text")
    return measured("dogstatsd event", call["title"], _labels(call.get("tags")), text)


def _check(call: Mapping[str, Any]) -> Heard:
    return measured("dogstatsd check", call["check_name"], _labels(call.get("tags")), call.get("message"))


def _labels(tags: Any) -> dict[str, object]:
    """Return tags as keys and values; one without a colon is a value that has no key but itself."""
    labels: dict[str, object] = {}
    for tag in tags or ():
        key, colon, value = str(tag).partition(":")
        labels[str(tag) if key in labels else key] = value if colon else key
    return labels


_METHODS = {
    **dict.fromkeys(("increment", "decrement", "count", "count_with_timestamp"), _changed),
    **dict.fromkeys(("gauge", "gauge_with_timestamp"), _changed),
    **dict.fromkeys(("histogram", "distribution", "timing"), _value),
    "set": _member,
    "event": _event,
    "service_check": _check,
}

CHANNEL = Channel(
    "metric",
    listen,
    "DogStatsD (`datadog`): a count, gauge, histogram, distribution, timing, set, event or service check",
    modules=("datadog", "datadog.dogstatsd.base"),
)

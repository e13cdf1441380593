"""Channel ``metric``, Prometheus: a sample of `prometheus_client`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.taps import Tap, Tell, tapping
from pytest_refusals.oracle.channels.words import measured
from pytest_refusals.oracle.signals import Heard


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand every sample that the project's own code takes to `hear` while active.

    A metric that is made, or a label that is chosen, is no sample yet.
    """
    from prometheus_client import metrics

    return tapping(hear, _taps(metrics), ("prometheus_client",))


@functools.lru_cache(maxsize=4)
def _taps(metrics: ModuleType) -> tuple[Tap, ...]:
    return tuple(
        Tap(getattr(metrics, kind), name, tell) for kind, methods in _METHODS.items() for name, tell in methods.items()
    )


def _sample(call: Mapping[str, Any], *more: object) -> Heard:
    metric = call["self"]
    labels = dict(zip(metric._labelnames, metric._labelvalues, strict=False))
    return measured(str(metric._type), metric._name, labels, *more)


def _changed(call: Mapping[str, Any]) -> Heard | None:
    # Nothing was added, or a state is said not to hold: ``G.labels("refusal").set(0)``.
    return _sample(call) if call.get("amount", call.get("value", 1)) else None


def _info(call: Mapping[str, Any]) -> Heard:
    return _sample(call, *call["val"].values())


def _state(call: Mapping[str, Any]) -> Heard:
    return _sample(call, call["state"])


_METHODS: dict[str, dict[str, Tell]] = {
    "Counter": {"inc": _changed},
    "Gauge": {"inc": _changed, "dec": _changed, "set": _changed},
    "Histogram": {"observe": _sample},
    "Summary": {"observe": _sample},
    "Info": {"info": _info},
    "Enum": {"state": _state},
}

CHANNEL = Channel(
    "metric",
    listen,
    "Prometheus (`prometheus_client`): a sample of a counter, gauge, histogram, summary, info or enum",
    modules=("prometheus_client",),
)

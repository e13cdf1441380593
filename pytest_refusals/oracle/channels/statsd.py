"""Channel ``metric``, statsd: a call of the `statsd` client, over any of its transports, or in a pipeline."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.taps import Tap, tapping
from pytest_refusals.oracle.channels.words import measured
from pytest_refusals.oracle.signals import Heard


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand every call that the project's own code makes to `hear` while active, whatever is sampled or sent."""
    import statsd  # type: ignore[import-untyped]

    # Another package of this name has no such class.
    return tapping(hear, _taps(getattr(statsd, "StatsClient", object)), ("statsd",))


@functools.lru_cache(maxsize=4)
def _taps(client: type[Any]) -> tuple[Tap, ...]:
    return tuple(Tap(owner, name, tell) for owner in client.__mro__ for name, tell in _METHODS.items())


def _changed(call: Mapping[str, Any]) -> Heard | None:
    # Nothing was added, or a state is said not to hold.
    return measured("statsd", call["stat"]) if call.get("count", call.get("value", True)) else None


def _value(call: Mapping[str, Any]) -> Heard:
    return measured("statsd", call["stat"])


def _member(call: Mapping[str, Any]) -> Heard:
    return measured("statsd", call["stat"], None, call["value"])


_METHODS = {"incr": _changed, "decr": _changed, "gauge": _changed, "timing": _value, "set": _member}

CHANNEL = Channel("metric", listen, "statsd (`statsd`): a count, gauge, timing or set", modules=("statsd",))

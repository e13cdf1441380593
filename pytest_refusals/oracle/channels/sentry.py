"""Channel ``metric``, Sentry: a message, exception or event that is captured, with what the scope says of it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.channels.taps import Tap, tapping
from pytest_refusals.oracle.channels.words import measured
from pytest_refusals.oracle.signals import Heard

_WARNING = 13
"""The number that means WARNING in the severities of a log of Sentry's (they are OpenTelemetry's)."""
_KINDS = ("_tags", "_extras", "_contexts")


def listen(hear: Hear) -> AbstractContextManager[None]:
    """Hand everything that the project's own code captures to `hear` while active, with a DSN or without.

    Of a scope counts what was set in this run: what an earlier test left there says nothing of this one.
    """
    from sentry_sdk.scope import Scope

    _set_in_this_run.clear()
    return tapping(hear, _taps(Scope), ("sentry_sdk",), ("sentry_sdk.integrations", "sentry_sdk.ai"))


@functools.lru_cache(maxsize=4)
def _taps(scope: type[Any]) -> tuple[Tap, ...]:
    return (
        *(Tap(scope, name, _note) for name in ("set_tag", "set_tags", "set_extra", "set_context")),
        Tap(scope, "capture_message", _message),
        Tap(scope, "capture_exception", _exception),
        Tap(scope, "capture_event", _event),
        Tap(scope, "_capture_metric", _metric),
        Tap(scope, "_capture_log", _log),
    )


_set_in_this_run: set[str] = set()
"""Keys of tags, extras and contexts that were set, in whatever scope, since the run began."""


def _note(call: Mapping[str, Any]) -> None:
    """Take note of what a scope is told: by itself it tells nobody."""
    keys: Iterable[object] = call.get("tags") or [call.get("key")]
    _set_in_this_run.update(str(key) for key in keys)


def _labels(call: Mapping[str, Any]) -> dict[str, object]:
    """Return what goes with a capture: what the scopes were told in this run, and what the call itself says."""
    scope = type(call["self"])
    scopes = (scope.get_global_scope(), scope.get_isolation_scope(), scope.get_current_scope(), call["self"])
    told: dict[str, object] = {}
    for each in (*scopes, call.get("scope")):
        for kind in _KINDS:
            told.update({k: v for k, v in (getattr(each, kind, None) or {}).items() if k in _set_in_this_run})
    own = call.get("scope_kwargs") or {}
    for field in ("tags", "extras", "contexts"):
        told.update(own.get(field) or {})
    return {**told, **({"fingerprint": own["fingerprint"]} if "fingerprint" in own else {})}


def _message(call: Mapping[str, Any]) -> Heard:
    return measured("sentry message", "", _labels(call), call["message"])


def _exception(call: Mapping[str, Any]) -> Heard:
    error = call.get("error") or sys.exc_info()
    return measured("sentry exception", "", _labels(call), error[1] if isinstance(error, tuple) else error)


def _event(call: Mapping[str, Any]) -> Heard | None:
    event = call["event"]
    # A transaction is what the SDK traced: its spans are mostly those of its own integrations.
    if event.get("type") == "transaction":
        return None
    labels = _labels(call)
    for field in ("tags", "extra", "contexts"):
        labels.update(event.get(field) or {})
    values = (event.get("exception") or {}).get("values") or ()
    errors = [f"{each.get('type')}: {each.get('value')}" for each in values]
    return measured("sentry event", "", labels, event.get("message"), event.get("logentry"), *errors)


def _metric(call: Mapping[str, Any]) -> Heard | None:
    metric = call.get("metric")
    counted = metric and (metric.get("value") or metric.get("type") == "distribution")
    return measured("sentry metric", metric.get("name"), metric.get("attributes")) if metric and counted else None


def _log(call: Mapping[str, Any]) -> Heard | None:
    log = call.get("log")
    if not log or log.get("severity_number", _WARNING) < _WARNING:
        return None
    return measured("sentry log", "", log.get("attributes"), log.get("body"))


CHANNEL = Channel(
    "metric",
    listen,
    "Sentry (`sentry_sdk`): a message, exception or event that is captured, with the tags, extras and contexts that "
    "were set for it; a metric or a log (WARNING or above) of Sentry's own",
    modules=("sentry_sdk",),
)

"""How to reach the stop reason in an object that a handler was given and gave back."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_refusals.dialects.anthropic import events as ev

_BEFORE_THE_STOP = (ev.MESSAGE_START, ev.BLOCK_START, ev.BLOCK_DELTA, ev.BLOCK_STOP)
_HTTP_CLIENTS = frozenset({"httpx", "httpx2", "requests"})


def accessor(value: object, sdk_packages: frozenset[str]) -> str | None:
    """Return the expression that reaches the stop in `value`, None where `value` is no vendor's message."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package in sdk_packages:
        return _of_sdk(value, kind)
    if isinstance(value, Mapping):
        return _of_wire(value)
    if package in _HTTP_CLIENTS and kind.__name__ == "Response":
        return 'response.json()["stop_reason"]'
    return None


def is_event(value: object, sdk_packages: frozenset[str]) -> bool:
    """Whether `value` is an event of a stream, the SDK's or the wire's own, that comes before the stop."""
    kind = type(value)
    if kind.__module__.partition(".")[0] in sdk_packages:
        return kind.__name__.endswith("Event") and accessor(value, sdk_packages) is None
    return isinstance(value, Mapping) and value.get("type") in _BEFORE_THE_STOP


def _of_wire(value: Mapping[object, object]) -> str | None:
    if value.get("type") == "message" and "stop_reason" in value:
        return 'message["stop_reason"]'
    delta = value.get("delta")
    if value.get("type") == ev.MESSAGE_DELTA and isinstance(delta, Mapping) and "stop_reason" in delta:
        return 'event["delta"]["stop_reason"]'
    return None


def _of_sdk(value: object, kind: type) -> str | None:
    # looked up on the class: some attributes of the SDK's streams run code, and raise before the end
    if hasattr(kind, "get_final_message") or kind.__name__.endswith("StreamManager"):
        return "stream.get_final_message().stop_reason"
    if kind.__name__ in ("Stream", "AsyncStream"):
        return "event.delta.stop_reason"
    if hasattr(kind, "parse") and kind.__name__.endswith("Response"):
        return "response.parse().stop_reason"
    if "stop_reason" in getattr(kind, "model_fields", {}) or "stop_reason" in getattr(value, "__dict__", {}):
        return "message.stop_reason"
    return _of_event(getattr(value, "__dict__", {}))


def _of_event(fields: Mapping[str, object]) -> str | None:
    if hasattr(fields.get("delta"), "stop_reason"):
        return "event.delta.stop_reason"
    return "event.message.stop_reason" if fields.get("type") == ev.MESSAGE_STOP and "message" in fields else None

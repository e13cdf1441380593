"""How to reach the stop reason in an object that a handler was given and gave back."""

from __future__ import annotations

from collections.abc import Mapping

_HTTP_CLIENTS = frozenset({"httpx", "httpx2", "requests"})


def accessor(value: object, sdk_packages: frozenset[str]) -> str | None:
    """Return the expression that reaches the stop in `value`, None where `value` is no vendor's message."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package in sdk_packages:
        return _of_sdk(value, kind)
    if isinstance(value, Mapping):
        is_message = value.get("type") == "message" and "stop_reason" in value
        return 'message["stop_reason"]' if is_message else None
    if package in _HTTP_CLIENTS and kind.__name__ == "Response":
        return 'response.json()["stop_reason"]'
    return None


def _of_sdk(value: object, kind: type) -> str | None:
    # looked up on the class: some attributes of the SDK's streams run code, and raise before the end
    if hasattr(kind, "get_final_message"):
        return "stream.get_final_message().stop_reason"
    if kind.__name__.endswith("StreamManager"):
        return "stream.get_final_message().stop_reason"
    if kind.__name__ in ("Stream", "AsyncStream"):
        return "event.delta.stop_reason"
    if hasattr(kind, "parse") and kind.__name__.endswith("Response"):
        return "response.parse().stop_reason"
    if "stop_reason" in getattr(kind, "model_fields", {}) or "stop_reason" in getattr(value, "__dict__", {}):
        return "message.stop_reason"
    delta = getattr(value, "__dict__", {}).get("delta")
    return "event.delta.stop_reason" if hasattr(delta, "stop_reason") else None

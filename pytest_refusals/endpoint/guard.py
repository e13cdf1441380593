"""The network guard: a request to an LLM API that nothing serves is stopped before its connection is made."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from pytest_refusals.endpoint.hooks import Hooks
from pytest_refusals.endpoint.hosts import LLM_HOSTS, host_of, is_guarded, plain_host
from pytest_refusals.errors import UnservedRequest
from pytest_refusals.sites import calling_site, is_project

__all__ = ["LLM_HOSTS", "Guard", "network_guard"]

_HELD_IN = ("request", "req")
"""The names under which HTTP libraries hold a request in their functions."""


class Guard:
    """Stops requests to `hosts` (globs) and to `LLM_HOSTS`; `blocked` hears of each, since it may be swallowed."""

    def __init__(self, hosts: Sequence[str], blocked: Callable[[UnservedRequest], None]) -> None:
        self._hosts = (*hosts, *LLM_HOSTS)
        self._blocked = blocked

    def __call__(self, method: str, url: str) -> None:
        """Raise `UnservedRequest` if the request goes to a guarded host."""
        if self.covers(host_of(url)):
            self.stop(f"{method} {url}")

    def covers(self, host: str) -> bool:
        """Whether a connection to `host` would be stopped."""
        return is_guarded(plain_host(host), self._hosts)

    def stop(self, request: str) -> None:
        """Raise `UnservedRequest` for `request`, after telling `blocked`."""
        site = calling_site()
        place = f" (sent from {site})" if site is not None else ""
        error = UnservedRequest(
            f"{request.partition('?')[0]}{place} was stopped before its connection was made: nothing in this process "
            "answers it. Use the `refusal_server` fixture (a loopback server that ANTHROPIC_BASE_URL points at) for "
            "code that does not talk through httpx or httpx2; mock the request if it is to another API."
        )
        self._blocked(error)
        raise error


_guards: list[Guard] = []
_switching = threading.RLock()


@contextmanager
def network_guard(hosts: Sequence[str], blocked: Callable[[UnservedRequest], None]) -> Iterator[Guard]:
    """Stop every connection to one of `hosts` (globs), from any HTTP stack or bare socket, while active.

    `LLM_HOSTS` count as well, since a handler that falls back to another vendor must not reach it, and so
    does the host of ``ANTHROPIC_BASE_URL`` and its like; loopback never does. The connection is stopped
    before the name is resolved, with `UnservedRequest`, which `blocked` gets too. Yields the guard, to be
    called with the method and URL of a request that is about to use the network. Activations nest; the
    innermost that covers a host stops it.
    """
    guard = Guard(hosts, blocked)
    with _switching:
        _guards.append(guard)
        if len(_guards) == 1:
            _hooks.install()
    try:
        yield guard
    finally:
        with _switching:
            _guards.remove(guard)
            if not _guards:
                _hooks.remove()


def _check(host: object, port: object, request: str | None) -> None:
    name = plain_host(host)
    for guard in reversed(_guards):
        if guard.covers(name):
            guard.stop(request or _request_in_progress(name) or (name if port is None else f"{name}:{port}"))


_hooks = Hooks(_check)


def _request_in_progress(host: str) -> str | None:
    """Return the request to `host` that a library up the stack is working on, like ``"GET https://…"``."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way into the stack
    while frame is not None:
        if not is_project(frame.f_code.co_filename):
            found = _request_in(frame.f_locals)
            if found is not None and host_of(found[1]) == host:
                return " ".join(found)
        frame = frame.f_back
    return None


def _request_in(names: dict[str, object]) -> tuple[str, str] | None:
    for held in (names.get(name) for name in _HELD_IN):
        method = getattr(held, "method", None)
        url = getattr(held, "full_url", None) or getattr(held, "url", None)
        if method and url:
            return str(method), str(url)
    method, url = names.get("method"), names.get("url")
    return (method, url) if isinstance(method, str) and isinstance(url, str) else None

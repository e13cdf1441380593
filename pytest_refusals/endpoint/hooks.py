"""The places that every connection of a Python program passes, and how to stand in them for a while."""

from __future__ import annotations

import functools
import importlib.abc
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTP_PORT, HTTPS_PORT
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from pytest_refusals.endpoint.hosts import host_of
from pytest_refusals.endpoint.swap import Swap

Check = Callable[[object, object, "str | None"], None]
"""Takes a host, a port and, where it is known, the request (``"GET https://…"``). Raises to stop the connection."""

Peek = Callable[[Check, "inspect.BoundArguments"], None]
"""Hands what the arguments of a call say about its connection to a check."""


def _host_port(check: Check, call: inspect.BoundArguments) -> None:
    check(call.arguments.get("host"), call.arguments.get("port"), None)


def _address(check: Check, call: inspect.BoundArguments) -> None:
    address = call.arguments.get("address")
    if isinstance(address, tuple):
        check(address[0], address[1], None)


def _loop_connection(check: Check, call: inspect.BoundArguments) -> None:
    given = {**call.arguments, **call.arguments.get("options", {})}
    check(given.get("host"), given.get("port"), None)
    check(given.get("server_hostname"), given.get("port"), None)


def _http_request(check: Check, call: inspect.BoundArguments) -> None:
    connection, method, url = (call.arguments[name] for name in ("self", "method", "url"))
    if host_of(url):  # the request line of a plain proxy
        check(host_of(url), None, f"{method} {url}")
        return
    host, port = getattr(connection, "_tunnel_host", None) or connection.host, connection.port
    scheme = "https" if port == HTTPS_PORT else "http"
    suffix = "" if port in (HTTP_PORT, HTTPS_PORT) else f":{port}"
    check(host, port, f"{method} {scheme}://{host}{suffix}{url}")


def _aiohttp_request(check: Check, call: inspect.BoundArguments) -> None:
    request = call.arguments["req"]
    check(request.url.host, request.url.port, f"{request.method} {request.url}")


def _signature(text: str) -> inspect.Signature:
    """Return the signature of a C function, which does not tell, from `text` like ``"host, port=None, *rest"``."""
    scope: dict[str, Any] = {}
    exec(f"def call({text}): ...", scope)  # noqa: S102 - the texts are those below
    return inspect.signature(scope["call"])


_DNS = "host, port=None, *rest, **options"
_CONNECT = "self, address"
_LOOP_DNS = "self, host, port=None, *rest, **options"
_LOOP = "self, factory, host=None, port=None, *rest, **options"

POINTS: tuple[tuple[str, str, str, str, Peek], ...] = (
    # module, owner in it ("" for the module itself), name, signature, what to look at
    ("_socket", "", "getaddrinfo", _DNS, _host_port),  # for those who imported the function by name
    ("socket", "", "getaddrinfo", _DNS, _host_port),
    ("socket", "", "gethostbyname", _DNS, _host_port),
    ("socket", "", "gethostbyname_ex", _DNS, _host_port),
    ("socket", "socket", "connect", _CONNECT, _address),
    ("socket", "socket", "connect_ex", _CONNECT, _address),
    ("asyncio.base_events", "BaseEventLoop", "getaddrinfo", _LOOP_DNS, _host_port),
    ("asyncio.base_events", "BaseEventLoop", "create_connection", _LOOP, _loop_connection),
    ("uvloop", "Loop", "getaddrinfo", _LOOP_DNS, _host_port),
    ("uvloop", "Loop", "create_connection", _LOOP, _loop_connection),
    ("http.client", "HTTPConnection", "putrequest", "self, method, url, *rest, **options", _http_request),
    ("http.client", "HTTPConnection", "set_tunnel", "self, host, port=None, *rest, **options", _host_port),
    ("aiohttp.connector", "BaseConnector", "connect", "self, req, *rest, **options", _aiohttp_request),
)
"""Every stack passes one of these before its name is resolved; aiohttp and C event loops resolve on their own."""


class Hooks:
    """Stands in all `POINTS` from `install` to `remove`, also in modules that are imported in between."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._swaps: list[Swap] = []
        self._watchers: dict[tuple[object, str], Callable[..., Any]] = {}
        self._late = _AfterImport({point[0] for point in POINTS}, self._enter)

    def install(self) -> None:
        """Begin."""
        for name in dict.fromkeys(point[0] for point in POINTS):
            module = sys.modules.get(name)
            if module is not None:
                self._enter(module)
        sys.meta_path.insert(0, self._late)

    def remove(self) -> None:
        """Put back everything."""
        sys.meta_path.remove(self._late)
        while self._swaps:
            self._swaps.pop().stop()

    def _enter(self, module: ModuleType) -> None:
        for where, owner_name, name, signature, peek in POINTS:
            owner: Any = getattr(module, owner_name, None) if owner_name else module
            if where == module.__name__ and hasattr(owner, name):
                self._swaps.append(Swap(owner, name, self._watcher(getattr(owner, name), signature, peek)))

    def _watcher(self, function: Callable[..., Any], signature: str, peek: Peek) -> Callable[..., Any]:
        # Kept, because every run begins and ends all of this anew.
        key = (function, signature)
        if key not in self._watchers:
            self._watchers[key] = _watched(function, _signature(signature), functools.partial(peek, self._check))
        return self._watchers[key]


def _watched(
    function: Callable[..., Any], signature: inspect.Signature, look: Callable[[inspect.BoundArguments], None]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            arguments = signature.bind_partial(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # a wrong call: let the function itself say so
        look(arguments)
        return function(*args, **kwargs)

    return call


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls `then` with each of the modules `names` once it has been imported."""

    def __init__(self, names: set[str], then: Callable[[ModuleType], None]) -> None:
        self._names = names
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._names:
            return None
        spec = next((found for found in self._others(fullname, path, target) if found is not None), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self._then(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def _others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> Iterator[ModuleSpec | None]:
        for finder in list(sys.meta_path):
            if not isinstance(finder, _AfterImport):
                yield finder.find_spec(fullname, path, target)

"""Certificates are read once for many clients: what a fresh client costs is the authorities' file, some 20 ms."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from pytest_refusals.endpoint.swap import Swap

_USES = ("wrap_socket", "wrap_bio", "get_ca_certs", "cert_store_stats", "load_verify_locations", "load_default_certs")
"""The methods of a context to which it matters which authorities it knows."""


@contextmanager
def read_once() -> Iterator[None]:
    """Put off reading a file of authorities, while active, where the same one was read already.

    A context reads it when it is about to be used, or when this ends: so nothing is trusted more or less than before,
    and clients whose requests never reach the network do without. The first time a file is read at once, so an error in
    it shows where it would have.
    """
    deferred = _Deferred()
    swaps = [Swap(ssl.SSLContext, name, deferred.method(name)) for name in _USES]
    try:
        yield
    finally:
        for swap in swaps:
            swap.stop()
        deferred.settle()


class _Deferred:
    """What contexts have still to read."""

    def __init__(self) -> None:
        self._seen: set[tuple[Any, ...]] = set()
        self._owed: WeakKeyDictionary[ssl.SSLContext, list[tuple[Any, ...]]] = WeakKeyDictionary()
        self._load: Callable[..., None] = ssl.SSLContext.load_verify_locations

    def method(self, name: str) -> Callable[..., Any]:
        """Return what stands in for the method `name`."""
        if name == "load_verify_locations":
            return self._locations()
        original = getattr(ssl.SSLContext, name)

        def use(context: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
            self._pay(context)
            return original(context, *args, **kwargs)

        return use

    def _locations(self) -> Callable[..., None]:
        def load_verify_locations(
            context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None
        ) -> None:
            given = (cafile, capath, cadata)
            if isinstance(cafile, str) and capath is None and cadata is None and given in self._seen:
                self._owed.setdefault(context, []).append(given)
                return
            self._pay(context)
            self._load(context, *given)
            if isinstance(cafile, str):
                self._seen.add(given)

        return load_verify_locations

    def _pay(self, context: ssl.SSLContext) -> None:
        for given in self._owed.pop(context, ()):
            self._load(context, *given)

    def settle(self) -> None:
        """Let the contexts that are still there read what they owe."""
        for context in list(self._owed):
            self._pay(context)

"""The in-process transport: while active, every httpx and httpx2 client is answered by us. The one home of respx."""

from __future__ import annotations

import functools
import importlib
import inspect
import threading
from abc import ABC
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, ClassVar, cast

import respx
from respx.mocks import Mocker
from respx.models import AllMockedAssertionError

from pytest_refusals.endpoint.clients import Interceptor, Library, RoutedClient, offer, read_request
from pytest_refusals.endpoint.swap import Swap
from pytest_refusals.endpoint.transport import AnswerFunction, GuardRequest, TapFunction

_CLIENTS = ("Client", "AsyncClient")
_HOOKS = ("_send_single_request", "_transport_for_url")
"""The methods of a client that we rely on: the first is patched, the second says where a request was going."""

_switching = threading.RLock()


class ClientMocker(Mocker, ABC):
    """Patches the clients of one library. Its routers are our interceptors, the innermost last."""

    library: ClassVar[str]
    core: ClassVar[str]
    targets: ClassVar[list[str]] = []
    target_methods: ClassVar[list[str]] = []
    fallback: ClassVar[Any] = None

    @classmethod
    def interceptors(cls) -> list[Interceptor]:
        """Return the interceptors registered, the innermost last."""
        return cast("list[Interceptor]", cls.routers)

    @classmethod
    def start(cls) -> None:
        """Patch the clients, once; the layer below them where a future library has not got our hooks."""
        if cls._patches or cls.fallback is not None:
            return
        if _hooked(cls.library):
            # Not respx's own way of patching: it resolves names anew each time, at ten times the cost.
            swaps = [Swap(client, _HOOKS[0], cls.mock(vars(client)[_HOOKS[0]])) for client in _clients(cls.library)]
            cls._patches.extend(cast("list[Any]", swaps))
        else:
            cls.fallback = _fall_back(cls)

    @classmethod
    def stop(cls, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of respx
        """Undo every patch, unless interceptors remain."""
        if cls.routers and not force:
            return
        super().stop(force)
        if cls.fallback is not None:
            cls.fallback.stop(quiet=True)
            cls.fallback = None

    @classmethod
    def mock(cls, spec: Callable[..., Any]) -> Callable[..., Any]:
        """Return what stands in for `spec`, a client's method that sends one request."""
        library, interceptors = _library(cls.library), cls.interceptors()

        @functools.wraps(spec)
        def send(self: Any, *args: Any, **kwargs: Any) -> Any:
            return spec(RoutedClient(self, library, interceptors) if interceptors else self, *args, **kwargs)

        @functools.wraps(spec)
        async def send_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await spec(RoutedClient(self, library, interceptors) if interceptors else self, *args, **kwargs)

        return send_async if inspect.iscoroutinefunction(spec) else send


class HTTPXClientMocker(ClientMocker):
    """Patches httpx."""

    name = "pytest_refusals.httpx"
    library = "httpx"
    core = "httpcore"


class HTTPX2ClientMocker(ClientMocker):
    """Patches httpx2."""

    name = "pytest_refusals.httpx2"
    library = "httpx2"
    core = "httpcore2"


MOCKERS: tuple[type[ClientMocker], ...] = (HTTPXClientMocker, HTTPX2ClientMocker)


@contextmanager
def in_process(answer: AnswerFunction, guard_request: GuardRequest, tap: TapFunction | None = None) -> Iterator[None]:
    """Offer every request of an httpx or httpx2 client to `answer` while active.

    Clients of any age count, whatever their transport, proxy or mounts; asyncio, trio and threads. A
    request that `answer` returns None for goes where it was going; `guard_request` is called with its
    method and URL right before it would use the network, and may raise; what `tap` returns for it listens to its
    answer. Activations nest: the innermost is asked first. Nothing stays patched after the last one has ended.
    """
    interceptor = Interceptor(answer, guard_request, tap)
    with ExitStack() as undo:
        for mocker in MOCKERS:
            if _installed(mocker.library):
                undo.callback(_end, mocker, interceptor)
                _begin(mocker, interceptor)
        yield


def _begin(mocker: type[ClientMocker], interceptor: Interceptor) -> None:
    with _switching:
        mocker.register(cast("respx.Router", interceptor))
        mocker.start()


def _end(mocker: type[ClientMocker], interceptor: Interceptor) -> None:
    with _switching:
        mocker.unregister(cast("respx.Router", interceptor))
        mocker.stop()


@functools.cache
def _library(name: str) -> Library:
    return Library(importlib.import_module(name))


@functools.cache
def _clients(library: str) -> tuple[Any, ...]:
    home = f"{library}._client"  # where the classes are, whatever the user has put in their public place
    module = importlib.import_module(home if find_spec(home) is not None else library)
    return tuple(getattr(module, name) for name in _CLIENTS)


def _hooked(library: str) -> bool:
    return all(hook in vars(client) for client in _clients(library) for hook in _HOOKS)


@functools.cache
def _installed(library: str) -> bool:
    return find_spec(library) is not None


def _fall_back(mocker: type[ClientMocker]) -> Any:
    """Start a catch-all route below the clients of `mocker`. Custom transports are out of its sight."""
    import httpx

    if mocker.core == "httpcore2":
        importlib.import_module("pytest_httpx2._plugin")  # registers the respx mocker of that name
    core = Mocker.registry[mocker.core]
    library = Library(httpx, broken=importlib.import_module(mocker.core).RemoteProtocolError)

    def take(request: httpx.Request) -> Any:
        answered = offer(mocker.interceptors(), read_request(request, request.content))
        if answered is not None:
            return library.respond(answered)
        if len(core.routers) > 1:
            raise AllMockedAssertionError("not ours")  # makes respx ask the user's own routers
        for interceptor in reversed(mocker.interceptors()):
            interceptor.guard_request(request.method, str(request.url))
        return request

    router = respx.mock(using=mocker.core, assert_all_called=False)
    router.route().mock(side_effect=take)
    router.start()
    return router

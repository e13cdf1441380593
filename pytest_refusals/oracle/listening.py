"""Listen to every channel while the code runs, also to one whose library is imported only then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from pytest_refusals.oracle import leftovers
from pytest_refusals.oracle.channels.channel import Channel, Hear
from pytest_refusals.oracle.signals import Heard


@contextmanager
def listening(channels: Iterable[Channel], heard: list[Heard], broken: list[str]) -> Iterator[None]:
    """Append to `heard` what comes through `channels` while active, from any thread or task.

    A channel that raises is told in `broken`, a sentence each, and hides nothing of what the others hear.
    """
    run = _Listening([channel for channel in channels if channel.listen is not None], heard, broken)
    try:
        run.begin()
        yield
    finally:
        run.end()


class _Listening(MetaPathFinder):
    """The channels of one run, and what listens in them.

    It is told of imports, which it leaves to the others: a channel begins to listen as soon as a module that it
    waits for has been imported, before the importer can use it.
    """

    def __init__(self, channels: Sequence[Channel], heard: list[Heard], broken: list[str]) -> None:
        self._channels = channels
        self._heard = heard
        self._broken = broken
        self._hears: dict[int, Hear] = {}
        self._before = leftovers.alive()
        self._others = leftovers.at_work()
        self._listening: list[tuple[Hear, AbstractContextManager[Any]]] = []

    def begin(self) -> None:
        for channel in self._channels:
            if not channel.modules or any(sys.modules.get(module) is not None for module in channel.modules):
                self._listen(channel)
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        leftovers.remember(self._before)
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for hear, manager in reversed(self._listening):
            hear.over = True
            try:
                manager.__exit__(None, None, None)
            except Exception as error:
                hear.broke(error, "ending to listen")

    def _listen(self, channel: Channel) -> None:
        assert channel.listen is not None
        hear = self._hears.setdefault(id(channel), Hear(channel.name, self._heard, self._broken, self._others))
        try:
            manager = channel.listen(hear)
            manager.__enter__()
        except Exception as error:
            hear.broke(error, "beginning to listen")
        else:
            self._listening.append((hear, manager))

    def _imported(self, name: str) -> None:
        for channel in self._channels:
            if name in channel.modules:
                self._listen(channel)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not any(fullname in channel.modules for channel in self._channels):
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find is not None and finder is not self else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._imported)
                return spec
        return None


class _Loader(Loader):
    """Loads as `original` does, and leaves no trace of itself in the module."""

    def __init__(self, original: Any, loaded: Callable[[str], None]) -> None:
        self._original = original
        self._loaded = loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._original.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._original
        self._original.exec_module(module)
        self._loaded(module.__name__)

"""Threads and tasks that an earlier run left behind: what they say may be about that run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Mapping
from types import CoroutineType, FrameType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from pytest_refusals.sites import is_project

if TYPE_CHECKING:
    import asyncio

    Strand = threading.Thread | asyncio.Task[Any]

_left: WeakSet[Any] = WeakSet()


def alive() -> frozenset[Strand]:
    """Return the threads that are there, and the tasks of the event loop that runs here."""
    return frozenset((*threading.enumerate(), *_tasks()))


def remember(before: Collection[Strand]) -> None:
    """Take note that a run has ended which began with the strands `before`: those that came since were its own."""
    _left.update(alive().difference(before, (speaker(),)))


def at_work() -> frozenset[object]:
    """Return those that are to go on with what an earlier run had them do: they are asleep, or wait for an event.

    Others may be workers: one that was started where it was first needed, and takes from a queue what it is handed,
    speaks for whoever handed it over.
    """
    left = tuple(_left)
    frames = sys._current_frames() if left else {}  # noqa: SLF001 - documented, for debuggers
    return frozenset(each for each in left if _is_put_off(each, frames))


def speaker() -> object:
    """Return who runs here: a task, or else a thread."""
    return _current_task() or threading.current_thread()


def _is_put_off(strand: Strand, frames: Mapping[int, FrameType]) -> bool:
    if not isinstance(strand, threading.Thread):
        return not strand.done() and _is_asleep(strand.get_coro())
    innermost = frames.get(strand.ident) if strand.ident is not None else None
    return innermost is not None and _sleeps(innermost)


def _sleeps(innermost: FrameType) -> bool:
    """Whether the project's own code waits there for a time or an event; for work waits a library, as a queue is."""
    frame: FrameType | None = innermost
    while frame is not None and frame.f_globals.get("__name__") == "threading":
        frame = frame.f_back
    if frame is None or not is_project(frame.f_code.co_filename):
        return False
    return frame is not innermost or "sleep" in frame.f_code.co_names


def _is_asleep(coroutine: object) -> bool:
    """The same for what a task runs, by the innermost thing that it awaits."""
    while isinstance(coroutine, CoroutineType) and isinstance(coroutine.cr_await, CoroutineType):
        coroutine = coroutine.cr_await
    frame = coroutine.cr_frame if isinstance(coroutine, CoroutineType) else None
    return frame is not None and frame.f_globals.get("__name__") in ("asyncio.tasks", "asyncio.locks")


def _tasks() -> Collection[asyncio.Task[Any]]:
    module = _asyncio()
    return module.all_tasks() if module is not None else ()


def _current_task() -> asyncio.Task[Any] | None:
    module = _asyncio()
    return module.current_task() if module is not None else None


def _asyncio() -> Any:
    """Return the module where its event loop runs, None elsewhere."""
    module: Any = sys.modules.get("asyncio")
    running = module is not None and module._get_running_loop() is not None  # noqa: SLF001 - for coupled frameworks
    return module if running else None

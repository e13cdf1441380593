"""Call the code under test to its end, whatever it is: a function, a coroutine, a generator."""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any


def is_async(value: object) -> bool:
    """Whether `value` has to be awaited, or iterated over asynchronously, before it is a result."""
    return inspect.isawaitable(value) or isinstance(value, AsyncIterator)


def is_iteration(value: object) -> bool:
    """Whether `value` is a generator or another iterator, which has something to give once. An open file is none."""
    return isinstance(value, Iterator) and not isinstance(value, io.IOBase)


def in_event_loop() -> bool:
    """Whether an event loop (asyncio's or trio's) is running in this thread, so that nothing may block."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        trio = sys.modules.get("trio")
        return bool(trio is not None and trio.lowlevel.in_trio_run())
    return True


def code_of(handler: object) -> types.CodeType | None:
    """Return the code of a function, method, partial or callable object."""
    while hasattr(handler, "func"):
        handler = handler.func
    function = inspect.unwrap(handler) if callable(handler) else handler
    by_type = type(function).__call__ if callable(function) else None
    for candidate in (function, getattr(function, "__func__", None), by_type):
        code = getattr(candidate, "__code__", None)
        if isinstance(code, types.CodeType):
            return code
    return None


def run_async(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run `coroutine` to its end with asyncio."""
    asyncio.run(coroutine)


async def finish_async(result: Any, items: list[Any]) -> Any:
    """Return what an awaitable or an iterator comes to. What iterators yield is appended to `items`."""
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, AsyncIterator):
        async for item in result:
            items.append(item)  # noqa: PERF401  # kept one by one: an exception may end it
        return items
    return finish(result, items)


def finish(result: Any, items: list[Any]) -> Any:
    """Return `result`, or `items` with all appended that it yields if it is an iteration that has not run yet."""
    if not is_iteration(result):
        return result
    for item in result:
        items.append(item)  # noqa: PERF402  # kept one by one: an exception may end it
    return items


async def in_thread(work: Callable[[Callable[[Callable[[], Awaitable[None]]], None]], None]) -> None:
    """Run `work`, which blocks, in a thread; the function it is given runs an async function in this event loop."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        await trio.to_thread.run_sync(work, trio.from_thread.run)
        return
    loop = asyncio.get_running_loop()
    waited_for: list[Future[None]] = []

    def wait(function: Callable[[], Awaitable[None]]) -> None:
        async def call() -> None:
            await function()

        waited_for[:] = [asyncio.run_coroutine_threadsafe(call(), loop)]
        waited_for[0].result()

    try:
        await asyncio.to_thread(work, wait)
    finally:
        for future in waited_for:  # a test that is cancelled takes the thread with it
            future.cancel()

"""Threads, tasks and queues: where an error can get lost on its way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread

from tests.corpus.asking import OK, Ask, create, question, text_of
from tests.corpus.case import AS_IT_CAME, case

log = logging.getLogger("corpus.worker")
PROMPTS = ("Describe the first item.", "Describe the second item.")


class WorkError(Exception):
    pass


def checked(message: Any) -> str:
    if message.stop_reason not in OK:
        raise WorkError("no answer")
    return text_of(message)


@case("loud")
def maps_over_a_pool(ask: Ask) -> list[str]:
    """A pool of threads, whose results raise where they are taken."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda prompt: checked(ask(prompt)), PROMPTS))


@case("silent", failed="silent")
def forgets_its_futures(ask: Ask) -> str:
    """A pool of threads, whose results nobody takes."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: checked(ask()))
    return "submitted"


@case("silent", failed="silent")
def asks_future_for_its_exception(ask: Ask) -> list[str]:
    """A pool of threads, whose failed results are left out."""
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(lambda p=prompt: checked(ask(p))) for prompt in PROMPTS]
    return [future.result() for future in futures if future.exception() is None]


@case("silent", failed="silent")
def dies_in_a_thread(ask: Ask) -> list[str]:
    """A bare thread dies of its error, and prints it."""
    answers: list[str] = []
    hook, threading.excepthook = threading.excepthook, lambda _args: None
    try:
        thread = threading.Thread(target=lambda: answers.append(checked(ask())))
        thread.start()
        thread.join()
    finally:
        threading.excepthook = hook
    return answers


@case("loud")
def hands_errors_over_a_queue(ask: Ask) -> str:
    """A thread that puts its error into a queue, from which it is raised."""
    results: queue.Queue[Any] = queue.Queue()

    def work() -> None:
        try:
            results.put(checked(ask()))
        except Exception as error:
            results.put(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    result = results.get()
    if isinstance(result, Exception):
        raise result
    return result


@case("loud")
async def gathers(ask: Ask) -> list[str]:
    """asyncio.gather raises the first error; anyio's tasks do the same on trio."""
    answers: list[str] = []

    async def work(prompt: str) -> None:
        answers.append(checked(await ask(prompt)))

    async with anyio.create_task_group() as tasks:
        for prompt in PROMPTS:
            tasks.start_soon(work, prompt)
    return answers


@case("silent", failed="silent")
async def gathers_and_filters(ask: Ask) -> list[str]:
    """asyncio.gather with return_exceptions=True, and the errors are left out."""
    results = await asyncio.gather(*(ask(prompt) for prompt in PROMPTS), return_exceptions=True)
    return [text_of(r) for r in results if not isinstance(r, BaseException) and r.stop_reason in OK]


@case("loud")
async def gathers_and_returns_errors(ask: Ask) -> list[Any]:
    """asyncio.gather with return_exceptions=True, and the errors are part of the result."""

    async def work(prompt: str) -> str:
        message = await ask(prompt)
        if message.stop_reason not in OK:
            raise WorkError(f"refused: {message.stop_reason}")
        return text_of(message)

    return await asyncio.gather(*(work(prompt) for prompt in PROMPTS), return_exceptions=True)


@case("silent", failed="silent")
async def forgets_a_task(ask: Ask) -> str:
    """A task that nobody awaits, and whose error says nothing of this run."""

    async def work() -> None:
        try:
            checked(await ask())
        except Exception:
            raise WorkError("background job failed") from None

    task = asyncio.ensure_future(work())
    await asyncio.wait([task])
    return "started"


@case("loud")
async def works_in_a_thread() -> str:
    """Blocking code in a thread, awaited."""
    return await anyio.to_thread.run_sync(lambda: checked(create(**{**question(), "prompt": "Hello."})))


@case(**AS_IT_CAME, failed="silent")
async def consumes_a_queue(ask: Ask) -> str:
    """A producer that always ends with a sentinel, and a consumer that cannot know why."""
    parts: asyncio.Queue[str | None] = asyncio.Queue()

    async def produce() -> None:
        try:
            await parts.put(text_of(await ask()))
        finally:
            await parts.put(None)

    task = asyncio.ensure_future(produce())
    text = ""
    while (part := await parts.get()) is not None:
        text += part
    with contextlib.suppress(Exception):
        await task
    return text


@case("loud")
async def logs_in_a_callback(ask: Ask) -> None:
    """A callback of the task that logs its error."""

    async def work() -> str:
        return checked(await ask())

    task = asyncio.ensure_future(work())
    task.add_done_callback(lambda done: done.exception() and log.error("job failed: %s", done.exception()))
    await asyncio.wait([task])
    await asyncio.sleep(0)


@case("silent", failed="silent")
async def times_out_quietly(ask: Ask) -> str | None:
    """Errors and timeouts are the same thing: None."""
    try:
        return checked(await asyncio.wait_for(ask(), timeout=5))
    except (asyncio.TimeoutError, Exception):
        return None


@case("loud")
def hands_an_error_to_a_future(ask: Ask) -> str:
    """An error of the project's own that a future raises: no raise statement is the project's."""
    answer: Future[str] = Future()
    message = ask()
    if message.stop_reason in OK:
        answer.set_result(text_of(message))
    else:
        answer.set_exception(WorkError("no answer"))
    return answer.result()


@case("loud")
async def hands_an_error_to_a_waiter(ask: Ask) -> str:
    """The same with asyncio, as bridges from callbacks do."""
    answer = asyncio.get_running_loop().create_future()
    message = await ask()
    if message.stop_reason in OK:
        answer.set_result(text_of(message))
    else:
        answer.set_exception(WorkError("no answer"))
    return await answer

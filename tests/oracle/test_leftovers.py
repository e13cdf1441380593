"""Threads that outlive a run: their own belated words are nobody's, what they are handed later is the run's."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pytest_refusals import serve
from tests.oracle.asking import async_client, create, text_of

log = logging.getLogger("app.leftovers")


def runs(*steps, branch="refusal-before-output"):
    """Run code once for each of `steps`, which is called with the message where there is no answer."""

    def handler(step):
        message = create()
        if message.stop_reason == "end_turn":
            return text_of(message)
        step(message)
        return ""

    with serve(branch, check=False) as refusal_stream:
        return [refusal_stream.run(handler, step) for step in steps]


def verdicts(*steps, branch="refusal-before-output"):
    """Return the verdicts on them."""
    return [outcome.verdict.value for outcome in runs(*steps, branch=branch)]


class Late:
    """Says what it has to say when it is let go."""

    def __init__(self, text="refused: {}"):
        self.text, self.go, self.begun = text, threading.Event(), threading.Event()
        self.thread = None

    def start(self, message):
        """Begin to wait, and say nothing."""
        self.thread = threading.Thread(target=self.say, args=(message.stop_reason,))
        self.thread.start()
        self.begun.wait()

    def say(self, reason):
        """Wait, and say it."""
        self.begun.set()
        self.go.wait()
        log.error(self.text.format(reason))

    def end(self, *_):
        """Let it say what it has to say."""
        self.go.set()
        self.thread.join()


def test_what_an_earlier_run_left_behind():
    """It is about that run, whatever it says: the code under test in this one says nothing."""
    late = Late()
    first, second = runs(late.start, late.end)
    assert (first.verdict, second.verdict) == ("silent", "silent")
    (found,) = second.dismissed
    assert found.why == "it may be about an earlier run, and quotes nothing that was made for this one"


@pytest.mark.parametrize(("waits", "second"), [("sleep", "silent"), ("recv", "loud")])
def test_who_is_asleep(waits, second):
    """One that sleeps goes on with that run as well; one that waits for something else may wait for work."""
    lock, begun, threads = threading.Lock(), threading.Event(), []
    clock = SimpleNamespace(sleep=lock.acquire, recv=lock.acquire)
    lock.acquire()

    def sleeps():
        begun.set()
        clock.sleep()
        log.error("refused")

    def receives():
        begun.set()
        clock.recv()
        log.error("refused")

    def start(_message):
        threads.append(threading.Thread(target=sleeps if waits == "sleep" else receives))
        threads[0].start()
        begun.wait()

    def end(_message):
        lock.release()
        threads[0].join()

    assert verdicts(start, end) == ["silent", second]


def test_what_this_run_started():
    """A thread of the run itself is heard."""
    late = Late("no answer")
    assert verdicts(lambda message: (late.start(message), late.end())) == ["loud"]


def test_what_was_there_before():
    """A thread that no run started, as an application's own, is heard."""
    late = Late("no answer")
    late.start(SimpleNamespace(stop_reason="none"))
    assert verdicts(late.end) == ["loud"]


def test_a_word_that_was_made_for_this_run():
    """What quotes a stop that nobody can have heard of before is about this run, whoever says it."""
    late = Late()
    said = []

    def end(message):
        late.text = f"stopped: {message.stop_reason}"
        late.end()
        said.append(message.stop_reason)

    assert verdicts(late.start, end, branch="unknown-before-output") == ["silent", "loud"]
    assert len(said) == 1


class Worker:
    """Is started where it is first needed, and says what it is handed."""

    def __init__(self):
        self.tasks = queue.Queue()
        self.thread = None

    def work(self):
        """Say it, until there is no more."""
        while (text := self.tasks.get()) is not None:
            log.error(text)
            self.tasks.task_done()
        self.tasks.task_done()

    def tell(self, _message):
        """Hand something over."""
        if self.thread is None:
            self.thread = threading.Thread(target=self.work)
            self.thread.start()
        self.tasks.put("no answer")
        self.tasks.join()


def test_a_worker_that_waits_for_work():
    """A worker that the first run started speaks for every run that hands it something."""
    worker = Worker()
    try:
        assert verdicts(worker.tell, worker.tell, worker.tell) == ["loud", "loud", "loud"]
        assert verdicts(worker.tell, lambda _: None) == ["loud", "silent"]
    finally:
        worker.tasks.put(None)
        worker.thread.join()


def test_a_pool_of_the_applications():
    """So does a pool whose threads were made in an earlier run."""
    with ThreadPoolExecutor(2) as pool:
        tell = lambda _: pool.submit(log.error, "no answer: refused").result()  # noqa: E731
        assert verdicts(tell, tell, tell) == ["loud", "loud", "loud"]


async def asked(step):
    """Ask, and call `step` where there is no answer."""
    async with async_client() as client:
        message = await client.messages.create(
            model="claude-test", max_tokens=9, messages=[{"role": "user", "content": "the report"}]
        )
    if message.stop_reason == "end_turn":
        return text_of(message)
    await step(message)
    return ""


async def verdicts_in_one_loop(*steps):
    """Return the verdicts on runs that share an event loop."""
    with serve("refusal-before-output", check=False) as refusal_stream:
        return [(await refusal_stream.run(asked, step)).verdict.value for step in steps]


WAITS = {
    "event": (asyncio.Event.wait, "silent"),
    "event with a limit": (lambda go: asyncio.wait_for(go.wait(), 60), "silent"),
    "future": (lambda go: go.future, "loud"),
    "queue": (lambda go: go.queue.get(), "loud"),
}


class Go(asyncio.Event):
    """Whatever a task may wait for, let go at once."""

    def __init__(self):
        super().__init__()
        self.future = asyncio.get_running_loop().create_future()
        self.queue = asyncio.Queue()

    def set(self):
        """Let it go on."""
        super().set()
        self.future.set_result(None)
        self.queue.put_nowait(None)


@pytest.mark.parametrize(("wait", "second"), WAITS.values(), ids=WAITS)
def test_a_task_that_an_earlier_run_left_behind(wait, second):
    """It is about that run where it waits for an event or a time, and may be a worker elsewhere."""
    tasks = []

    async def both():
        go = Go()

        async def late():
            await wait(go)
            log.error("refused")

        async def start(_message):
            tasks.append(asyncio.ensure_future(late()))
            await asyncio.sleep(0)

        async def end(_message):
            go.set()
            await tasks[0]

        return await verdicts_in_one_loop(start, end)

    assert asyncio.run(both()) == ["silent", second]


def test_a_task_of_this_run():
    """A task that the run itself began is heard."""

    async def tells(_message):
        async def say():
            await asyncio.sleep(0)
            log.error("no answer")

        await asyncio.ensure_future(say())

    assert asyncio.run(verdicts_in_one_loop(tells, tells)) == ["loud", "loud"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Each test ends what it began."""
    before = threading.active_count()
    yield
    assert threading.active_count() == before

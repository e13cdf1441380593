"""The item ``[generated]``: a test's body on many examples, and the smallest on which it fails."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from pytest_refusals import running
from pytest_refusals.branches import Branch
from pytest_refusals.dialects.base import Stream
from pytest_refusals.endpoint.endpoint import Plan
from pytest_refusals.errors import RefusalsError, VerdictFailed
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.orderings import Ordering, as_code
from pytest_refusals.plans import planner
from pytest_refusals.report.example import shown
from pytest_refusals.session import RefusalStream
from pytest_refusals.sites import is_project
from pytest_refusals.stops import Stop, StopKind

if TYPE_CHECKING:
    from pytest_refusals.dialects.base import Answer

GENERATED = Branch(
    "generated",
    "generated",
    "an answer whose events come in an order of their own",
    Stop(StopKind.COMPLETED),
    expects="quiet",
)
"""Stands for the examples among the branches of a test; each example has a branch of its own."""

_AGAIN = 2
"""How often the smallest counterexample is tried again: code that is not the same every time is told apart."""


class Reporter(Protocol):
    """Who is told how the examples ended."""

    def generated(self, outcome: Outcome, *, verdict: str | None = None, example: str | None = None) -> None:
        """`outcome` is the failing example's, or that of the last one that was to be loud; `verdict` overrules its."""


@dataclass
class Examples:
    """The examples of one item. `current` is the one that is served, `last` tells of those that passed."""

    answer: Answer | None
    count: int
    key: str
    current: Ordering | Stream = field(default_factory=Ordering)
    last: Outcome | None = None

    @property
    def events(self) -> int:
        """How many events a recorded answer has; 0 where it was not recorded."""
        return len(self.answer.events) if isinstance(self.answer, Stream) else 0

    def plan(self) -> Plan:
        """Return the plan of a run on the current example."""
        return planner(self.current, self.answer)()


Body = Callable[..., Any]


def on_examples(body: Body, examples: Examples, stream: RefusalStream, reporter: Reporter, *, watched: bool) -> Body:
    """Return a function like `body`, a test's, that calls it once for each example.

    `watched` is whether the body itself is the code under test. Raises `VerdictFailed`, or what `body` raises, with the
    smallest counterexample in its message.
    """
    item = _Item(body, examples, stream, reporter, watched=watched)
    if inspect.iscoroutinefunction(body):

        @functools.wraps(body)
        async def call_async(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            await running.in_thread(lambda wait: item.run(lambda: wait(lambda: item.once_async(args, kwargs))))

        return _bare(call_async)

    @functools.wraps(body)
    def call(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        item.run(lambda: item.once(args, kwargs))

    return _bare(call)


def check_given(function: object, nodeid: str) -> None:
    """Raise `RefusalsError` where `function` is under ``@given``, whose examples would all share one run."""
    from pytest_refusals.strategies import engine

    if engine.shares_fixtures(function) is False:
        raise RefusalsError(
            f"{nodeid} is under @given, and its examples would share one refusal_stream. Serve inside of the test: "
            '`with pytest_refusals.serve("refusal-mid-text") as refusal_stream:`, with the name of a branch or '
            "with a stream of pytest_refusals.strategies"
        )


def undecorated(function: Body) -> Body:
    """Return `function` without what Hypothesis' decorators left on it, for the items beside ``[generated]``."""
    from pytest_refusals.strategies import engine

    if not engine.is_decorated(function):
        return function
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return await function(*args, **kwargs)

        return _bare(call_async)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return function(*args, **kwargs)

    return _bare(call)


def _bare(function: Body) -> Body:
    from pytest_refusals.strategies import engine

    engine.undecorate(function)
    return function


class _Item:
    """Runs the body on examples, and makes the failure readable."""

    def __init__(
        self, body: Body, examples: Examples, stream: RefusalStream, reporter: Reporter, *, watched: bool
    ) -> None:
        self._body = body
        self._examples = examples
        self._stream = stream
        self._reporter = reporter
        self._watched = watched

    def run(self, once: Callable[[], None]) -> None:
        """Run `once` on every example; tell the reporter."""
        __tracebackhide__ = True
        from pytest_refusals.strategies import engine

        try:
            engine.run(
                lambda example: self._on(example, once),
                self._body,
                examples=self._examples.count,
                key=self._examples.key,
                events=self._examples.events,
            )
        except engine.FLAKY as error:
            self._fail_flaky(once, error)
        except VerdictFailed as error:
            verdicts = self._again(once, error.outcome)
            if len(set(verdicts)) > 1:
                raise self._flaky(error, verdicts) from None
            code = as_code(self._examples.current)
            self._reporter.generated(error.outcome, example=code)
            error.args = (f"{error}\n\n{shown(error.outcome, self._examples.current)}",)
            _drop_notes(error)
            raise error.with_traceback(_of_project(error.__traceback__)) from error.__cause__
        except Exception as error:
            _drop_notes(error)
            _note(error, shown(self._last(), self._examples.current))
            raise error.with_traceback(_of_project(error.__traceback__)) from error.__cause__
        else:
            if self._examples.last is not None:
                self._reporter.generated(self._examples.last)

    def once(self, args: Any, kwargs: Any) -> None:
        """Run the body on the current example."""
        __tracebackhide__ = True
        if self._watched:
            with self._stream.watch() as watch:
                watch.returned = self._body(*args, **kwargs)
            del watch  # as in `_passed`
        else:
            self._body(*args, **kwargs)
            self._stream.conclude()

    async def once_async(self, args: Any, kwargs: Any) -> None:
        """Run the body, a coroutine function, on the current example."""
        __tracebackhide__ = True
        if self._watched:
            with self._stream.watch() as watch:
                watch.returned = await self._body(*args, **kwargs)
            del watch  # as in `_passed`
        else:
            await self._body(*args, **kwargs)
            self._stream.conclude()

    def _on(self, example: Ordering | Stream, once: Callable[[], None]) -> None:
        __tracebackhide__ = True
        self._examples.current = example
        self._stream.forget()
        once()
        self._passed(self._last())

    def _passed(self, outcome: Outcome | None) -> None:
        # Not where the body is called: an exception in the outcome leads to that frame, and both would stay in a cycle.
        if outcome is not None and (self._examples.last is None or outcome.branch.expects == "loud"):
            self._examples.last = outcome

    def _last(self) -> Outcome | None:
        return self._stream.outcomes[-1] if self._stream.outcomes else None

    def _verdict(self, once: Callable[[], None]) -> str:
        """Return what becomes of the current example when it is run once more."""
        try:
            self._on(self._examples.current, once)
        except VerdictFailed as error:
            return _word(error.outcome)
        except Exception as error:
            return type(error).__name__
        return _word(self._last())

    def _again(self, once: Callable[[], None], outcome: Outcome) -> list[str]:
        return [_word(outcome), *(self._verdict(once) for _ in range(_AGAIN))]

    def _fail_flaky(self, once: Callable[[], None], error: Exception) -> None:
        __tracebackhide__ = True
        failed = next((inner for inner in _inner(error) if isinstance(inner, VerdictFailed)), None)
        if failed is None:
            raise error
        last = self._last()
        passed = [_word(last)] if last is not None else []
        verdicts = [_word(failed.outcome), *passed, *self._again(once, failed.outcome)]
        raise self._flaky(failed, verdicts) from None

    def _flaky(self, failed: VerdictFailed, verdicts: list[str]) -> VerdictFailed:
        outcome = failed.outcome
        different = list(dict.fromkeys(verdicts))
        self._reporter.generated(outcome, verdict="flaky", example=as_code(self._examples.current))
        message = (
            f"FLAKY: {outcome.dropped_at}: {' and '.join(different)} on the same answer\n\n"
            "  The code under test did not do the same when it was run again, so no verdict on it can be relied on.\n"
            "  It may keep something from one call to the next: a cache, a counter, a log that speaks once.\n\n"
        )
        error = VerdictFailed(message + shown(outcome, self._examples.current), outcome)
        return error.with_traceback(_of_project(failed.__traceback__))


def _word(outcome: Outcome | None) -> str:
    return outcome.verdict.value if outcome is not None and outcome.verdict is not None else "not run"


def _inner(error: BaseException) -> tuple[BaseException, ...]:
    """Return what a report of flakiness is about: the exceptions of its group, or its causes."""
    group = getattr(error, "exceptions", ())
    return (*group, *(each for each in (error.__cause__, error.__context__) if each is not None))


def _drop_notes(error: BaseException) -> None:
    """Drop Hypothesis' own account of the counterexample, which speaks of a function that the user does not have."""
    notes = getattr(error, "__notes__", None)
    if notes:
        notes[:] = [note for note in notes if "generated(" not in note]


def _note(error: BaseException, text: str) -> None:
    # as `add_note`, which Python 3.10 has not
    vars(error)["__notes__"] = [*getattr(error, "__notes__", ()), text]


def _of_project(traceback: TracebackType | None) -> TracebackType | None:
    """Return `traceback` without the frames of libraries: the way from a test to itself is nobody's business."""
    frames: list[TracebackType] = []
    while traceback is not None:
        if is_project(traceback.tb_frame.f_code.co_filename):
            frames.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for frame in reversed(frames):
        kept = TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return kept

"""Serve a branch, watch the code under test, judge it: what the fixture covers and scripts use as it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import CodeType
from typing import Any, Final, Protocol

from pytest_refusals import dialects, running
from pytest_refusals.branches import Branch
from pytest_refusals.dialects.base import Answer, Dialect, Request, Stream
from pytest_refusals.endpoint.endpoint import Endpoint, Plan
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.endpoint.serving import serving
from pytest_refusals.errors import BranchNotApplicable, BrokenChannel, RefusalsError, UnservedRequest, VerdictFailed
from pytest_refusals.oracle.channels import ALL
from pytest_refusals.oracle.channels.channel import Channel
from pytest_refusals.oracle.channels.taps import keeping
from pytest_refusals.oracle.judge import PASSING, judge
from pytest_refusals.oracle.observe import Sighting, observe
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Partial, Policy, accepted, exception_types, names_of
from pytest_refusals.oracle.sinks import Sink
from pytest_refusals.orderings import Chunking, Ordering
from pytest_refusals.plans import Served, planner, turns
from pytest_refusals.report.message import failure_message
from pytest_refusals.text import error_text
from pytest_refusals.watching import Run, Watch


class Reporter(Protocol):
    """Who is told of each run."""

    def judged(self, outcome: Outcome) -> None:
        """A run was judged."""

    def not_applicable(self, branch: Branch) -> None:
        """The request under test cannot produce `branch`."""


class RefusalStream:
    """The API that answers with one branch, and the oracle that watches.

    `branch` is the branch; `outcomes` holds what was seen in each run so far. With `remember`, all runs are turns of
    one conversation: a refused turn of an earlier run ends the same way when it comes back.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        policy: Policy,
        *,
        check: bool = True,
        reporter: Reporter | None = None,
        test: CodeType | None = None,
        channels: Sequence[Channel] = (),
        remember: bool = False,
    ) -> None:
        self.policy: Final = policy
        self._channels = (*ALL, *channels)
        self.outcomes: list[Outcome] = []
        self._dialects: tuple[Dialect, ...] = dialects.known()
        self._plan = plan
        self._check = check
        self._reporter = reporter
        self._test = test
        self._watching = False
        self._sinks: dict[str, Sink] = {}
        self._remember = remember
        self._earlier: list[tuple[Exchange, Plan]] = []
        self._internal: list[BaseException] = []
        self._blocked: list[UnservedRequest] = []
        self._endpoint = self._fresh_endpoint()
        self.used = False

    @property
    def branch(self) -> Branch:
        """The branch that is served."""
        return self._endpoint.plan.branch

    def run(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call ``f(*args, **kwargs)``, watch it, judge it, and return the `Outcome`.

        A generator is read to its end. An async function is awaited: inside a running event loop `run`
        returns a coroutine that gives the outcome (``await refusal_stream.run(f)``), otherwise it
        runs the function with asyncio. A failing verdict raises `VerdictFailed`; on a quiet branch the
        code's own exception comes through. `BranchNotApplicable` (a skip) is raised where the request cannot
        produce the branch, `RefusalsError` for a run inside a run, or for an `f` that cannot be called.
        """
        __tracebackhide__ = True
        _check_callable(f)
        run = self._begin(running.code_of(f))
        try:
            with run.catching():
                result = f(*args, **kwargs)
                if not running.is_async(result):
                    run.returned = (running.finish(result, run.items),)
                elif running.in_event_loop():
                    return self._run_async(run, result)
                else:
                    running.run_async(self._finish(run, result))
        finally:
            self._watching = False
        return self._end(run)

    def watch(self) -> Watch:
        """Return a context manager that watches a block instead of one call, and is its own handle.

        An exception that is a signal ends in it. Raises what `run` raises, when the block has ended.
        """
        return Watch(lambda: self._begin(None), self._conclude, self._abort)

    def sink(self, name: str = "sink") -> Sink:
        """Return the sink of that name: a callback to hand to the code under test, which keeps what it is called with.

        In each run it begins empty; `Outcome.sinks` has what it got. Partial output in it is a leak as in what came
        back, except what it got before the stop arrived, where the end is loud. A value in it that names the stop is
        a signal of the channel ``surface``.
        """
        if not (isinstance(name, str) and name):  # type: ignore[redundant-expr]  # the type is only asked for
            raise RefusalsError(f"Expected the name of a sink but got {name!r} (type={type(name).__name__})")
        return self._sinks.setdefault(name, Sink(name, self._stops_read, dialects.Vendors(self._dialects)))

    def _stops_read(self) -> frozenset[Exchange]:
        return frozenset(e for e in self._endpoint.exchanges if e.told and e.stop_read)

    def _conclude(self, run: Run, returned: Any) -> Outcome:
        __tracebackhide__ = True
        self._abort()
        run.returned = () if returned is None else (returned,)
        return self._end(run)

    def _abort(self) -> None:
        self._watching = False

    async def _run_async(self, run: Run, result: Any) -> Outcome:
        __tracebackhide__ = True
        self._watching = True
        try:
            with run.catching():
                await self._finish(run, result)
        finally:
            self._watching = False
        return self._end(run)

    @staticmethod
    async def _finish(run: Run, result: Any) -> None:
        run.returned = (await running.finish_async(result, run.items),)

    def forget(self) -> None:
        """Forget every run so far, as if this were a new test."""
        self.outcomes.clear()
        self.used = self._watching = False

    def conclude(self) -> None:
        """Judge a stream that was asked for and never used as a run that reached nothing."""
        __tracebackhide__ = True
        if not self.used:
            self._watching = False
            self._end(Run(self._endpoint, None, ()))

    def answer(self, request: Request) -> Exchange | None:
        """Answer a request of the code under test; what a transport calls."""
        try:
            return self._endpoint.answer(request)
        except Exception as error:
            self._internal.append(error)
            raise

    def blocked(self, error: UnservedRequest) -> None:
        """Take note of a request that was stopped; what the network guard calls."""
        self._blocked.append(error)

    def _fresh_endpoint(self) -> Endpoint:
        return Endpoint(self._dialects, self._plan(), earlier=self._earlier)

    def _begin(self, handler: CodeType | None) -> Run:
        if self._watching:
            raise RefusalsError("Something is being watched already: a watch or run cannot be inside another one")
        if self._remember:
            plan = self._endpoint.plan
            self._earlier += [(exchange, plan) for exchange in self._endpoint.exchanges if exchange.told]
        self._watching = self.used = True
        self._endpoint = self._fresh_endpoint()
        self._internal.clear()
        for sink in self._sinks.values():
            sink.stored.clear()
        return Run(self._endpoint, handler, self._channels)

    def _end(self, run: Run) -> Outcome:
        __tracebackhide__ = True
        self._raise_own_errors()
        obstacle = run.endpoint.obstacle
        if obstacle is not None and not any(e.told for e in run.endpoint.exchanges):
            if self._reporter is not None:
                self._reporter.not_applicable(self.branch)
            raise BranchNotApplicable(f"n/a: {obstacle}")
        seen = self._observe(run)
        run.raised = None  # its traceback leads here: a cycle would keep all of the run until it is looked for
        if seen.branch.expects == "quiet" and seen.raised is not None and seen.requests:
            raise seen.raised
        outcome = replace(seen, verdict=judge(seen, self.policy))
        self.outcomes.append(outcome)
        if self._reporter is not None:
            self._reporter.judged(outcome)
        if self._check and outcome.verdict not in PASSING:
            raise VerdictFailed(failure_message(outcome, self.policy), outcome) from outcome.raised
        for note in outcome.broken:
            warnings.warn(f"{note}. What came through it was not heard.", BrokenChannel, stacklevel=3)
        return outcome

    def _observe(self, run: Run) -> Outcome:
        plan = run.endpoint.plan
        sighting = Sighting(
            branch=plan.branch,
            stop=plan.stop,
            exchanges=tuple(run.endpoint.exchanges),
            looping=run.endpoint.looping,
            heard=tuple(run.heard),
            came_back=tuple(run.items) or run.returned,
            earlier=tuple(exchange for exchange, _ in run.endpoint.earlier),
            raised=run.raised,
            streamed=bool(run.items),
            handler=run.handler,
            test=self._test,
            broken=tuple(run.broken),
            sinks={name: tuple(sink.stored) for name, sink in self._sinks.items()},
        )
        return observe(sighting, self.policy, dialects.Vendors(self._dialects))

    def _raise_own_errors(self) -> None:
        """Raise what went wrong on our side: the code under test was served wrongly, or not at all."""
        __tracebackhide__ = True
        if self._internal:
            error = self._internal[0]
            if isinstance(error, RefusalsError):
                raise error
            raise RefusalsError(f"The answer could not be made: {error_text(error)}") from error
        if self._blocked:
            raise self._blocked[0]


def _check_callable(f: object) -> None:
    if callable(f):
        return
    if isinstance(f, Coroutine):
        f.close()
        raise RefusalsError(
            "Expected a callable but got a coroutine: write run(handler, argument), not run(handler(argument))"
        )
    raise RefusalsError(f"Expected a callable but got {f!r} (type={type(f).__name__})")


@contextmanager
def answering(stream: RefusalStream) -> Iterator[RefusalStream]:
    """Let `stream` answer the requests of this process while active, run after run."""
    with serving(stream), keeping():
        yield stream


@contextmanager
def serve(
    what: Served | Sequence[Served] = "end_turn",
    *,
    answer: Answer | None = None,
    chunking: Chunking | None = None,
    loud: str | Iterable[str] | None = None,
    raises: type[BaseException] | Sequence[type[BaseException]] = (),
    surfaces: Callable[[Any], object] | None = None,
    partial: Partial = "discard",
    vocabulary: Sequence[str] = (),
    noise: Sequence[str] = (),
    channels: Sequence[Channel] = (),
    check: bool = True,
) -> Iterator[RefusalStream]:
    """Serve one branch in this process and watch what is run under it.

    `what` is a branch's name, a `Branch`, an `Ordering` of events, or a `Stream` that is sent as it is; or a sequence
    of them, the turns of a conversation, of which each run takes the next, and then the full answer. `answer` replaces
    the base answer; `chunking` cuts the bytes of the answer in other places than between two events. `loud` (default:
    every channel), `raises`, `surfaces`, `partial`, `vocabulary` and `noise` are those of `Policy`; `channels` are
    channels of your own. With ``check=False`` a failing verdict is returned in the outcome and does not raise. Nothing
    of pytest is needed. Raises `InvalidBranch` and `InvalidPolicy`.
    """
    policy = Policy(
        accepted(loud, names_of(channels)),
        exception_types(raises),
        partial,
        tuple(vocabulary),
        tuple(noise),
        surfaces,
        names_of(channels),
    )
    if isinstance(what, (str, Branch, Stream, Ordering)):
        stream = RefusalStream(planner(what, answer, chunking), policy, check=check, channels=channels)
    else:
        plan = turns(what, answer, chunking)
        stream = RefusalStream(plan, policy, check=check, channels=channels, remember=True)
    with answering(stream):
        yield stream

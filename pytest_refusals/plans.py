"""What each run is served: from a branch, an ordering or a stream to the plan of the endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, repeat

from pytest_refusals import dialects
from pytest_refusals.branches import Branch, Catalogue, Position
from pytest_refusals.dialects.base import Answer, Stream
from pytest_refusals.endpoint.endpoint import Plan
from pytest_refusals.orderings import Chunking, Ordering

Served = str | Branch | Stream | Ordering
"""What one run can be served."""


def planner(what: Served, answer: Answer | None = None, chunking: Chunking | None = None) -> Callable[[], Plan]:
    """Return a function that makes the plan of each run, with fresh values in its stop."""
    if isinstance(what, Stream):
        plan = replace(_replay_plan(what), chunking=chunking)
        return lambda: plan
    if isinstance(what, Ordering):
        return lambda: Plan.ordered(what, answer, chunking)
    branch = Catalogue()[what] if isinstance(what, str) else what
    return lambda: replace(Plan.of(branch, answer), chunking=chunking)


def turns(what: Sequence[Served], answer: Answer | None = None, chunking: Chunking | None = None) -> Callable[[], Plan]:
    """Return a function that makes the plan of each run: of the next in `what`, then of the full answer.

    The first is asked for twice: before any run, so that its branch is known, and by the first run.
    """
    plans = [planner(each, answer, chunking) for each in what]
    left = chain(plans[:1], plans, repeat(planner("end_turn", answer, chunking)))
    return lambda: next(left)()  # noqa: PLW0108 - another plan every time


def _replay_plan(stream: Stream) -> Plan:
    """Return the plan that serves `stream` as it is."""
    stop = next(dialect.stop(stream) for dialect in dialects.known())
    branch = Branch(
        name="stream",
        group="stream",
        about="the stream that was handed over, as it is",
        stop=stop,
        expects="loud" if stop.told else "quiet",
        position=Position.AFTER_OUTPUT,
    )
    return Plan(branch, stop, replay=stream)

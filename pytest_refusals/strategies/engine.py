"""Runs code on generated examples: what Hypothesis does for the item ``[generated]``."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky

from pytest_refusals.branches import CATEGORIES
from pytest_refusals.dialects.base import Stream
from pytest_refusals.orderings import Ordering
from pytest_refusals.stops import FRESH, Stop, StopKind
from pytest_refusals.strategies.recipes import CHUNKINGS, Recipe, Told
from pytest_refusals.strategies.streams import BYTES

FLAKY = Flaky
"""What is raised where an example fails and, run again, does not."""

_DECORATED = (
    "hypothesis_explicit_examples",
    "_hypothesis_internal_use_seed",
    "_hypothesis_internal_use_settings",
    "_hypothesis_internal_settings_applied",
    "_hypothesis_internal_use_reproduce_failure",
)
"""Where Hypothesis' decorators leave what they were given."""
_SETTINGS = "_hypothesis_internal_use_settings"

REQUESTED = Recipe(
    told=(
        Told(Stop(StopKind.REFUSED)),
        Told(Stop(StopKind.COMPLETED)),
        Told(Stop(StopKind.UNKNOWN, FRESH)),
        *(Told(Stop(StopKind.REFUSED, category=category, explanation=FRESH)) for category in (*CATEGORIES, FRESH)),
        Told(Stop(StopKind.COMPLETED)),
        Told(Stop(StopKind.REFUSED, details=False)),
        Told(Stop(StopKind.UNKNOWN, FRESH)),
        Told(Stop(StopKind.COMPLETED)),
        Told(Stop(StopKind.UNKNOWN, "end_turn_early")),
    ),
    kinds=("text", "tool_use", "thinking", "tool_use", "redacted_thinking", "tool_use"),
    noise=("ping", "unknown-event", "ping", "unknown-delta", "unknown-block"),
    pieces=(1, 2, 3, 4),
    chunkings=CHUNKINGS,
)
"""Orderings of the answer to a request that is not known yet; what it cannot bring about is left out when it comes."""


def is_decorated(function: object) -> bool:
    """Whether one of Hypothesis' decorators (``@example``, ``@settings``, ``@seed``, …) is on `function`."""
    return any(hasattr(function, name) for name in _DECORATED)


def undecorate(function: Any) -> None:
    """Take off `function` what Hypothesis' decorators left there: it calls them pointless without ``@given``."""
    for name in _DECORATED:
        vars(function).pop(name, None)


def shares_fixtures(function: object) -> bool | None:
    """Whether `function`, a test under ``@given``, lets its examples share fixtures; None for any other function."""
    if not getattr(function, "is_hypothesis_test", False):
        return None
    used: settings = getattr(function, _SETTINGS, None) or settings()
    return HealthCheck.function_scoped_fixture in used.suppress_health_check


def run(example: Callable[[Any], None], decorated: object, *, examples: int, key: str, events: int = 0) -> None:
    """Call `example` with `examples` orderings; raise what it raises, on the smallest with which it does.

    `events` is how many events a recorded answer has.

    Everything that a user may tell Hypothesis counts: profiles, the command line, the database (under `key`), and the
    decorators on the function `decorated`. There is no deadline unless it has settings of its own.
    """
    recipe = replace(REQUESTED, events=events)

    # Not a mapped strategy: what Hypothesis keeps of each mapping, so as to print it, costs more than the mapping.
    def generated(ordering: bytes | Ordering | Stream) -> None:
        example(recipe.ordering(ordering) if isinstance(ordering, bytes) else ordering)

    vars(generated)["_hypothesis_internal_add_digest"] = key.encode()
    test = given(ordering=BYTES)(generated)
    for name in _DECORATED:
        if hasattr(decorated, name) and name not in (_SETTINGS, "_hypothesis_internal_settings_applied"):
            setattr(test, name, getattr(decorated, name))
    with _left_alone():
        _settled(getattr(decorated, _SETTINGS, None), examples)(test)()


@contextmanager
def _left_alone() -> Iterator[None]:
    """Keep the garbage collector from going through all that was there before, again and again, while active.

    An SDK is some hundred thousand objects, and what Hypothesis keeps makes it look often, and find nothing.
    """
    if gc.get_freeze_count():
        yield
        return
    often, *others = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(10 * often, *others)
    try:
        yield
    finally:
        gc.set_threshold(often, *others)
        gc.unfreeze()


def _settled(given_: settings | None, examples: int) -> settings:
    parent = given_ or settings()
    return settings(
        parent,
        max_examples=examples,
        deadline=parent.deadline if given_ is not None else None,
        report_multiple_bugs=False,
        # that phase explains bytes that nobody sees, at the price of tracing the code under test
        phases=[phase for phase in parent.phases if phase is not Phase.explain],
    )

"""Every verdict, from both sides: handlers that earn it and near-misses that must not get it, through the real SDK."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from pytest_refusals import Verdict, serve
from tests.oracle import handlers as h
from tests.oracle.asking import TOOLS, WAYS, Ask

BEFORE, MID, UNKNOWN, TOOL = (
    "refusal-before-output",
    "refusal-mid-text",
    "unknown-with-output",
    "refusal-after-tool-use",
)
CONTROL = "end_turn"

LOUD = (
    h.raises_and_names_it,
    h.raises_without_a_reason,
    h.asserts,
    h.exits,
    h.key_error_that_names_it,
    h.logs_a_warning,
    h.logs_without_propagation,
    h.logs_through_an_adapter,
    h.logs_in_a_thread,
    h.warns,
    h.returns_the_reason,
    h.returns_an_enum,
    h.returns_partial_with_the_reason,
    h.returns_an_error_value,
    h.reroutes,
    h.raises_from_a_finally,
    h.retries_then_raises,
)
SILENT = (
    h.drops_it,
    h.logs_info,
    h.logs_to_a_muted_logger,
    h.prints,
    h.maps_it_to_stop,
    h.warns_of_a_deprecation,
    h.swallows_its_own_error,
    h.retries_and_gives_up,
    h.says_the_key_only,
)
OTHER: tuple[tuple[Callable[[Ask], Any], str, Verdict], ...] = (
    (h.takes_the_first_block, BEFORE, Verdict.CRASHED),
    (h.takes_the_first_block, MID, Verdict.LEAKED),
    (h.takes_the_first_block, UNKNOWN, Verdict.SILENT),
    (h.parses_json, MID, Verdict.CRASHED),
    (h.converts, MID, Verdict.CRASHED),
    (h.returns_the_text, BEFORE, Verdict.SILENT),
    (h.returns_the_text, MID, Verdict.LEAKED),
    (h.returns_the_text, UNKNOWN, Verdict.SILENT),
    (h.logs_and_returns_partial, MID, Verdict.LEAKED),
    (h.logs_and_returns_partial, BEFORE, Verdict.LOUD),
    (h.logs_and_returns_partial, UNKNOWN, Verdict.LOUD),
    (h.runs_the_tool, TOOL, Verdict.LEAKED),
    (h.runs_the_tool, "unknown-with-tool-use", Verdict.LEAKED),
    (h.goes_on, MID, Verdict.POISONED),
    (h.goes_on, "max-tokens", Verdict.SILENT),
    (h.resets, MID, Verdict.LOUD),
    (h.asks_for_ever, MID, Verdict.LOOPING),
    (h.returns_the_message, MID, Verdict.DEFERRED),
    (h.returns_the_message, BEFORE, Verdict.DEFERRED),
    (h.wraps_the_message, MID, Verdict.DEFERRED),
    (h.never_asks, MID, Verdict.UNREACHED),
    (h.never_asks, CONTROL, Verdict.UNREACHED),
    (h.warns_always, CONTROL, Verdict.NOISY),
    (h.claims_it_always, CONTROL, Verdict.NOISY),
    (h.returns_the_message, CONTROL, Verdict.QUIET),
    (h.returns_the_text, CONTROL, Verdict.QUIET),
    (h.says_the_key_only, CONTROL, Verdict.QUIET),
    (h.runs_the_tool, CONTROL, Verdict.QUIET),
)


@pytest.fixture(autouse=True)
def _warnings_are_shown():
    """Our suite turns warnings into errors; here they are one of the ways of telling."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("default")
        yield


ways = pytest.mark.parametrize("ask", WAYS, ids=lambda ask: ask.__name__)


def verdict(handler: Callable[[Ask], Any], ask: Ask, branch: str, **policy: Any) -> Verdict:
    with serve(branch, check=False, **policy) as refusal_stream:
        outcome = refusal_stream.run(handler, ask)
    return outcome.verdict


def names(values: Any) -> str | None:
    return getattr(values, "__name__", None)


@ways
@pytest.mark.parametrize("branch", [BEFORE, MID, UNKNOWN, "unknown-before-output", "refusal-no-details"])
@pytest.mark.parametrize("handler", LOUD, ids=names)
def test_a_loud_handler_is_never_failed(handler: Callable[[Ask], Any], branch: str, ask: Ask) -> None:
    """Every accepted way of telling passes, wherever the stop arrives and however the SDK was called."""
    assert verdict(handler, ask, branch) is Verdict.LOUD


@ways
@pytest.mark.parametrize("handler", LOUD + SILENT, ids=names)
def test_a_handler_is_quiet_on_the_control(handler: Callable[[Ask], Any], ask: Ask) -> None:
    """A full answer is no reason for any signal."""
    assert verdict(handler, ask, CONTROL) is Verdict.QUIET


@ways
@pytest.mark.parametrize("branch", [BEFORE, MID, UNKNOWN, "unknown-before-output"])
@pytest.mark.parametrize("handler", SILENT, ids=names)
def test_a_silent_handler_never_passes(handler: Callable[[Ask], Any], branch: str, ask: Ask) -> None:
    """What looks like telling, and tells nobody, does not count."""
    assert verdict(handler, ask, branch) is Verdict.SILENT


@ways
@pytest.mark.parametrize(("handler", "branch", "expected"), OTHER, ids=lambda v: names(v) or str(v))
def test_the_other_verdicts(handler: Callable[[Ask], Any], branch: str, expected: Verdict, ask: Ask) -> None:
    """Each remaining verdict is earned by the handlers it is meant for, and missed by their neighbours."""
    assert verdict(handler, ask, branch) is expected


def test_partial_output_may_be_kept_beside_a_signal() -> None:
    """With partial="keep" a warning makes the partial text welcome, and nothing at all does not."""
    assert verdict(h.logs_and_returns_partial, WAYS[0], MID, partial="keep") is Verdict.LOUD
    assert verdict(h.returns_the_text, WAYS[0], MID, partial="keep") is Verdict.LEAKED


def test_a_channel_that_is_not_accepted_does_not_count() -> None:
    """A log is silent to a test that only accepts exceptions."""
    assert verdict(h.logs_a_warning, WAYS[1], BEFORE, loud="raise") is Verdict.SILENT
    assert verdict(h.raises_and_names_it, WAYS[1], BEFORE, loud=["raise", "log"]) is Verdict.LOUD


def test_the_message_may_be_accepted() -> None:
    """With "message" among the loud channels the SDK's own message is a statement."""
    loud = ["raise", "message"]
    assert verdict(h.returns_the_message, WAYS[0], BEFORE, loud=loud) is Verdict.LOUD
    assert verdict(h.returns_the_text, WAYS[0], UNKNOWN, loud=loud) is Verdict.SILENT


def test_an_exception_type_can_be_called_deliberate() -> None:
    """raises= makes a signal of an exception that would be an accident."""
    assert verdict(h.takes_the_first_block, WAYS[0], BEFORE, raises=IndexError) is Verdict.LOUD


def test_noise_never_counts() -> None:
    """A signal that matches a noise pattern is neither an alarm on the control nor loud on a refusal."""
    assert verdict(h.warns_always, WAYS[0], CONTROL, noise=["asking"]) is Verdict.QUIET
    assert verdict(h.warns_always, WAYS[0], MID, noise=["asking"]) is Verdict.SILENT


def test_a_word_of_the_users_own_names_the_stop() -> None:
    """vocabulary= extends what names a stop in a returned value."""

    def flags(ask: Ask) -> str:
        return "all fine" if h.is_ok(ask()) else "kaput"

    assert verdict(flags, WAYS[0], BEFORE) is Verdict.SILENT
    assert verdict(flags, WAYS[0], BEFORE, vocabulary=["kaput"]) is Verdict.LOUD


def test_a_request_without_tools_cannot_be_refused_in_a_tool_call() -> None:
    """The branch is skipped with the reason, and is no verdict."""
    with serve(TOOL) as refusal_stream, pytest.raises(pytest.importorskip("unittest").SkipTest, match="tools"):
        refusal_stream.run(h.drops_it, WAYS[0])
    with serve(TOOL) as refusal_stream, pytest.raises(AssertionError):
        refusal_stream.run(lambda: h.drops_it(lambda: WAYS[0](tools=TOOLS)))

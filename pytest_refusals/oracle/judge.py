"""The verdict: a pure function, with its rules in one table.

Two principles: a loud handler is never failed, a silent one never passes. The first rule that holds decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import MESSAGE, Policy


class Verdict(str, Enum):
    """What the oracle makes of an outcome."""

    UNREACHED = "unreached"
    LOOPING = "looping"
    CRASHED = "crashed"
    POISONED = "poisoned"
    LEAKED = "leaked"
    LOUD = "loud"
    ABANDONED = "abandoned"
    DEFERRED = "deferred"
    SILENT = "silent"
    NOISY = "noisy"
    QUIET = "quiet"


@dataclass(frozen=True)
class Rule:
    """One row: `verdict` is given when `holds`; `when` says so in words."""

    verdict: Verdict
    when: str
    holds: Callable[[Outcome, Policy], bool]


def _expects_loud(outcome: Outcome) -> bool:
    return outcome.branch.expects == "loud"


def _crashed(outcome: Outcome, _: Policy) -> bool:
    return outcome.raised is not None and not outcome.signals


def _leaked(outcome: Outcome, policy: Policy) -> bool:
    if not _expects_loud(outcome) or _accepted(outcome, policy, "raise"):
        return False
    came_back = outcome.returned_partial and not _may_return_partial(outcome, policy)
    handed_out = outcome.handed_partial and not _is_loud(outcome, policy)
    stored = any(not _says_so(outcome, policy, sink) for sink in outcome.stored_partial)
    return outcome.ran_tool or came_back or handed_out or stored


def _may_return_partial(outcome: Outcome, policy: Policy) -> bool:
    if policy.partial == "keep" or outcome.streamed:
        return _is_loud(outcome, policy)
    return _says_so(outcome, policy, None)


def _says_so(outcome: Outcome, policy: Policy, sink: str | None) -> bool:
    """Whether what came back, or what a sink got, says itself that it is no answer."""
    if sink is not None and policy.partial == "keep":
        return _is_loud(outcome, policy)
    return "surface" in policy.loud and any(signal.sink == sink for signal in outcome.through("surface"))


def _accepted(outcome: Outcome, policy: Policy, channel: str) -> bool:
    return channel in policy.loud and bool(outcome.through(channel))


def _is_loud(outcome: Outcome, policy: Policy) -> bool:
    return any(signal.channel in policy.loud for signal in outcome.signals) or (
        MESSAGE in policy.loud and outcome.accessor is not None
    )


RULES: tuple[Rule, ...] = (
    Rule(Verdict.UNREACHED, "no request reached the endpoint", lambda o, _: not o.requests),
    Rule(Verdict.LOOPING, "the request limit was hit", lambda o, _: o.looping),
    Rule(Verdict.CRASHED, "an exception left it that is not a signal, and there is no other signal", _crashed),
    Rule(
        Verdict.POISONED,
        "the conversation went on with the refused turn still in it",
        lambda o, _: _expects_loud(o) and o.poisoned,
    ),
    Rule(
        Verdict.LEAKED,
        "partial output came back as the result, or the tool of a cut or refused call was run, and nothing was raised",
        _leaked,
    ),
    Rule(Verdict.LOUD, "at least one accepted signal", lambda o, p: _expects_loud(o) and _is_loud(o, p)),
    Rule(
        Verdict.ABANDONED,
        "reading stopped before the stop arrived",
        lambda o, _: any(not e.stop_read for e in o.requests if e.told or not _expects_loud(o)),
    ),
    Rule(
        Verdict.DEFERRED,
        "the SDK's own message came back untouched: its caller must look",
        lambda o, _: _expects_loud(o) and o.accessor is not None,
    ),
    Rule(Verdict.SILENT, "nothing told", lambda o, _: _expects_loud(o)),
    Rule(Verdict.NOISY, "on a quiet branch: a signal", lambda o, _: bool(o.signals)),
    Rule(Verdict.QUIET, "on a quiet branch: none, and the answer was read to the end", lambda _o, _p: True),
)

PASSING = frozenset({Verdict.LOUD, Verdict.QUIET})
"""The verdicts with which an item passes."""


def rule_of(outcome: Outcome, policy: Policy) -> Rule:
    """Return the first rule of `RULES` that holds."""
    return next(rule for rule in RULES if rule.holds(outcome, policy))


def judge(outcome: Outcome, policy: Policy) -> Verdict:
    """Return the verdict of the first rule of `RULES` that holds."""
    return rule_of(outcome, policy).verdict

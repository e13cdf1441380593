"""`judge` as a pure function: properties over every outcome there can be."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_refusals import Catalogue, Outcome, Policy, Signal, Verdict, judge
from pytest_refusals.errors import InvalidPolicy
from pytest_refusals.oracle.judge import PASSING, RULES
from pytest_refusals.oracle.policy import CHANNELS

LOUD_BRANCH, QUIET_BRANCH = Catalogue()["refusal-mid-text"], Catalogue()["end_turn"]

sinks = st.sampled_from([None, "db"])
signals = st.builds(Signal, st.sampled_from(CHANNELS), st.just("text"), names_stop=st.booleans(), sink=sinks)
exchanges = st.builds(lambda told, read: SimpleNamespace(told=told, stop_read=read), st.booleans(), st.booleans())
outcomes = st.builds(
    Outcome,
    branch=st.sampled_from([LOUD_BRANCH, QUIET_BRANCH]),
    stop=st.just(LOUD_BRANCH.stop),
    requests=st.lists(exchanges, max_size=2).map(tuple),
    signals=st.lists(signals, max_size=3).map(tuple),
    raised=st.sampled_from([None, ValueError()]),
    returned_partial=st.booleans(),
    ran_tool=st.booleans(),
    poisoned=st.booleans(),
    looping=st.booleans(),
    accessor=st.sampled_from([None, "message.stop_reason"]),
    streamed=st.booleans(),
    stored_partial=st.sampled_from([frozenset(), frozenset(["db"])]),
    handed_partial=st.booleans(),
)
policies = st.builds(
    Policy,
    loud=st.frozensets(st.sampled_from([*CHANNELS, "message"]), min_size=1),
    partial=st.sampled_from(["discard", "keep"]),
)


@given(outcomes, policies)
def test_every_outcome_has_a_verdict_of_its_side(outcome, policy):
    """A quiet branch is never loud or silent; a loud one never quiet or noisy."""
    verdict = judge(outcome, policy)
    if outcome.branch is QUIET_BRANCH:
        assert verdict not in {Verdict.LOUD, Verdict.SILENT, Verdict.LEAKED, Verdict.POISONED, Verdict.DEFERRED}
    else:
        assert verdict not in {Verdict.QUIET, Verdict.NOISY}


@given(outcomes, policies, signals)
def test_more_signals_never_make_it_quieter(outcome, policy, more):
    """On a loud branch a passing outcome passes with one signal more."""
    if outcome.branch is LOUD_BRANCH and judge(outcome, policy) in PASSING:
        louder = Outcome(**{**vars(outcome), "signals": (*outcome.signals, more)})
        assert judge(louder, policy) in PASSING


@given(outcomes, policies, st.randoms())
def test_the_order_of_signals_does_not_matter(outcome, policy, random):
    """Signals are a set of evidence, not a story."""
    shuffled = list(outcome.signals)
    random.shuffle(shuffled)
    assert judge(Outcome(**{**vars(outcome), "signals": tuple(shuffled)}), policy) is judge(outcome, policy)


@given(outcomes, policies)
def test_nothing_passes_without_an_accepted_signal_on_a_loud_branch(outcome, policy):
    """A silent handler never passes."""
    if outcome.branch is LOUD_BRANCH and judge(outcome, policy) is Verdict.LOUD:
        channels = {signal.channel for signal in outcome.signals} | ({"message"} if outcome.accessor else set())
        assert channels & policy.loud


@given(outcomes, policies)
def test_nothing_passes_that_never_asked(outcome, policy):
    """Without a request nothing was tested."""
    if not outcome.requests:
        assert judge(outcome, policy) is Verdict.UNREACHED


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_can_be_reached(verdict):
    """No row of the table is dead."""
    patient = settings(max_examples=50_000, derandomize=True, database=None, phases=[Phase.generate])
    find(st.tuples(outcomes, policies), lambda pair: judge(*pair) is verdict, settings=patient)


def test_the_table_has_a_row_for_each_verdict_in_the_documented_order():
    """The order of the rules is a contract."""
    order = [
        "unreached",
        "looping",
        "crashed",
        "poisoned",
        "leaked",
        "loud",
        "abandoned",
        "deferred",
        "silent",
        "noisy",
        "quiet",
    ]
    assert [rule.verdict.value for rule in RULES] == order
    assert all(re.fullmatch(r"[a-z].*[^.]", rule.when) for rule in RULES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loud": frozenset(["pager"])}, "no channel 'pager'"),
        ({"loud": frozenset()}, "at least one channel"),
        ({"raises": (3,)}, "exception type"),
        ({"partial": "some"}, "'discard' or 'keep'"),
        ({"noise": ("(",)}, "regular expression"),
    ],
)
def test_a_policy_that_cannot_be(arguments, message):
    """A policy checks itself."""
    with pytest.raises(InvalidPolicy, match=message):
        Policy(**arguments)

"""Channel ``metric``, Prometheus: a sample, and nothing before it."""

from __future__ import annotations

import contextlib

import pytest
from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary

from tests.oracle.channels.telling import COUNTS, NOISY, SILENT, told, verdicts, watched
from tests.oracle.installed import installed

REGISTRY = CollectorRegistry()
STOPS = Counter("llm_stop_reasons", "how answers end", ["reason", "model"], registry=REGISTRY)
REFUSALS = Counter("llm_refusals", "answers that were refused", registry=REGISTRY)
CALLS = Counter("llm_calls", "calls", registry=REGISTRY)
LAST = Gauge("llm_last_stop", "how the last answer ended", ["reason"], registry=REGISTRY)
REFUSED = Gauge("llm_refused", "whether the last answer was refused", registry=REGISTRY)
SECONDS = Histogram("llm_seconds", "seconds until the stop", ["reason"], registry=REGISTRY)
TOKENS = Summary("llm_tokens", "tokens until the stop", ["reason"], registry=REGISTRY)
ANSWER = Info("llm_answer", "the last answer", registry=REGISTRY)
STATE = Enum("llm_state", "how the last answer ended", states=["end_turn", "refusal", "unknown"], registry=REGISTRY)

SAMPLES = {
    "counter": lambda reason: STOPS.labels(reason, "claude").inc(),
    "keyword labels": lambda reason: STOPS.labels(reason=reason, model="claude").inc(2),
    "gauge": lambda reason: LAST.labels(reason).set(1),
    "gauge up": lambda reason: LAST.labels(reason).inc(),
    "gauge to now": lambda reason: LAST.labels(reason).set_to_current_time(),
    "histogram": lambda reason: SECONDS.labels(reason).observe(0.0),
    "summary": lambda reason: TOKENS.labels(reason).observe(0),
    "info": lambda reason: ANSWER.info({"stop": reason}),
}


@pytest.mark.parametrize("say", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_by_its_label(say):
    """Every kind of sample counts by the value of a label."""
    assert verdicts(say) == COUNTS


def test_a_sample_by_its_name():
    """A metric whose name names the stop counts without labels, and is noise on the control."""
    assert verdicts(lambda _: REFUSALS.inc()) == NOISY
    assert verdicts(lambda reason: REFUSED.set(reason != "end_turn")) == COUNTS


def test_a_state():
    """An enum counts by the state it is set to."""
    known = {"end_turn", "refusal"}
    assert told(lambda reason: STATE.state(reason if reason in known else "unknown")) == [
        "metric: stateset llm_state refusal"
    ]
    assert told(lambda _: STATE.state("unknown")) == []


def test_what_is_no_sample():
    """A metric that is made, a label that is chosen and a sample of nothing say nothing."""

    def tell(_):
        Counter("llm_refusals_made", "made while watched", registry=REGISTRY)
        STOPS.labels("refusal", "claude")
        STOPS.labels("refusal", "claude").inc(0)
        LAST.labels("refusal").set(0)
        REFUSED.dec(0)

    assert told(tell) == []


def test_a_sample_that_does_not_name_it():
    """The right library is not enough: what is sampled has to be the stop."""
    assert verdicts(lambda _: CALLS.inc()) == SILENT
    assert verdicts(lambda _: STOPS.labels("other", "claude").inc()) == SILENT


def test_a_call_that_is_refused_by_the_library():
    """A sample that could not be taken was not."""

    def tell(_):
        with contextlib.suppress(ValueError):
            STOPS.inc()  # labels are missing
        with contextlib.suppress(ValueError):
            REFUSALS.inc(-1)

    assert told(tell) == []


def test_exceptions_that_are_counted_on_the_way():
    """What the library counts around the project's own code, the project counts."""

    def tell(_):
        with contextlib.suppress(ValueError), REFUSALS.count_exceptions():
            raise ValueError("no answer")

    outcome = watched(tell)
    assert [(signal.text, signal.where.function) for signal in outcome.signals] == [("counter llm_refusals", "tell")]


def test_a_library_that_samples():
    """What an installed package samples by itself tells nobody in the project's name."""
    source = "def count(metric, reason):\n    metric.labels(reason, 'claude').inc()\n"
    module = installed("prometheus_instrumentator", source)
    assert verdicts(lambda reason: module.count(STOPS, reason)) == SILENT

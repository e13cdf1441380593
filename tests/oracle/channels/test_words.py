"""What of a measurement is a statement, and what of it is shown."""

from __future__ import annotations

import pytest

from pytest_refusals.oracle.channels.words import measured


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("counter", "llm_calls"), "counter llm_calls", ("llm_calls",)),
        (("event", ""), "event", ("",)),
        (("counter", "stops", {"reason": "refusal"}), "counter stops {reason=refusal}", ("stops", "refusal")),
        (("counter", "stops", {"a": 1, "b": "two"}), "counter stops {a=1, b=two}", ("stops", "two")),
        (("counter", "stops", {}), "counter stops", ("stops",)),
        (("event", "end", None, "why", "", None), "event end why", ("end", "why", "")),
        (("event", "end", None, "why", "not"), "event end why not", ("end", "why", "not")),
        (("event", "e", None, KeyError("x")), "event e KeyError: 'x'", ("e", "KeyError: 'x'")),
        (("event", "e", {"error": KeyError("x")}), "event e {error=KeyError: 'x'}", ("e", "KeyError: 'x'")),
        (("counter", "llm_stop_reasons_total"), "counter llm_stop_reasons_total", ("llm_ _total",)),
        (("counter", "Stop Reason"), "counter Stop Reason", (" ",)),
    ],
)
def test_a_measurement(arguments, text, said):
    """Name, labels and what there is more are shown; a name's field says nothing, nor do the keys of labels."""
    heard = measured(*arguments)
    assert (heard.text, set(heard.said) - {""}) == (text, set(said) - {""})


@pytest.mark.parametrize("value", [True, "true", "True", "YES", "1", 1])
def test_a_flag_that_is_set(value):
    """It says what its name says."""
    assert "refused" in measured("counter", "calls", {"refused": value}).said


@pytest.mark.parametrize("labels", [{"refused": False}, {"refused": 0}, {"refused": "no"}, {"refusals": True}])
def test_what_is_no_flag(labels):
    """One that is not set, and a name that is no flag's, say nothing."""
    assert set(measured("counter", "calls", labels).said) <= {"calls", "no"}

"""Channel ``warn``: who is shown a warning."""

from __future__ import annotations

import warnings

import pytest

from pytest_refusals import serve
from tests.oracle.asking import create
from tests.oracle.installed import installed


def warning():
    message = create()
    if message.stop_reason != "end_turn":
        warnings.warn("the model refused", stacklevel=2)
        return None
    return message.content[0].text


def recording_it():
    """Swallow every warning of the call."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        return warning()


@pytest.fixture(autouse=True)
def _warnings_are_shown():
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        yield


def test_a_warning_that_is_recorded_and_dropped_is_no_signal():
    """Nobody is shown what the code itself records and throws away."""
    with serve("refusal-before-output", check=False) as refusal_stream:
        outcome = refusal_stream.run(recording_it)
    assert outcome.verdict.value == "silent"
    assert [each.why for each in outcome.dismissed] == ["recorded within the run, and shown to nobody"]


def test_a_warning_that_the_test_itself_waits_for_is_one():
    """`pytest.warns` within the watched block belongs to the test."""
    with serve("refusal-before-output") as refusal_stream, refusal_stream.watch(), pytest.warns(match="refused"):
        warning()


def test_a_recorder_around_the_run_changes_nothing():
    """What was there before the run is where warnings are shown."""
    with serve("refusal-before-output") as refusal_stream, warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        refusal_stream.run(warning)


def test_who_warns():
    """The place is that of who warned, past what `warnings` itself puts around it (`warnings.deprecated` does)."""
    source = "def deprecated(warn, *args):\n    warn(*args)\n"
    module = installed("warnings", source)

    def handler():
        if create().stop_reason != "end_turn":
            module.deprecated(warnings.warn, "no answer", UserWarning)

    def plain():
        if create().stop_reason != "end_turn":
            warnings.warn("no answer", UserWarning, stacklevel=1)

    for code in (handler, plain):
        with serve("refusal-before-output") as refusal_stream:
            (signal,) = refusal_stream.run(code).signals
        assert (signal.text, signal.where.function) == ("UserWarning: no answer", code.__name__)

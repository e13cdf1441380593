"""``surfaces=``: the user's own word on whether a value says that there is no answer."""

from __future__ import annotations

import pytest

from pytest_refusals import RefusalsError, Signal, serve
from tests.oracle.asking import create


def empty():
    """Return an empty text where there is no answer."""
    message = create()
    return message.content[0].text if message.stop_reason == "end_turn" else ""


def verdict(handler, branch="refusal-before-output", **policy):
    with serve(branch, check=False, **policy) as refusal_stream:
        return refusal_stream.run(handler).verdict.value


def test_a_predicate_makes_a_value_a_statement():
    """What is silent for everybody else says enough in this project."""
    assert verdict(empty) == "silent"
    assert verdict(empty, surfaces=lambda value: value == "") == "loud"


def test_a_statement_says_why():
    """A value that says so names the stop, by its own words or by the user's."""

    def refused():
        create()
        return {"status": "refused"}

    with serve("refusal-before-output") as refusal_stream:
        assert refusal_stream.run(refused).signals == (Signal("surface", "refused", names_stop=True),)
    with serve("refusal-before-output", surfaces=lambda value: value == "") as refusal_stream:
        assert refusal_stream.run(empty).signals == (Signal("surface", "''", names_stop=True),)


def test_a_predicate_that_does_not_hold_changes_nothing():
    """A wrong predicate makes no silent handler pass."""
    assert verdict(empty, surfaces=lambda value: value is None) == "silent"


def test_it_is_asked_about_none():
    """None is a value like any other where a function returned it."""
    assert verdict(lambda: None if empty() == "" else "x", surfaces=lambda value: value is None) == "loud"


def test_it_is_asked_on_the_control_too():
    """A predicate that always holds proves nothing."""
    assert verdict(empty, "end_turn", surfaces=lambda value: True) == "noisy"


def test_it_is_asked_about_each_item_of_a_generator():
    """One event among many may say it."""

    def events():
        yield "begin"
        yield {"type": "text", "text": empty()}
        yield "end"

    assert verdict(events, surfaces=lambda item: item == {"type": "text", "text": ""}) == "loud"
    assert verdict(events, surfaces=lambda item: item == "stop") == "silent"


def test_it_is_not_asked_where_nothing_came_back():
    """A watched block without a value has nothing to show to it."""
    asked = []
    with serve("refusal-before-output", check=False, surfaces=asked.append) as refusal_stream:
        with refusal_stream.watch():
            empty()
        with refusal_stream.watch() as outcome:
            outcome.returned = empty()
    assert asked == [""]


def test_a_value_so_accepted_may_hold_the_partial_output():
    """The statement and the partial output beside each other are no leak, as with every other statement."""

    def cut():
        message = create()
        return {"text": message.content[0].text, "ok": message.stop_reason == "end_turn"}

    assert verdict(cut, "refusal-mid-text") == "leaked"
    assert verdict(cut, "refusal-mid-text", surfaces=lambda value: not value["ok"]) == "loud"


def test_a_predicate_that_raises_is_named():
    """A broken predicate is the test's own error and never a verdict."""

    def broken(value):
        return value.status

    with pytest.raises(RefusalsError, match=r"surfaces=.*broken raised AttributeError: .*asked about ''"):
        verdict(empty, surfaces=broken)

"""Channel ``reroute``: who was asked instead, what was asked, and whether that is what came back."""

from __future__ import annotations

import pytest

from pytest_refusals.oracle.channels import reroute
from pytest_refusals.oracle.signals import Dismissed, Signal
from tests.oracle.exchanges import QUESTION, assistant, exchange, user

LATER = "The harbour was built in 1873."


def asked_again(branch="refusal-mid-text", answer=LATER, **body):
    """Return a refused exchange and the one that came of it."""
    return [exchange(branch), exchange("end_turn", answer, **{"model": "claude-other", **body})]


def read(exchanges, *texts, ids=()):
    """Return what the channel makes of them."""
    return reroute.read(exchanges, texts, ids)


def test_another_model_to_the_same_question():
    """The models are named; the signal is the stop's own."""
    found = read(asked_again(), LATER)
    assert found == Signal("reroute", "claude-test -> claude-other", None, names_stop=True)


@pytest.mark.parametrize(
    "texts",
    [
        [LATER],
        [f"  {LATER}\n"],
        [f"Here it is: {LATER}"],
        ["was built in 1873"],
        ["1873"],
        ["nothing", LATER],
    ],
)
def test_it_came_back(texts):
    """Whole, stripped, joined with more, in pieces that are no accident, among others."""
    assert isinstance(read(asked_again(), *texts), Signal)


@pytest.mark.parametrize("texts", [[], [""], ["..."], ["was"], ["187"], ["Something else, which was built in 1874."]])
def test_it_did_not_come_back(texts):
    """Nothing, other words, or too few of them to be told from any."""
    found = read(asked_again(), *texts)
    assert isinstance(found, Dismissed)
    assert (found.signal.text, found.why) == ("claude-test -> claude-other", "that answer is not what came back")


def test_the_message_itself_came_back():
    """The vendor's own message of that answer is that answer, and that of another is not."""
    first, second = asked_again()
    assert isinstance(read([first, second], ids=[second.response.id]), Signal)
    assert isinstance(read([first, second], ids=[first.response.id]), Dismissed)


def test_a_made_answer():
    """A word that is in no other answer is enough."""
    first, second = asked_again(answer=None)
    assert isinstance(read([first, second], f"so: {second.response.marks.text}"), Signal)
    assert isinstance(read([first, second], f"so: {first.response.marks.text}"), Dismissed)


def test_the_last_good_answer_counts():
    """Of several others the one that came back is the signal; where none did, the first that was asked is told."""
    first, second = asked_again()
    third = exchange("end_turn", "It is old.", model="claude-third")
    assert read([first, second, third], LATER).text == "claude-test -> claude-other"
    assert read([first, second, third], "It is old.").text == "claude-test -> claude-third"
    assert read([first, second, third], "neither").signal.text == "claude-test -> claude-other"


def test_two_models_were_refused():
    """Every model that was refused is named, and is no way out."""
    refused = [exchange(model="claude-b"), exchange(model="claude-a")]
    other = exchange("end_turn", LATER, model="claude-c")
    assert read([*refused, other], LATER).text == "claude-a, claude-b -> claude-c"
    assert read([*refused, exchange("end_turn", LATER, model="claude-a")], LATER) is None


@pytest.mark.parametrize(
    "exchanges",
    [
        [],
        [exchange("end_turn", LATER)],
        [exchange()],
        [exchange("end_turn", LATER, model="claude-other"), exchange("end_turn", LATER)],
        asked_again(model="claude-test"),
        asked_again(messages=[user("What is the capital of France?")]),
        [exchange(), exchange(model="claude-other")],
    ],
    ids=["nothing", "control", "refusal", "two models", "same model", "another question", "refused again"],
)
def test_no_way_out(exchanges):
    """Without a stop, without another model, with another question, and where that one is refused too."""
    assert read(exchanges, LATER) is None


def test_an_answer_that_is_cut_again():
    """To go on with an answer, and be cut again, is no way out."""
    cut = exchange("max-tokens")
    begun = max(cut.response.partial, key=len)
    again = exchange("max-tokens", messages=[user(QUESTION), assistant(begun)])
    assert read([cut, again], max(again.response.partial, key=len)) is None


def test_an_incomplete_answer_that_is_gone_on_with():
    """The same model may finish what was merely cut off."""
    cut = exchange("max-tokens")
    begun = max(cut.response.partial, key=len)
    rest = exchange("end_turn", LATER, messages=[user(QUESTION), assistant(begun)])
    assert read([cut, rest], LATER) == Signal("reroute", "claude-test went on", None, names_stop=True)
    assert isinstance(read([cut, rest], begun), Dismissed)

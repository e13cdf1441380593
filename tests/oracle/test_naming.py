"""What names the stop, and what only seems to."""

from __future__ import annotations

import pytest

from pytest_refusals import Stop, StopKind
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.policy import VOCABULARY

STOP = Stop(StopKind.REFUSED, "refusal", "cyber", "Case bcdfghjkmn: not served.")


def naming(*output, stop=STOP):
    return Naming(stop, VOCABULARY, output)


@pytest.mark.parametrize(
    "text",
    [
        "refusal",
        "Model REFUSED to answer",
        "the request was declined",
        "category=cyber",
        "bcdfghjkmn",
        "Content filter triggered",
        "CONTENT_FILTER",
        "filtered by the provider's content moderation policy",
        "unexpected stop_reason: x",
    ],
)
def test_these_name_it(text):
    """The stop's own words and the vocabulary, in any letter case."""
    assert naming().names(text)


@pytest.mark.parametrize("text", ["", "no answer", "stop", "end_turn", "cybernetics", "completed", "failed (500)"])
def test_these_do_not(text):
    """Other words, and words that merely contain a category."""
    assert not naming().names(text)


def test_a_completed_stop_names_nothing():
    """The wire value of a good end is no evidence."""
    assert not naming(stop=Stop(StopKind.COMPLETED, "end_turn")).names("stop: end_turn")


OUTPUT = "Our safety record is good, and nobody refused the moderate price."


@pytest.mark.parametrize(
    "text", [OUTPUT, "Our safety record is good", "summary: nobody refused the moderate", "safety"]
)
def test_what_the_answer_said_names_nothing(text):
    """A word that was copied from the answer says nothing of the stop."""
    assert not naming(OUTPUT).names(text)


@pytest.mark.parametrize(
    "text", ["refusal", "the model refused to answer", f"{OUTPUT} [declined]", "safety filter hit"]
)
def test_the_same_words_elsewhere_still_name_it(text):
    """An answer that speaks of refusals does not make the code mute."""
    assert naming(OUTPUT).names(text)


def test_only_words_made_for_this_run_belong_to_it():
    """A late report about an earlier run may use the vocabulary, but not this run's unique words."""
    assert naming().quotes_this_run("ValueError: bcdfghjkmn")
    assert not naming().quotes_this_run("Refused: refusal (cyber)")

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
        "stopReason=x",
        "content-filter",
        "ContentFilter",
        "a policy-violation",
    ],
)
def test_these_name_it(text):
    """The stop's own words and the vocabulary, in any letter case."""
    assert naming().names(text)


@pytest.mark.parametrize("text", ["", "no answer", "stop", "end_turn", "cybernetics", "completed", "failed (500)"])
def test_these_do_not(text):
    """Other words, and words that merely contain a category."""
    assert not naming().names(text)


@pytest.mark.parametrize(
    "text",
    [
        "[Errno 111] Connection refused",
        "ConnectionRefusedError: ECONNREFUSED",
        "No connection could be made because the target machine actively refused it",
        "the agent refused the connection",
    ],
)
def test_a_server_that_is_not_there_names_nothing(text):
    """A refused connection is no refused answer; beside one, it hides nothing."""
    assert not naming().names(text)
    assert naming().names(f"{text}; the model refused")


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


ASKED = "Say 'declined' if you decline. Follow the safety guidelines of the house."


@pytest.mark.parametrize("text", [ASKED, f"system: {ASKED}", "Follow the safety guidelines", "say 'declined' if"])
def test_what_the_request_said_names_nothing(text):
    """A history or a prompt that comes back says nothing of the answer."""
    assert not Naming(STOP, VOCABULARY, asked=({"system": ASKED},)).names(text)


@pytest.mark.parametrize("text", ["declined", " DECLINED ", "the model declined", "refusal", "safety stop"])
def test_a_word_of_the_request_may_still_be_a_statement(text):
    """A status that is one word is said by the code, also where its prompt has that word."""
    assert Naming(STOP, VOCABULARY, asked=({"system": ASKED},)).names(text)


@pytest.mark.parametrize("text", ["stop_reason: end_turn", "stopReason='end_turn'", '(stop reason "completed")'])
def test_a_good_end_is_no_alarm(text):
    """That the stop reason is a good one names no stop."""
    assert not Naming(STOP, VOCABULARY, ends=frozenset({"end_turn"})).names(text)


@pytest.mark.parametrize("text", ["stop_reason: end_turns", "stop_reason", "stop_reason: refusal", "no stop_reason"])
def test_any_other_end_is_one(text):
    """Every other stop reason names it, known or not."""
    assert Naming(STOP, VOCABULARY, ends=frozenset({"end_turn"})).names(text)


@pytest.mark.parametrize(
    "text",
    ["Result(refused=False)", "refused = None", "{refused: false", "0 refused", "no refusals", "3 done, 0 declined"],
)
def test_what_did_not_happen_is_no_alarm(text):
    """A flag that is not set and a count of nothing name no stop."""
    assert not naming().names(text)


@pytest.mark.parametrize("text", ["refused=True", "refused: None", "1 refused", "10 refused", "no answer: refused"])
def test_what_did_happen_is_one(text):
    """Anything else beside the word leaves it what it is."""
    assert naming().names(text)


def test_only_words_made_for_this_run_belong_to_it():
    """A late report about an earlier run may use the vocabulary, but not this run's unique words."""
    assert naming().quotes_this_run("ValueError: bcdfghjkmn")
    assert not naming().quotes_this_run("Refused: refusal (cyber)")


@pytest.mark.parametrize(
    ("text", "asked", "names"),
    [
        ("a b c d refused", "x b c d refused", True),
        ("za b c d refused", "ya b c d refused", False),
        ("refused a b c d", "refused a b c x", True),
        ("refused a b c dz", "refused a b c dy", False),
        ("I refused", "U refused", True),
        ("they refuse, so", "they refuse it", False),
        ("they refused, so", "they refused it", False),
        ("they refuse", "they refused it", False),
        ("refused", "it was refused, was it", True),
    ],
)
def test_how_much_around_a_word_was_copied(text, asked, names):
    """Eight characters before it or after it, or as many as there are; a status of one word was not copied."""
    assert Naming(STOP, VOCABULARY, asked=(asked,)).names(text) is names

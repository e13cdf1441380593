"""Partial output, in every shape in which it can come back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_refusals import serve
from pytest_refusals.dialects.base import Marks
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle import leaks
from tests.oracle.asking import create, stream
from tests.oracle.exchanges import exchange, user

RECORDED = (
    "The harbour was built in 1873, when the town had four hundred inhabitants and a single road to the north. "
    "Its lighthouse, which still stands today, was added eleven years later by the fishermen's guild."
)


def partial(of: Exchange) -> str:
    return max(of.response.partial, key=len)


SHAPES = {
    "whole": lambda text: [text],
    "stripped": lambda text: [f"  {text.strip()}\n"],
    "cut at its end": lambda text: [text[: len(text) * 3 // 4]],
    "cut inside its first words": lambda text: [text[:18]],
    "with an ellipsis": lambda text: [text[:30].rstrip() + "…"],
    "joined with other text": lambda text: ["Here you are:\n\n" + text + "\n\nAnything else?"],
    "cut and joined": lambda text: ["Summary: " + text[:45] + " (more)"],
    "quoted": lambda text: ["\n".join(f"> {line}" for line in text.split(". "))],
    "in markdown": lambda text: [f"## Answer\n\n**{text}**"],
    "on other lines": lambda text: [text.replace(" ", "\n")],
    "in pieces": lambda text: [text[at : at + 4] for at in range(0, len(text), 4)],
}


@pytest.mark.parametrize("answer", [None, RECORDED], ids=["synthesized", "recorded"])
@pytest.mark.parametrize("shape", SHAPES)
def test_partial_output_is_found_in_every_shape(shape, answer):
    """Whole, cut, stripped, joined or dressed up, it is the same leak."""
    of = exchange(answer=answer)
    assert leaks.came_back([of], SHAPES[shape](partial(of)))


def test_a_short_piece_is_found_where_it_is_all_there_is():
    """A few characters are no accident where they are the whole of what came back."""
    of = exchange(answer="Yes, it is.")
    short = min(of.response.partial, key=len)
    assert len(short) < 12
    assert leaks.came_back([of], [short])
    assert not leaks.came_back([of], [f"{short} what the form says"])


def test_letter_case_hides_nothing():
    """Words in a row are found in capitals too."""
    of = exchange(answer=RECORDED)
    assert leaks.came_back([of], [partial(of).upper()])


@pytest.mark.parametrize("answer", [None, RECORDED], ids=["synthesized", "recorded"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "-",
        "The",
        "No answer.",
        "Tell me about the harbour of the town.",
        "You asked: Tell me about the harbour of the town.",
        "The model declined, when the town had no answer",
        "I can't tell you about it: the request was stopped before it was answered.",
    ],
)
def test_other_texts_are_no_leak(text, answer):
    """Common words, the prompt itself and the project's own words did not come out of the answer."""
    assert not leaks.came_back([exchange(answer=answer)], [text])


def test_the_prompt_in_the_answer_is_no_leak():
    """An answer that begins by repeating the question makes no leak of the question."""
    question = "Tell me when the harbour was built and by whom it was paid for."
    of = exchange(answer=question + " " + RECORDED, messages=[user(question)])
    assert not leaks.came_back([of], [question])
    assert leaks.came_back([of], [question + " The harbour was built in 1873, when"])


def test_what_a_good_answer_says_too_came_back_from_that_one():
    """A later answer that repeats the partial output word for word is the one that was returned."""
    refused, good = exchange(answer=RECORDED), exchange("end_turn", RECORDED)
    assert not leaks.came_back([refused, good], [RECORDED])
    assert leaks.came_back([refused], [RECORDED])


def returned(message):
    return "".join(block.text for block in message.content if block.type == "text")


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: json.dumps({"answer": text}),
        lambda text: json.dumps({"answer": {"parts": [text, "end"]}}, indent=2),
        lambda text: f"data: {json.dumps({'delta': text})}\n\n",
        lambda text: {"answer": [text]},
        lambda text: text.encode(),
        list,
        lambda text: (piece for piece in text.split()),
    ],
    ids=["JSON", "nested JSON", "events", "dict", "bytes", "letters", "generator"],
)
@pytest.mark.parametrize("ask", [create, stream])
def test_what_comes_back_in_a_container_is_a_leak(ask, dress):
    """The container changes nothing."""
    with serve("refusal-mid-text", check=False) as refusal_stream:
        assert refusal_stream.run(lambda: dress(returned(ask()))).verdict.value == "leaked"
    with serve("refusal-before-output", check=False) as refusal_stream:
        assert refusal_stream.run(lambda: dress(returned(ask()))).verdict.value == "silent"
    with serve("end_turn") as refusal_stream:
        refusal_stream.run(lambda: dress(returned(ask())))


def saying(*partial, marks=None, branch="refusal-mid-text", **body):
    """Return an exchange whose answer said just that before its stop."""
    of = exchange(branch, **body)
    of.response = replace(of.response, partial=partial, output=partial, marks=marks)
    return of


MARKED = saying("It is bcdfghjkmn all.", marks=Marks("bcdfghjkmn", "zzzzzzzzzz", "xxxxxxxxxx"))


@pytest.mark.parametrize("end", ["bcdfgh", "ghjkmn", "bcdfghjkmn"])
def test_half_a_unique_word(end):
    """Six letters from either end of it are no accident."""
    assert leaks.came_back([MARKED], [f"so {end}"])


@pytest.mark.parametrize("end", ["bcdfg", "hjkmn", "cdfghj", "zzzzzz", "zzzzzzzzzz"])
def test_less_of_a_unique_word(end):
    """Five are, and so is a word that the partial output did not hold."""
    assert not leaks.came_back([MARKED], [f"so {end}"])


def test_how_long_a_piece_is_no_accident():
    """Twelve characters of an answer without unique words, in either direction; any number where they are all."""
    twelve, eleven = saying("abcdefghijkl"), saying("abcdefghijk")
    assert leaks.came_back([twelve], ["so: abcdefghijkl it is"])
    assert not leaks.came_back([eleven], ["so: abcdefghijk it is"])
    assert leaks.came_back([eleven], ['"abcdefghijk"'])
    long = saying("xx-abcdefghijkl-xx")
    assert leaks.came_back([long], ["abcdefghijkl"])
    assert not leaks.came_back([long], ["abcdefghijk"])


def test_how_many_words_are_no_accident():
    """Five in a row, wherever they stand, and no fewer."""
    of = saying("Ah, one two six ten old, oh.")
    assert leaks.came_back([of], ["So: one, two, six, ten, old"])
    assert leaks.came_back([of], ["One. Two. Six. Ten. Old. Well."])
    assert not leaks.came_back([of], ["So: two, six, ten, old"])
    assert not leaks.came_back([of], ["So: six, ten, old, oh"])
    assert not leaks.came_back([of], ["Oh!"])


def test_a_good_answer_inside_of_a_text():
    """What a later, good answer said came back from that one, also where more is around it."""
    refused, good = exchange(answer=RECORDED), exchange("end_turn", RECORDED)
    assert not leaks.came_back([refused, good], [f"Summary: {RECORDED} (as of today)"])
    assert not leaks.came_back([refused, good], ["Summary", RECORDED])
    assert leaks.came_back([refused, exchange("end_turn", "It is old.")], [f"It is old. {RECORDED[:60]}"])

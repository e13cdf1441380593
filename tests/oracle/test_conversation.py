"""What became of a stopped turn in later requests, asked of exchanges alone."""

from __future__ import annotations

import pytest

from pytest_refusals.oracle import conversation
from tests.oracle.asking import TOOLS
from tests.oracle.exchanges import QUESTION, assistant, exchange, user

OTHER = "What is the capital of France?"
REMOVED = ["refusal-before-output", "refusal-mid-text", "unknown-with-output"]


def begun(of):
    """Return what there was of an answer."""
    return max(of.response.partial or of.response.output, key=len)


def then(first, *turns, **body):
    """Return the whole conversation: `first`, and a good answer to `turns`."""
    return [first, exchange("end_turn", "Fine.", messages=list(turns), **body)]


@pytest.mark.parametrize("branch", REMOVED)
def test_the_turn_is_still_there(branch):
    """Its prompt is, or what there was of the answer, and another question has been asked since."""
    first = exchange(branch)
    kept = then(first, user(QUESTION), assistant("(no answer)"), user(OTHER))
    assert conversation.is_poisoned(kept)
    assert list(conversation.poisoned(kept)) == [kept[1]]
    if first.response.output:
        assert conversation.is_poisoned(then(first, user("So?"), assistant(begun(first)), user(OTHER)))


@pytest.mark.parametrize("branch", REMOVED)
def test_the_turn_is_gone(branch):
    """It is taken out, asked again as it was, or asked of another model."""
    first = exchange(branch)
    assert not conversation.is_poisoned(then(first, user(OTHER)))
    assert not conversation.is_poisoned(then(first, user(QUESTION)))
    assert not conversation.is_poisoned(
        then(first, user(QUESTION), assistant("(no answer)"), user(OTHER), model="claude-other")
    )
    assert not conversation.is_poisoned([first])


@pytest.mark.parametrize("branch", ["max-tokens", "pause-turn", "overloaded-mid-text", "end_turn"])
def test_a_turn_that_may_stay(branch):
    """An answer that was cut by a limit or a failure may be gone on with, a good one anyway."""
    first = exchange(branch)
    assert not conversation.is_poisoned(then(first, user(QUESTION), assistant(begun(first)), user(OTHER)))


def test_several_turns_that_went_on():
    """Each exchange is told once, whatever number of refused turns is in it."""
    one, two = exchange("refusal-mid-text"), exchange("refusal-mid-text", messages=[user(OTHER)])
    last = exchange("end_turn", "Fine.", messages=[user(QUESTION), user(OTHER), user("Well?")])
    assert list(conversation.poisoned([one, two, last])) == [last]


def test_what_came_before_the_stop():
    """A turn is refused from its stop on."""
    earlier = exchange("end_turn", "Fine.", messages=[user(QUESTION), assistant("Well."), user(OTHER)])
    assert not conversation.is_poisoned([earlier, exchange()])


def test_the_result_of_a_refused_call():
    """A result with the id of a call that was cut or refused is a leak, and does not poison."""
    first = exchange("refusal-after-tool-use", tools=TOOLS)
    [id_] = first.response.tool_ids
    block = {"type": "tool_result", "tool_use_id": id_, "content": "12"}
    with_result = then(first, user(QUESTION), {"role": "user", "content": [block]}, tools=TOOLS)
    assert conversation.ran_tool(with_result)
    assert not conversation.is_poisoned(with_result)
    block = {**block, "tool_use_id": "toolu_other"}
    assert not conversation.ran_tool(then(first, user(QUESTION), {"role": "user", "content": [block]}, tools=TOOLS))
    good = exchange("end_turn", [{"type": "tool_use", "name": "lookup", "input": {}, "id": id_}], tools=TOOLS)
    assert not conversation.ran_tool([good, with_result[1]])


@pytest.mark.parametrize("branch", ["max-tokens", "pause-turn"])
def test_to_go_on(branch):
    """What there was is the last turn, or the user asks for the rest after it."""
    first = exchange(branch)
    answer = assistant(begun(first))

    def goes_on(*turns):
        _, later = then(first, user(QUESTION), *turns)
        return conversation.recovers(later.call, first), conversation.goes_on_from(later.call, first)

    assert goes_on(answer) == (True, True)
    for words in ("Please continue.", "Go on!", "Carry on", "keep going", "Proceed.", "resume", "You left off there"):
        assert goes_on(answer, user(words)) == (True, True)
    assert goes_on(answer, user(OTHER)) == (True, False)
    assert goes_on(assistant("Well."), user("Please continue.")) == (False, False)
    assert goes_on(user(begun(first)), user("Please continue.")) == (False, False)


def test_only_what_was_incomplete_is_gone_on_with():
    """A refused answer is not."""
    first = exchange("refusal-mid-text")
    _, later = then(first, user(QUESTION), assistant(begun(first)))
    assert not conversation.recovers(later.call, first)
    assert not conversation.goes_on_from(later.call, first)


@pytest.mark.parametrize(
    ("question", "again", "same"),
    [
        (QUESTION, QUESTION, True),
        (QUESTION, f"Answer briefly. {QUESTION.upper()} Thank you.", True),
        (QUESTION, "About the harbour of that town: tell us more.", True),
        ("one two three four five", "one two three", True),
        ("one two three four five", "one two", False),
        ("one two three four", "one two, and three", True),
        ("one two three", "one two and more", False),
        ("one two three", "well: one two three", True),
        (QUESTION, OTHER, False),
        ("...", "Tell me.", False),
        ("", "", True),
        ("", "Tell me.", False),
    ],
)
def test_the_same_question(question, again, same):
    """The same turn, its text with more around it, or most of its words where there are enough of them."""
    first = exchange(messages=[user(question)])
    later = exchange("end_turn", "Fine.", messages=[user(again)])
    assert conversation.asks_the_same(later.call, first) is same


def test_the_same_question_further_up():
    """The turn may have others after it."""
    later = exchange("end_turn", "Fine.", messages=[user(QUESTION), assistant("Well."), user(OTHER)])
    assert conversation.asks_the_same(later.call, exchange())

"""Answers that were merely incomplete: to go on with one is right, to forget that it was one is not."""

from __future__ import annotations

import pytest

from pytest_refusals import serve
from tests.oracle.asking import client

RECORDED = "The harbour was built in 1873, when the town had four hundred inhabitants and one road to the north."
CUT = ("pause_turn", "max_tokens")
BRANCHES = ("pause-turn", "max-tokens")


def ask(messages, **more):
    return client().beta.messages.create(model="claude-test", max_tokens=100, messages=messages, **more)


def said(message):
    return "".join(block.text for block in message.content)


def going_on():
    """Send what there is back as the last turn, as documented, until the answer is whole."""
    messages, whole = [{"role": "user", "content": "Tell me."}], ""
    for _ in range(4):
        message = ask(messages)
        whole += said(message)
        if message.stop_reason not in CUT:
            return whole
        messages.append({"role": "assistant", "content": said(message)})
    raise RuntimeError("no end to it")


def asking_to_go_on():
    """Ask for the rest in words."""
    question = {"role": "user", "content": "Tell me."}
    message = ask([question])
    if message.stop_reason not in CUT:
        return said(message)
    more = [{"role": "assistant", "content": said(message)}, {"role": "user", "content": "Please continue."}]
    return said(message) + said(ask([question, *more]))


def going_on_in_a_thread():
    """Let the API keep the conversation."""
    message = ask([{"role": "user", "content": "Tell me."}], extra_body={"thread": {"type": "start"}})
    if message.stop_reason not in CUT:
        return said(message)
    more = {"type": "continue", "previous_message_id": message.id}
    return said(message) + said(ask([], extra_body={"thread": more}))


def asking_something_else():
    """Go on to the next question as if nothing were amiss."""
    first = said(ask([{"role": "user", "content": "Tell me."}]))
    turns = [{"role": "user", "content": "Tell me."}, {"role": "assistant", "content": first}]
    return [first, said(ask([*turns, {"role": "user", "content": "And what else?"}]))]


def asking_again():
    """Retry the same, three times."""
    for _ in range(3):
        message = ask([{"role": "user", "content": "Tell me."}])
        if message.stop_reason not in CUT:
            break
    return said(message)


def revising():
    """Have what there is revised, whatever it is, and return that."""
    draft = said(ask([{"role": "user", "content": "Write a draft."}]))
    return said(ask([{"role": "user", "content": f"Revise this, and continue: {draft}"}]))


def verdict(handler, branch, answer=None):
    with serve(branch, check=False, answer=answer) as refusal_stream:
        return refusal_stream.run(handler).verdict.value


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("answer", [None, RECORDED], ids=["synthesized", "recorded"])
@pytest.mark.parametrize("handler", [going_on, asking_to_go_on, going_on_in_a_thread])
def test_an_answer_that_was_gone_on_with_is_no_drop(handler, answer, branch):
    """The rest is asked for and comes back: the stop was handled, and the first part is part of a whole."""
    assert verdict(handler, branch, answer) == "loud"
    assert verdict(handler, "end_turn", answer) == "quiet"


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("handler", [asking_something_else, asking_again])
def test_another_question_or_the_same_again_is_one(handler, branch):
    """An incomplete answer that stays in the conversation, or comes again, went on as if it were whole."""
    assert verdict(handler, branch) == "leaked"


@pytest.mark.parametrize("branch", BRANCHES)
def test_an_incomplete_answer_as_the_next_prompt_is_one(branch):
    """What the user's turn quotes was taken for a whole answer."""
    assert verdict(revising, branch) == "silent"


def recovering_in_a_thread():
    """Go on in the thread in which the refusal is."""
    message = ask([{"role": "user", "content": "Tell me."}], extra_body={"thread": {"type": "start"}})
    if message.stop_reason == "end_turn":
        return said(message)
    more = {"type": "continue", "previous_message_id": message.id}
    return said(ask([{"role": "user", "content": "Something else."}], extra_body={"thread": more}))


@pytest.mark.parametrize("branch", ["refusal-before-output", "refusal-mid-text", "unknown-with-output"])
def test_a_thread_keeps_the_refused_turn(branch):
    """What the API keeps of the conversation counts as sent."""
    assert verdict(recovering_in_a_thread, branch) == "poisoned"
    assert verdict(recovering_in_a_thread, "end_turn") == "quiet"

"""What becomes of a refused turn in the next requests: reset, kept, retried, asked of another model, prefilled."""

from __future__ import annotations

import warnings

import pytest

from pytest_refusals import Verdict, serve, serve_script
from tests.oracle.asking import client, text_of
from tests.oracle.handlers import LLMError, is_ok

BEFORE, MID, UNKNOWN = "refusal-before-output", "refusal-mid-text", "unknown-with-output"
REFUSALS = [BEFORE, MID, UNKNOWN]


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def ask(*messages, model="claude-test"):
    return client().messages.create(model=model, max_tokens=100, messages=list(messages))


def ask_streaming(*messages, model="claude-test"):
    with client().messages.stream(model=model, max_tokens=100, messages=list(messages)) as answer:
        return answer.get_final_message()


# Our suite turns warnings into errors; here they are a way of telling.
pytestmark = pytest.mark.filterwarnings("default")
ways = pytest.mark.parametrize("ask", [ask, ask_streaming], ids=["create", "stream"])
branches = pytest.mark.parametrize("branch", REFUSALS)


def outcome(branch, second, ask, then=text_of):
    """Ask once, and where that ends ill once more with what `second` makes of the first answer."""

    def handler():
        message = ask(user("bad"))
        return then(message if is_ok(message) else second(ask, message))

    with serve(branch, check=False) as refusal_stream:
        return refusal_stream.run(handler)


def careful(message):
    """Return the text of a good answer alone."""
    if not is_ok(message):
        raise LLMError(message.stop_reason)
    return text_of(message)


def partial(message):
    return text_of(message).rstrip() or "..."


def resets(ask, message):
    return ask(user("something else"))


def resets_and_prefills(ask, message):
    return ask(user("something else"), assistant("Here is"))


def resets_and_says_so(ask, message):
    warnings.warn("the question was dropped", stacklevel=2)
    return resets(ask, message)


def goes_on(ask, message):
    return ask(user("bad"), assistant(partial(message)), user("go on"))


def goes_on_without_the_answer(ask, message):
    return ask(user("bad"), assistant("(no answer)"), user("something else"))


def continues_by_prefill(ask, message):
    return ask(user("bad"), assistant(partial(message)))


def retries(ask, message):
    return ask(user("bad"))


def reroutes(ask, message):
    return ask(user("bad"), model="claude-other")


def reroutes_with_prefill(ask, message):
    return ask(user("bad"), assistant(partial(message)), model="claude-other")


@ways
@branches
@pytest.mark.parametrize("second", [resets, resets_and_prefills])
def test_a_reset_gets_an_answer(second, branch, ask):
    """The same model answers a conversation without the turn. That alone tells nobody that the question was dropped."""
    seen = outcome(branch, second, ask)
    assert not seen.poisoned
    assert [exchange.told for exchange in seen.requests] == [True, False]
    assert seen.verdict is Verdict.SILENT
    assert outcome(branch, resets_and_says_so, ask, careful).verdict is Verdict.LOUD


@ways
@branches
@pytest.mark.parametrize("second", [goes_on, goes_on_without_the_answer, continues_by_prefill])
def test_going_on_is_poisoned(second, branch, ask):
    """The turn is still there, as a prompt, as an answer, or as the prefill of the next one, and is refused again."""
    for then in (text_of, careful):
        seen = outcome(branch, second, ask, then)
        assert seen.verdict is Verdict.POISONED
        assert [exchange.told for exchange in seen.requests] == [True, True]


@ways
@branches
def test_a_verbatim_retry_is_no_poison(branch, ask):
    """It ends the same way again: what is made of that decides."""
    seen = outcome(branch, retries, ask, careful)
    assert not seen.poisoned
    assert [exchange.told for exchange in seen.requests] == [True, True]
    assert seen.verdict is Verdict.LOUD
    assert outcome(branch, retries, ask).verdict in {Verdict.SILENT, Verdict.LEAKED}


@ways
@branches
@pytest.mark.parametrize("second", [reroutes, reroutes_with_prefill])
def test_another_model_may_see_the_turn(second, branch, ask):
    """Its answer is what came back: a signal, and no poison, even with the partial output as its prefill."""
    seen = outcome(branch, second, ask)
    assert not seen.poisoned
    assert seen.verdict is Verdict.LOUD
    assert [signal.channel for signal in seen.signals] == ["reroute"]


@ways
@branches
def test_a_prefill_of_the_codes_own(branch, ask):
    """A conversation that ends with an assistant turn is refused and judged like any other."""

    def handler(then):
        return then(ask(user("bad"), assistant("{")))

    with serve(branch, check=False) as refusal_stream:
        assert refusal_stream.run(handler, careful).verdict is Verdict.LOUD
        assert refusal_stream.run(handler, text_of).verdict in {Verdict.SILENT, Verdict.LEAKED}
    with serve(check=False) as refusal_stream:
        assert refusal_stream.run(handler, careful).verdict is Verdict.QUIET


def test_asking_for_ever_is_looping():
    """A loop over a refusal that waits for an answer is stopped by the request limit."""

    def waits():
        message = ask(user("bad"))
        while not is_ok(message):
            message = ask(user("bad"))
        return text_of(message)

    with serve(BEFORE, check=False) as refusal_stream:
        assert refusal_stream.run(waits).verdict is Verdict.LOOPING
    with serve() as refusal_stream:
        assert refusal_stream.run(waits).verdict is Verdict.QUIET


@ways
def test_a_chat_that_loses_one_turn(ask):
    """In a script: the earlier turns stay, the refused one is gone, and the requests say so."""
    history = []

    def say(text):
        message = ask(*history, user(text))
        if is_ok(message):
            history.extend([user(text), assistant(text_of(message))])
        return message.stop_reason

    with serve_script() as refusal_api:
        refusal_api.answer("Hello.", turn=1).then_refuse(at="mid-text", turn=2).then_answer("Gladly.", turn=2)
        assert [say(text) for text in ("hi", "bad", "good")] == ["end_turn", "refusal", "end_turn"]
    assert refusal_api.poisoned == ()
    assert [message["content"] for message in refusal_api.requests[-1].messages] == ["hi", "Hello.", "good"]

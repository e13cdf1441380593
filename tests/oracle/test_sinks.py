"""What is handed to a callback of the test counts like what came back, through the real SDK."""

from __future__ import annotations

import asyncio
import json

import pytest

from pytest_refusals import RefusalsError, Verdict, VerdictFailed, serve
from tests.oracle.asking import PROMPT, WAYS, async_client, client, create, stream, text_of
from tests.oracle.handlers import LLMError, is_ok

MID, BEFORE, CONTROL, UNKNOWN = "refusal-mid-text", "refusal-before-output", "end_turn", "unknown-with-output"
ASK = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": PROMPT}]}
ANSWER = 'The pump "P-7" leaks.\nIts seal is worn, and the bearing behind it is warm; both want a new part by Monday.'
"""An answer of the test's own: there is no unique word in it that would give it away."""

ways = pytest.mark.parametrize("ask", WAYS, ids=lambda ask: ask.__name__)


def verdict(handler, branch, *args, **policy):
    with serve(branch, check=False, **policy) as refusal_stream:
        return refusal_stream.run(handler, refusal_stream.sink("db"), *args).verdict


def stores_the_text(db, ask=create):
    db(text_of(ask()))


def stores_good_ones(db, ask=create):
    message = ask()
    if is_ok(message):
        db(text_of(message))
    else:
        db({"status": "refused"})


def hands_out_tokens(db, then=None):
    with client().messages.stream(**ASK) as answer:
        for token in answer.text_stream:
            db(token)
        message = answer.get_final_message()
    if not is_ok(message) and then is not None:
        then(message)


def raises(message):
    raise LLMError("no answer")


@ways
def test_partial_output_in_a_sink_is_a_leak(ask):
    """What is stored of a refused answer is as bad as what is returned of it."""
    assert verdict(stores_the_text, MID, ask) is Verdict.LEAKED
    assert verdict(stores_the_text, CONTROL, ask) is Verdict.QUIET
    assert verdict(stores_the_text, BEFORE, ask) is Verdict.SILENT
    assert verdict(stores_the_text, UNKNOWN, ask) is Verdict.SILENT


@ways
def test_a_statement_in_a_sink_is_a_signal(ask):
    """A value handed to a callback that names the stop is seen by somebody: channel surface."""
    for branch, expected in ((MID, Verdict.LOUD), (BEFORE, Verdict.LOUD), (CONTROL, Verdict.QUIET)):
        assert verdict(stores_good_ones, branch, ask) is expected
    assert verdict(stores_good_ones, MID, ask, loud="raise") is Verdict.SILENT


FORMS = {
    "whole": lambda text: text,
    "stripped": str.strip,
    "cut": lambda text: text[: len(text) // 2],
    "cut and dotted": lambda text: f"So far: {text[: len(text) - 5]}… (more)",
    "in words": str.split,
    "one argument of many": lambda text: {"n": [1, {"text": text}]},
    "JSON": lambda text: json.dumps({"answer": {"text": text}}),
    "JSON in a text": lambda text: f"stored {json.dumps({'answer': text})}.",
    "Markdown": lambda text: "\n".join(f"> **{line}**" for line in text.splitlines()),
    "HTML": lambda text: f"<p>{text.replace(chr(34), '&quot;')}</p>",
    "bytes": str.encode,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("answer", [None, ANSWER], ids=["made", "given"])
def test_a_leak_in_any_form(form, answer):
    """Whole or in part, wrapped or in pieces, handed over or returned."""

    def hands_over(db):
        db(form(text_of(stream())))

    def returns(_db):
        return form(text_of(stream()))

    for handler in (hands_over, returns):
        assert verdict(handler, MID, answer=answer) is Verdict.LEAKED
        assert verdict(handler, CONTROL, answer=answer) is Verdict.QUIET


@pytest.mark.parametrize("answer", [None, ANSWER], ids=["made", "given"])
def test_what_is_no_leak(answer):
    """A text of the code's own, the prompt, a later good answer."""

    def says_otherwise(db):
        message = create()
        db("The summary is not there yet.", prompt=PROMPT, n=3)
        return "" if is_ok(message) else "refused"

    def asks_somebody_else(db):
        message = create()
        if not is_ok(message):
            message = create(model="claude-other")
        db(text_of(message))

    assert verdict(says_otherwise, MID, answer=answer) is Verdict.LOUD
    assert verdict(asks_somebody_else, MID, answer=answer) is Verdict.LOUD


@pytest.mark.parametrize("answer", [None, ANSWER], ids=["made", "given"])
def test_tokens_handed_out_before_the_stop(answer):
    """They are no leak where the end is loud, however it is, and one where the end is quiet."""
    with serve(MID, check=False, answer=answer) as refusal_stream:
        db, errors = refusal_stream.sink("db"), refusal_stream.sink("errors")
        run = refusal_stream.run
        assert run(hands_out_tokens, db).verdict is Verdict.LEAKED
        assert run(hands_out_tokens, db, raises).verdict is Verdict.LOUD
        loud = run(hands_out_tokens, db, lambda message: errors({"error": message.stop_reason}))
        assert loud.verdict is Verdict.LOUD
        assert loud.signals[0].sink == "errors"
        assert len(loud.sinks["db"]) > 1
        quiet = run(hands_out_tokens, db, lambda message: errors("oh"))
        assert quiet.verdict is Verdict.LEAKED
        late = run(lambda: hands_out_tokens(lambda _: None, lambda m: (db(text_of(m)), errors(m.stop_reason))))
        assert late.verdict is Verdict.LEAKED
        assert late.stored_partial == {"db"}


def test_a_statement_speaks_for_its_own_value_alone():
    """Partial output in one place is not excused by what was said in another; beside it, it is."""
    with serve(MID, check=False) as refusal_stream:
        db, errors = refusal_stream.sink("db"), refusal_stream.sink("errors")

        def verdict(handler):
            return refusal_stream.run(lambda: handler(create())).verdict

        assert verdict(lambda m: db(text_of(m), m.stop_reason)) is Verdict.LOUD
        assert verdict(lambda m: (db(text_of(m)), errors(m.stop_reason))) is Verdict.LEAKED
        assert verdict(lambda m: errors(m.stop_reason) or text_of(m)) is Verdict.LEAKED
        assert verdict(lambda m: db(text_of(m)) or m.stop_reason) is Verdict.LEAKED


def test_partial_output_may_be_kept_beside_a_signal():
    """With partial="keep" a signal anywhere makes it welcome in a sink, and none does not."""

    def stores_and_says(db):
        message = create()
        db(text_of(message))
        return "fine" if is_ok(message) else "refused"

    assert verdict(stores_and_says, MID) is Verdict.LEAKED
    assert verdict(stores_and_says, MID, partial="keep") is Verdict.LOUD
    assert verdict(stores_the_text, MID, partial="keep") is Verdict.LEAKED


def test_errors_and_messages_handed_over():
    """An exception that names the stop is a statement; the SDK's own message is for its receiver to look at."""

    def hands_over_an_error(db):
        try:
            stores_the_text(lambda _: None)
            with client().messages.stream(**ASK) as answer:
                answer.until_done()
        except Exception as error:
            db(error)

    assert verdict(lambda db: db(create()), MID) is Verdict.DEFERRED
    assert verdict(lambda db: db(create()), MID, loud=["raise", "message"]) is Verdict.LOUD
    assert verdict(hands_over_an_error, "overloaded-mid-text") is Verdict.LOUD


def test_an_async_callback():
    """Code that awaits its callback is given the async one."""

    async def handler(save):
        async with async_client() as asynchronous:
            await save(text_of(await asynchronous.messages.create(**ASK)))

    with serve(MID, check=False) as refusal_stream:
        sink = refusal_stream.sink()
        assert refusal_stream.run(handler, sink.awaited).verdict is Verdict.LEAKED
        assert asyncio.run(sink.awaited("more")) is None
        assert repr(sink) == "<sink 'sink', called 2 times>"


def test_a_sink_begins_empty_in_each_run():
    """The same name is the same sink, and a run knows nothing of the one before."""
    with serve(CONTROL) as refusal_stream:
        sink = refusal_stream.sink("db")
        assert refusal_stream.sink("db") is sink
        sink("before")

        def handler():
            create()
            sink()
            sink(1)
            sink(1, 2, k=3)

        outcome = refusal_stream.run(handler)
        assert outcome.sinks == {"db": ((), 1, (1, 2, {"k": 3}))}
        assert refusal_stream.run(lambda: create() and None).sinks == {"db": ()}
        with pytest.raises(RefusalsError, match="Expected the name of a sink but got 3"):
            refusal_stream.sink(3)


def test_the_message_shows_what_was_stored():
    """A reader of the failure sees which callback got what."""
    with serve(MID, answer=ANSWER) as refusal_stream, pytest.raises(VerdictFailed) as caught:
        refusal_stream.run(stores_the_text, refusal_stream.sink("db"))
    assert "handed to 'db': ['The pump" in str(caught.value)


def hands_on_events(db, *, with_the_stop):
    for event in client().messages.create(**ASK, stream=True):
        if with_the_stop or event.type != "message_delta":
            db(event)


@pytest.mark.parametrize(("with_the_stop", "expected"), [(True, Verdict.DEFERRED), (False, Verdict.LEAKED)])
def test_the_vendors_events_are_its_message_where_the_stop_is_among_them(with_the_stop, expected):
    """A callback that gets every event can look at the stop; one that gets the text alone cannot."""
    with serve(MID, check=False) as refusal_stream:
        sink = refusal_stream.sink("db")
        outcome = refusal_stream.run(lambda: hands_on_events(sink, with_the_stop=with_the_stop))
    assert outcome.verdict is expected

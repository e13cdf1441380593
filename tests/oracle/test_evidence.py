"""What was heard and does not count, and what is said of it."""

from __future__ import annotations

import logging

import pytest

from pytest_refusals import Channel, Heard, Signal, serve, tap
from pytest_refusals.oracle.signals import Dismissed
from pytest_refusals.sites import Site
from tests.oracle.asking import create
from tests.oracle.installed import installed

LIBRARY = installed("made_up", "def say(speaker, text):\n    return speaker(text)\n")
log = logging.getLogger("app.evidence")
PLACE = Site("app.py", 3, "ask")


class Voice:
    """What the channel of these tests listens to."""

    def say(self, heard):
        """Say it."""


def evidence(*said, by=lambda speaker, heard: speaker(heard)):
    """Return what becomes of each thing that is said where there is no answer."""
    channel = Channel("voice", lambda hear: tap(hear, Voice, "say", lambda call: call["heard"]))

    def handler():
        create()
        for each in said:
            by(Voice().say, each)

    with serve("refusal-before-output", check=False, channels=[channel]) as refusal_stream:
        outcome = refusal_stream.run(handler)
    return [(each.signal.text, each.why) if isinstance(each, Dismissed) else each.text for each in _all(outcome)]


def _all(outcome):
    return (*outcome.signals, *outcome.dismissed)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (Heard("refused"), ["refused"]),
        (Heard("slow"), [("slow", "does not name the stop")]),
        (Heard("slow", by_itself=True), ["slow"]),
        (Heard("slow", said=("refused",)), ["slow"]),
        (Heard("refused", said=("slow",)), [("refused", "does not name the stop")]),
        (Heard("refused", said=()), [("refused", "does not name the stop")]),
        (Heard("refused", barred="held back"), [("refused", "held back")]),
        (Heard("refused", by_itself=True, barred="held back"), [("refused", "held back")]),
        (Heard("slow", by_itself=True, barred="held back"), []),
        (Heard("slow", barred="held back"), []),
        (
            Heard("refused", by_itself=True, own_words_only=True),
            [("refused", "it may be about an earlier run, and quotes nothing that was made for this one")],
        ),
    ],
)
def test_what_counts(heard, expected):
    """A word that names the stop does, or the project's own alarm; what is barred is told where it would have."""
    assert evidence(heard) == expected


def test_who_did_not_name_it():
    """A library that said something else is told apart from the project."""
    expected = [("slow", "library code, does not name the stop")]
    assert evidence(Heard("slow"), by=LIBRARY.say) == expected
    assert evidence(Heard("refused"), by=LIBRARY.say) == ["refused"]


def test_a_sink_says_it_once():
    """However often it is told, and each sink for itself."""

    def handler(*sinks):
        create()
        for sink in sinks:
            sink("nothing")
            sink("refused")
            sink("declined")

    with serve("refusal-before-output") as refusal_stream:
        outcome = refusal_stream.run(handler, refusal_stream.sink("one"), refusal_stream.sink("two"))
    assert [(signal.text, signal.sink) for signal in outcome.signals] == [("refused", "one"), ("refused", "two")]


def test_noise():
    """A pattern is looked for in channel and text; what it fits is told with the pattern."""

    def handler():
        create()
        log.error("cache refused")

    for noise, verdict in (("cache", "silent"), ("^log: .*cache", "silent"), ("disk", "loud")):
        with serve("refusal-before-output", check=False, noise=["never", noise]) as refusal_stream:
            outcome = refusal_stream.run(handler)
        assert outcome.verdict.value == verdict
        assert [each.why for each in outcome.dismissed] == ([f"noise: {noise}"] if verdict == "silent" else [])


def test_the_last_message_is_the_one_to_look_at():
    """Of several of the vendor's own, the accessor is that of the last."""

    def handler():
        message = create()
        return [message, message.model_dump()]

    with serve("refusal-before-output", check=False) as refusal_stream:
        outcome = refusal_stream.run(handler)
        reverse = refusal_stream.run(lambda: handler()[::-1])
    assert (outcome.accessor, reverse.accessor) == ('message["stop_reason"]', "message.stop_reason")
    assert [each.signal.text for each in (*outcome.dismissed, *reverse.dismissed)] == ["dict", "Message"]
    for seen in (outcome, reverse):
        (found,) = seen.dismissed
        assert found.why == f"the vendor's own message, not a statement: {seen.accessor} was left to the caller"


@pytest.mark.parametrize(
    ("signal", "text"),
    [
        (Signal("log", "slow"), "log: slow, does not say why"),
        (Signal("log", "refused", names_stop=True), "log: refused"),
        (Signal("log", "refused", PLACE, names_stop=True), "log: refused (app.py:3 in ask)"),
        (Signal("surface", "x", PLACE, sink="db"), "surface: x [handed to 'db'] (app.py:3 in ask), does not say why"),
    ],
)
def test_a_signal_as_a_text(signal, text):
    """Channel, text, sink, place, and whether it says why."""
    assert str(signal) == text

"""The exact text of a failure, for every verdict that fails."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_refusals import Catalogue, Outcome, Policy, Signal, Site, Stop, StopKind, Verdict
from pytest_refusals.dialects.base import Call, Request, Response
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.signals import Dismissed
from pytest_refusals.report.message import failure_message

CATALOGUE = Catalogue()
STOP = Stop(StopKind.REFUSED, "refusal", "bio", "Case bcdfghjkmn: not served.")
HERE = Site("app/chat.py", 12, "reply")
CALLER = Site("app/service.py", 40, "handle")
ADVICE_SILENT = """\
Accept only the stop reasons you know (end_turn, stop_sequence, tool_use) and be loud on
             all others: raise, log at WARNING or above, warn, count it in a metric that names it,
             return a value that says so, or ask another model."""
ADVICE_LEAKED = """\
Discard partial output and run no tool of a turn that did not end well: raise, or return a
             value that says so. Where partial output is welcome beside a signal, say partial="keep"."""
ADVICE_CRASHED = """\
Look at the stop before the content, and raise an error of your own that says why there is
             no answer. If this exception is meant, name its type in raises=."""
ADVICE_UNREACHED = """\
Call the code under test with refusal_stream.run(f, ...) or inside refusal_stream.watch(),
             and let it make its request there. A client on another HTTP stack, or in another process,
             is not seen."""
ADVICE_POISONED = """\
Take the refused turn, its prompt and its partial output, out of the conversation before
             the next request."""
ADVICE_LOOPING = """\
Stop asking: the same conversation ends the same way every time. Reset it, ask another
             model, or raise."""
ADVICE_NOISY = """\
Keep quiet on a full answer. If this signal has nothing to do with the stop, add it to
             refusals_noise."""


def exchange(
    branch: str = "refusal-mid-text", *, streaming: bool = True, read: int = 14, told: bool = True
) -> Exchange:
    body = {"model": "claude-test", "stream": streaming, "messages": []}
    call = Call(body, "claude-test", streaming, (), "", frozenset({"text"}))
    chunks = tuple(b"x" for _ in range(14 if streaming else 1))
    response = Response(200, (), chunks, STOP, len(chunks) - 1 if streaming else 1)
    made = Exchange(
        Request("POST", "https://api.test/v1/messages", {}, b""),
        call,
        response,
        CATALOGUE[branch],
        told,
        (HERE, CALLER),
    )
    made.chunks_read = read if streaming else 1
    return made


def outcome(verdict: Verdict, branch: str = "refusal-mid-text", **facts: object) -> Outcome:
    facts.setdefault("requests", (exchange(branch, told=branch != "end_turn"),))
    return replace(Outcome(CATALOGUE[branch], STOP, handler=CALLER, verdict=verdict), **facts)


SERVED = """\
14 events, 14 read, to POST https://api.test/v1/messages (claude-test, refusal-mid-text)
               called from app/chat.py:12 in reply
                      from app/service.py:40 in handle"""
BRANCH = "refusal-mid-text: the answer is refused in the middle of its text"
STOPPED = "refused 'refusal', category 'bio'"


def text(
    first: str,
    came_back: str,
    fix: str,
    *,
    served: str = SERVED,
    signals: str = "none",
    branch: str = BRANCH,
    stop: str = STOPPED,
) -> str:
    return (
        f"{first}\n\n"
        f"  branch     {branch}\n"
        f"  stop       {stop}\n"
        f"  served     {served}\n"
        f"  came back  {came_back}\n"
        f"  signals    {signals}\n"
        f"  to fix     {fix}\n"
        "  bytes      run again with --refusals-bytes to see what was served"
    )


CASES = {
    "silent": (
        outcome(Verdict.SILENT, returned=""),
        text("SILENT: app/chat.py:12 in reply: it dropped the stop", "returned ''", ADVICE_SILENT),
    ),
    "leaked": (
        outcome(Verdict.LEAKED, returned=["In", " short"], streamed=True),
        text(
            "LEAKED: app/chat.py:12 in reply: partial output went on as if it were the answer",
            "yielded ['In', ' short']",
            ADVICE_LEAKED,
        ),
    ),
    "crashed": (
        outcome(Verdict.CRASHED, raised=IndexError("list index out of range")),
        text(
            "CRASHED: app/chat.py:12 in reply: it broke on the stop instead of handling it",
            "raised IndexError: list index out of range",
            ADVICE_CRASHED,
        ),
    ),
    "unreached": (
        outcome(Verdict.UNREACHED, requests=()),
        text(
            "UNREACHED: app/service.py:40 in handle: no request reached the endpoint",
            "returned None",
            ADVICE_UNREACHED,
            served="nothing",
        ),
    ),
    "looping": (
        outcome(Verdict.LOOPING),
        text(
            "LOOPING: app/chat.py:12 in reply: the request limit was hit: it asks again and again",
            "returned None",
            ADVICE_LOOPING,
        ),
    ),
    "poisoned": (
        outcome(Verdict.POISONED, requests=(exchange(), exchange(streaming=False, told=False))),
        text(
            "POISONED: app/chat.py:12 in reply: it went on with the refused turn still in the conversation",
            "returned None",
            ADVICE_POISONED,
            served=SERVED
            + """
             a JSON body to POST https://api.test/v1/messages (claude-test, the full answer)
               called from app/chat.py:12 in reply
                      from app/service.py:40 in handle""",
        ),
    ),
    "abandoned": (
        outcome(Verdict.ABANDONED, requests=(exchange(read=3),)),
        text(
            "ABANDONED: app/chat.py:12 in reply: it stopped reading before the stop arrived",
            "returned None",
            "Read the stream to its end: the stop comes last.",
            served=SERVED.replace("14 read,", "3 read, the stop not among them,"),
        ),
    ),
    "deferred": (
        outcome(Verdict.DEFERRED, returned="a message", accessor="message.stop_reason"),
        text(
            "DEFERRED: app/chat.py:12 in reply: it handed the message to its caller without looking at the stop",
            "returned 'a message'",
            'Look at message.stop_reason here, or say loud=[..., "message"] if every caller does.',
        ),
    ),
    "noisy": (
        outcome(
            Verdict.NOISY,
            "end_turn",
            stop=Stop(StopKind.COMPLETED, "end_turn"),
            signals=(Signal("log", "WARNING slow [app]", HERE),),
        ),
        text(
            "NOISY: app/chat.py:12 in reply: it raised an alarm on an answer that is all right",
            "returned None",
            ADVICE_NOISY,
            served=SERVED.replace("refusal-mid-text", "the full answer"),
            signals="log: WARNING slow [app] (app/chat.py:12 in reply), does not say why",
            branch="end_turn: the model answers in full",
            stop="completed 'end_turn'",
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_message(name):
    """Verdict and place; branch; what was served and read; what came back; signals; what to change; the bytes."""
    seen, expected = CASES[name]
    assert failure_message(seen, Policy()) == expected


def test_there_is_a_message_for_each_failing_verdict():
    """None is without advice."""
    assert set(CASES) == {verdict.value for verdict in Verdict} - {"loud", "quiet"}


def test_a_signal_that_is_not_accepted_is_shown_as_such():
    """The message says which channels would have been accepted."""
    seen = outcome(Verdict.SILENT, signals=(Signal("log", "WARNING refused [app]", None, names_stop=True),))
    message = failure_message(seen, Policy(loud=frozenset({"raise", "warn"})))
    assert "signals    log: WARNING refused [app] [not accepted: loud=['raise', 'warn']]\n" in message


def test_a_broken_repr_hides_nothing():
    """An object that cannot be shown is named by its type."""

    class Broken:
        def __repr__(self) -> str:
            raise ValueError

    message = failure_message(outcome(Verdict.SILENT, returned=Broken()), Policy())
    assert "returned <Broken, whose repr raises ValueError>" in message


def test_long_values_are_cut_in_their_middle():
    """A long value keeps its two ends, on one line."""
    message = failure_message(outcome(Verdict.SILENT, returned="a" * 500 + "\nb"), Policy())
    line = next(line for line in message.splitlines() if "came back" in line)
    assert len(line) < 230
    assert " ... " in line
    assert dedent(line).endswith(r"\nb'")


LOW = Dismissed(Signal("log", "INFO refused [app]", HERE, names_stop=True), "below WARNING")
OTHER = Dismissed(Signal("log", "WARNING retrying [httpx]"), "library code, does not name the stop")


def test_what_looked_like_a_signal_is_told_with_why_it_does_not_count():
    """That which names the stop comes first; three are enough."""
    message = failure_message(outcome(Verdict.SILENT, dismissed=(OTHER, OTHER, LOW, OTHER)), Policy())
    expected = """\
  signals    none
  uncounted  log: INFO refused [app] (app/chat.py:12 in reply)
               because: below WARNING
             log: WARNING retrying [httpx]
               because: library code, does not name the stop
             log: WARNING retrying [httpx]
               because: library code, does not name the stop
             and 1 more: run again with --refusals-explain
  to fix     """
    assert expected in message


def test_a_signal_through_another_channel_is_said_in_the_first_line():
    """What told, but not through an accepted channel, was not simply dropped."""
    seen = outcome(Verdict.SILENT, signals=(Signal("log", "WARNING refused [app]", HERE, names_stop=True),))
    first = failure_message(seen, Policy(loud=frozenset({"raise"}))).partition("\n")[0]
    assert first.endswith("it told of the stop, but through no channel that is accepted here")

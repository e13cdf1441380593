"""The exact text that explains a verdict."""

from __future__ import annotations

from pytest_refusals import Catalogue, Outcome, Policy, Signal, Site, Stop, StopKind
from pytest_refusals.oracle.signals import Dismissed
from pytest_refusals.report.explanation import PROPERTY, explained, explanation

BRANCH = Catalogue()["refusal-mid-text"]
HERE = Site("app/chat.py", 12, "reply")


def lines(policy=None, **facts):
    outcome = Outcome(BRANCH, Stop(StopKind.REFUSED, "refusal"), requests=(object(),), **facts)
    return "\n".join(explanation(outcome, policy or Policy(), "test_a[refusal-mid-text]"))


def test_every_piece_of_evidence_is_told_with_what_became_of_it():
    """The rule that held, what counted, what was not accepted, and what did not count, with why."""
    assert (
        lines(
            Policy(loud=frozenset({"raise"})),
            signals=(
                Signal("raise", "Refused: refusal", HERE, names_stop=True),
                Signal("log", "ERROR no answer [app]", HERE),
            ),
            dismissed=(Dismissed(Signal("log", "WARNING retrying [httpx]", None), "library code"),),
        )
        == """\
LOUD test_a[refusal-mid-text]
  rule          6 of 11: at least one accepted signal
  counted       raise: Refused: refusal (app/chat.py:12 in reply)
  not accepted  log: ERROR no answer [app] (app/chat.py:12 in reply), does not say why
  not counted   log: WARNING retrying [httpx]
                  because: library code"""
    )


def test_nothing_at_all_is_said_too():
    """Where nothing was seen, that is the explanation."""
    unread = type("Exchange", (), {"told": True, "stop_read": True})()
    outcome = Outcome(BRANCH, Stop(StopKind.REFUSED, "refusal"), requests=(unread,))
    assert list(explanation(outcome, Policy(), "test_a")) == [
        "SILENT test_a",
        "  rule          9 of 11: nothing told",
        "  seen          nothing that could have been a signal",
    ]


def test_the_order_is_that_of_the_tests():
    """Neither the verdict nor the scheduling decides the order."""
    texts = ["SILENT test_b\n  x", "LOUD test_c\n  y", "QUIET test_a\n  z"]
    properties = [[(PROPERTY, text)] for text in texts] + [[("refusals", "{}")]]
    assert explained(properties) == ["QUIET test_a\n  z", "SILENT test_b\n  x", "LOUD test_c\n  y"]

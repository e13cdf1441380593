"""Code under test that asks, and tells in a way of its own where it got no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_refusals import Outcome, serve
from tests.oracle.asking import create, text_of

REFUSED, FUTURE, CONTROL = "refusal-before-output", "unknown-before-output", "end_turn"
Tell = Callable[[str], Any]


def watched(tell: Tell, branch: str = REFUSED, *, always: bool = False, **arguments: Any) -> Outcome:
    """Run code that calls ``tell(stop_reason)`` where the answer is no good, or `always`."""

    def handler() -> str:
        message = create()
        good = message.stop_reason == "end_turn"
        if always or not good:
            tell(message.stop_reason)
        return text_of(message) if good else ""

    with serve(branch, check=False, **arguments) as refusal_stream:
        return refusal_stream.run(handler)


def told(tell: Tell, branch: str = REFUSED, **arguments: Any) -> list[str]:
    """Return the signals of such a run, as ``"channel: text"``."""
    return [f"{signal.channel}: {signal.text}" for signal in watched(tell, branch, **arguments).signals]


def verdicts(tell: Tell) -> list[str]:
    """Return the verdicts on a refusal, on a stop nobody has heard of, and on the control, told of each time."""
    return [watched(tell, branch, always=True).verdict.value for branch in (REFUSED, FUTURE, CONTROL)]


COUNTS = ["loud", "loud", "quiet"]
"""The verdicts on code that tells of the stop reason wherever it has one, and only there."""
SILENT = ["silent", "silent", "quiet"]
NOISY = ["loud", "loud", "noisy"]
"""The verdicts on code that says the same whatever happened."""

"""Every handler meets every branch. The loud ones pass; the others fail, on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reportdesk import (
    crashing_triage,
    leaking_chat,
    leaking_tools,
    loud_chat,
    loud_service,
    loud_summarizer,
    loud_tools,
    loud_triage,
    silent_service,
    silent_summarizer,
)

if TYPE_CHECKING:
    from pytest_refusals import RefusalStream

REPORT = "The pump on deck 3 leaks. Its valve was replaced in May."


def test_silent_summarizer(refusal_stream: RefusalStream) -> None:
    """Fails: "no findings" is not the same as "no answer"."""
    refusal_stream.run(silent_summarizer.summarize, REPORT)


def test_loud_summarizer(refusal_stream: RefusalStream) -> None:
    """Passes: it raises."""
    refusal_stream.run(loud_summarizer.summarize, REPORT)


def test_leaking_chat(refusal_stream: RefusalStream) -> None:
    """Fails: half an answer comes back as if it were one."""
    refusal_stream.run(leaking_chat.reply, "When was the valve replaced?")


def test_loud_chat(refusal_stream: RefusalStream) -> None:
    """Passes: a generator whose end is loud."""
    refusal_stream.run(loud_chat.reply, "When was the valve replaced?")


@pytest.mark.refusals(answer={"severity": 3})
def test_crashing_triage(refusal_stream: RefusalStream) -> None:
    """Fails: a StopIteration does not tell anyone what happened."""
    refusal_stream.run(crashing_triage.severity, REPORT)


@pytest.mark.refusals(answer={"severity": 3})
def test_loud_triage(refusal_stream: RefusalStream) -> None:
    """Passes: it looks at the stop reason first."""
    refusal_stream.run(loud_triage.severity, REPORT)


def test_leaking_tools(refusal_stream: RefusalStream) -> None:
    """Fails: the tool of a refused call is run."""
    refusal_stream.run(leaking_tools.ask, "Is ticket 7 open?")


def test_loud_tools(refusal_stream: RefusalStream) -> None:
    """Passes: no tool runs unless the model stopped for it."""
    refusal_stream.run(loud_tools.ask, "Is ticket 7 open?")


def test_silent_service(refusal_stream: RefusalStream) -> None:
    """Fails: mail that nobody looked at counts as looked at."""
    refusal_stream.run(silent_service.sort_mail, ["You have won a pump."])


def test_loud_service(refusal_stream: RefusalStream) -> None:
    """Passes: an async function that logs a warning and goes on."""
    refusal_stream.run(loud_service.sort_mail, ["You have won a pump."])

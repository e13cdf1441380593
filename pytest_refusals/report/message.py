"""What a failing verdict says: where, what, and what to change."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from http import HTTPStatus

from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.judge import Verdict
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.report.explanation import dismissal
from pytest_refusals.text import error_text, safe_repr, shortened

_WIDTH = 90
"""Characters of advice on a line."""
_CALLERS = 4
"""Lines of project code that are shown of the way to a request."""
_UNCOUNTED = 3
"""Pieces of evidence that are shown although they do not count."""
_WHAT = {
    Verdict.UNREACHED: "no request reached the endpoint",
    Verdict.LOOPING: "the request limit was hit: it asks again and again",
    Verdict.CRASHED: "it broke on the stop instead of handling it",
    Verdict.POISONED: "it went on with the refused turn still in the conversation",
    Verdict.LEAKED: "partial output went on as if it were the answer",
    Verdict.ABANDONED: "it stopped reading before the stop arrived",
    Verdict.DEFERRED: "it handed the message to its caller without looking at the stop",
    Verdict.SILENT: "it dropped the stop",
    Verdict.NOISY: "it raised an alarm on an answer that is all right",
}

_FIX = {
    Verdict.UNREACHED: (
        "Call the code under test with refusal_stream.run(f, ...) or inside refusal_stream.watch(), and let it make "
        "its request there. A client on another HTTP stack, or in another process, is not seen."
    ),
    Verdict.LOOPING: (
        "Stop asking: the same conversation ends the same way every time. Reset it, ask another model, or raise."
    ),
    Verdict.CRASHED: (
        "Look at the stop before the content, and raise an error of your own that says why there is no answer. "
        "If this exception is meant, name its type in raises=."
    ),
    Verdict.POISONED: (
        "Take the refused turn, its prompt and its partial output, out of the conversation before the next request."
    ),
    Verdict.LEAKED: (
        "Discard partial output and run no tool of a turn that did not end well: raise, or return a value that says "
        'so. Where partial output is welcome beside a signal, say partial="keep".'
    ),
    Verdict.ABANDONED: "Read the stream to its end: the stop comes last.",
    Verdict.DEFERRED: 'Look at {accessor} here, or say loud=[..., "message"] if every caller does.',
    Verdict.SILENT: (
        "Accept only the stop reasons you know (end_turn, stop_sequence, tool_use) and be loud on all others: "
        "raise, log at WARNING or above, warn, count it in a metric that names it, return a value that says so, or ask "
        "another model."
    ),
    Verdict.NOISY: (
        "Keep quiet on a full answer. If this signal has nothing to do with the stop, add it to refusals_noise."
    ),
}


def failure_message(outcome: Outcome, policy: Policy) -> str:
    """Return the message of a failing verdict.

    In this order: the verdict and the place that dropped the stop; the branch in words; what was served
    and how much of it was read; what came back; the signals, and the channels that failed themselves; what to
    change; how to see the bytes.
    """
    verdict = outcome.verdict
    assert verdict is not None
    place = f"{outcome.dropped_at}: " if outcome.dropped_at else ""
    lines = [f"{verdict.value.upper()}: {place}{_what(verdict, outcome)}", ""]
    lines += _row("branch", f"{outcome.branch.name}: {outcome.branch.about}")
    lines += _row("stop", _stop(outcome))
    lines += _row("served", *_served(outcome))
    lines += _row("came back", *_came_back(outcome))
    lines += _row("signals", *(_signals(outcome, policy) or ["none"]))
    lines += _row("broken", *outcome.broken)
    lines += _row("uncounted", *_uncounted(outcome))
    lines += _row("to fix", *textwrap.wrap(_FIX[verdict].format(accessor=outcome.accessor), _WIDTH))
    lines += _row("bytes", "run again with --refusals-bytes to see what was served")
    return "\n".join(lines)


def _what(verdict: Verdict, outcome: Outcome) -> str:
    if verdict in (Verdict.SILENT, Verdict.DEFERRED) and outcome.signals:
        return "it told of the stop, but through no channel that is accepted here"
    return _WHAT[verdict]


def _row(label: str, *texts: str) -> Iterator[str]:
    for index, text in enumerate(texts):
        yield f"  {label if index == 0 else '':<10} {text}"


def _stop(outcome: Outcome) -> str:
    stop = outcome.stop
    value = f" {stop.value!r}" if stop.value else ""
    category = f", category {stop.category!r}" if stop.category else ""
    return f"{stop.kind.value}{value}{category}"


def _served(outcome: Outcome) -> Iterator[str]:
    if not outcome.requests:
        yield "nothing"
    for exchange in outcome.requests:
        yield f"{_amount(exchange)} to {exchange.request.method} {exchange.url} ({_asked(exchange)})"
        for number, site in enumerate(exchange.call_sites[:_CALLERS]):
            yield f"  {'called from' if number == 0 else '       from'} {site}"


def _amount(exchange: Exchange) -> str:
    if exchange.response.status != HTTPStatus.OK:
        return f"HTTP {exchange.response.status}"
    if not exchange.call.streaming:
        return "a JSON body" if exchange.stop_read else "a JSON body, not read"
    unread = "" if exchange.stop_read else ", the stop not among them"
    return f"{exchange.events_served} events, {exchange.events_read} read{unread},"


def _asked(exchange: Exchange) -> str:
    kind = exchange.branch.name if exchange.told else "the full answer"
    return f"{exchange.model}, {kind}"


def _came_back(outcome: Outcome) -> Iterator[str]:
    yield from _result(outcome)
    for name, stored in outcome.sinks.items():
        yield f"handed to {name!r}: {safe_repr(list(stored))}"


def _result(outcome: Outcome) -> Iterator[str]:
    if outcome.raised is not None:
        yield shortened(f"raised {error_text(outcome.raised)}")
    elif outcome.streamed:
        yield f"yielded {safe_repr(outcome.returned)}"
    else:
        yield f"returned {safe_repr(outcome.returned)}"


def _signals(outcome: Outcome, policy: Policy) -> list[str]:
    accepted = [channel for channel in policy.valid if channel in policy.loud]
    return [
        shortened(str(signal)) + ("" if signal.channel in policy.loud else f" [not accepted: loud={accepted}]")
        for signal in outcome.signals
    ]


def _uncounted(outcome: Outcome) -> Iterator[str]:
    """Yield what looked like a signal, that which names the stop first."""
    ordered = sorted(outcome.dismissed, key=lambda each: not each.signal.names_stop)
    for each in ordered[:_UNCOUNTED]:
        yield from dismissal(each)
    if len(ordered) > _UNCOUNTED:
        yield f"and {len(ordered) - _UNCOUNTED} more: run again with --refusals-explain"

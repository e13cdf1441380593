"""What an outcome says of the whole run."""

from __future__ import annotations

import pytest

from pytest_refusals import Catalogue, Outcome, Signal
from pytest_refusals.sites import Site
from tests.oracle.exchanges import exchange

REFUSED = Catalogue()["refusal-mid-text"]
CALL, READ, OTHER, HANDLER = (Site("app.py", line, "ask") for line in range(1, 5))


def outcome(*exchanges, **more):
    return Outcome(REFUSED, REFUSED.stop, requests=exchanges, **more)


def placed(call=None, read=None, branch="refusal-mid-text"):
    """Return an exchange that was asked for here, and whose stop was read there."""
    made = exchange(branch)
    made.call_sites, made.read_site = (call,) if call else (), read
    return made


GOOD = placed(OTHER, OTHER, "end_turn")


@pytest.mark.parametrize(
    ("exchanges", "place"),
    [
        ([placed(CALL, READ)], READ),
        ([placed(CALL)], CALL),
        ([placed(read=READ)], READ),
        ([placed()], HANDLER),
        ([], HANDLER),
        ([GOOD, placed(CALL, READ)], READ),
        ([GOOD, placed()], HANDLER),
        ([placed(), placed(CALL)], CALL),
        ([placed(CALL), placed(OTHER, READ)], CALL),
        ([GOOD], OTHER),
        ([placed(branch="end_turn"), GOOD], OTHER),
    ],
)
def test_where_it_was_dropped(exchanges, place):
    """Where the stop was read, or else asked for; of the answers that were told, or of all where none was."""
    assert outcome(*exchanges, handler=HANDLER).dropped_at == place


def test_what_was_sent_and_from_where():
    """Each place once, in order; sums over all requests."""
    first, second, third = placed(CALL), placed(OTHER), placed(CALL, READ)
    first.chunks_read = 3
    seen = outcome(first, placed(), second, third)
    assert seen.call_sites == (CALL, OTHER)
    assert seen.events_read == 3
    assert seen.events_served == sum(each.events_served for each in seen.requests)


def test_nothing_happened():
    """By default nothing did."""
    seen = outcome()
    assert not any([seen.returned_partial, seen.ran_tool, seen.poisoned, seen.looping, seen.streamed])
    assert not any([seen.handed_partial, seen.stored_partial, seen.requests, seen.signals, seen.dismissed, seen.usage])
    assert (seen.events_served, seen.events_read, seen.call_sites) == (0, 0, ())
    assert (seen.dropped_at, seen.verdict) == (None, None)


def test_signals_of_a_channel():
    """In the order in which they came."""
    log, other, raised = Signal("log", "one"), Signal("log", "two"), Signal("raise", "three")
    seen = outcome(signals=(log, raised, other))
    assert (seen.through("log"), seen.through("raise"), seen.through("warn")) == ((log, other), (raised,), ())

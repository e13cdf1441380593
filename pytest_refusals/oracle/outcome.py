"""Everything seen in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_refusals.branches import Branch
from pytest_refusals.dialects.usage import Usage
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle.signals import Dismissed, Signal
from pytest_refusals.sites import Site
from pytest_refusals.stops import Stop

if TYPE_CHECKING:
    from pytest_refusals.oracle.judge import Verdict


@dataclass(frozen=True)
class Outcome:
    """Everything seen in one run of the code under test.

    `branch` and `stop` are what the endpoint did; `requests` the exchanges, in order; `signals` the evidence, noise
    taken out; `dismissed` what looked like evidence, with why it does not count; `returned` what came back (for a
    generator the list of what it yielded, and `streamed` is true); `raised` the exception that left it.
    `returned_partial`, `ran_tool`, `poisoned`, `looping` and `accessor` (how to reach the stop in the vendor's own
    message, where one came back) are facts that `judge` goes by, and so are `stored_partial`, the names of the
    sinks that got partial output when its stop had been read, and `handed_partial`, whether a sink got some before
    that. `sinks` has everything that was handed to each sink, by name. `handler` is where the code under test
    begins. `broken` says which channels failed themselves, a sentence each: something may have come through them
    unheard. `verdict` is the oracle's; None until it has been asked.
    """

    branch: Branch
    stop: Stop
    requests: tuple[Exchange, ...] = ()
    signals: tuple[Signal, ...] = ()
    returned: object = None
    raised: BaseException | None = None
    returned_partial: bool = False
    ran_tool: bool = False
    poisoned: bool = False
    looping: bool = False
    accessor: str | None = None
    streamed: bool = False
    handler: Site | None = None
    broken: tuple[str, ...] = ()
    dismissed: tuple[Dismissed, ...] = ()
    verdict: Verdict | None = None
    sinks: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    stored_partial: frozenset[str] = frozenset()
    handed_partial: bool = False

    @property
    def events_served(self) -> int:
        """How many events were served, in all answers together."""
        return sum(exchange.events_served for exchange in self.requests)

    @property
    def events_read(self) -> int:
        """How many of them the code under test took."""
        return sum(exchange.events_read for exchange in self.requests)

    @property
    def usage(self) -> tuple[Usage, ...]:
        """What each request used and what of it is billed; one entry for each model that was run for it."""
        return tuple(usage for exchange in self.requests for usage in exchange.usage)

    @property
    def call_sites(self) -> tuple[Site, ...]:
        """The lines of project code that sent the requests, each once."""
        return tuple(dict.fromkeys(e.call_site for e in self.requests if e.call_site is not None))

    @property
    def dropped_at(self) -> Site | None:
        """The line that had the stop in its hands and let it go, or the nearest known place."""
        told = [exchange for exchange in self.requests if exchange.told] or list(self.requests)
        for exchange in told:
            if exchange.read_site or exchange.call_site:
                return exchange.read_site or exchange.call_site
        return self.handler

    def through(self, channel: str) -> tuple[Signal, ...]:
        """Return the signals that came through `channel`."""
        return tuple(signal for signal in self.signals if signal.channel == channel)

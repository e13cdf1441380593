"""From what was heard and what came back to an `Outcome`. Pure: everything it needs is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType

from pytest_refusals.branches import Branch
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle import conversation, leaks
from pytest_refusals.oracle.channels import raising, reroute, surface
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.oracle.signals import Heard, Signal
from pytest_refusals.oracle.values import Held, Vendors
from pytest_refusals.sites import site_of_code
from pytest_refusals.stops import Stop
from pytest_refusals.text import strings


@dataclass(frozen=True)
class Sighting:
    """What one run left behind: the endpoint's side, then the code's.

    `came_back` holds each value that did: what was returned, or every item that was yielded.
    """

    branch: Branch
    stop: Stop
    exchanges: tuple[Exchange, ...]
    looping: bool
    heard: tuple[Heard, ...]
    came_back: tuple[object, ...] = ()
    raised: BaseException | None = None
    streamed: bool = False
    handler: CodeType | None = None
    test: CodeType | None = None
    broken: tuple[str, ...] = ()

    @property
    def returned(self) -> object:
        """The value that was returned, or the list of all that was yielded."""
        if self.streamed:
            return list(self.came_back)
        return self.came_back[0] if self.came_back else None


def observe(seen: Sighting, policy: Policy, vendors: Vendors) -> Outcome:
    """Return the outcome of a run, not yet judged. `vendors` tells a vendor's own objects from any other."""
    held = Held.of(seen.returned, vendors)
    stop = next((e.response.stop for e in seen.exchanges if e.told), seen.stop)
    naming = _naming(seen.exchanges, stop, policy, vendors)
    signals = [
        *_raised(seen, naming, policy, vendors.sdk_packages),
        *_told(seen.heard, naming),
        *_some(surface.read(held.texts, naming) or _failed(held, stop, vendors) or _stated(seen, policy)),
        *_some(reroute.read(seen.exchanges, held.all_texts, [_id(message) for message in held.messages])),
    ]
    return Outcome(
        branch=seen.branch,
        stop=stop,
        requests=seen.exchanges,
        signals=tuple(signal for signal in signals if not _is_noise(signal, policy)),
        returned=seen.returned,
        raised=seen.raised,
        returned_partial=leaks.came_back(seen.exchanges, held.output),
        ran_tool=conversation.ran_tool(seen.exchanges),
        poisoned=conversation.is_poisoned(seen.exchanges),
        looping=seen.looping,
        accessor=vendors.accessor(held.messages[-1]) if held.messages else None,
        streamed=seen.streamed,
        handler=site_of_code(seen.handler),
        broken=seen.broken,
    )


def _naming(exchanges: Sequence[Exchange], stop: Stop, policy: Policy, vendors: Vendors) -> Naming:
    return Naming(
        stop,
        policy.words,
        output=tuple(piece for exchange in exchanges for piece in exchange.response.output),
        asked=tuple(text for exchange in exchanges for text in strings(exchange.call.body)),
        ends=vendors.ends,
    )


def _raised(seen: Sighting, naming: Naming, policy: Policy, sdk: frozenset[str]) -> Iterator[Signal]:
    if seen.raised is not None:
        yield from _some(raising.read(seen.raised, naming, policy.raises, sdk, seen.test))


def _failed(held: Held, stop: Stop, vendors: Vendors) -> Signal | None:
    """Return the signal of an error that came back as a value, where raising it would have been one."""
    errors = (error for error in held.errors if raising.tells_of_failure(error, stop, vendors.sdk_packages))
    return next((Signal("surface", f"{type(error).__name__}: {error}") for error in errors), None)


def _stated(seen: Sighting, policy: Policy) -> Signal | None:
    return surface.ask(policy.surfaces, seen.came_back) if policy.surfaces is not None else None


def _told(heard: Sequence[Heard], naming: Naming) -> Iterator[Signal]:
    for each in heard:
        named = any(
            naming.quotes_this_run(text) or (naming.names(text) and not each.own_words_only) for text in each.statements
        )
        if named or (each.by_itself and not each.own_words_only):
            yield Signal(each.channel, each.text, each.where, named)


def _some(signal: Signal | None) -> tuple[Signal, ...]:
    return () if signal is None else (signal,)


def _id(message: object) -> str:
    return str(message.get("id") if isinstance(message, dict) else getattr(message, "id", None))


def _is_noise(signal: Signal, policy: Policy) -> bool:
    return any(re.search(pattern, f"{signal.channel}: {signal.text}") for pattern in policy.noise)

"""From what was heard and what came back to an `Outcome`. Pure: everything it needs is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import CodeType

from pytest_refusals.branches import Branch
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.oracle import conversation, leaks
from pytest_refusals.oracle.channels import raising, reroute, surface
from pytest_refusals.oracle.naming import Naming
from pytest_refusals.oracle.outcome import Outcome
from pytest_refusals.oracle.policy import Policy
from pytest_refusals.oracle.signals import Dismissed, Heard, Signal
from pytest_refusals.oracle.sinks import Sinks
from pytest_refusals.oracle.values import Held, Vendors
from pytest_refusals.sites import is_project, site_of_code
from pytest_refusals.stops import Stop
from pytest_refusals.text import error_text

Evidence = Signal | Dismissed


@dataclass(frozen=True)
class Sighting:
    """What one run left behind: the endpoint's side, then the code's.

    `came_back` holds each value that did: what was returned, or every item that was yielded. `earlier` are refused
    turns of the same conversation.
    """

    branch: Branch
    stop: Stop
    exchanges: tuple[Exchange, ...]
    looping: bool
    heard: tuple[Heard, ...]
    came_back: tuple[object, ...]
    earlier: tuple[Exchange, ...]
    raised: BaseException | None
    streamed: bool
    handler: CodeType | None
    test: CodeType | None
    broken: tuple[str, ...]
    sinks: Sinks

    @property
    def returned(self) -> object:
        """The value that was returned, or the list of all that was yielded."""
        if self.streamed:
            return list(self.came_back)
        return next(iter(self.came_back), None)


def observe(seen: Sighting, policy: Policy, vendors: Vendors) -> Outcome:
    """Return the outcome of a run, not yet judged. `vendors` tells a vendor's own objects from any other."""
    held = Held.of(seen.returned, vendors)
    went_out = [*(each.held for kept in seen.sinks.values() for each in kept), held]
    messages = [message for each in went_out for message in each.messages]
    texts = [text for each in went_out for text in each.all_texts]
    stop = next((e.response.stop for e in seen.exchanges if e.told), seen.stop)
    naming = _naming(seen.exchanges, stop, policy, vendors)
    evidence = [
        *_raised(seen, naming, policy, vendors.sdk_packages),
        *_told(seen.heard, naming),
        *_some(_stated(held, seen.came_back, naming, policy, vendors)),
        *_handed_over(seen.sinks, naming, policy, vendors),
        *_some(reroute.read(seen.exchanges, texts, map(_id, messages))),
        *_some(_untouched(messages, vendors)),
    ]
    weighed = [_less_noise(each, policy) for each in evidence]
    return Outcome(
        branch=seen.branch,
        stop=stop,
        requests=seen.exchanges,
        signals=tuple(each for each in weighed if isinstance(each, Signal)),
        dismissed=tuple(each for each in weighed if isinstance(each, Dismissed)),
        returned=seen.returned,
        raised=seen.raised,
        returned_partial=leaks.came_back(seen.exchanges, held.output),
        ran_tool=conversation.ran_tool(seen.exchanges),
        poisoned=conversation.is_poisoned((*seen.earlier, *seen.exchanges)),
        looping=seen.looping,
        accessor=vendors.accessor(messages[-1]) if messages else None,
        streamed=seen.streamed,
        handler=site_of_code(seen.handler),
        broken=seen.broken,
        sinks={name: tuple(each.value for each in kept) for name, kept in seen.sinks.items()},
        stored_partial=leaks.stored(seen.exchanges, seen.sinks),
        handed_partial=leaks.handed_out(seen.exchanges, seen.sinks),
    )


def _naming(exchanges: Sequence[Exchange], stop: Stop, policy: Policy, vendors: Vendors) -> Naming:
    return Naming(
        stop,
        policy.words,
        output=tuple(piece for exchange in exchanges for piece in exchange.response.output),
        asked=tuple(exchange.call.body for exchange in exchanges),
        ends=vendors.ends,
    )


def _raised(seen: Sighting, naming: Naming, policy: Policy, sdk: frozenset[str]) -> Iterator[Evidence]:
    if seen.raised is not None:
        yield raising.read(seen.raised, naming, policy.raises, sdk, seen.test)


def _failed(held: Held, stop: Stop, vendors: Vendors) -> Signal | None:
    """Return the signal of an error that came back as a value, where raising it would have been one."""
    errors = (error for error in held.errors if raising.tells_of_failure(error, stop, vendors.sdk_packages))
    return next((Signal("surface", error_text(error)) for error in errors), None)


def _stated(held: Held, values: Iterable[object], naming: Naming, policy: Policy, vendors: Vendors) -> Signal | None:
    """Return the signal of `values`, in which `held` is, where they say so themselves."""
    found = surface.read(held.texts, naming) or _failed(held, naming.stop, vendors)
    return surface.ask(policy.surfaces, values) if found is None and policy.surfaces is not None else found


def _handed_over(sinks: Sinks, naming: Naming, policy: Policy, vendors: Vendors) -> Iterator[Signal]:
    """Yield a signal for each sink: of the first thing handed to it that says so (an error, to a callback)."""
    for name, kept in sinks.items():
        for each in kept:
            found = _stated(each.held, [each.value], naming, policy, vendors)
            if found is not None:
                yield replace(found, where=each.where, sink=name)
                break


def _untouched(messages: Sequence[object], vendors: Vendors) -> Dismissed | None:
    if not messages:
        return None
    return Dismissed(
        Signal("surface", type(messages[-1]).__name__),
        f"the vendor's own message, not a statement: {vendors.accessor(messages[-1])} was left to the caller",
    )


def _told(heard: Sequence[Heard], naming: Naming) -> Iterator[Evidence]:
    for each in heard:
        named = any(
            naming.quotes_this_run(text) or (naming.names(text) and not each.own_words_only) for text in each.statements
        )
        signal = Signal(each.channel, each.text, each.where, named)
        if named and each.barred:
            yield Dismissed(signal, each.barred)
        elif named or (each.by_itself and not each.own_words_only and not each.barred):
            yield signal
        elif not each.barred:
            yield Dismissed(signal, _why_not(each))


def _why_not(heard: Heard) -> str:
    if heard.own_words_only:
        return "it may be about an earlier run, and quotes nothing that was made for this one"
    by_project = heard.where is not None and is_project(heard.where.file)
    return "does not name the stop" if by_project else "library code, does not name the stop"


def _some(evidence: Evidence | None) -> tuple[Evidence, ...]:
    return () if evidence is None else (evidence,)


def _id(message: object) -> str:
    return str(message.get("id") if isinstance(message, dict) else getattr(message, "id", None))


def _less_noise(evidence: Evidence, policy: Policy) -> Evidence:
    if isinstance(evidence, Signal):
        text = f"{evidence.channel}: {evidence.text}"
        pattern = next((pattern for pattern in policy.noise if re.search(pattern, text)), None)
        if pattern is not None:
            return Dismissed(evidence, f"noise: {pattern}")
    return evidence

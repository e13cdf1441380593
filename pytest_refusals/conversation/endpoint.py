"""Who answers by the script: takes a request, returns an exchange. No socket, no client library, no test runner."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pytest_refusals.branches import CONTROL, Position
from pytest_refusals.conversation.replies import Reply, Taken, branch_of
from pytest_refusals.conversation.script import Entry, Script, turn_of
from pytest_refusals.dialects.base import Call, Dialect, Marks, Request
from pytest_refusals.endpoint.endpoint import REQUEST_LIMIT, holds_turn, whole
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.errors import RefusalsError, ScriptNotFollowed, UnservedRequest
from pytest_refusals.sites import calling_sites
from pytest_refusals.stops import Stop, StopKind
from pytest_refusals.text import error_text

_STAYS_REFUSED = (StopKind.REFUSED, StopKind.UNKNOWN)
_NO_RETRY = ("x-should-retry", "false")
"""A header that the vendors' clients follow: asking again would not help."""


class ScriptedEndpoint:
    """The API as a script has it.

    A request gets the first scripted answer that is for it. Where there is none, a turn that was refused
    ends the same way again if it comes back to the same model, as documented of the API, and so does a prompt
    with the vendor's test string. Every other request gets HTTP 400 with what is scripted in its message, and is
    reported when the script ends.
    """

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        self.script = Script()
        self.exchanges: list[Exchange] = []
        self._dialects = tuple(dialects)
        self._lock = threading.Lock()
        self._replies: dict[Exchange, Reply] = {}
        self._repeated = 0
        self.unanswered: list[str] = []
        self._errors: list[BaseException] = []

    def answer(self, request: Request) -> Exchange | None:
        """Return the exchange that answers `request`, or None if it is not a request to a known API."""
        for dialect in self._dialects:
            call = dialect.read(request)
            if call is not None:
                with self._lock:
                    return self._answered(dialect, request, whole(call, self.exchanges))
        return None

    def blocked(self, error: UnservedRequest) -> None:
        """Take note of a request that was stopped; what the network guard calls."""
        self._errors.append(error)

    def refused_turn(self, call: Call) -> Exchange | None:
        """Return the last refused exchange whose turn is still in the conversation of `call`, to the same model."""
        stays = (e for e in reversed(self.exchanges) if e.response.stop.kind in _STAYS_REFUSED)
        return next((e for e in stays if holds_turn(call, e)), None)

    def _answered(self, dialect: Dialect, request: Request, call: Call) -> Exchange:
        if call.purpose != "message":
            return Exchange(request, call, dialect.respond(call, CONTROL, CONTROL.stop, Marks()), CONTROL, told=False)
        try:
            exchange = self._by_script(dialect, request, call)
        except Exception as error:  # in a function of the test's own; clients may swallow it
            self._errors.append(error)
            raise
        self.exchanges.append(exchange)
        return exchange

    def _by_script(self, dialect: Dialect, request: Request, call: Call) -> Exchange:
        entry = self.script.next(call)
        reply = entry.reply if entry is not None else self._unasked(dialect, call)
        why = self._obstacle(dialect, call, entry, reply)
        if reply is None or why is not None:
            return self._unanswered(dialect, request, call, why)
        branch, response = reply.make(dialect, call)
        told = response.stop.told
        exchange = Exchange(request, call, response, branch, told, tuple(calling_sites()), dialect=dialect)
        self._replies[exchange] = reply
        if entry is not None:
            entry.given.append(exchange)
        return exchange

    def _unasked(self, dialect: Dialect, call: Call) -> Reply | None:
        """Return what a request that nothing is scripted for gets by itself."""
        refused = self.refused_turn(call)
        if refused is not None and self._repeated < REQUEST_LIMIT:
            self._repeated += 1
            return self._replies[refused]
        if dialect.is_magic(call):
            return Taken(branch_of("magic-string", Stop(StopKind.REFUSED), Position.BEFORE_OUTPUT))
        return None

    def _obstacle(self, dialect: Dialect, call: Call, entry: Entry | None, reply: Reply | None) -> str | None:
        """Return why there is no answer to `call`, or None."""
        if reply is None:
            again = f"it still holds a turn that was refused {REQUEST_LIMIT} times more, and asks again"
            return again if self.refused_turn(call) is not None else "no scripted answer is left for it"
        obstacle = reply.obstacle(dialect, call)
        return f"{entry.label if entry else 'the answer'} is for it, but {obstacle}" if obstacle else None

    def _unanswered(self, dialect: Dialect, request: Request, call: Call, why: str | None) -> Exchange:
        sites = tuple(calling_sites())
        place = f", sent from {sites[0]}" if sites else ""
        asked = f"request {len(self.exchanges) + 1} (to {call.model!r}, turn {turn_of(call)}{place})"
        self.unanswered.append(f"{asked} was not answered: {why}")
        message = "refusal_api: " + "\n".join([self.unanswered[-1], *self._scripted()])
        response = dialect.fail(400, "invalid_request_error", message)
        response = replace(response, headers=(*response.headers, _NO_RETRY))
        branch = branch_of("unscripted", response.stop)
        return Exchange(request, call, response, branch, told=False, call_sites=sites, dialect=dialect)

    def _scripted(self) -> Iterator[str]:
        yield "Scripted:" if self.script.entries else "Nothing is scripted."
        yield from self.script.lines()

    def complaints(self) -> Iterator[str]:
        """Yield what did not go by the script: requests without an answer, then answers without a request."""
        if self.unanswered:
            yield from self.unanswered
            yield from self._scripted()
            return
        left = list(self.script.lines(left_over=True))
        if left:
            asked = len(self.exchanges)
            yield f"scripted answers were left over after {asked} {'request' if asked == 1 else 'requests'}:"
            yield from left

    def conclude(self) -> None:
        """Raise what went wrong: an error of our own, else `ScriptNotFollowed` where the script was not followed."""
        __tracebackhide__ = True
        if self._errors:
            error = self._errors[0]
            if isinstance(error, RefusalsError):
                raise error
            raise RefusalsError(f"The answer could not be made: {error_text(error)}") from error
        lines = list(self.complaints())
        if lines:
            raise ScriptNotFollowed("\n".join(lines))

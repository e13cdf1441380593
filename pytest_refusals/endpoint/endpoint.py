"""Who answers: takes a request, returns an exchange. No socket, no client library, no test runner."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_refusals.branches import CONTROL, Branch, Position
from pytest_refusals.dialects.base import Answer, Call, Dialect, Marks, Request, Stream, Turn
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.orderings import Chunking, Ordering
from pytest_refusals.sites import calling_sites
from pytest_refusals.stops import Stop, StopKind, freshen

REQUEST_LIMIT = 8
"""A ninth request in one run is answered with an error: the code under test does not stop by itself."""
_TELLING = 24
"""Characters from which on a text that is sent back is no accident."""


@dataclass(frozen=True)
class Plan:
    """What an endpoint is to do: end with `stop` on `branch`, from the base `answer` where one is given.

    `replay` is a whole stream that is sent as it is, instead; `ordering` is an exact order of events to
    send the answer in. `chunking` cuts the bytes, whatever events they are; None sends an event at a time.
    """

    branch: Branch
    stop: Stop
    answer: Answer | None = None
    replay: Stream | None = None
    ordering: Ordering | None = None
    chunking: Chunking | None = None

    @classmethod
    def of(cls, branch: Branch, answer: Answer | None = None) -> Plan:
        """Return the plan for `branch`, with fresh values in its stop."""
        return cls(branch, freshen(branch.stop), answer)

    @classmethod
    def ordered(cls, ordering: Ordering, answer: Answer | None = None, chunking: Chunking | None = None) -> Plan:
        """Return the plan to send the answer as `ordering` says, with fresh values in its stop."""
        stop, chunking = freshen(ordering.stop), chunking or ordering.chunking
        return cls(ordering.branch(), stop, answer, ordering=ordering, chunking=chunking)


class Endpoint:
    """The API as the code under test sees it in one run.

    The first request that can take the branch takes it. A turn that was refused ends the same way
    whenever it comes back to the same model; another model, or a conversation without that turn,
    gets the control's answer (documented behaviour of the API: a refused turn has to leave the context).
    `earlier` holds such turns of the same conversation, each with the plan that it went by.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        plan: Plan,
        limit: int = REQUEST_LIMIT,
        earlier: Sequence[tuple[Exchange, Plan]] = (),
    ) -> None:
        self.plan = plan
        self.exchanges: list[Exchange] = []
        self.obstacle: str | None = None
        self.looping = False
        self.earlier = tuple(earlier)
        self._dialects = tuple(dialects)
        self._limit = limit
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Exchange | None:
        """Return the exchange that answers `request`, or None if it is not a request to a known API."""
        for dialect in self._dialects:
            call = dialect.read(request)
            if call is not None:
                with self._lock:
                    return self._exchange(dialect, request, whole(call, self.exchanges))
        return None

    def _exchange(self, dialect: Dialect, request: Request, call: Call) -> Exchange:
        if call.purpose != "message":
            response = dialect.respond(call, CONTROL, CONTROL.stop, Marks())
            return Exchange(request, call, response, CONTROL, told=False)
        if len(self.exchanges) >= self._limit:
            self.looping = True
            response = dialect.fail(400, "invalid_request_error", f"More than {self._limit} requests in one run")
            return Exchange(request, call, response, CONTROL, told=False)
        exchange = self._reply(dialect, request, call)
        self.exchanges.append(exchange)
        return exchange

    def _reply(self, dialect: Dialect, request: Request, call: Call) -> Exchange:
        self._heed_magic(dialect, call)
        self._heed_earlier(call)
        plan, marks = self.plan, Marks()
        takes = self._takes_branch(dialect, call)
        branch, stop = (plan.branch, plan.stop) if takes else (CONTROL, CONTROL.stop)
        if takes and plan.replay is not None:
            response = dialect.replay(call, plan.replay, stop, marks)
        elif takes and plan.ordering is not None:
            response = dialect.order(call, plan.ordering, stop, marks, plan.answer)
        else:
            response = dialect.respond(call, branch, stop, marks, plan.answer)
        told = takes and branch.expects == "loud"
        chunking = plan.chunking if takes else None
        sites = tuple(calling_sites())
        return Exchange(request, call, response, branch, told, sites, dialect=dialect, chunking=chunking)

    def _heed_magic(self, dialect: Dialect, call: Call) -> None:
        if not self.exchanges and self.plan.branch.expects == "quiet" and dialect.is_magic(call):
            branch = Branch(
                "magic-string",
                "refusal",
                "the prompt holds the documented test string, so the request is refused before any output",
                Stop(StopKind.REFUSED),
                position=Position.BEFORE_OUTPUT,
            )
            self.plan = Plan.of(branch, self.plan.answer)

    def _heed_earlier(self, call: Call) -> None:
        for exchange, plan in self.earlier:
            if not self.exchanges and _ends_again(call, exchange):
                self.plan = plan

    def _takes_branch(self, dialect: Dialect, call: Call) -> bool:
        told = [exchange for exchange in self.exchanges if exchange.told]
        if told:
            return any(_ends_again(call, exchange) for exchange in told)
        if self.plan.ordering is not None:
            return not any(answers_tool(call, exchange) for exchange in self.exchanges)
        if self.plan.replay is None:
            obstacle = dialect.obstacle(call, self.plan.branch, self.plan.answer)
            if obstacle is not None:
                self.obstacle = obstacle
                return False
        return True


def whole(call: Call, exchanges: Sequence[Exchange]) -> Call:
    """Return `call` with the turns before it that the API keeps for the client, where `exchanges` have them."""
    before = next((e for e in exchanges if call.previous and e.response.id == call.previous), None)
    if before is None:
        return call
    said = Turn("assistant", " ".join((*before.response.output, *before.response.tool_ids)))
    return replace(call, turns=(*before.call.turns, said, *call.turns))


def prompt_turn(call: Call) -> str | None:
    """Return the key of the turn that `call` asks the model to answer."""
    return next((turn.key for turn in reversed(call.turns) if turn.role == "user"), None)


def answers_tool(call: Call, exchange: Exchange) -> bool:
    """Whether a turn of `call` holds the result of a tool call in the answer of `exchange`."""
    return any(not turn.tool_results.isdisjoint(exchange.response.tool_ids) for turn in call.turns)


def holds_turn(call: Call, exchange: Exchange) -> bool:
    """Whether the conversation of `call` still holds the turn of `exchange`, asked of the same model.

    The turn is there if its prompt is, or anything of its partial output.
    """
    if call.model != exchange.call.model:
        return False
    asked = prompt_turn(exchange.call)
    if any(turn.role == "user" and turn.key == asked for turn in call.turns):
        return True
    return holds_output(call, exchange)


def _ends_again(call: Call, exchange: Exchange) -> bool:
    """Whether the turn of `exchange`, in a later call, ends as it did.

    An answer that was merely incomplete may stand in the conversation: the next one is an answer like any other.
    """
    incomplete = exchange.response.stop.kind is StopKind.INCOMPLETE
    return holds_turn(call, exchange) and not (incomplete and holds_output(call, exchange))


def holds_output(call: Call, exchange: Exchange) -> bool:
    """Whether a turn of `call` holds a unique word, a tool call's id, or else the very text of the answer."""
    marks, response = exchange.response.marks, exchange.response
    words = [marks.text, marks.thinking, marks.tool] if marks is not None else []
    said = [json.dumps(piece, ensure_ascii=False)[1:-1] for piece in response.partial if len(piece) >= _TELLING]
    return any(word in turn.key for word in (*words, *response.tool_ids, *said) for turn in call.turns)

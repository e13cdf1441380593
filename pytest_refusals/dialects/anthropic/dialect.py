"""The Anthropic Messages API as a `Dialect`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_refusals.branches import Branch, Ending, Position
from pytest_refusals.dialects.anthropic import (
    asking,
    billing,
    drift,
    http,
    places,
    recorded,
    requests,
    synthesis,
    texts,
)
from pytest_refusals.dialects.anthropic.accessor import accessor, is_event
from pytest_refusals.dialects.anthropic.anatomy import GOOD_STOPS, dissect
from pytest_refusals.dialects.anthropic.arranging import answering, arranged, ended_at
from pytest_refusals.dialects.anthropic.endings import named, told, worded
from pytest_refusals.dialects.anthropic.fallback import fallback_models
from pytest_refusals.dialects.anthropic.injection import inject
from pytest_refusals.dialects.anthropic.redaction import Redactor
from pytest_refusals.dialects.anthropic.requests import MAGIC_STRING
from pytest_refusals.dialects.anthropic.sse import whole
from pytest_refusals.dialects.base import Answer, Call, Finder, Marks, Question, Request, Response, Review, Stream
from pytest_refusals.dialects.usage import Usage
from pytest_refusals.orderings import Ordering
from pytest_refusals.stops import Stop, StopKind, token

__all__ = ["ANTHROPIC", "MAGIC_STRING", "Anthropic"]


class Anthropic:
    """The Messages API of api.anthropic.com, and of those who serve it: Vertex, Bedrock, Foundry, gateways."""

    name: str = "anthropic"
    hosts: tuple[str, ...] = (
        "api.anthropic.com",
        "*.anthropic.com",
        "*.services.ai.azure.com",
        "*aiplatform.googleapis.com",
        "aiplatform.*.rep.googleapis.com",
        "claude.googleapis.com",
        "bedrock-runtime.*.amazonaws.com",
        "bedrock-runtime-fips.*.amazonaws.com",
        "bedrock-mantle.*.api.aws",
        "aws-external-anthropic.*.api.aws",
    )
    ends: frozenset[str] = frozenset(GOOD_STOPS)
    sdk_packages: frozenset[str] = frozenset({"anthropic"})
    telling_headers: tuple[str, ...] = ("content-type", "anthropic-version", "anthropic-beta", "retry-after")
    private_headers: tuple[str, ...] = ("x-api-key", "request-id", "anthropic-organization-id", "cf-ray")
    private: tuple[tuple[str, str, str, str], ...] = (
        ("a request id", "req_", r"\breq_(?:vrtx_|bdrk_)?[A-Za-z0-9]{10,}", "req_scrubbed"),
        (
            "an organization id",
            "organi",
            r"(?i:(organi[sz]ation(?:[ _-]?id)?[^0-9a-z]{0,8}))[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            r"\1scrubbed",
        ),
    )

    def read(self, request: Request) -> Call | None:
        """Return what `request` asks for, or None if it is no Messages request."""
        return requests.read(request)

    def obstacle(self, call: Call, branch: Branch, base: Answer | None) -> str | None:
        """Return why `call` can never be answered with `branch`, or None.

        A `base` that holds the part the branch needs removes every obstacle; a part that the request
        makes possible is added to a base without it.
        """
        if branch.fallback and not fallback_models(call.body):
            return "the request asks for no fallbacks"
        needed = branch.needs
        if needed is None or needed in call.parts or needed in _parts(synthesis.resolve(base, call)):
            return None
        if needed == "text":
            return "the request forces a tool call, so no text comes"
        return {"thinking": "the request does not turn thinking on", "tool_use": _no_tools(call)}[needed]

    def respond(self, call: Call, branch: Branch, stop: Stop, marks: Marks, base: Answer | None = None) -> Response:
        """Return the answer to `call` that takes `branch`, ending with `stop`."""
        if call.purpose == "count_tokens":
            return http.counted(synthesis.input_tokens(call.body), marks.id)
        if branch.ending is Ending.REJECTED:
            stop = worded(stop, branch.ending)
            status = http.STATUSES.get(str(stop.value), 400)
            return http.failed(status, str(stop.value), stop.explanation or "Bad request", stop, marks.id)
        stream = inject(synthesis.base(call, marks, base), branch, stop, marks, body=call.body)
        stop = worded(stop, branch.ending)
        if stop.kind is StopKind.COMPLETED and stop.value is None:
            stop = replace(stop, value=dissect(whole(stream)).stop_reason)
        return http.answered(call, stream, branch.position, stop, marks)

    def replay(self, call: Call, stream: Stream, stop: Stop, marks: Marks) -> Response:
        """Return `stream` as it is as the answer to `call`."""
        position = Position.AFTER_TOOL_USE if texts.tool_ids(stream) else Position.AFTER_OUTPUT
        return http.answered(call, stream, position, stop, marks)

    def order(self, call: Call, ordering: Ordering, stop: Stop, marks: Marks, base: Answer | None = None) -> Response:
        """Return the answer to `call` whose events come as `ordering` says."""
        answer = synthesis.resolve(base, call)
        given = synthesis.base(call, marks, answer, max(1, ordering.pieces))
        ground = answering(given, call.body, marks, ours=answer is None, recorded=isinstance(answer, Stream))
        stream = arranged(ground, ordering, stop)
        stop = told(stream, dissect(stream)) if stop.kind is StopKind.COMPLETED else worded(stop, ordering.ending)
        return http.answered(call, stream, ended_at(stream), stop, marks)

    def stop(self, stream: Stream) -> Stop:
        """Return why `stream` ended; one that is cut or dropped has failed."""
        stream = whole(stream)
        return told(stream, dissect(stream))

    def named(self, value: str) -> Stop:
        """Return the stop whose `stop_reason` is `value`."""
        return named(value)

    def failure(self, status: int) -> Stop:
        """Return the failed stop that an HTTP error of `status` tells."""
        return http.failure(status)

    def is_magic(self, call: Call) -> bool:
        """Whether the prompt of `call` holds the vendor's documented test string."""
        return MAGIC_STRING in call.prompt

    def fail(self, status: int, kind: str, message: str) -> Response:
        """Return an HTTP error answer."""
        return http.failed(status, kind, message, Stop(StopKind.FAILED, kind, explanation=message), token(20))

    def parse(self, body: bytes, *, allow_cut: bool = False) -> Stream:
        """Return the stream that a recorded `body` is."""
        return recorded.parse(body, allow_cut=allow_cut)

    def asks_here(self, method: str, url: str) -> bool:
        """Whether a request with `method` to `url` asks for a message."""
        return requests.asks_here(method, url)

    def places(self, stream: Stream) -> tuple[str, ...]:
        """Return the name of every place in `stream` where a stop can arrive."""
        return places.places(stream)

    def inject_after(self, stream: Stream, place: int | None, stop: Stop, ending: Ending, *, closed: bool) -> Stream:
        """Return `stream` up to `place`, then `stop`."""
        return places.inject_after(stream, place, stop, ending, closed=closed)

    def review(self, stream: Stream) -> Review:
        """Return what `stream` is, what is wrong with it, and what is not known of it."""
        return drift.review(stream)

    def question(self, settings: Question, environment: Mapping[str, str]) -> Request:
        """Return the request that asks `settings` of the real API."""
        return asking.question(settings, environment)

    def redactor(self, finder: Finder) -> Redactor:
        """Return what takes the secrets out of one streamed body."""
        return Redactor(finder)

    def usage(self, call: Call, response: Response) -> tuple[Usage, ...]:
        """Return what `response` used and what of it is billed."""
        return billing.usage(call, response)

    def accessor(self, value: object) -> str | None:
        """Return how to reach the stop in `value` if it is the SDK's or the wire's own message, else None."""
        return accessor(value, self.sdk_packages)

    def is_event(self, value: object) -> bool:
        """Return whether `value` is one of the SDK's or the wire's own events, of those before the stop."""
        return is_event(value, self.sdk_packages)


ANTHROPIC = Anthropic()
"""The one instance there need be."""


def _parts(answer: Any) -> frozenset[str]:
    """Return the parts that the user's `answer` holds."""
    if isinstance(answer, Stream):
        return frozenset(block.kind for block in dissect(answer).blocks)
    if isinstance(answer, Mapping) and answer.get("type") == "message":
        answer = answer.get("content") or ()
    if isinstance(answer, (str, Mapping)):
        return frozenset({"text"})
    return frozenset(str(block.get("type")) for block in answer or () if isinstance(block, Mapping))


def _no_tools(call: Call) -> str:
    if requests.client_tools(call.body):
        return "the request forbids tool calls"
    return "the request has no tools"

"""What the rest of the house knows of a vendor's API: requests, answers and the `Dialect` between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Union

from pytest_refusals.branches import Branch, Ending
from pytest_refusals.dialects.usage import Usage
from pytest_refusals.orderings import Ordering
from pytest_refusals.stops import Stop, token

JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """One server-sent event. `raw` holds the bytes it was decoded from, blank line included; None if it was made."""

    name: str
    data: JSON
    raw: bytes | None = None


@dataclass(frozen=True)
class Stream:
    """An immutable sequence of events and how it ends.

    `dropped` means that the connection breaks after the last event. `tail` holds bytes after the last
    whole event of a decoded body, so that encoding gives the same bytes back.
    """

    events: tuple[Event, ...]
    dropped: bool = False
    tail: bytes = b""


@dataclass(frozen=True)
class Request:
    """One HTTP request as a transport hands it to the endpoint. Header names are lower-case.

    The headers hold the user's key, so they are left out where a request is shown.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


Answer = Union[str, JSON, Sequence[JSON], Stream, Callable[[JSON], Any]]  # noqa: UP007  # evaluated on Python 3.10
"""What a user may give as `answer=`: a text, a dict (sent as JSON text), a list of content blocks, a
recorded stream, or a function that takes the request's body (a dict) and returns one of these."""


@dataclass(frozen=True)
class Marks:
    """Unique words that an answer carries, so that finding one elsewhere is a fact and not a guess."""

    text: str = field(default_factory=token)
    thinking: str = field(default_factory=token)
    tool: str = field(default_factory=token)
    id: str = field(default_factory=lambda: token(20))


@dataclass(frozen=True)
class Turn:
    """One message of the conversation in a request. `key` is equal for equal role and content."""

    role: str
    key: str
    tool_results: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Call:
    """What a recognised request asks for.

    `body` is the parsed JSON. `turns` is its conversation. `prompt` is all text of the last user turn.
    `parts` are the parts an answer to it may hold: of text, thinking, tool_use. `purpose` is
    ``"message"`` or ``"count_tokens"``; `framing` says how a streamed answer is framed
    (``"sse"`` or ``"eventstream"``). `messages` and `tools` are the conversation and all tools as they
    are in the body. `previous` is the id of the answer whose conversation, kept by the API, goes on.
    """

    body: JSON
    model: str
    streaming: bool
    turns: tuple[Turn, ...]
    prompt: str
    parts: frozenset[str]
    purpose: str = "message"
    framing: str = "sse"
    messages: tuple[JSON, ...] = ()
    tools: tuple[JSON, ...] = ()
    previous: str | None = None


@dataclass(frozen=True)
class Response:
    """One answer, ready for a transport.

    `chunks` go out one after the other; there is one for each event of a streamed answer. After the
    last one the connection breaks if `dropped`. Once `stop_index` chunks have been read, the stop has
    been read. `output` is all that the answer itself says (text, thinking, tool input); `partial` the
    pieces of it that must not be used, because the answer was cut or refused; `marks` the unique words
    in it. `tool_ids` are the ids of its tool calls, `id` the message's own. `stream` is what a person
    is shown.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    chunks: tuple[bytes, ...]
    stop: Stop
    stop_index: int
    dropped: bool = False
    output: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    marks: Marks | None = None
    tool_ids: frozenset[str] = frozenset()
    id: str | None = None
    stream: Stream | None = None


@dataclass(frozen=True)
class Review:
    """What a recorded stream is: the `model` that answered, the types of its `blocks`, why it stopped, its `events`.

    `violations` are the rules of the grammar that it breaks, `unknown` what in it the dialect does not know yet.
    """

    model: str | None
    blocks: tuple[str, ...]
    stop: Stop
    events: int
    violations: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """What a person wants asked of a model. `magic` asks with the vendor's documented string that triggers a refusal.

    `fields` are more of the request's body, as the vendor calls them.
    """

    model: str
    prompt: str = ""
    system: str | None = None
    max_tokens: int = 1024
    streaming: bool = True
    magic: bool = False
    fields: JSON = field(default_factory=dict)


class Found(Protocol):
    """A part of a text that must not be kept, and what stands in for it."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""

    @property
    def instead(self) -> str:
        """What stands in for it."""


class Finder(Protocol):
    """Finds what must not be kept."""

    def find(self, text: str) -> Sequence[Found]:
        """Return what has to be replaced in `text`, in order, none over another."""

    def scrub(self, text: str) -> str:
        """Return `text` with all of that replaced."""

    def scrubbed(self, value: Any) -> Any:
        """Return the JSON `value` with every text in it scrubbed, keys included."""

    def suspect(self, text: str) -> str | None:
        """Return what in `text` looks like a key, or None."""


class Redactor(Protocol):
    """Takes a streamed body bit by bit and gives back what may be kept of it.

    `events` counts those that came, `ended` tells whether the stream has said that it is over, `suspects` what
    still looks like a key, and where.
    """

    events: int
    ended: bool
    suspects: list[str]

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes and return those that are ready."""

    def finish(self) -> bytes:
        """Return what is left."""


class Dialect(Protocol):
    """One vendor API's wire format. A new one is one new folder beside this file."""

    name: str
    hosts: tuple[str, ...]
    """Globs over the host names of the API; a connection to one of them never leaves the machine."""
    ends: frozenset[str]
    """The stop reasons of answers that ended well."""
    sdk_packages: frozenset[str]
    """Top-level packages of the vendor's own SDK: their objects are the vendor's message, not a statement."""
    telling_headers: tuple[str, ...]
    """Headers, of requests and answers, that a recording keeps. Lower-case; none of them is private."""
    private_headers: tuple[str, ...]
    """Headers that hold a key or say who asked. Lower-case."""
    private: tuple[tuple[str, str, str, str], ...]
    """The vendor's ids of requests and organizations in a text: what it is, a lower-case word without which it is not
    there, a regular expression, its replacement."""

    def read(self, request: Request) -> Call | None:
        """Return what the request asks for, or None if it is not one of this dialect's."""

    def obstacle(self, call: Call, branch: Branch, base: Answer | None) -> str | None:
        """Return why `call` can never be answered with `branch` ("the request has no tools"), or None."""

    def respond(self, call: Call, branch: Branch, stop: Stop, marks: Marks, base: Answer | None = None) -> Response:
        """Return the answer to `call` that takes `branch`, ending with `stop`, which has no `FRESH` in it."""

    def replay(self, call: Call, stream: Stream, stop: Stop, marks: Marks) -> Response:
        """Return `stream` as it is as the answer to `call`: nothing is completed, cut or renamed in it."""

    def order(self, call: Call, ordering: Ordering, stop: Stop, marks: Marks, base: Answer | None = None) -> Response:
        """Return the answer to `call` whose events come as `ordering` says; `stop` has no `FRESH` in it."""

    def stop(self, stream: Stream) -> Stop:
        """Return why `stream` ended."""

    def named(self, value: str) -> Stop:
        """Return the stop whose word on the wire is `value`; one that nobody knows is unknown, never an error."""

    def failure(self, status: int) -> Stop:
        """Return the failed stop that an HTTP error of `status` tells, with the vendor's own type and message."""

    def is_magic(self, call: Call) -> bool:
        """Whether the prompt of `call` holds the vendor's documented string that triggers a refusal."""

    def fail(self, status: int, kind: str, message: str) -> Response:
        """Return an HTTP error answer."""

    def parse(self, body: bytes, *, allow_cut: bool = False) -> Stream:
        """Return the stream that a recorded `body` is, streamed or not. Raises `InvalidRecording`."""

    def asks_here(self, method: str, url: str) -> bool:
        """Whether a request with `method` to `url` asks for a message; its body is not looked at."""

    def places(self, stream: Stream) -> tuple[str, ...]:
        """Return the name of every place in `stream` where a stop can arrive, in order."""

    def inject_after(self, stream: Stream, place: int | None, stop: Stop, ending: Ending, *, closed: bool) -> Stream:
        """Return `stream` up to the place of that index (None: all of it), then `stop`, which has no `FRESH` in it."""

    def review(self, stream: Stream) -> Review:
        """Return what `stream` is, what is wrong with it, and what is not known of it."""

    def question(self, settings: Question, environment: Mapping[str, str]) -> Request:
        """Return the request that asks `settings` of the real API, at the place and with the key of `environment`.

        Raises `RefusalsError` where there is no key.
        """

    def redactor(self, finder: Finder) -> Redactor:
        """Return what takes the secrets out of one streamed body, also those spread over several of its events."""

    def usage(self, call: Call, response: Response) -> tuple[Usage, ...]:
        """Return what `response` used and what of it is billed, one entry for each model that was run."""

    def accessor(self, value: object) -> str | None:
        """Return how to reach the stop in `value` if it is the SDK's or the wire's own message, else None."""

    def is_event(self, value: object) -> bool:
        """Return whether `value` is one of the SDK's or the wire's own events, of those before the stop."""

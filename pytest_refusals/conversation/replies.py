"""What a scripted answer can be: each is made for the request that gets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from pytest_refusals.branches import Branch, Ending, Position
from pytest_refusals.dialects.base import Answer, Call, Dialect, Marks, Response, Stream
from pytest_refusals.errors import InvalidScript
from pytest_refusals.stops import Stop, StopKind, freshen

__tracebackhide__ = True  # an error here is about the line that scripts

Made = tuple[Branch, Response]

_GROUP = "script"


class Reply(Protocol):
    """A scripted answer."""

    def obstacle(self, dialect: Dialect, call: Call) -> str | None:
        """Return why it can never answer `call` ("the request has no tools"), or None."""

    def make(self, dialect: Dialect, call: Call) -> Made:
        """Return the branch that it takes, and the answer to `call`."""


@dataclass(frozen=True)
class Taken:
    """An answer that takes `branch`, from the base `answer` where one is given."""

    branch: Branch
    answer: Answer | None = None

    def obstacle(self, dialect: Dialect, call: Call) -> str | None:
        """Return what the dialect says."""
        return dialect.obstacle(call, self.branch, self.answer)

    def make(self, dialect: Dialect, call: Call) -> Made:
        """Return the branch and the answer that it is injected into."""
        return self.branch, dialect.respond(call, self.branch, freshen(self.branch.stop), Marks(), self.answer)


@dataclass(frozen=True)
class Replayed:
    """A stream that is sent as it is."""

    stream: Stream

    def obstacle(self, dialect: Dialect, call: Call) -> str | None:
        """Return None: what was recorded can always be sent."""

    def make(self, dialect: Dialect, call: Call) -> Made:
        """Return the stream."""
        stop = dialect.stop(self.stream)
        return branch_of("serve", stop), dialect.replay(call, self.stream, stop, Marks())


@dataclass(frozen=True)
class Stopped:
    """An answer that ends with the wire's own word `value` at `position`."""

    value: str
    position: Position
    answer: Answer | None = None

    def obstacle(self, dialect: Dialect, call: Call) -> str | None:
        """Return what the dialect says."""
        return self._taken(dialect).obstacle(dialect, call)

    def make(self, dialect: Dialect, call: Call) -> Made:
        """Return the answer with that stop."""
        return self._taken(dialect).make(dialect, call)

    def _taken(self, dialect: Dialect) -> Taken:
        return Taken(branch_of("stop", dialect.named(self.value), self.position), self.answer)


@dataclass(frozen=True)
class Failed:
    """An HTTP error of `status`; with a `position`, the error event that it is inside a stream."""

    status: int
    kind: str | None = None
    message: str | None = None
    position: Position | None = None
    answer: Answer | None = None

    def obstacle(self, dialect: Dialect, call: Call) -> str | None:
        """Return what the dialect says of a stream that is cut there."""
        return self._taken(dialect).obstacle(dialect, call) if self._inside(call) else None

    def make(self, dialect: Dialect, call: Call) -> Made:
        """Return the error; a request that does not stream always gets the HTTP one."""
        if self._inside(call):
            return self._taken(dialect).make(dialect, call)
        stop = self._stop(dialect)
        response = dialect.fail(self.status, str(stop.value), str(stop.explanation))
        return branch_of("fail", stop, Position.BEFORE_OUTPUT, Ending.REJECTED), response

    def _inside(self, call: Call) -> bool:
        return self.position is not None and call.streaming

    def _taken(self, dialect: Dialect) -> Taken:
        branch = branch_of("fail", self._stop(dialect), self.position or Position.MID_TEXT, Ending.ERROR_EVENT)
        return Taken(branch, self.answer)

    def _stop(self, dialect: Dialect) -> Stop:
        usual = dialect.failure(self.status)
        return replace(usual, value=self.kind or usual.value, explanation=self.message or usual.explanation)


def branch_of(
    name: str,
    stop: Stop,
    position: Position = Position.AFTER_OUTPUT,
    ending: Ending = Ending.STOP,
    *,
    closed: bool = True,
) -> Branch:
    """Return the branch that a scripted answer is."""
    about = f"a scripted answer: {name} {position.value}"
    return Branch(name, _GROUP, about, stop, "loud" if stop.told else "quiet", position, ending, closed)


def refused(category: str | None, explanation: str | None, *, details: Mapping[str, object] | bool) -> Stop:
    """Return the refusal that a test describes; `details` may be more fields, or False to leave them all out."""
    if details is False and (category is not None or explanation is not None):
        raise InvalidScript(
            "Expected details=False to leave out category and explanation "
            f"but got {category=}, {explanation=}, {details=}"
        )
    extra = tuple(details.items()) if isinstance(details, Mapping) else ()
    return Stop(StopKind.REFUSED, None, category, explanation, details=details is not False, extra=extra)


def position(at: str | Position) -> Position:
    """Return the position that `at` names. Anything else raises `InvalidScript`."""
    try:
        return Position(at)
    except ValueError:
        raise InvalidScript(f"Expected at to be {_listed(p.value for p in Position)} but got {at=}") from None


def base(what: object) -> Answer | None:
    """Return `what` if it is something that can be answered with. Anything else raises `InvalidScript`."""
    blocks = isinstance(what, (list, tuple)) and all(isinstance(b, Mapping) and "type" in b for b in what)
    if what is None or blocks or isinstance(what, (str, Mapping, Stream)):
        return what  # type: ignore[return-value]  # narrowed by `blocks`
    if (callable(what) and not isinstance(what, type)) or hasattr(what, "model_dump"):
        return what  # type: ignore[return-value]  # what it returns is looked at when it is called
    raise InvalidScript(
        "Expected a text, a dict, a list of content blocks, a recorded stream, the path of a recording or a function "
        f"of the request's body that returns one of these, but got {what!r} (type={type(what).__name__})"
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = map(repr, names)
    return f"{', '.join(most)} or {last}"

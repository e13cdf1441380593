"""The ways of scripting an answer."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Union

from pytest_refusals.branches import Branch, Catalogue, Position
from pytest_refusals.conversation.replies import (
    Failed,
    Replayed,
    Reply,
    Stopped,
    Taken,
    base,
    branch_of,
    position,
    refused,
)
from pytest_refusals.conversation.script import Conditions, Entry, Script, conditions
from pytest_refusals.dialects.base import Answer, Stream
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.errors import InvalidScript
from pytest_refusals.sites import calling_site
from pytest_refusals.stops import Stop, StopKind

__tracebackhide__ = True  # an error here is about the line that scripts

_ERROR_STATUSES = range(400, 600)

Given = Union[Answer, PathLike[str], None]  # noqa: UP007  # evaluated on Python 3.10
"""What an answer may be: an `Answer`, the path of a recording, or None for one that fits the request."""


class Scribe:
    """Writes answers into a script, each to come only when `after` is used up."""

    def __init__(self, script: Script, after: Entry | None = None) -> None:
        self._script = script
        self._after = after

    def write(self, reply: Reply, for_: Conditions, label: str) -> Scripted:
        """Put `reply` at the end of the script, with the line that is scripting; return the handle to it."""
        entry = Entry(reply, for_, label, calling_site(), self._after)
        self._script.add(entry)
        return Scripted(self._script, entry)


class Verbs(Scribe):
    """The ways of scripting an answer, the same for the beginning of a script and for what comes after.

    All of them take `model` (a name or a glob: only requests to it), `turn` (only requests with so many user
    messages), `times` (given so often, default 1) and `always`, and raise `InvalidScript`.
    """

    def answer(
        self: Scribe,
        what: Given = None,
        *,
        model: str | None = None,
        turn: int | None = None,
        times: int | None = None,
        always: bool = False,
    ) -> Scripted:
        """Answer in full, with `what`: a text, a dict (sent as JSON text), a list of content blocks, a recorded
        stream or the path of one, or a function of the request's body that returns one of these. None: a short
        answer that fits the request. A recording that did not end well is completed."""
        branch = branch_of("answer", Stop(StopKind.COMPLETED))
        reply = Taken(branch, _given(what))
        label = _label("answer", *([what] if what is not None else []))
        return self.write(reply, conditions(model, turn, times, always=always), label)

    def refuse(
        self: Scribe,
        at: str | Position = Position.BEFORE_OUTPUT,
        *,
        category: str | None = None,
        explanation: str | None = None,
        details: bool | Mapping[str, object] = True,
        closed: bool = True,
        answer: Given = None,
        model: str | None = None,
        turn: int | None = None,
        times: int | None = None,
        always: bool = False,
    ) -> Scripted:
        """Refuse at a position ("before-output", "mid-text", …) of `answer`. `details` are more fields that are
        sent beside category and explanation (``{"fallback_credit_token": "…"}``); False is the older shape that
        has none of them. ``closed=False`` leaves the open block open."""
        where = position(at)
        branch = branch_of("refuse", refused(category, explanation, details=details), where, closed=closed)
        label = _label("refuse", where.value, category=category, explanation=explanation)
        reply = Taken(branch, _given(answer))
        return self.write(reply, conditions(model, turn, times, always=always), label)

    def stop(
        self: Scribe,
        value: str,
        at: str | Position = Position.AFTER_OUTPUT,
        *,
        answer: Given = None,
        model: str | None = None,
        turn: int | None = None,
        times: int | None = None,
        always: bool = False,
    ) -> Scripted:
        """End `answer` with the stop reason `value`, whatever it is: "max_tokens", or one that no code has heard of."""
        if not (isinstance(value, str) and value):  # type: ignore[redundant-expr]  # the type is only asked for
            raise InvalidScript(f"Expected a stop reason but got {value!r} (type={type(value).__name__})")
        where = position(at)
        reply = Stopped(value, where, _given(answer))
        label = _label("stop", value, **({} if where is Position.AFTER_OUTPUT else {"at": where.value}))
        return self.write(reply, conditions(model, turn, times, always=always), label)

    def fail(
        self: Scribe,
        status: int,
        *,
        type: str | None = None,  # noqa: A002  # the word on the wire
        message: str | None = None,
        at: str | Position | None = None,
        answer: Given = None,
        model: str | None = None,
        turn: int | None = None,
        times: int | None = None,
        always: bool = False,
    ) -> Scripted:
        """Answer with HTTP error `status`, with the vendor's own type and message where none are given. With `at`
        the error comes as an event inside a stream, at that position of `answer`; a request that does not stream
        gets the HTTP error all the same."""
        if status not in _ERROR_STATUSES:
            raise InvalidScript(f"Expected an HTTP status from 400 to 599 but got {status=}")
        where = position(at) if at is not None else None
        reply = Failed(status, type, message, where, _given(answer))
        label = _label("fail", status, type=type, message=message, at=where.value if where else None)
        return self.write(reply, conditions(model, turn, times, always=always), label)

    def serve(
        self: Scribe,
        what: Stream | Branch | str | PathLike[str],
        *,
        answer: Given = None,
        model: str | None = None,
        turn: int | None = None,
        times: int | None = None,
        always: bool = False,
    ) -> Scripted:
        """Send `what` as it is: a `Stream`, or the path of a recording. The name of a branch of the catalogue, or a
        `Branch`, is served as `pytest_refusals.serve` does, from the base `answer`."""
        if isinstance(what, (Stream, PathLike)) and answer is not None:
            raise InvalidScript("Expected a stream or answer= but got both: a stream is sent as it is")
        reply: Reply
        shown: object
        if isinstance(what, (str, Branch)):
            branch = Catalogue()[what] if isinstance(what, str) else what
            reply, shown = Taken(branch, _given(answer)), branch.name
        else:
            stream = _given(what)
            if not isinstance(stream, Stream):
                raise InvalidScript(
                    "Expected a Stream, the path of a recording, a Branch or the name of one, "
                    f"but got {what!r} (type={type(what).__name__})"
                )
            reply, shown = Replayed(stream), what
        return self.write(reply, conditions(model, turn, times, always=always), _label("serve", shown))


class Scripted(Scribe):
    """A scripted answer, to say what comes after it is used up: ``refusal_api.refuse().then_answer("…")``."""

    def __init__(self, script: Script, entry: Entry) -> None:
        super().__init__(script, after=entry)
        self._entry = entry

    then_answer = Verbs.answer
    then_refuse = Verbs.refuse
    then_stop = Verbs.stop
    then_fail = Verbs.fail
    then_serve = Verbs.serve

    @property
    def requests(self) -> tuple[Exchange, ...]:
        """The requests that got this answer, in order."""
        return tuple(self._entry.given)


def _given(what: object) -> Answer | None:
    if isinstance(what, PathLike):
        from pytest_refusals.recordings.load import load_sse

        return load_sse(what)
    return base(what)


def _label(verb: str, *args: Any, **kwargs: Any) -> str:
    shown = [_shown(arg) for arg in args]
    shown += [f"{name}={_shown(value)}" for name, value in kwargs.items() if value is not None]
    return f"{verb}({', '.join(shown)})"


_SHOWN = 60
"""Characters of an argument that are shown."""


def _shown(value: Any) -> str:
    if isinstance(value, Stream):
        return f"<stream of {len(value.events)} events>"
    if callable(value):
        return str(getattr(value, "__name__", value))
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

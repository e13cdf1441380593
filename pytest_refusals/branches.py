"""The catalogue: every named way for a response to end. A new branch is one row of `BRANCHES`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Literal

from pytest_refusals.errors import InvalidBranch
from pytest_refusals.stops import FRESH, Stop, StopKind

Expectation = Literal["loud", "quiet"]


class Position(str, Enum):
    """Where in the output the stop arrives."""

    BEFORE_OUTPUT = "before-output"
    EMPTY_BLOCK = "empty-block"
    MID_TEXT = "mid-text"
    MID_THINKING = "mid-thinking"
    MID_TOOL_INPUT = "mid-tool-input"
    TOOL_WITHOUT_INPUT = "tool-without-input"
    AFTER_TOOL_USE = "after-tool-use"
    AFTER_OUTPUT = "after-output"


class Ending(str, Enum):
    """How the stop is told."""

    STOP = "stop"
    """By the dialect's own stop event."""
    ERROR_EVENT = "error-event"
    """By an error event inside the stream, after which nothing follows."""
    DROPPED = "dropped"
    """Not at all: the connection breaks."""
    CUT = "cut"
    """Not at all: the stream ends cleanly, too early."""
    REJECTED = "rejected"
    """By an HTTP error instead of an answer."""


class Addition(str, Enum):
    """A thing that a future API may add to an answer and that readers must ignore."""

    PINGS = "pings"
    UNKNOWN_EVENT = "unknown-event"
    UNKNOWN_BLOCK = "unknown-block"
    UNKNOWN_DELTA = "unknown-delta"


@dataclass(frozen=True)
class Branch:
    """A named way for a response to end.

    `name` is kebab-case; `group` selects several at once; `expects` says what the code under test
    must be: ``"loud"`` or ``"quiet"``. `about` is the sentence that a failure message prints. The
    stop arrives at `position`, told by `ending`; `closed=False` leaves the open block open. `says`
    replaces the text of the answer, `addition` puts something unheard of into it. With `fallback` the
    model that was asked declines first, and the API itself hands the request to the fallback models that it
    names. An illegal combination raises `InvalidBranch`.
    """

    name: str
    group: str
    about: str
    stop: Stop
    expects: Expectation = "loud"
    position: Position = Position.AFTER_OUTPUT
    ending: Ending = Ending.STOP
    closed: bool = True
    says: str | None = None
    addition: Addition | None = None
    fallback: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9_]+(-[a-z0-9_]+)*", self.name):
            raise InvalidBranch(f"Expected a kebab-case branch name but got name={self.name!r}")
        if self.expects not in ("loud", "quiet"):
            raise InvalidBranch(
                f"Expected expects to be 'loud' or 'quiet' but got expects={self.expects!r} in branch {self.name!r}"
            )

    @property
    def needs(self) -> str | None:
        """The part of an answer without which this branch cannot happen: text, thinking, tool_use, or None."""
        return _NEEDS.get(self.position, "text" if self.says else None)


_NEEDS = {
    Position.MID_TEXT: "text",
    Position.MID_THINKING: "thinking",
    Position.MID_TOOL_INPUT: "tool_use",
    Position.TOOL_WITHOUT_INPUT: "tool_use",
    Position.AFTER_TOOL_USE: "tool_use",
}

_COMPLETED = Stop(StopKind.COMPLETED)
_UNKNOWN = Stop(StopKind.UNKNOWN, value=FRESH)
_FAILED = Stop(StopKind.FAILED)

CATEGORIES = ("cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms")
"""The refusal categories documented as of October 2026. The list is open: it has grown and shrunk before."""


def _refused(category: str | None, *, details: bool = True) -> Stop:
    return Stop(StopKind.REFUSED, category=category, explanation=FRESH if details else None, details=details)


def _category(name: str) -> Branch:
    about = f"the request is refused before any output, category {name}"
    return Branch(
        f"refusal-{name.replace('_', '-')}", "category", about, _refused(name), position=Position.BEFORE_OUTPUT
    )


def _incomplete(name: str, value: str, about: str) -> Branch:
    return Branch(name, "incomplete", about, Stop(StopKind.INCOMPLETE, value), position=Position.MID_TEXT)


def _tolerates(addition: Addition, about: str) -> Branch:
    return Branch(f"tolerates-{addition.value}", "tolerance", about, _COMPLETED, expects="quiet", addition=addition)


_P, _E = Position, Ending

BRANCHES: tuple[Branch, ...] = (
    Branch("end_turn", "control", "the model answers in full", _COMPLETED, expects="quiet"),
    Branch(
        "refusal-before-output",
        "refusal",
        "the request is refused before any output",
        _refused("cyber"),
        position=_P.BEFORE_OUTPUT,
    ),
    Branch(
        "refusal-mid-text",
        "refusal",
        "the answer is refused in the middle of its text",
        _refused("bio"),
        position=_P.MID_TEXT,
    ),
    Branch(
        "refusal-no-details",
        "refusal",
        "the answer is refused in the middle of its text, in the older shape without details",
        _refused(None, details=False),
        position=_P.MID_TEXT,
    ),
    Branch(
        "refusal-unknown-category",
        "refusal",
        "the answer is refused in the middle of its text, with a category that no code knows",
        _refused(FRESH),
        position=_P.MID_TEXT,
    ),
    Branch(
        "refusal-mid-thinking",
        "refusal",
        "the answer is refused in the middle of its thinking",
        _refused("frontier_llm"),
        position=_P.MID_THINKING,
    ),
    Branch(
        "refusal-mid-tool-input",
        "refusal",
        "the answer is refused in the middle of a tool call's input",
        _refused("cyber"),
        position=_P.MID_TOOL_INPUT,
    ),
    Branch(
        "refusal-after-tool-use",
        "refusal",
        "the answer is refused after a whole tool call",
        _refused("general_harms"),
        position=_P.AFTER_TOOL_USE,
    ),
    Branch(
        "unknown-before-output",
        "unknown",
        "the answer ends before any output with a stop reason that no code knows",
        _UNKNOWN,
        position=_P.BEFORE_OUTPUT,
    ),
    Branch(
        "unknown-with-output",
        "unknown",
        "the whole answer arrives, then a stop reason that no code knows",
        _UNKNOWN,
    ),
    Branch(
        "unknown-with-tool-use",
        "unknown",
        "a whole tool call arrives, then a stop reason that no code knows",
        _UNKNOWN,
        position=_P.AFTER_TOOL_USE,
    ),
    Branch(
        "refusal-mid-text-open",
        "shape",
        "the answer is refused in the middle of its text, and the text block is never closed",
        _refused("bio"),
        position=_P.MID_TEXT,
        closed=False,
    ),
    Branch(
        "refusal-mid-tool-input-open",
        "shape",
        "the answer is refused in the middle of a tool call's input, and the block is never closed",
        _refused("cyber"),
        position=_P.MID_TOOL_INPUT,
        closed=False,
    ),
    Branch(
        "refusal-empty-block",
        "shape",
        "an empty text block, then the refusal",
        _refused("cyber"),
        position=_P.EMPTY_BLOCK,
    ),
    Branch(
        "refusal-tool-without-input",
        "shape",
        "a tool call is opened and closed without any input, then the refusal",
        _refused("cyber"),
        position=_P.TOOL_WITHOUT_INPUT,
    ),
    *(_category(name) for name in CATEGORIES),
    Branch(
        "rejected-input",
        "error",
        "the request is rejected with HTTP 400",
        Stop(StopKind.FAILED, "invalid_request_error", explanation=FRESH),
        position=_P.BEFORE_OUTPUT,
        ending=_E.REJECTED,
    ),
    Branch(
        "blocked-output",
        "error",
        "the output is blocked by content filtering, told with HTTP 400",
        Stop(StopKind.FAILED, "invalid_request_error", explanation="Output blocked by content filtering policy"),
        position=_P.BEFORE_OUTPUT,
        ending=_E.REJECTED,
    ),
    Branch(
        "overloaded-mid-text",
        "error",
        "an error event arrives in the middle of the text",
        Stop(StopKind.FAILED, "overloaded_error", explanation="Overloaded"),
        position=_P.MID_TEXT,
        ending=_E.ERROR_EVENT,
    ),
    Branch(
        "dropped-mid-text",
        "error",
        "the connection breaks in the middle of the text",
        _FAILED,
        position=_P.MID_TEXT,
        ending=_E.DROPPED,
    ),
    Branch(
        "cut-mid-text",
        "error",
        "the stream ends cleanly in the middle of the text, without a stop",
        _FAILED,
        position=_P.MID_TEXT,
        ending=_E.CUT,
    ),
    _incomplete("max-tokens", "max_tokens", "the answer ends in the middle of its text: max_tokens was reached"),
    _incomplete(
        "context-window",
        "model_context_window_exceeded",
        "the answer ends in the middle of its text: the context window is full",
    ),
    _incomplete("pause-turn", "pause_turn", "the turn is paused in the middle of its text"),
    Branch(
        "refusal-in-words",
        "words",
        "the model declines in plain text and ends its turn as if it had answered",
        _COMPLETED,
        says="I'm sorry, but I can't help with that request.",
    ),
    Branch(
        "fallback-served",
        "fallback",
        "the model that was asked declines, and a fallback model answers in full",
        _COMPLETED,
        expects="quiet",
        fallback=True,
    ),
    Branch(
        "fallback-exhausted",
        "fallback",
        "the model that was asked declines before any output, and so does every fallback model",
        _refused("cyber"),
        position=_P.BEFORE_OUTPUT,
        fallback=True,
    ),
    _tolerates(Addition.PINGS, "the full answer, with a ping after every event"),
    _tolerates(Addition.UNKNOWN_EVENT, "the full answer, with events of a type that no code knows"),
    _tolerates(Addition.UNKNOWN_BLOCK, "the full answer, with a content block of a type that no code knows"),
    _tolerates(Addition.UNKNOWN_DELTA, "the full answer, with a delta of a type that no code knows"),
)

CONTROL = BRANCHES[0]
DEFAULT = ("refusal", "unknown")
"""The groups that are tried when nothing is said; the control always comes with them."""


@dataclass(frozen=True)
class Catalogue:
    """The ordered set of all branches: ours, then the user's own."""

    branches: tuple[Branch, ...] = BRANCHES

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for branch in self.branches:
            if branch.name in seen:
                raise InvalidBranch(f"The branch {branch.name!r} is defined twice")
            seen.add(branch.name)

    def __iter__(self) -> Iterator[Branch]:
        return iter(self.branches)

    def __getitem__(self, name: str) -> Branch:
        for branch in self.branches:
            if branch.name == name:
                return branch
        raise InvalidBranch(self._unknown(name))

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups, in order."""
        return tuple(dict.fromkeys(branch.group for branch in self.branches))

    def extended(self, more: Iterable[Branch]) -> Catalogue:
        """Return a catalogue that has `more` at its end. A name that is taken raises `InvalidBranch`."""
        return Catalogue((*self.branches, *more))

    def matching(self, pattern: str) -> frozenset[str]:
        """Names of the branches meant by `pattern`: a group, a name or a glob. None raises `InvalidBranch`."""
        names = frozenset(b.name for b in self.branches if pattern == b.group or fnmatchcase(b.name, pattern))
        if not names:
            raise InvalidBranch(self._unknown(pattern))
        return names

    def select(self, patterns: Sequence[str] = (), exclude: Sequence[str] = ()) -> tuple[Branch, ...]:
        """Return the branches meant by `patterns` less those meant by `exclude`, in catalogue order.

        Each pattern is a group, a name or a glob over names; no pattern means the default groups. The
        control is always among them unless `exclude` names it. A pattern that means nothing, or a
        selection that is empty, raises `InvalidBranch`.
        """
        wanted = {CONTROL.name}.union(*(self.matching(p) for p in patterns or DEFAULT))
        unwanted = frozenset[str]().union(*(self.matching(p) for p in exclude))
        selected = tuple(b for b in self.branches if b.name in wanted - unwanted)
        if not selected:
            raise InvalidBranch(f"No branch is left of {list(patterns or DEFAULT)} without {list(exclude)}")
        return selected

    def _unknown(self, pattern: str) -> str:
        names = ", ".join(b.name for b in self.branches)
        return f"There is no branch or group {pattern!r}. Groups: {', '.join(self.groups)}. Branches: {names}."

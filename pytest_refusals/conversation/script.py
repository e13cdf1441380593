"""The script: which answer is for which request, and which of them were not asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pytest_refusals.conversation.replies import Reply
from pytest_refusals.dialects.base import Call
from pytest_refusals.endpoint.exchange import Exchange
from pytest_refusals.errors import InvalidScript
from pytest_refusals.sites import Site

__tracebackhide__ = True  # an error here is about the line that scripts

ALWAYS_LIMIT = 1000
"""Requests that an answer which is given always is given to: code that asks more often does not stop by itself."""


@dataclass(frozen=True)
class Conditions:
    """For which requests an answer is: those to `model` (a name or a glob), in `turn` of the conversation.

    The turn is the number of user messages in the request. It is given `times` times, None for always.
    """

    model: str | None = None
    turn: int | None = None
    times: int | None = 1

    def hold(self, call: Call) -> bool:
        """Whether `call` is such a request."""
        return (self.model is None or fnmatchcase(call.model, self.model)) and self.turn in (None, turn_of(call))

    def __str__(self) -> str:
        model = [f"model {self.model!r}"] * (self.model is not None)
        turn = [f"turn {self.turn}"] * (self.turn is not None)
        return ", ".join([*model, *turn])


def conditions(model: object, turn: object, times: object, *, always: bool) -> Conditions:
    """Return the conditions that a test describes. What cannot be raises `InvalidScript`."""
    if model is not None and not isinstance(model, str):
        raise InvalidScript(f"Expected the name of a model, or a glob, but got {model=} (type={type(model).__name__})")
    for name, number in (("turn", turn), ("times", times)):
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
            raise InvalidScript(f"Expected {name} to be a number from 1 on but got {name}={number!r}")
    if always and times is not None:
        raise InvalidScript(f"Expected times= or always= but got both: {times=}, {always=}")
    assert turn is None or isinstance(turn, int)
    assert times is None or isinstance(times, int)
    return Conditions(model, turn, None if always else times or 1)


@dataclass(eq=False)
class Entry:
    """One scripted answer: `label` is the call that scripted it, at `site`. It comes only when `after` is used up."""

    reply: Reply
    conditions: Conditions
    label: str
    site: Site | None
    after: Entry | None = None
    given: list[Exchange] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How often it can still be given."""
        return (ALWAYS_LIMIT if self.conditions.times is None else self.conditions.times) - len(self.given)

    @property
    def is_left_over(self) -> bool:
        """Whether it should have been given, and was not. One for always may be given never."""
        return self.conditions.times is not None and self.left > 0

    def takes(self, call: Call) -> bool:
        """Whether it is the answer to `call` if no earlier one is."""
        return self.left > 0 and (self.after is None or self.after.left <= 0) and self.conditions.hold(call)

    def __str__(self) -> str:
        place = f" ({self.site})" if self.site is not None else ""
        limits = f" for {self.conditions}" if str(self.conditions) else ""
        return f"{self.label}{limits}: {self._used()}{place}"

    def _used(self) -> str:
        times, given = self.conditions.times, len(self.given)
        if times is None:
            return f"given {given} times, always"
        if times == 1:
            return "given" if given else "not given"
        return f"given {given} of {times} times"


class Script:
    """All scripted answers, in order."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Put `entry` at the end."""
        if entry.after is not None and entry.after.conditions.times is None:
            raise InvalidScript(f"Nothing can come after an answer that is given always: {entry.label}")
        self.entries.append(entry)

    def next(self, call: Call) -> Entry | None:
        """Return the first answer that is for `call` and not used up."""
        return next((entry for entry in self.entries if entry.takes(call)), None)

    def lines(self, *, left_over: bool = False) -> Iterator[str]:
        """Yield a line for each answer, or for each that was left over."""
        for number, entry in enumerate(self.entries, start=1):
            if entry.is_left_over or not left_over:
                yield f"  {number}. {entry}"


def turn_of(call: Call) -> int:
    """Return which turn of its conversation `call` asks for: the number of user messages in it."""
    return sum(turn.role == "user" for turn in call.turns)

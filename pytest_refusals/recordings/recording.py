"""A recorded answer: a stream that knows where it came from, and how to be stopped anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pytest_refusals import dialects
from pytest_refusals.branches import Ending
from pytest_refusals.dialects.base import JSON, Stream
from pytest_refusals.errors import InvalidRecording
from pytest_refusals.stops import Stop, freshen


@dataclass(frozen=True)
class Facts:
    """What is known of a recorded exchange beside its body; None (or empty) is what the file does not tell.

    `status` is the answer's HTTP status, `model` the one that was asked, `date` when (with its time zone), `url`
    where to, `headers` those of both directions that matter (lower-case names), `request` the body of the request.
    """

    status: int = 200
    model: str | None = None
    date: datetime | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    request: JSON | None = None


@dataclass(frozen=True)
class Recording(Stream):
    """A recorded stream. It goes wherever a `Stream` goes: `serve(recording)`, `answer=recording`, `recording=`.

    `name` is short and readable, for the ids of tests; `source` says which file, and which interaction in it.
    """

    name: str = "recording"
    source: str = ""
    facts: Facts = field(default_factory=Facts, repr=False)

    def positions(self) -> tuple[str, ...]:
        """Return the name of every place where a stop can be injected, in order: ``"2nd text delta"``, ….

        Each is the place right after that event.
        """
        return dialects.known()[0].places(self)

    def inject(
        self, stop: Stop, *, after: str | int | None = None, ending: Ending = Ending.STOP, closed: bool = True
    ) -> Stream:
        """Return the recorded stream up to `after`, ending with `stop`: ``serve(recording.inject(stop, after=…))``.

        `after` is one of `positions()` or its index (negative ones count from the end); None means after all that
        was recorded. The stop is told by `ending`; ``closed=False`` leaves an open block open. `FRESH` values of
        `stop` are made anew. Raises `InvalidRecording` for a place that is not there, `InvalidBranch` for the ending
        ``"rejected"``.
        """
        place = None if after is None else self._index(after)
        return dialects.known()[0].inject_after(self, place, freshen(stop), Ending(ending), closed=closed)

    def _index(self, after: str | int) -> int:
        names = self.positions()
        if isinstance(after, int) and -len(names) <= after < len(names):
            return after % len(names)
        wanted = " ".join(str(after).lower().split())
        if wanted in names:
            return names.index(wanted)
        raise InvalidRecording(
            f"{self.source or self.name}: Expected after to be a position of this recording but got after={after!r}. "
            f"Positions: {'; '.join(summary(names))}, or an index from 0 to {len(names) - 1}"
        )


def summary(names: tuple[str, ...]) -> list[str]:
    """Return `names` with each run that is numbered on as one: ``"1st text delta to 40th text delta"``."""
    last: dict[str, list[str]] = {}
    for name in names:
        last.setdefault(re.sub(r"^\d+\w\w ", "", name), []).append(name)
    return [group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in last.values()]

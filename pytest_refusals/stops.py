"""Why an output ended, in words that no vendor owns."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import Enum

FRESH = "<fresh>"
"""Placeholder in a stop for a value that is made anew in every run and that no code can know."""


_random = random.Random()  # noqa: S311  # no secret; its own, because tests seed the shared one
"""Seeded by the operating system, so that no two runs make the same words."""


class StopKind(str, Enum):
    """The five ways an output can end."""

    COMPLETED = "completed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True)
class Stop:
    """Why an output ended.

    `value` is the word on the wire (``"end_turn"``, ``"refusal"``, an error type); None lets the
    dialect use its own word for `kind`. `category` and `explanation` are sent with a refusal, either
    may be None. `details=False` leaves both out, as answers did before the wire had a place for them.
    Each of the three texts may be `FRESH`. `extra` are more fields that are sent beside category and
    explanation, as pairs, under the names that the dialect has for them.
    """

    kind: StopKind
    value: str | None = None
    category: str | None = None
    explanation: str | None = None
    details: bool = True
    extra: tuple[tuple[str, object], ...] = ()

    @property
    def told(self) -> bool:
        """Whether this stop is one that the code under test has to notice."""
        return self.kind is not StopKind.COMPLETED


_CONSONANTS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")


def token(length: int = 10) -> str:
    """A random lower-case word without vowels: it holds no natural word, so finding it is no accident."""
    return f"{_random.getrandbits(4 * length):0{length}x}".translate(_CONSONANTS)


def freshen(stop: Stop) -> Stop:
    """Return `stop` with every `FRESH` replaced by a value that has never been sent before."""
    if FRESH not in (stop.value, stop.category, stop.explanation):
        return stop
    return replace(
        stop,
        value=f"{token()}_turn" if stop.value == FRESH else stop.value,
        category=f"{token()}_topic" if stop.category == FRESH else stop.category,
        explanation=f"Case {token()}: the request falls under our terms of service."
        if stop.explanation == FRESH
        else stop.explanation,
    )

"""What a test accepts: the rules of one verdict that users may set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pytest_refusals.errors import InvalidPolicy
from pytest_refusals.oracle.channels import ALL
from pytest_refusals.oracle.channels.channel import Channel

CHANNELS = tuple(dict.fromkeys(channel.name for channel in ALL))
"""The channels a signal can come through, in the order in which they are shown."""
MESSAGE = "message"
"""Accepted in `loud` beside the channels: the SDK's own message, handed back to a caller who looks at it."""

VOCABULARY = (
    "refus",
    "declin",
    "content filter",
    "content_filter",
    "safety",
    "moderat",
    "guardrail",
    "usage policy",
    "policy violation",
    "stop_reason",
    "stop reason",
)
"""Words that name a stop without quoting it, lower-case; looked for in any letter case."""

Partial = Literal["discard", "keep"]


@dataclass(frozen=True)
class Policy:
    """What counts as loud.

    `loud` holds the channels that are accepted (default: all of `CHANNELS`; `MESSAGE` may be added, and what is
    in `more`, the names of channels of your own).
    `raises` holds exception types that are deliberate whatever they say. `partial` is ``"discard"``
    (default: partial output must not come back) or ``"keep"`` (it may, where another signal is there).
    `surfaces` is asked about each value that came back whether it says, in the project's own way, that there is no
    answer. `vocabulary` holds more words that name a stop. `noise` holds regular expressions; a signal whose
    ``"channel: text"`` one of them is found in never counts, on no branch. Anything else raises
    `InvalidPolicy`.
    """

    loud: frozenset[str] = frozenset(CHANNELS)
    raises: tuple[type[BaseException], ...] = ()
    partial: Partial = "discard"
    vocabulary: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    surfaces: Callable[[Any], object] | None = None
    more: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        valid = self.valid
        for channel in self.loud:
            if channel not in valid:
                raise InvalidPolicy(f"There is no channel {channel!r}. Channels: {', '.join(valid)}.")
        if not self.loud:
            raise InvalidPolicy(f"Expected at least one channel in loud. Channels: {', '.join(valid)}.")
        for raised in self.raises:
            if not _is_exception_type(raised):
                raise InvalidPolicy(f"Expected an exception type but got raises={raised!r}")
        if self.partial not in ("discard", "keep"):
            raise InvalidPolicy(f"Expected partial to be 'discard' or 'keep' but got partial={self.partial!r}")
        if self.surfaces is not None and not callable(self.surfaces):
            raise InvalidPolicy(
                f"Expected surfaces to be a function of the value that came back but got surfaces={self.surfaces!r}"
            )
        for pattern in self.noise:
            try:
                re.compile(pattern)
            except re.error as error:
                raise InvalidPolicy(f"Expected a regular expression but got noise={pattern!r}: {error}") from None

    @property
    def valid(self) -> tuple[str, ...]:
        """All that `loud` may hold, in the order in which it is shown."""
        return (*CHANNELS, *self.more, MESSAGE)

    @property
    def words(self) -> tuple[str, ...]:
        """All words that name a stop, lower-case."""
        return (*VOCABULARY, *(word.lower() for word in self.vocabulary))


def _is_exception_type(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def accepted(loud: str | Iterable[str] | None, more: Iterable[str] = ()) -> frozenset[str]:
    """Return `loud`, one channel or several, as a set; None means all of ours and `more`, the user's own."""
    if loud is None:
        return frozenset((*CHANNELS, *more))
    return frozenset([loud] if isinstance(loud, str) else loud)


def names_of(more: Iterable[Channel]) -> tuple[str, ...]:
    """Return the names of `more`, the user's own channels. Raises `InvalidPolicy` where one is none, or is taken."""
    names: list[str] = []
    for channel in more:
        if not isinstance(channel, Channel):
            raise InvalidPolicy(f"Expected a Channel but got {channel!r} (type={type(channel).__name__})")
        if channel.name in (*CHANNELS, MESSAGE, *names):
            raise InvalidPolicy(f"The channel {channel.name!r} is defined twice")
        names.append(channel.name)
    return tuple(names)


def exception_types(value: object) -> tuple[type[BaseException], ...]:
    """Return `value`, one exception type or several, as a tuple; `Policy` checks what is in it."""
    if isinstance(value, type) or not isinstance(value, Iterable):
        return (value,)  # type: ignore[return-value]  # Policy refuses what is no exception type
    return tuple(value)

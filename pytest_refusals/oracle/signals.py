"""Evidence that the code under test noticed."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_refusals.sites import Site


@dataclass(frozen=True)
class Signal:
    """One piece of evidence: its channel, text, place in the project's code, and whether it names the stop.

    `sink` is the name of the sink it was found in, None for all others.
    """

    channel: str
    text: str
    where: Site | None = None
    names_stop: bool = False
    sink: str | None = None

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        unnamed = "" if self.names_stop else ", does not say why"
        found = f" [handed to {self.sink!r}]" if self.sink is not None else ""
        return f"{self.channel}: {self.text}{found}{place}{unnamed}"


@dataclass(frozen=True)
class Dismissed:
    """Evidence that does not count, and why not."""

    signal: Signal
    why: str


@dataclass(frozen=True)
class Heard:
    """What a channel heard while the code ran, before anyone asked whether it counts.

    `text` is what is shown of it. `by_itself` is whether it counts even where it does not name the stop, as
    the project's own warning does; otherwise (default) it has to. `said` holds the texts in which it may name
    the stop (default: `text`). `where` is the place that issued it (default: the innermost line of the project
    that is running). `own_words_only` holds it back unless it quotes this very stop: a late report about an
    earlier run may use the vocabulary too. `channel` is filled in by whoever listens. `barred`
    says why it cannot count whatever it says: it is told only where it would have named the stop.
    """

    text: str
    by_itself: bool = False
    said: tuple[str, ...] | None = None
    where: Site | None = None
    own_words_only: bool = False
    channel: str = ""
    barred: str = ""

    @property
    def statements(self) -> tuple[str, ...]:
        """The texts in which it may name the stop."""
        return (self.text,) if self.said is None else self.said

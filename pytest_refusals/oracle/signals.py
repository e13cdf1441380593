"""Evidence that the code under test noticed."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_refusals.sites import Site


@dataclass(frozen=True)
class Signal:
    """One piece of evidence: its channel, text, place in the project's code, and whether it names the stop."""

    channel: str
    text: str
    where: Site | None = None
    names_stop: bool = False

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        unnamed = "" if self.names_stop else ", does not say why"
        return f"{self.channel}: {self.text}{place}{unnamed}"


@dataclass(frozen=True)
class Heard:
    """What a channel heard while the code ran, before anyone asked whether it counts.

    `by_project` is whether the project's own code issued it; `own_words_only` holds a library's message
    back unless it quotes this very stop (a report about an earlier run may use the vocabulary too).
    """

    channel: str
    text: str
    where: Site | None
    by_project: bool
    own_words_only: bool = False
